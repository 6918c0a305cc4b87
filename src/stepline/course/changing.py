"""Planned change against drift: whether a dose or an interval was changed, or slid.

A *planned change* is a step to another amount or interval that comes with a new order or a stated
reason, or is kept. *Drift* is a dose per kilogram that sinks or rises because weight changed and
the dose stayed, or intervals that grow or shrink little by little without a step. A step that is
none of both is told as such and not explained. The numbers of `ChangeRules` are this project's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import comparable
from stepline.course.bodysize import size_at
from stepline.course.cycles import Cycle, cycles_of, total_in
from stepline.course.model import Course
from stepline.record.index import RecordIndex
from stepline.record.model import Event


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """When a difference is a step, when a step is kept, and when small differences are a drift.

    `step` and `drift` are parts of the earlier value; `kept` is a number of cycles.
    """

    step: Fraction = Fraction(15, 100)
    kept: int = 3
    drift: Fraction = Fraction(15, 100)


DEFAULTS: Mapping[str, Evidence] = MappingProxyType(
    {
        name: Evidence("stepline-design", Kind.DESIGN, Status.UNCONFIRMED, claim)
        for name, claim in {
            "step": "From 15 % on a difference between neighbouring cycles is a step, not rounding",
            "kept": "A step kept for 3 cycles is a planned change",
            "drift": "From 15 % on small differences that add up are a drift",
        }.items()
    }
)
"""What the defaults rest on: nothing but this project's choice."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one drug within or between its courses.

    `kind` is `planned-change`, `unexplained-step`, `dose-per-weight-drift` or `interval-drift`;
    `what` is `dose` or `interval`. `before` and `after` are in `unit`; `on` is the day of the first
    dose that differs. `because` says what makes it this kind.
    """

    drug: str
    kind: str
    what: str
    on: date
    before: Decimal
    after: Decimal
    unit: str
    because: tuple[str, ...]
    event_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    """A value at a cycle: an amount, or the days since the cycle before."""

    value: Decimal
    cycle: Cycle


def changes_of(
    courses: Sequence[Course], index: RecordIndex, rules: ChangeRules | None = None
) -> tuple[Change, ...]:
    """The changes of each drug over all its courses, by day. Only single doses are looked at.

    Intervals are those within a course, in the order of the courses: the time from one course to
    the next is none. One interval that differs is a delay and no change.

    Doses without a number take no part, nor do doses of a drug written in units that do not compare
    (some per kilogram, some flat), nor intervals from or to a day that is not exact.
    """
    rules = rules or ChangeRules()
    found: list[Change] = []
    for drug in sorted({course.drug for course in courses}):
        own = [course for course in courses if course.drug == drug]
        found += _of_drug([_cycles(course, index) for course in own], index, rules)
    return tuple(sorted(found, key=lambda one: (one.on, one.what, one.kind, one.event_ids)))


def _cycles(course: Course, index: RecordIndex) -> list[Cycle]:
    ids = set(course.event_ids)
    events = [e for e in index.of(course.drug) if e.event_id in ids and not e.is_spell]
    return [Cycle(tuple(group)) for group in cycles_of(events)]


def _of_drug(
    by_course: Sequence[Sequence[Cycle]], index: RecordIndex, rules: ChangeRules
) -> Iterable[Change]:
    cycles = sorted((one for own in by_course for one in own), key=_place)
    unit = _unit_of(cycles)
    doses = [
        _Point(amount, cycle)
        for cycle in cycles
        if unit and (amount := total_in(cycle.events, unit, index)) is not None
    ]
    yield from _steps(doses, "dose", unit, rules)
    yield from _by_weight(doses, unit, index, rules)
    intervals = [
        _Point(Decimal((later.start.date() - earlier.start.date()).days), later)
        for own in by_course
        for earlier, later in pairwise(own)
        if earlier.events[0].time_exact and later.events[0].time_exact
    ]
    intervals.sort(key=lambda point: _place(point.cycle))
    yield from _steps(intervals, "interval", "d", rules)
    yield from _slides(intervals, rules)


def _place(cycle: Cycle) -> tuple[datetime, int]:
    return cycle.start, cycle.events[0].event_id


def _unit_of(cycles: Sequence[Cycle]) -> str:
    """The unit of the first dose; empty where another is written in one that does not compare."""
    units = [event.unit for cycle in cycles for event in cycle.events if event.unit]
    return units[0] if units and all(comparable(units[0], one) for one in units) else ""


# ---------------------------------------------------------------- steps


def _steps(points: Sequence[_Point], what: str, unit: str, rules: ChangeRules) -> Iterable[Change]:
    """Where a value leaves that of the cycle before by a step; a return to it at once is one."""
    number = 1
    while number < len(points):
        before, here = points[number - 1], points[number]
        if not _is_step(before.value, here.value, rules):
            number += 1
            continue
        kept = _kept(points[number:], rules)
        change = _step(before, here, kept, what, unit, rules)
        if kept > 1 or what == "dose" or change.kind == "planned-change":
            yield change  # one interval that differs is a delay, and is told as one
        returns = number + kept < len(points) and not _is_step(
            before.value, points[number + kept].value, rules
        )
        is_back = returns and kept < rules.kept
        number += kept + is_back


def _is_step(before: Decimal, after: Decimal, rules: ChangeRules) -> bool:
    return abs(Fraction(after) - Fraction(before)) >= rules.step * Fraction(before)


def _kept(points: Sequence[_Point], rules: ChangeRules) -> int:
    """For how many cycles, the first included, a value stays within a step of itself."""
    first = points[0].value
    count = 0
    for point in points:
        if _is_step(first, point.value, rules):
            break
        count += 1
    return count


def _step(
    before: _Point, here: _Point, kept: int, what: str, unit: str, rules: ChangeRules
) -> Change:
    because = []
    one, other = before.cycle.group, here.cycle.group
    if one and other and one != other:
        because.append("a new order")
    reasons = dict.fromkeys(event.reason for event in here.cycle.events if event.reason)
    because += [f"stated reason: {reason}" for reason in reasons]
    if kept >= rules.kept:
        because.append(f"kept for {kept} cycles")
    is_planned = bool(because)
    told = because or [f"kept for {kept} {'cycle' if kept == 1 else 'cycles'}, no order, no reason"]
    return Change(
        drug=here.cycle.events[0].concept,
        kind="planned-change" if is_planned else "unexplained-step",
        what=what,
        on=here.cycle.start.date(),
        before=before.value,
        after=here.value,
        unit=unit,
        because=tuple(told),
        event_ids=_ids(here.cycle.events),
    )


# ---------------------------------------------------------------- drift


def _by_weight(
    doses: Sequence[_Point], unit: str, index: RecordIndex, rules: ChangeRules
) -> Iterable[Change]:
    """A dose in grams or milligrams that stays while weight changes: each run without a step."""
    if not unit or "/" in unit:
        return
    for run in _runs(doses, rules):
        weighed = [(p, weight) for p in run if (weight := size_at("kg", p.cycle.start, index))]
        if not weighed:
            continue
        (first, weight), per = weighed[0], f"{unit}/kg"
        own = Fraction(first.value) / Fraction(weight)
        for point, now in weighed[1:]:
            share = Fraction(point.value) / Fraction(now)
            if now != weight and abs(share - own) >= rules.drift * own:
                yield Change(
                    point.cycle.events[0].concept,
                    "dose-per-weight-drift",
                    "dose",
                    point.cycle.start.date(),
                    _rounded(own),
                    _rounded(share),
                    per,
                    (f"the dose stayed, and weight went from {weight:f} kg to {now:f} kg",),
                    _ids(point.cycle.events),
                )
                break


def _slides(intervals: Sequence[_Point], rules: ChangeRules) -> Iterable[Change]:
    """Intervals that differ little from one to the next, and much from the first to the last.

    The middle of the first `kept` and of the last `kept` of a run without a step are compared.
    """
    for run in _runs(intervals, rules):
        if len(run) < 2 * rules.kept:
            continue
        before = _middle(run[: rules.kept])
        after = _middle(run[-rules.kept :])
        if abs(Fraction(after) - Fraction(before)) >= rules.drift * Fraction(before):
            by = "grew" if after > before else "shrank"
            yield Change(
                run[0].cycle.events[0].concept,
                "interval-drift",
                "interval",
                run[0].cycle.start.date(),
                before,
                after,
                "d",
                (f"{len(run)} intervals {by} without a step from one to the next",),
                _ids([event for point in run for event in point.cycle.events]),
            )


def _runs(points: Sequence[_Point], rules: ChangeRules) -> list[list[_Point]]:
    runs: list[list[_Point]] = []
    for point in points:
        if runs and not _is_step(runs[-1][-1].value, point.value, rules):
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _middle(points: Sequence[_Point]) -> Decimal:
    ordered = sorted(point.value for point in points)
    return ordered[len(ordered) // 2]


def _rounded(number: Fraction) -> Decimal:
    """To four decimals; comparisons are made before."""
    return round(Decimal(number.numerator) / Decimal(number.denominator), 4)


def _ids(events: Iterable[Event]) -> tuple[int, ...]:
    return tuple(event.event_id for event in events)
