"""States of a course of treatment: refractory, dependent, sparing, held, lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stepline.course.model import Course
from stepline.engine.situation import Situation
from stepline.protocol import criterion as c
from stepline.protocol.definitions import Definitions, instances
from stepline.protocol.model import Definition, Pathway
from stepline.review.exits import in_step
from stepline.review.model import Statement, Stay
from stepline.review.states_glucocorticoid import dependence, sparing
from stepline.review.states_intensity import intensities
from stepline.review.states_refractory import activity, refractory
from stepline.review.states_tables import state_tables
from stepline.review.states_tried import WORDS, drugs_tried
from stepline.review.stating import Teller
from stepline.vocabulary.catalogue import Catalogue


def states(
    pathway: Pathway,
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> tuple[Statement, ...]:
    """Every state that the record speaks of, in reading order."""
    tables = state_tables()
    main = [stay for stay in stays if not stay.parallel]
    now = in_step(main[-1], courses, situation) if main else situation
    past = [(stay, in_step(stay, courses, situation)) for stay in main]
    return (
        *refractory(tables.refractory, pathway, past, now, teller),
        *activity(tables.activity, now, teller),
        *dependence(tables, pathway, past, now, teller),
        *sparing(tables.glucocorticoid, courses, now, teller),
        *intensities(pathway, past, courses, situation, teller),
    )


def with_words_for_drugs(
    definitions: Mapping[str, Definition], catalogue: Catalogue
) -> dict[str, Definition]:
    """The definitions, and those over any drug filled in for every drug that is told as tried."""
    drugs = drugs_tried(state_tables(), catalogue)
    asked = [c.Named(word, drug) for word in WORDS for drug in drugs]
    filled = instances(asked, Definitions(definitions.values()))
    return {**definitions, **{definition.key: replace(definition) for definition in filled}}
