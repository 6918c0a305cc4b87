"""A record and the library in, a review out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from stepline.core.errors import RecordRefused
from stepline.core.evidence import Evidence
from stepline.course.adherence_model import Adherence
from stepline.course.recognising import recognise
from stepline.engine.finding import Missing, Verdict
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.engine.steady import steady
from stepline.protocol.criterion import Criterion, Present
from stepline.protocol.model import Confounder, Definition, Pathway, Protocol
from stepline.protocol.unifying import Unifier
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.record.saying import say
from stepline.review.adhering import adherences
from stepline.review.advising import advice, advisor
from stepline.review.alerts import alerts
from stepline.review.due import due
from stepline.review.exits import with_delays
from stepline.review.findings import findings
from stepline.review.hindsight import known_at
from stepline.review.model import Due, Later, PathwayFit, Review, Statement
from stepline.review.relapses import by_definition
from stepline.review.responses import over_time, responses
from stepline.review.safety import safety
from stepline.review.states import states, with_words_for_drugs
from stepline.review.states_switches import switches
from stepline.review.states_tables import state_tables
from stepline.review.states_tried import tried
from stepline.review.stating import Teller
from stepline.review.steps import current, stays
from stepline.review.summary import summary
from stepline.vocabulary.catalogue import Catalogue, catalogue

RELAPSE = "relapse"
"""The name under which criteria speak of a relapse, whichever definition stands for it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds on one pathway: its definitions, and the criteria that no step changes."""

    pathway: Pathway
    definitions: Mapping[str, Definition]
    steady: Mapping[int, Criterion]


@dataclass(frozen=True, slots=True)
class Library:
    """A protocol laid out for looking up, built once and used for every review.

    What a pathway means with a chosen definition of relapse is worked out when first asked for.
    """

    protocol: Protocol
    definitions: Mapping[str, Definition]
    confounders: Mapping[str, tuple[Confounder, ...]]
    _terms: dict[tuple[str, str], Terms] = field(default_factory=dict, compare=False, repr=False)

    def terms(self, pathway: Pathway, relapse: str = "") -> Terms:
        """What holds on a pathway; `relapse` is the key of the definition chosen for it, if any."""
        key = (pathway.id, relapse)
        if key not in self._terms:
            self._terms[key] = _terms(self, pathway, relapse)
        return self._terms[key]


def _terms(library: Library, pathway: Pathway, relapse: str) -> Terms:
    own = {definition.key: definition for definition in pathway.definitions}
    definitions = {**library.definitions, **own}
    if relapse:
        definitions[RELAPSE] = _chosen_relapse(definitions[relapse])
        own_chosen = {**own, RELAPSE: definitions[RELAPSE]} if RELAPSE in own else own
        pathway = replace(pathway, definitions=tuple(own_chosen.values()))
    asked = [way.when for step in pathway.steps for way in step.exits]
    asked += [step.enter for step in pathway.steps if step.enter is not None]
    asked += [one for rule in library.protocol.rules for one in rule.criteria]
    return Terms(pathway, definitions, steady(asked, definitions, library.protocol.confounders))


def library_of(protocol: Protocol) -> Library:
    """Definitions by key and confounders by concept; what is written alike is judged once."""
    unified = Unifier()
    protocol = unified(protocol)
    by_concept: dict[str, tuple[Confounder, ...]] = {}
    for confounder in protocol.confounders:
        by_concept[confounder.concept] = (*by_concept.get(confounder.concept, ()), confounder)
    definitions = with_words_for_drugs({d.key: d for d in protocol.definitions}, catalogue())
    return Library(protocol, {key: unified(one) for key, one in definitions.items()}, by_concept)


def review(
    record: Record,
    library: Library,
    catalogue: Catalogue,
    *,
    as_of: datetime | None = None,
    pathway_id: str = "",
    relapse: str = "",
) -> Review:
    """What the record says of the patient as of the end of a day (by default the last on record).

    `relapse` is the key of the definition that stands for “relapse” wherever a criterion says so,
    instead of the pathway's own. Raises `RecordRefused` when the record is empty.
    """
    record = known_at(record, day_of(as_of) + END_OF_DAY) if as_of else record
    last = as_of or record.last_moment
    if last is None:
        raise RecordRefused.because(
            "record-empty",
            "The record holds no event, so there is nothing to review.",
            mend="Check that the file is the right one, and that it holds more than a patient.",
        )
    moment = day_of(last) + END_OF_DAY
    index = RecordIndex(record)
    courses = recognise(index, library.protocol.regimens, catalogue)
    base = Situation(index, moment, catalogue, library.definitions, library.confounders, courses)
    considered = tuple(_fit(pathway, base) for pathway in library.protocol.pathways)
    pathway = _chosen(library.protocol.pathways, considered, pathway_id)
    if pathway is None:
        return _without_pathway(base, library, considered)
    return _on_pathway(base, library, pathway, considered, relapse)


def _said(situation: Situation) -> str:
    """The day judged; in the record's own words where it is the last follow-up of a report."""
    record, day = situation.index.record, day_of(situation.moment)
    known = situation.index.all_known_by(situation.moment)
    that_day = known[bisect_left(known, day, key=lambda event: event.time) :]
    if that_day and not any(e.time_exact for e in that_day):
        return that_day[-1].time_said or say(record, day)
    return say(record, day)


