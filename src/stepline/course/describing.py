"""A segment of doses as a course: its dose, interval, score, reasons and deviations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from stepline.core.time import Period, days_between
from stepline.course import points
from stepline.course.bodysize import body_of
from stepline.course.cycles import Cycle, per_28_days, total_in
from stepline.course.deviating import deviations_of
from stepline.course.model import Course
from stepline.course.segment import Segment
from stepline.dosing.numbers import shown
from stepline.record.index import RecordIndex
from stepline.record.model import in_order

PLAIN = ("", "split", "route-changed", "dose-unknown")
"""What may differ in a cycle whose amount is as the regimen asks for, or not known."""


def course_of(run: Segment, index: RecordIndex) -> Course:
    """The course that a segment is, with what differs and why it is read so."""
    first, last = run.cycles[0].events[0], run.cycles[-1].events[-1]
    regimen = run.profile.regimen if run.profile else None
    kept = [event for cycle in (*run.cycles, *run.extras) for event in cycle.events]
    events = in_order(kept)
    apart = [days_between(one.start, other.start) for one, other in pairwise(run.cycles)]
    interval = _interval_of(run, sorted(apart))
    amounts = _amounts(run, index)
    return Course(
        course_id=0,
        regimen=regimen.id if regimen else "",
        drug=first.concept,
        title=regimen.title if regimen else _described(run, interval, index),
        intent=regimen.intent.value if regimen else first.intent,
        phase=regimen.phase.value if regimen else "",
        start=first.time,
        end=last.time,
        event_ids=tuple(event.event_id for event in events),
        start_exact=first.time_exact,
        end_exact=last.time_exact,
        start_said=first.time_said,
        end_said=last.time_said,
        cycles=len(run.cycles),
        interval=str(interval) if interval else "",
        dose=_dose_said(_usual(run), index),
        intensity=_intensity(run, interval, index),
        end_reason=last.reason,
        deviations=deviations_of(run, amounts, index),
        score=_score(run),
        because=_because(run, amounts, apart),
    )


def _interval_of(run: Segment, gaps: list[int]) -> Period | None:
    """The interval that was given: calendar months where each cycle fell on the same day.

    `gaps` are the days between cycles, the shortest first.
    """
    regimen = run.profile.regimen if run.profile else None
    prescribed = regimen.repeat.every if regimen and regimen.repeat else None
    if not gaps or (prescribed and _is_kept([cycle.start for cycle in run.cycles], prescribed)):
        return prescribed
    middle = gaps[len(gaps) // 2]
    return Period(days=middle) if middle else None


def _is_kept(starts: list[datetime], every: Period) -> bool:
    """Whether each cycle began as long after the first as is prescribed."""
    first = starts[0]
    if every.months:  # of unequal length, so each is counted from the first
        return all(every.times(n).after(first) == start for n, start in enumerate(starts))
    apart = every.after(first) - first
    return all(first + n * apart == start for n, start in enumerate(starts))


def _usual(run: Segment) -> Cycle:
    """The first cycle whose dose is no slip and no other dose; the first where there is none."""
    pairs = zip(run.cycles, run.worths, strict=True)
    return next((cycle for cycle, worth in pairs if worth.kind in PLAIN), run.cycles[0])


def _intensity(run: Segment, interval: Period | None, index: RecordIndex) -> Decimal | None:
    """Immunoglobulin per 28 days, from the first dose that fits and the interval."""
    if run.cycles[0].events[0].concept not in ("ivig", "scig") or interval is None:
        return None
    dose = total_in(_usual(run).events, "g/kg", index)
    return per_28_days(dose, interval) if dose is not None else None


def _dose_said(cycle: Cycle, index: RecordIndex) -> str:
    unit = cycle.events[0].unit
    total = total_in(cycle.events, unit, index) if unit else None
    if total is None:
        return "dose unknown"
    over = f" over {cycle.days} days" if cycle.days > 1 else ""
    return f"{total.normalize():f} {unit}{over}"


def _amounts(run: Segment, index: RecordIndex) -> list[Decimal | None]:
    """The amount of each cycle in the regimen's unit; equal rows are worked out once."""
    unit = run.profile.unit if run.profile else ""
    if not unit:
        return [None] * len(run.cycles)
    size = body_of(index).kind
    amounts: list[Decimal | None] = []
    before: object = None
    for cycle in run.cycles:
        own = [(event.value, event.unit, size(event.time)) for event in cycle.events]
        amounts.append(amounts[-1] if own == before else total_in(cycle.events, unit, index))
        before = own
    return amounts


def _described(run: Segment, interval: Period | None, index: RecordIndex) -> str:
    every = f" every {interval.say()}" if interval else ""
    return f"{run.cycles[0].events[0].concept} {_dose_said(run.cycles[0], index)}{every}"


def _score(run: Segment) -> Decimal:
    """The points of the segment over the most that so many cycles can have, from 0 to 1."""
    if run.profile is None:
        return Decimal("0.00")
    count = len(run.cycles)
    most = count * (points.DOSE_FITS + points.CLOSE)
    most += count * points.DAY * (run.profile.over - 1)
    most += (count - 1) * (points.GAP_FITS + points.CLOSE) * (run.profile.gap is not None)
    share = Decimal(run.points - run.began) / most
    return min(max(share, Decimal(0)), Decimal(1)).quantize(Decimal("0.01"))


def _because(run: Segment, amounts: list[Decimal | None], apart: list[int]) -> tuple[str, ...]:
    """What speaks for the reading, and the sum of its points, part by part."""
    if run.profile is None:
        return ("no regimen of the library has this dose and interval",)
    first, count = run.cycles[0], len(run.cycles)
    said = [f"each cycle {_amount(run, amounts)}" if count > 1 else _amount(run, amounts)]
    if first.days > 1:
        said.append(f"over {first.days} days")
    if count > 1:
        ends = dict.fromkeys((min(apart), max(apart)))
        spread = " to ".join(map(str, ends))
        said.append(f"{count} cycles, {spread} days apart")
    intent = run.profile.intent
    said.append(f"given for {intent}" if first.intent else f"by dose and interval, for {intent}")
    return (*said, _sum(run))


def _amount(run: Segment, amounts: list[Decimal | None]) -> str:
    unit = run.profile.unit if run.profile else ""
    pairs = zip(amounts, run.worths, strict=True)
    fitting = [amount for amount, worth in pairs if worth.kind in PLAIN] or amounts
    known = [amount for amount in fitting if amount is not None]
    if not known:
        return "of a dose that cannot be told" if unit else "of a dose that is not stated"
    ends = list(dict.fromkeys(shown(amount, 3) for amount in (min(known), max(known))))
    return f"{' to '.join(ends)} {unit}"


def _sum(run: Segment) -> str:
    dose = sum(worth.points for worth in run.worths)
    gap = sum(gap[0] for gap in run.gaps)
    parts = {
        "doses": dose,
        "intervals": gap,
        "extra doses": points.EXTRA * len(run.extras),
        f"a new course{'' if run.began == points.BEGIN else ', with what came before'}": run.began,
        "few or missing cycles": run.closing,
    }
    said = ", ".join(f"{name} {value:+d}" for name, value in parts.items() if value)
    return f"{sum(parts.values()):+d} points: {said}"
