"""A taper whose steps are not known, as three rows that make none of them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from stepline.core.errors import RecordRefused
from stepline.core.evidence import Status
from stepline.core.quantity import comparable
from stepline.core.time import When
from stepline.record.amounts import Amount, in_unit_of
from stepline.record.dosing import Dosing
from stepline.record.entry import Entry
from stepline.record.model import Event, EventStatus
from stepline.record.schedule import on_day
from stepline.record.timing import NOT_STATED, ONGOING, Timing, placed

_ONE_DAY = timedelta(days=1)


def taper_rows(entry: Entry, base: Event, timing: Timing, dosing: Dosing) -> list[Event]:
    """The first day at the first dose, the unknown between, the last dose from the end on.

    Between, the dose is known only to lie between the two, and not even that where the two are not
    comparable (mg/kg/d down to mg/d). How long the last dose went on is not stated unless
    `afterwards` says so; a taper that was `stopped` ends with the stop.
    """
    top, floor, end = _checked(timing, dosing)
    said = f"{top.quantity} to {floor.quantity}, steps unknown"
    group = replace(base, is_spell=True, group=entry.place.path)
    first = replace(
        placed(group, timing.start),
        value=top.exact,
        unit=top.unit,
        end_time=timing.start.time,
        end_exact=timing.start.is_exact,
        text=f"start of the taper from {said}",
    )
    return [first, _between(group, timing, dosing, said), _last(entry, group, end, floor, said)]


def _checked(timing: Timing, dosing: Dosing) -> tuple[Amount, Amount, When]:
    top, floor = dosing.amount, dosing.floor
    if top is None or floor is None or top.exact is None or floor.exact is None:
        message = "A taper goes from one exact dose to another."
        raise RecordRefused.because("taper-not-exact", message, mend="write two exact doses")
    if timing.end is None or not timing.start_known or not timing.is_spell:
        raise RecordRefused.because(
            "taper-without-ends",
            "A taper with unknown steps says from when until when.",
            allowed="from and until",
            mend="add them, or write the doses that are known as entries of their own",
        )
    return top, floor, timing.end


def _between(group: Event, timing: Timing, dosing: Dosing, said: str) -> Event:
    top, floor, end = _checked(timing, dosing)
    low, high = _bounds(top, floor)
    begun = placed(group, on_day(timing.start, 1))
    return replace(
        begun,
        value_low=low.exact if low else None,
        value_high=high.exact if high else None,
        unit=top.unit if low else "",
        text=said,
        end_time=max(end.time - _ONE_DAY, begun.time),
        end_exact=end.is_exact,
        end_said="" if end.is_exact else end.said,
        certainty=Status.DERIVED,
    )


def _bounds(top: Amount, floor: Amount) -> tuple[Amount | None, Amount | None]:
    """The lower and the higher of two doses in the unit of the first; nothing if they differ."""
    if not comparable(top.unit, floor.unit) or top.exact is None:
        return None, None
    there = in_unit_of(floor, top.unit)
    low, high = sorted((top.exact, there if there is not None else top.exact))
    return Amount(top.unit, low), Amount(top.unit, high)


def _last(entry: Entry, group: Event, end: When, floor: Amount, said: str) -> Event:
    begun = placed(group, end)
    if "stopped" in entry.fields:
        return replace(begun, is_spell=False, status=EventStatus.STOPPED, text="stopped")
    goes_on = entry.text("afterwards") == ONGOING
    return replace(
        begun,
        value=floor.exact,
        unit=floor.unit,
        end_said=ONGOING if goes_on else NOT_STATED,
        text=f"end of the taper from {said}",
    )
