"""Doses over time: how the daily dose moved, its mean, and what was given in all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.time import days_between, parse_period
from stepline.engine.amounts import Amount, added, exact, scaled, unknown
from stepline.engine.dose_rows import in_grams, is_of_course, is_pulse
from stepline.engine.doses import DAILY, as_equivalent, daily_dose, never_spoken_of, per_day
from stepline.engine.finding import Missing
from stepline.engine.picking import spoken_names
from stepline.engine.situation import (
    DAY,
    END_OF_DAY,
    Limit,
    Situation,
    Span,
    day_of,
    runs_on,
    span_of,
)
from stepline.engine.taking import days_of_single_doses, is_part_of_daily
from stepline.protocol import criterion as c
from stepline.record.model import Event
from stepline.record.supplies import is_remark


def dose_change(node: c.DoseChange, situation: Situation) -> Amount:
    """How far the daily dose now lies from the lowest, highest or first of a window."""
    unit = "%" if node.relative else DAILY
    now = daily_dose(node.names, node.equivalent, situation)
    days = _days_of_doses(node, situation)
    if isinstance(days, Missing):
        return unknown(unit, days, says=now.says, events=now.events)
    told = [daily_dose(node.names, node.equivalent, situation.at(day)) for day in days]
    reference = _reference(node.reference, told)
    missing = tuple(dict.fromkeys((*reference.missing, *now.missing)))
    if node.relative and reference.low == reference.high == 0:
        why = Missing(node.names[0], "not-computable", "a percent of zero cannot be computed")
        return unknown(unit, why, says=now.says, events=now.events)
    low, high = (_percent if node.relative else _difference)(node.direction, now, reference)
    says = f"{reference.says} → {now.says}" if reference.says else now.says
    events = tuple(dict.fromkeys(reference.events + now.events))
    return Amount(low, high, unit, events=events, says=says, missing=missing)


def _days_of_doses(node: c.DoseChange, situation: Situation) -> list[datetime] | Missing:
    """The ends of the days in a window on which the daily dose can have changed, and its first."""
    window, now = span_of(node.window, situation), situation.moment
    if isinstance(window, Missing):
        return window
    spells = [e for e in situation.known(node.names) if e.is_spell and not is_pulse(e)]
    edges = [day_of(e.time) for e in spells]
    edges += [day_of(e.end_time) + DAY for e in spells if e.end_time is not None]
    for drug in situation.members(node.names):
        edges += days_of_single_doses(drug, situation)
    if any(limit is not None and limit.low != limit.high for limit in (window.start, window.end)):
        says = f"where the window of {spoken_names(node.names)} lies is not known exactly"
        return Missing(spoken_names(node.names), "time-uncertain", says)
    first = min([*edges, day_of(now)])
    start = _first_day(window.start.low, window.start) if window.start else first
    end = _last_day(min(window.end.low, now), window.end) if window.end else day_of(now)
    chosen = sorted({start, *(edge for edge in edges if start <= edge <= end)})
    if start > end:
        says = "the window holds no day up to now"
        return Missing(spoken_names(node.names), "not-recorded", says)
    return [min(day + END_OF_DAY, now) for day in chosen]


def _reference(take: c.Take, told: list[Amount]) -> Amount:
    """The lowest, highest or first of daily doses, each known between two bounds."""
    if take is c.Take.FIRST:
        return told[0]
    lows = [a.low or Decimal(0) for a in told]
    highs = [a.high for a in told if a.high is not None]
    is_bounded = len(highs) == len(told)
    if take is c.Take.LOWEST:
        low, high = min(lows), min(highs, default=None)
    else:
        low, high = max(lows), max(highs) if is_bounded else None
    shown = next((a for a in told if a.is_exact and a.low == low == high), None)
    missing = tuple(dict.fromkeys(m for a in told for m in a.missing))
    if shown is not None:
        return replace(shown, missing=())
    return Amount(low, high, DAILY, events=(), missing=missing)


Ends = tuple[Decimal | None, Decimal | None]


def _difference(direction: c.Direction, now: Amount, reference: Amount) -> Ends:
    if direction is c.Direction.FALLS:
        now, reference = reference, now
    low = None if now.low is None or reference.high is None else now.low - reference.high
    high = None if now.high is None or reference.low is None else now.high - reference.low
    return low, high


def _percent(direction: c.Direction, now: Amount, reference: Amount) -> Ends:
    """Percent of the reference dose, for every dose between the bounds of both."""
    least = _grown(now.low, reference.high)
    most = _grown(now.high, reference.low)
    if direction is c.Direction.RISES:
        return least, most
    return (None if most is None else -most), (None if least is None else -least)


def _grown(dose: Decimal | None, reference: Decimal | None) -> Decimal | None:
    """How far a dose lies above another in percent; `None` where it can be any number."""
    if dose is None or not reference:
        return None
    return (dose - reference) * 100 / reference


def mean_dose(node: c.MeanDose, situation: Situation) -> Amount:
    """The mean of the daily dose over the days of a period up to and with today."""
    first = day_of(node.period.before(situation.moment)) + DAY
    days = _each_day(first, situation.moment, situation.moment)
    parts = [daily_dose(node.names, node.equivalent, situation.at(day)) for day in days]
    return scaled(added(parts, DAILY), Fraction(1, len(parts)), DAILY)


def cumulative_dose(node: c.CumulativeDose, situation: Situation) -> Amount:
    """Milligrams given in a window: every day's dose, and pulses."""
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return unknown("mg", span)
    given = situation.given(node.names)
    if not given:
        return replace(never_spoken_of(node.names, situation), unit="mg")
    surely, possibly = days_in(span, given[0].time, situation.moment)
    least = _cumulated(node, surely, situation)
    if surely == possibly:
        return least
    most = _cumulated(node, possibly, situation)
    says = f"when the dose of {' or '.join(node.names)} is counted from or to is not known exactly"
    missing = Missing(spoken_names(node.names), "time-uncertain", says)
    return replace(most, low=least.low, missing=(*most.missing, missing))


