"""Why treatment was changed: the stated reason first, then what the record shows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from stepline.core.evidence import Evidence, Kind, Status
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.engine.possible import could_be_true
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.criterion import Named
from stepline.record.model import Event
from stepline.review.exits import in_step
from stepline.review.model import Reason, Stay, Switch
from stepline.review.states_tables import StateTables, SwitchReason
from stepline.review.stating import Teller, leaf_says

STATED = Evidence("record", Kind.CASE_REPORT, Status.VERIFIED, "the reason that the record states")


def switches(
    tables: StateTables,
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> tuple[Switch, ...]:
    """Every change from one main step to the next."""
    main = [stay for stay in stays if not stay.parallel]
    return tuple(
        _switch(tables, before, after, courses, situation, teller)
        for before, after in pairwise(main)
    )


def _switch(
    tables: StateTables,
    before: Stay,
    after: Stay,
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Switch:
    within = in_step(before, courses, situation)
    within = within.at(min(day_of(after.since) + END_OF_DAY, situation.moment))
    stated = [_stated(one, before, courses, within, teller) for one in tables.switch]
    found = [
        _found(one, within, teller)
        for one in tables.switch
        if not one.only_to_less or _is_less(before, after, courses)
    ]
    reasons = _each_once([one for one in (*stated, *found) if one is not None], tables)
    says = "no reason is stated, and no definition of one is met"
    missing = () if reasons else (Missing("reason for the change", "not-recorded", says),)
    return Switch(
        before.step, before.title, after.step, after.title, after.since_said, reasons, missing
    )


def _each_once(reasons: list[Reason], tables: StateTables) -> tuple[Reason, ...]:
    """A reason that is stated and found is told once, as stated; none beside what rules it out."""
    by_name: dict[str, Reason] = {}
    for reason in reasons:
        by_name.setdefault(reason.reason, reason)
    ruled_out = {one.reason for one in tables.switch if by_name.keys() & set(one.not_beside)}
    return tuple(one for name, one in by_name.items() if name not in ruled_out)


def _stated(
    reason: SwitchReason,
    stay: Stay,
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Reason | None:
    """The stops of the step's own drugs that state this reason."""
    own = [course for course in courses if course.course_id in stay.course_ids]
    drugs = tuple(sorted({course.drug for course in own}))
    doses = {event for course in own for event in course.event_ids}
    stops = [
        event
        for event in (situation.known(drugs) if drugs else ())
        if event.reason in reason.stated and _belongs(event, doses, stay, situation)
    ]
    if not stops:
        return None
    says = "; ".join(dict.fromkeys(situation.index.say(e) for e in stops))
    because = teller.because(event.event_id for event in stops)
    return Reason(reason.reason, "stated", "", says, because, (STATED,))


def _belongs(event: Event, doses: set[int], stay: Stay, situation: Situation) -> bool:
    """Whether a stop ends a course of the step, by now."""
    if event.event_id in doses:
        return event.end_time is None or event.end_time <= situation.moment
    return event.is_stop and event.time >= stay.since


def _found(reason: SwitchReason, situation: Situation, teller: Teller) -> Reason | None:
    """A reason that its definition finds at the moment of the change."""
    definition = situation.definitions.get(reason.definition)
    if definition is None or not could_be_true(definition.criterion, situation):
        return None
    finding = judge(Named(definition.name, definition.argument), situation)
    if finding.verdict is not Verdict.TRUE:
        return None
    because = teller.because(finding.all_events())
    says = leaf_says(finding)
    return Reason(reason.reason, "finding", definition.key, says, because, definition.evidence)


def _is_less(before: Stay, after: Stay, courses: Sequence[Course]) -> bool:
    """Whether the same drug went on at a lower intensity."""
    first, second = _intensities(before, courses), _intensities(after, courses)
    return any(second[drug] < first[drug] for drug in first.keys() & second.keys())


def _intensities(stay: Stay, courses: Sequence[Course]) -> dict[str, Decimal]:
    """The last intensity of each drug in a step."""
    return {
        course.drug: course.intensity
        for course in courses
        if course.course_id in stay.course_ids and course.intensity is not None
    }
