"""Delays and dose intensity of a course: what was given over what was planned, in its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.time import Period
from stepline.course.adherence_given import GivenSide
from stepline.course.adherence_model import Adherence, Delays, Due, GivenDose, Schedule

_DAY = timedelta(days=1)


def day_after(day: date, every: Period) -> date:
    """The day on which the next is due."""
    return every.after(datetime.combine(day, time.min)).date()


def with_intensity(
    result: Adherence, schedule: Schedule, side: GivenSide, until: date | None
) -> Adherence:
    """With delays, both intensities and the share of the total, as far as they are known."""
    if not side.doses or not schedule.due:
        return result
    if schedule.is_daily:
        return _of_days(result, schedule, side)
    if side.is_placed:
        result = replace(result, delays=_delays(schedule, side.doses))
    given = _sum([one.amount for one in side.doses])
    if given is None or not side.is_ended:
        return result
    planned = _sum([one.amount for one in schedule.due[: schedule.planned]])
    share = Fraction(given) / Fraction(planned) if planned else None
    result = replace(result, relative_total_dose=share)
    if not side.is_placed or len(side.doses) > len(schedule.due):
        return result
    share_of_time = _share_of_time(schedule, side.doses, until)
    return _rated(result, given, schedule.due[: len(side.doses)], share_of_time)


def _of_days(result: Adherence, schedule: Schedule, side: GivenSide) -> Adherence:
    """Of a daily dose: both intensities are the same, for its time is the window.

    Where amounts are planned for a part of the days looked at, both sides are those of that part.
    """
    if not (side.is_ended and side.is_placed):
        return result
    last = schedule.told_until or date.max
    doses = [(one.amount, days) for one in side.doses if (days := _days_by(one, last))]
    due = [replace(one, days=days) for one in schedule.due if (days := _days_by(one, last))]
    given = _sum([amount * days if amount is not None else None for amount, days in doses])
    result = _rated(result, given, due, Fraction(1))
    return replace(result, relative_total_dose=result.relative_dose_intensity)


def _days_by(run: Due | GivenDose, last: date) -> int:
    """On how many of its days by another a daily dose is taken."""
    return max(0, min(run.days, (last - run.day).days + 1))


def _rated(
    result: Adherence, given: Decimal | None, due: Sequence[Due], share_of_time: Fraction | None
) -> Adherence:
    """With the intensity: given over its time, over planned over its time.

    Where only the most that can have been planned is known, it is at least that over the most.
    """
    if given is None or share_of_time is None:
        return result
    planned = _sum([None if one.amount is None else one.amount * one.days for one in due])
    if planned:
        rate = Fraction(given) / Fraction(planned) * share_of_time
        return replace(result, relative_dose_intensity=rate)
    most = _sum([None if one.most is None else one.most * one.days for one in due])
    if not most:
        return result
    least = Fraction(given) / Fraction(most) * share_of_time
    return replace(result, relative_dose_intensity_at_least=least)


def _share_of_time(
    schedule: Schedule, doses: Sequence[GivenDose], until: date | None
) -> Fraction | None:
    """The time planned for as many doses as were given, over the time they took."""
    count, due = len(doses), schedule.due
    if schedule.every is not None and count < len(due):
        time_planned = (due[count].day - due[0].day).days
        end = day_after(doses[-1].day, schedule.every)
        if until is not None:
            end = max(end, until + _DAY)
        time_taken = (end - doses[0].day).days
    else:  # no interval follows the last dose: both times run from the first dose to the last
        time_planned = (due[count - 1].day - due[0].day).days
        time_taken = (doses[-1].day - doses[0].day).days
    if not time_planned or not time_taken:
        return None
    return Fraction(time_planned, time_taken)


def _delays(schedule: Schedule, doses: Sequence[GivenDose]) -> Delays:
    found = []
    for number in range(1, len(doses)):
        before, day = doses[number - 1].day, doses[number].day
        if schedule.every is not None:
            due = day_after(before, schedule.every)
        elif number < len(schedule.due):
            due = before + (schedule.due[number].day - schedule.due[number - 1].day)
        else:
            break
        found.append((day - due).days)
    behind = None
    if len(doses) <= len(schedule.due):
        behind = (doses[-1].day - schedule.due[len(doses) - 1].day).days
    return Delays(tuple(found), behind)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of all; `None` where one is not known or there is none."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None
