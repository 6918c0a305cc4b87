"""A plan as an iCalendar file (RFC 5545): whole-day events of doses and stretches.

No clock is read and nothing is drawn by chance: identifiers come from what the plan says, so that a
second export of one plan renews the events of the first. A calendar holds no patient; `key` tells
apart two patients whose plans are the same, and only enters the identifiers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepline.dosing.numbers import say
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.dosing.plan_saying import (
    NO_ORDER,
    cycle_dose_of,
    dose_said,
    is_weekly,
    pieces_said,
    premedication_said,
    rate_said,
    rhythm_of,
    run_said,
    say_total,
    weekday_of,
)
from stepline.protocol.model import Protocol
from stepline.review.checks import Checks, checks_for

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event

PRODUCER = "-//Stepline//Plan//EN"


def calendar_of(
    plan: Plan,
    protocol: Protocol,
    *,
    beside: Sequence[Plan] = (),
    stamp: dt.datetime | None = None,
    remind: dt.timedelta | None = None,
    key: str = "",
) -> bytes:
    """The iCalendar file of a plan and of those beside it, UTF-8 with folded lines.

    `stamp` is the moment of export (DTSTAMP, which RFC 5545 demands); left out, it is midnight UTC
    of the plan's first day, so that one plan gives one file. `remind` adds an alarm so long before
    the day of each dose begins.
    """
    from icalendar import Calendar

    stamp = stamp or dt.datetime.combine(plan.doses[0].date, dt.time(), dt.UTC)
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    plans = (plan, *beside)
    titles = dict.fromkeys(one.request.regimen.title for one in plans)
    calendar.add("x-wr-calname", "; ".join(titles))
    for one in plans:
        _add_events(calendar, one, _checks(one, protocol), (stamp, remind, key))
    written: bytes = calendar.to_ical(sorted=False)
    return written


def _checks(plan: Plan, protocol: Protocol) -> tuple[Checks, Checks]:
    request = plan.request
    dose = cycle_dose_of(plan)
    return checks_for(request.regimen, request.product, protocol, cycle_dose=dose)


def _add_events(
    calendar: Calendar,
    plan: Plan,
    checks: tuple[Checks, Checks],
    manner: tuple[dt.datetime, dt.timedelta | None, str],
) -> None:
    stamp, remind, key = manner
    for dose in plan.doses:
        event = _event(plan, dose, checks)
        event.add("uid", _identifier(plan, dose, key))
        event.add("dtstamp", stamp)
        if remind is not None:
            event.add_component(_alarm(plan, dose, remind))
        calendar.add_component(event)


def _event(plan: Plan, dose: PlannedDose, checks: tuple[Checks, Checks]) -> Event:
    from icalendar import Event

    event = Event()
    event.add("summary", _summary(plan, dose))
    event.add("dtstart", dose.date)
    event.add("dtend", (dose.until or dose.date) + dt.timedelta(days=1))
    event.add("description", "\n".join(_description(plan, dose, checks)))
    event.add("categories", _categories(plan))
    event.add("status", "TENTATIVE")  # a calculation confirms nothing
    event.add("transp", "TRANSPARENT")
    return event


def _summary(plan: Plan, dose: PlannedDose) -> str:
    said = dose_said(plan, dose)
    return f"PROPOSED: {said}" if plan.is_proposed else said


def _categories(plan: Plan) -> list[str]:
    return ["Stepline", plan.request.regimen.drug, plan.request.regimen.intent.value]


def _description(plan: Plan, dose: PlannedDose, checks: tuple[Checks, Checks]) -> list[str]:
    regimen, product = plan.request.regimen, plan.request.product
    lines = [f"{regimen.title} ({regimen.id} {regimen.version})"]
    if plan.is_proposed:
        lines.append("PROPOSED: no source states these steps; a person confirms them.")
    if is_weekly(plan):
        lines.append(f"ONCE A WEEK, on {weekday_of(dose)}. Not every day.")
    lines += _amounts(plan, dose)
    lines += [f"Product: {product.title}"] if product is not None else []
    lines += _rates(dose)
    lines += [f"Before: {premedication_said(one)}" for one in regimen.before_each]
    lines += [f"Check before: {check.say()}" for check in checks[0]]
    lines += [f"Check while and after: {check.say()}" for check in checks[1]]
    return [*lines, NO_ORDER]


def _amounts(plan: Plan, dose: PlannedDose) -> list[str]:
    portion = dose.portion
    lines = [f"Ordered {say(portion.exact)}, given {say(portion.amount)}"]
    if plan.is_daily:
        lines[0] += f" {rhythm_of(dose)}"
    course = plan.of_course(dose.course)
    if len(course) > 1 and not plan.is_daily:
        part = "rest of the course, on" if plan.days_before(dose.course) else "whole course of"
        whole = f"{say_total(course)} is the {part} {len(course)} days"
        lines.append(f"{whole}; never in one day")
    named = "Tablets" if portion.are_tablets else "Vials"
    return [*lines, f"{named}: {pieces_said(portion.pieces) or 'not known'}"]


def _rates(dose: PlannedDose) -> list[str]:
    run = dose.portion.run
    if run is None:
        return []
    steps = [f"Rate: {rate_said(step)}" for step in run.steps]
    return [f"Runs in: {run_said(run)}", *steps]


def _identifier(plan: Plan, dose: PlannedDose, key: str) -> str:
    """A name for the event that comes from its content and from nothing else."""
    regimen = plan.request.regimen
    content = [regimen.id, key, plan.request.start.isoformat(), dose.as_json()]
    written = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    return f"{hashlib.sha256(written).hexdigest()[:32]}@stepline"


def _alarm(plan: Plan, dose: PlannedDose, remind: dt.timedelta) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _summary(plan, dose))
    alarm.add("trigger", -remind)
    return alarm
