"""What was tried: of each drug its dose, its duration, the response, intolerance, the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from stepline.core.evidence import Evidence
from stepline.course.model import Course
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import short_title
from stepline.engine.possible import could_be_true
from stepline.engine.reference import judge
from stepline.engine.response import response
from stepline.engine.situation import Situation
from stepline.protocol.criterion import Named
from stepline.protocol.model import Intent
from stepline.record.model import Event
from stepline.record.saying import say_when
from stepline.review.exits import since_course
from stepline.review.model import NO_DEFINITION, Answer, Stay, Tried
from stepline.review.states_tables import StateTables
from stepline.review.stating import Teller, deciding_missing, leaf_says
from stepline.vocabulary.catalogue import Catalogue

WORDS = ("adequate-dose", "adequate-trial", "tried-for-3-months", "intolerant", "failed")
"""The definitions that are asked of each drug, in reading order."""


def drugs_tried(tables: StateTables, catalogue: Catalogue) -> tuple[str, ...]:
    """Classes told as one, and every drug of the classes whose drugs are told one by one."""
    drugs = [drug.id for name in tables.tried_drugs_of for drug in catalogue.members(name)]
    return tuple(dict.fromkeys((*tables.tried_classes, *drugs)))


def tried(
    tables: StateTables,
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> tuple[Tried, ...]:
    """One row a drug or class of which the record says that it was taken or stopped, by start."""
    names = drugs_tried(tables, situation.catalogue)
    spoken = [name for name in names if _rows(name, situation)]
    rows = [(_rows(name, situation), name) for name in spoken]
    rows.sort(key=lambda row: (row[0][0].time, row[0][0].event_id))
    return tuple(_row(name, events, stays, courses, situation, teller) for events, name in rows)


def _rows(name: str, situation: Situation) -> list[Event]:
    """What is known of a drug as treatment of the disease: replacement is another matter."""
    return [e for e in situation.known((name,)) if e.intent != Intent.REPLACEMENT]


def _row(
    name: str,
    events: list[Event],
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Tried:
    members = situation.members((name,))
    own = [c for c in courses if c.drug in members and c.intent != Intent.REPLACEMENT]
    trials = [_at_its_end(course, stays, situation) for course in own]
    dose, trial, months, intolerance = (_asked(word, name, situation) for word in WORDS[:4])
    failed = _asked(WORDS[4], name, situation, trials)
    found = [one for one in (dose, trial, months, intolerance, failed) if one is not None]
    answer, graded_events, graded_missing = _responded(trials)
    ids = [i for one in found for i in _ends(one.all_events())]
    missing = [m for one in found for m in deciding_missing(one)]
    return Tried(
        drug=name,
        title=short_title(situation.catalogue.concept(name)),
        when=_when(events, situation),
        dose=_answer(dose),
        trial=_answer(trial),
        months=_answer(months),
        response=answer,
        intolerance=_answer(intolerance),
        failed=_answer(failed),
        because=teller.because([*ids, *graded_events, events[0].event_id]),
        missing=tuple(dict.fromkeys([*missing, *graded_missing])),
        evidence=_evidence(name, situation),
    )


def _ends(events: tuple[int, ...]) -> tuple[int, ...]:
    """The first and the last of the events that an answer rests on: a trial can hold hundreds."""
    return (*events[:1], *events[-1:])


def _asked(
    word: str, drug: str, now: Situation, trials: Sequence[Situation] = ()
) -> Finding | None:
    """A definition of a drug: the first trial in which it held, else how it stands now."""
    named = Named(word, drug)
    if named.key not in now.definitions:
        return None
    if could_be_true(named, now):
        for situation in trials:
            found = judge(named, situation)
            if found.verdict is Verdict.TRUE:
                return found
    return judge(named, now)


def _answer(finding: Finding | None) -> Answer:
    if finding is None:
        return Answer(Verdict.UNKNOWN, NO_DEFINITION)
    says = leaf_says(finding)
    if finding.verdict is Verdict.UNKNOWN:
        says = "; ".join(dict.fromkeys(m.says for m in deciding_missing(finding))) or says
    return Answer(finding.verdict, says)


def _at_its_end(course: Course, stays: Sequence[Stay], situation: Situation) -> Situation:
    """The record as a course sees it at its end, or at that of the step in which it was given."""
    holding = [stay.until for stay in stays if course.course_id in stay.course_ids]
    ends = [end for end in (course.end, *holding) if end is not None]
    until = situation.moment
    if not course.ongoing and ends:
        until = min(max(ends) - timedelta(microseconds=1), until)
    return since_course(course, situation).at(max(until, course.start))


def _responded(
    trials: Sequence[Situation],
) -> tuple[Answer, tuple[int, ...], tuple[Missing, ...]]:
    """The best response at the end of a course of the drug, whatever else was given beside it."""
    graded = [response(situation) for situation in trials]
    known = [one for one in graded if one.low is not None and one.high is not None]
    if not known:
        missing = tuple(m for one in graded for m in one.missing if m.why != "not-computable")
        return Answer(Verdict.UNKNOWN, "no response is recorded"), (), missing[:1]
    best = max(known, key=lambda one: (one.low or 0, one.high or 0))
    verdict = Verdict.TRUE if (best.low or 0) >= 1 else Verdict.FALSE
    if best.low == 0 and (best.high or 0) > 0:
        verdict = Verdict.UNKNOWN
    return Answer(verdict, best.says), best.events, ()


def _when(events: Sequence[Event], situation: Situation) -> str:
    record = situation.index.record
    last = max(events, key=lambda event: (event.end_time or event.time, event.event_id))
    began, ended = say_when(record, events[0]), say_when(record, last)
    return began if began == ended else f"{began} … {ended}"


def _evidence(name: str, situation: Situation) -> tuple[Evidence, ...]:
    keys = [Named(word, name).key for word in WORDS]
    found = [
        e for k in keys if k in situation.definitions for e in situation.definitions[k].evidence
    ]
    return tuple(dict.fromkeys(found))