def _fit(pathway: Pathway, situation: Situation) -> PathwayFit:
    """Whether a pathway applies: one of its conditions is recorded and not denied."""
    titles = ", ".join(situation.catalogue.concept(c).title for c in pathway.conditions)
    for condition in pathway.conditions:
        recorded = situation.known((condition,))
        finding = judge(Present((condition,)), situation)
        if recorded and finding.verdict is not Verdict.FALSE:
            return PathwayFit(pathway.id, pathway.title, pathway.version, True, finding.says)
    because = f"none of its conditions is recorded ({titles})"
    return PathwayFit(pathway.id, pathway.title, pathway.version, False, because)


def _chosen(
    pathways: tuple[Pathway, ...], considered: tuple[PathwayFit, ...], wanted: str
) -> Pathway | None:
    for pathway, fit in zip(pathways, considered, strict=True):
        if pathway.id == wanted or (not wanted and fit.applies):
            return pathway
    return None


def _on_pathway(
    base: Situation,
    library: Library,
    pathway: Pathway,
    considered: tuple[PathwayFit, ...],
    relapse: str,
) -> Review:
    terms = library.terms(pathway, relapse)
    pathway, situation = terms.pathway, _on(terms, base)
    teller = Teller(situation.index, situation.catalogue)
    found = stays(pathway, situation.courses, situation)
    delayed, _ = with_delays(pathway, found, situation.courses, situation)
    now = current(delayed)
    rules = library.protocol.rules
    statements = findings(pathway, delayed, situation.courses, situation, teller)
    told = states(pathway, delayed, situation.courses, situation, teller)
    changes = switches(state_tables(), delayed, situation.courses, situation, teller)
    drugs = tried(state_tables(), delayed, situation.courses, situation, teller)
    warnings = alerts(rules, situation, teller)
    by = advisor(pathway, rules, library.protocol.regimens, teller)
    visits = responses(delayed, situation.courses, situation, teller)
    statements = (
        *statements,
        *over_time(visits, delayed, situation),
    )
    asked = due(library.protocol.schedules, situation, teller)
    stated = safety(situation, teller, rules, asked)
    open_exits = advice(now, situation.courses, situation, by)
    fit = next(f for f in considered if f.id == pathway.id)
    result = Review(
        record=situation.index.record,
        as_of=situation.moment,
        as_of_said=_said(situation),
        pathway=fit,
        considered=considered,
        courses=situation.courses,
        stays=delayed,
        current=now,
        findings=statements,
        advice=open_exits,
        alerts=warnings,
        missing=_all_missing([*statements, *told, *warnings]),
        evidence=_all_evidence([*statements, *told, *warnings, *stated, *asked], pathway),
        summary=(),
        responses=visits,
        relapses=Later(
            lambda: by_definition(visits, delayed, situation.courses, situation, teller)
        ),
        states=told,
        tried=drugs,
        switches=changes,
        safety=stated,
        due=asked,
        adherence=_adherence(base, library),
    )
    return _summed(result)


def _chosen_relapse(chosen: Definition) -> Definition:
    """The definition of relapse that a reader chose, under the name that criteria use."""
    title = f"Relapse, as chosen: {chosen.title or chosen.key}"
    return replace(chosen, name=RELAPSE, argument="", title=title)


def _without_pathway(
    base: Situation, library: Library, considered: tuple[PathwayFit, ...]
) -> Review:
    """A record that no pathway is for: courses and alerts only, and why nothing applies."""
    teller = Teller(base.index, base.catalogue)
    rules = library.protocol.rules
    warnings = alerts(rules, base, teller)
    asked = due(library.protocol.schedules, base, teller)
    stated = safety(base, teller, rules, asked)
    result = Review(
        record=base.index.record,
        as_of=base.moment,
        as_of_said=_said(base),
        pathway=None,
        considered=considered,
        courses=base.courses,
        stays=(),
        current=(),
        findings=(),
        advice=(),
        alerts=warnings,
        missing=_all_missing(list(warnings)),
        evidence=_all_evidence([*warnings, *stated, *asked], None),
        summary=(),
        safety=stated,
        due=asked,
        adherence=_adherence(base, library),
    )
    return _summed(result)


def _on(terms: Terms, base: Situation) -> Situation:
    """The record under the terms of a pathway: what was remembered under others is left behind."""
    return replace(base, definitions=terms.definitions, steady=terms.steady, memo={}, shared={})


def _adherence(base: Situation, library: Library) -> Callable[[], Mapping[int, Adherence]]:
    regimens = library.protocol.regimens
    return cache(lambda: adherences(base.courses, regimens, base.index, base.moment))


def _summed(result: Review) -> Review:
    return replace(result, summary=summary(result))


def _all_missing(statements: list[Statement]) -> tuple[Missing, ...]:
    """What is missing now, each once; what was missed at the end of a past step is told there."""
    found: dict[tuple[str, str], Missing] = {}
    past = ("response-", "switch-", "refractory-", "steroid-resistant-", "active-", "dependent-")
    for statement in statements:
        if statement.id.startswith(past):
            continue
        for missing in statement.missing:
            found.setdefault((missing.what, missing.why), missing)
    return tuple(found.values())


def _all_evidence(
    statements: Iterable[Statement | Due], pathway: Pathway | None
) -> tuple[Evidence, ...]:
    found: dict[Evidence, None] = dict.fromkeys(pathway.evidence if pathway else ())
    for statement in statements:
        found.update(dict.fromkeys(statement.evidence))
    return tuple(found)