Stretch = tuple[datetime, datetime]
"""The first and the last day of a stretch of days, as midnights."""


def days_in(span: Span, earliest: datetime, now: datetime) -> tuple[Stretch, Stretch]:
    """The days surely in a window, and the days possibly in it."""
    start, end = span.start, span.end
    first = _first_day(start.high, start) if start else day_of(earliest)
    maybe_first = _first_day(start.low, start) if start else day_of(earliest)
    last = _last_day(min(end.low, now), end) if end else day_of(now)
    maybe_last = _last_day(min(end.high, now), end) if end else day_of(now)
    began = day_of(earliest)
    return (max(first, began), last), (max(maybe_first, began), maybe_last)


def _first_day(moment: datetime, limit: Limit) -> datetime:
    day = day_of(moment)
    return day if limit.included or day >= day_of(datetime.max) else day + DAY


def _last_day(moment: datetime, limit: Limit) -> datetime:
    day = day_of(moment)
    return day if limit.included or day <= datetime.min else day - DAY


def _cumulated(node: c.CumulativeDose, stretch: Stretch, situation: Situation) -> Amount:
    first, last = stretch
    if not _is_ever_daily(node.names, situation):
        first = max(first, last)
    days = _each_day(first, last, situation.moment)
    parts = [
        daily_dose(node.names, node.equivalent, situation.at(day), single_doses=False)
        for day in days
    ]
    parts = [replace(part, unit="mg") for part in parts]
    parts += pulses_given(node.names, node.equivalent, stretch, situation)
    return added(parts, "mg")


def pulses_given(
    names: c.Names,
    equivalent: str,
    stretch: Stretch,
    situation: Situation,
    *,
    without_daily: bool = False,
) -> list[Amount]:
    """Milligrams of each row of pulses, and of single doses, in a stretch of days.

    `without_daily` leaves out single doses that `daily_dose` counts.
    """
    return [
        as_equivalent(_pulses(event, stretch, situation), event.concept, equivalent, situation)
        for event in situation.given(names)
        if is_pulse(event)
        and not is_remark(event)
        and not (without_daily and is_part_of_daily(event, situation))
    ]


def _is_ever_daily(names: c.Names, situation: Situation) -> bool:
    """Whether any row could give a daily dose; where none could, every day's dose is zero."""
    rows = (row for name in situation.members(names) for row in situation.index.of(name))
    return any(row.is_spell and not is_pulse(row) for row in rows)


def _pulses(event: Event, stretch: Stretch, situation: Situation) -> Amount:
    """Milligrams that a single dose, or doses a week or more apart, gave in a stretch of days."""
    first, last = stretch
    if is_of_course(event):
        return _of_course(event, stretch, situation)
    if event.is_spell and not event.interval:
        days = [d for d in _each_day(first, last, situation.moment) if runs_on(event, d)]
        says = situation.index.say(event)
        daily = per_day(event, says, (event.event_id,), situation)
        return replace(scaled(daily, Fraction(len(days)), DAILY), unit="mg")
    moments, is_counted = _dose_moments(event, situation.moment)
    inside = [moment for moment in moments if first <= day_of(moment) <= last]
    if not inside and is_counted:
        return exact(Decimal(0), "mg")
    dose = in_grams(event, situation, "mg")
    total = scaled(dose, Fraction(len(inside)), "mg")
    surely = event.time_exact and is_counted
    return total if surely else replace(total, low=Decimal(0), high=None)


def _of_course(event: Event, stretch: Stretch, situation: Situation) -> Amount:
    """Milligrams that the total of a course gave in a stretch of days: all, none, or a part."""
    first, last = stretch
    end = event.end_time
    begins = day_of(event.time)
    if begins > last or (end is not None and day_of(end) < first):
        return exact(Decimal(0), "mg")
    total = in_grams(event, situation, "mg")
    is_whole = end is not None and first <= begins and day_of(end) <= last
    return total if is_whole and event.end_exact else replace(total, low=Decimal(0))


def _dose_moments(event: Event, now: datetime) -> tuple[list[datetime], bool]:
    """When a dose was given by now, and whether that is all of them."""
    if not event.is_spell:
        return [event.time], True
    interval, moments = parse_period(event.interval), [event.time]
    end = min(event.end_time or now, now)
    while (due := interval.times(len(moments)).after(event.time)) <= end:
        moments.append(due)
    is_known = event.end_said == "ongoing" or (event.end_time is not None and event.end_exact)
    return moments, is_known


def _each_day(first: datetime, last: datetime, now: datetime) -> list[datetime]:
    """The days from one to another, each at its end, none later than now."""
    count = days_between(first, last) + 1
    return [min(first + timedelta(days=n) + END_OF_DAY, now) for n in range(count)]
