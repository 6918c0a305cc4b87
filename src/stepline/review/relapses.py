"""Each published definition of relapse and of a state: whether it is met now, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from stepline.core.evidence import Evidence, Kind, Status
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.engine.possible import could_be_true, turns_true_on, worth_judging
from stepline.engine.reference import judge
from stepline.engine.response import ladder_of
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.criterion import Criterion
from stepline.protocol.model import Definition
from stepline.record.saying import say
from stepline.review.exits import in_step
from stepline.review.model import ResponseAt, Statement, Stay
from stepline.review.stating import Teller, finding_of, leaf_says

DESIGN = Evidence("stepline-design", Kind.DESIGN, Status.DERIVED, "how the review reads a record")


def by_definition(
    visits: Sequence[ResponseAt],
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> tuple[Statement, ...]:
    """A statement for every definition of relapse, and of a state, that the ladder names."""
    ladder = ladder_of(situation)
    main = [stay for stay in stays if not stay.parallel]
    found = []
    for prefix, keys in (("relapse-by", ladder.relapses), ("state-by", ladder.states)):
        for key in keys:
            definition = situation.definitions.get(key)
            if definition is not None:
                found.append(_one(prefix, definition, main, courses, situation, teller))
    return (*found, course_pattern(visits, main, courses, situation, teller))


PATTERN = Evidence(
    "relapse-acr-2025",
    Kind.COHORT,
    Status.VERIFIED,
    "Monophasic without relapse, polycyclic with one or more, or chronic continuous.",
)
CONTINUOUS = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Chronic continuous is read as no response at any visit; the source does not define it.",
)


def course_pattern(
    visits: Sequence[ResponseAt],
    main: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """Monophasic, polycyclic or chronic continuous, by the definition of relapse in use."""
    definition = situation.definitions.get(ladder_of(situation).relapse)
    first = first_time(definition.criterion, main, courses, situation) if definition else None
    lost = [one for one in visits if one.is_response is False]
    better = [one for one in visits if one.is_response]
    within = in_step(main[-1], courses, situation) if main else situation
    now = judge(definition.criterion, within).verdict if definition else Verdict.UNKNOWN
    said = say(situation.index.record, day_of(first)) if first is not None else ""
    pattern = ""
    if said:
        pattern = f"polycyclic: relapse first met {said}"
    elif lost and len(lost) == len(visits):
        pattern = f"chronic continuous: no response at any of {len(visits)} visits"
    elif better and not lost and now is Verdict.FALSE:
        pattern = "monophasic so far: no relapse, and a response at every visit that tells"
    unclear = "no relapse is met, as far as recorded, and what is recorded does not exclude one"
    return Statement(
        "course-pattern",
        "finding",
        f"Course of the disease ({definition.title if definition else 'relapse not defined'})",
        Verdict.TRUE if pattern else Verdict.UNKNOWN,
        pattern or unclear,
        teller.because(b.event_id for one in (*better, *lost) for b in one.because),
        () if pattern else (Missing("relapse", "not-recorded", unclear, ("relapse",)),),
        (PATTERN, CONTINUOUS),
    )


def _one(
    prefix: str,
    definition: Definition,
    main: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Statement:
    within = in_step(main[-1], courses, situation) if main else situation
    finding = judge(definition.criterion, within)
    first = first_time(definition.criterion, main, courses, situation)
    said = say(situation.index.record, day_of(first)) if first is not None else ""
    is_so = {Verdict.TRUE: "met", Verdict.FALSE: "not met", Verdict.UNKNOWN: "cannot be told"}
    begun = f"first met {said}" if said else "never met, as far as recorded"
    says = f"{begun}; now {is_so[finding.verdict]}: {leaf_says(finding)}"
    return finding_of(
        teller,
        f"{prefix}-{definition.key}",
        definition.title or definition.key,
        finding,
        says,
        definition.evidence or (DESIGN,),
    )


def first_time(
    criterion: Criterion,
    main: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
) -> datetime | None:
    """The first day in any step of the sequence at which a criterion is true."""
    for stay in main:
        within = in_step(stay, courses, situation)
        if not could_be_true(criterion, within):
            continue
        brief, quick = worth_judging(criterion, within), replace(within, verdict_only=True)
        for day in _days(criterion, stay, within):
            moment = min(day + END_OF_DAY, stay.until or within.moment, within.moment)
            if judge(brief, quick.at(moment)).verdict is Verdict.TRUE:
                return day
    return None


def _days(criterion: Criterion, stay: Stay, within: Situation) -> list[datetime]:
    concepts = turns_true_on(criterion, within)
    days = within.index.days_with_record()
    if concepts is not None:
        days = within.index.days_about(concepts)
    until = min(stay.until or within.moment, within.moment)
    return [day for day in days if day_of(stay.since) <= day <= until]
