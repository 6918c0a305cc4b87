"""Where on the pathway a patient was and is: steps read from recognised courses.

A course that is a regimen a step names puts the patient into that step. A course known only by its
drug does so only while no later step of the pathway runs, so that a glucocorticoid taken beside
immunoglobulin does not lead back to conventional therapy. A step lasts until the next begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stepline.core.time import parse_period
from stepline.course.model import Course
from stepline.engine.situation import Situation, day_of
from stepline.protocol.model import CoursePattern, Pathway, Step
from stepline.record.index import RecordIndex
from stepline.record.saying import say
from stepline.review.model import Stay


@dataclass(frozen=True, slots=True)
class _Claim:
    """A course and the step it belongs to."""

    course: Course
    step: Step
    rank: int
    by_name: bool

    @property
    def order(self) -> tuple[datetime, int]:
        """Courses in time; the record's own order where they begin together."""
        return self.course.start, min(self.course.event_ids)


def stays(pathway: Pathway, courses: tuple[Course, ...], situation: Situation) -> tuple[Stay, ...]:
    """Stretches of time in steps, by start; parallel steps (replacement) beside the others."""
    begun = [c for c in courses if c.start <= situation.moment]
    claims = _without_background(_claims(pathway, begun, situation.members))
    main = [c for c in claims if not c.step.parallel]
    beside = [c for c in claims if c.step.parallel]
    found = _grouped(main, situation.index) + [
        _stay([claim], None, situation.index) for claim in beside
    ]
    return tuple(sorted(found, key=lambda stay: (stay.since, stay.course_ids)))


Members = Callable[[tuple[str, ...]], tuple[str, ...]]


def _claims(pathway: Pathway, courses: list[Course], members: Members) -> list[_Claim]:
    """Each course with its step. A regimen of several steps leads on from the step before it."""
    claims: list[_Claim] = []
    current: Step | None = None
    for course in sorted(courses, key=lambda c: (c.start, min(c.event_ids))):
        chosen = _chosen(_candidates(pathway, course, members), current)
        if chosen is None:
            continue
        claims.append(chosen)
        ahead = current is None or chosen.rank >= pathway.steps.index(current)
        if not chosen.step.parallel and (chosen.by_name or ahead):
            current = chosen.step
    return claims


def _chosen(candidates: list[_Claim], current: Step | None) -> _Claim | None:
    """The step that the present one leads to, else the first that fits.

    A course known only by its drug is not enough to enter the middle of a pathway: first IVIG at a
    dose that no regimen has is no stepping down.
    """
    led = _led_to(current, candidates)
    if led is not None:
        return led
    entered = (
        claim
        for claim in candidates
        if claim.by_name or claim.rank == 0 or claim.step is current or claim.step.parallel
    )
    return next(entered, None)


def _led_to(current: Step | None, candidates: list[_Claim]) -> _Claim | None:
    exits = {way.to for way in current.exits} if current else set()
    return next((claim for claim in candidates if claim.step.id in exits), None)


def _candidates(pathway: Pathway, course: Course, members: Members) -> list[_Claim]:
    """The steps a course may belong to: those that name its regimen, else those of its drug."""
    steps = list(enumerate(pathway.steps))
    by_name = [
        _Claim(course, step, rank, by_name=True)
        for rank, step in steps
        if course.regimen and course.regimen in step.courses.regimens
    ]
    return by_name or [
        _Claim(course, step, rank, by_name=False)
        for rank, step in steps
        if _by_drug(step.courses, course, members)
    ]


def _by_drug(pattern: CoursePattern, course: Course, members: Members) -> bool:
    if course.drug not in members(pattern.drugs):
        return False
    if pattern.intent and course.intent and course.intent != pattern.intent.value:
        return False
    if pattern.interval_above is None and pattern.interval_up_to is None:
        return True
    if not course.interval:
        return False
    days = parse_period(course.interval).shortest_days
    above, up_to = pattern.interval_above, pattern.interval_up_to
    return (above is None or days > above.longest_days) and (
        up_to is None or days <= up_to.longest_days
    )


def _without_background(claims: list[_Claim]) -> list[_Claim]:
    """Drops courses given alongside a step, and drugs of an earlier step once a later one began."""
    kept: list[_Claim] = []
    for claim in claims:
        later = [
            other
            for other in claims
            if not other.step.parallel and other.rank > claim.rank and other.order < claim.order
        ]
        alongside = any(claim.course.regimen in other.step.alongside for other in claims)
        if not claim.by_name and not claim.step.parallel and (later or alongside):
            continue
        if alongside and not claim.step.parallel:
            continue
        kept.append(claim)
    return kept


def _grouped(claims: list[_Claim], index: RecordIndex) -> list[Stay]:
    groups: list[list[_Claim]] = []
    for claim in sorted(claims, key=lambda claim: claim.order):
        if groups and groups[-1][0].step.id == claim.step.id:
            groups[-1].append(claim)
        else:
            groups.append([claim])
    if not groups:
        return []
    following = [group[0].course for group in groups[1:]]
    return [
        _stay(group, after, index) for group, after in zip(groups, [*following, None], strict=True)
    ]


def _stay(group: list[_Claim], following: Course | None, index: RecordIndex) -> Stay:
    first, step = group[0].course, group[0].step
    return Stay(
        step=step.id,
        title=step.title,
        since=first.start,
        since_said=start_said(first, index),
        until=_until(group, following),
        until_said=_until_said(group, following, index),
        course_ids=tuple(claim.course.course_id for claim in group),
        parallel=step.parallel,
        changed=following.start if following else None,
        changed_said=start_said(following, index) if following else "",
    )


def _until(group: list[_Claim], following: Course | None) -> datetime | None:
    if following is not None:
        return following.start
    if not group[0].step.parallel:
        return None
    ends = [claim.course.end for claim in group]
    return None if None in ends else max(end for end in ends if end is not None)


def _until_said(group: list[_Claim], following: Course | None, index: RecordIndex) -> str:
    if following is not None:
        return start_said(following, index)
    last = group[-1].course
    if last.ongoing or not group[0].step.parallel:
        return "ongoing"
    return last.end_said or (say(index.record, day_of(last.end)) if last.end else "")


def start_said(course: Course, index: RecordIndex) -> str:
    """When a course began, in words: a date, or "after M24"."""
    if course.start_exact or not course.start_said:
        return say(index.record, day_of(course.start))
    return course.start_said


def current(all_stays: tuple[Stay, ...]) -> tuple[Stay, ...]:
    """The steps a patient is in now: the last of the sequence, and parallel ones that still run."""
    main = [s for s in all_stays if not s.parallel]
    beside = [s for s in all_stays if s.parallel and s.until is None]
    return tuple(main[-1:] + beside)
