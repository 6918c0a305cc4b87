"""A plan as rows of a record: what is planned is judged, and later compared with what was given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from stepline.dosing.numbers import say
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.record.model import Event, EventStatus, Record
from stepline.record.timing import NOT_STATED

SOURCE = "plan"
"""The source that rows of a plan name; they rest on no document."""

_END_OF_DAY = timedelta(days=1, microseconds=-1)


def planned_events(
    plan: Plan,
    *,
    after: int = 0,
    status: EventStatus = EventStatus.PLANNED,
    shift: timedelta = timedelta(),
) -> tuple[Event, ...]:
    """The doses of a plan as events, one a dose; a daily dose is one spell a stretch of days.

    The amount is the exact amount to be given, after rounding to vials or tablets, in the unit of
    the plan; a daily dose is per day. Ids count from `after` + 1 in the order of the plan, so that
    the same plan gives the same rows. `shift` moves every date by so many days, for a record that
    lies on an axis of its own. All rows of a plan share a group.
    """
    return tuple(
        _event(plan, dose, number, status, shift)
        for number, dose in enumerate(plan.doses, after + 1)
    )


def planned_of(
    plans: Iterable[Plan],
    record: Record,
    *,
    status: EventStatus = EventStatus.PLANNED,
    shift: timedelta = timedelta(),
) -> tuple[Event, ...]:
    """The doses of several plans beside a record, with ids after those of the record."""
    events: list[Event] = []
    highest = max((event.event_id for event in record.events), default=0)
    for plan in plans:
        after = highest + len(events)
        events += planned_events(plan, after=after, status=status, shift=shift)
    return tuple(events)


def _event(
    plan: Plan, dose: PlannedDose, number: int, status: EventStatus, shift: timedelta
) -> Event:
    regimen, request = plan.request.regimen, plan.request
    start = datetime.combine(dose.date, time.min) + shift
    is_daily = plan.is_daily
    amount = dose.portion.amount
    end = _end(dose, shift) if is_daily else None
    return Event(
        event_id=number,
        time=start,
        code=f"STEPLINE//{dose.drug}",
        concept=dose.drug,
        value=amount.value,
        unit=f"{amount.unit}/d" if is_daily else amount.unit,
        end_time=end,
        end_exact=end is not None,
        end_said=NOT_STATED if is_daily and end is None else "",
        is_spell=is_daily,
        status=status,
        route=regimen.route,
        intent=regimen.intent.value,
        product=request.product.id if request.product else "",
        group=f"{SOURCE} {regimen.id} {request.start.isoformat()}",
        note=_note(plan, dose),
        source=SOURCE,
    )


def _end(dose: PlannedDose, shift: timedelta) -> datetime | None:
    """The end of the last day of a stretch; `None` where the plan does not say it."""
    if dose.until is None:
        return None
    return datetime.combine(dose.until, time.min) + shift + _END_OF_DAY


def _note(plan: Plan, dose: PlannedDose) -> str:
    regimen = plan.request.regimen
    said = f"regimen {regimen.id} {regimen.version}, course {dose.course}, day {dose.day}"
    if dose.portion.exact != dose.portion.amount:
        said += f", {say(dose.portion.exact)} before rounding"
    return said + ", proposed" if regimen.taper is not None else said
