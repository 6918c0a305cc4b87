"""A plan as a table for a person: what each day gets, course and day side by side."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import click

from stepline.core.evidence import Evidence, Status
from stepline.dosing.alignment import Alignment, Entry
from stepline.dosing.numbers import say, shown
from stepline.dosing.plan_model import Plan, PlannedDose, PlanRequest, RateStep, Run, Vials
from stepline.dosing.plan_saying import watched_said
from stepline.dosing.plan_steroids import steroid_totals
from stepline.dosing.plan_totals import exact_in, given_before, given_in, pieces_in, volume_in
from stepline.dosing.plan_weight import weight_of
from stepline.dosing.rates import said_duration, said_rate
from stepline.dosing.weights import WeightRule

_UNKNOWN = "unknown"


def show_plan(plan: Plan) -> None:
    """Prints a plan."""
    for line in (
        *_head(plan),
        "",
        *_table(plan),
        "",
        *_totals(plan),
        *_rates(plan),
        *_doubts(plan),
    ):
        click.echo(line)


def show_calendar(alignment: Alignment) -> None:
    """Prints the calendar that several plans share."""
    click.echo("Calendar of all of them")
    for entry in alignment.calendar():
        click.echo(f"  {_line(entry)}")
    for one in alignment.held:
        click.echo(f"Kept: {one.message}{_cited(one.evidence)}")


def _line(entry: Entry) -> str:
    """A premedication stands before its dose, with its time where a source states one."""
    amount = f" {say(entry.amount)}" if entry.amount is not None else ""
    until = f", daily until {entry.until}" if entry.until is not None else ""
    before = f" ({_minutes(entry.minutes_before)})" if entry.is_premedication else ""
    return f"{entry.date:%a} {entry.date}  {entry.drug}{amount} {entry.route}{until}{before}"


def _minutes(before: int | None) -> str:
    return "before the dose, time not stated" if before is None else f"{before} min before"


def _cited(evidence: tuple[Evidence, ...]) -> str:
    """Sources in brackets; one that nobody has confirmed says so."""
    said = dict.fromkeys(
        one.source
        if one.status is Status.VERIFIED or one.source == one.status.value
        else f"{one.source}: {one.status.value}"
        for one in evidence
    )
    return f" [{', '.join(said)}]" if said else ""


def _head(plan: Plan) -> Iterator[str]:
    request = plan.request
    yield f"{request.regimen.title}  ({request.regimen.id})"
    if plan.is_proposed:
        yield "PROPOSED: no source states these steps; a person confirms them."
    body = list(_body(request))
    product = [request.product.title] if request.product is not None else []
    known = ", ".join([*body, *product])
    yield f"For {known}, from {request.start}" if known else f"From {request.start}"
    yield f"Ordered: {_ordered(plan)}   [{plan.course.working}]"


def _body(request: PlanRequest) -> Iterator[str]:
    """Weight and height with the days they were measured on, and the weight that doses."""
    weighing = request.weighing
    measured = (("weight", request.size.weight, weighing.weight_on),
                ("height", request.size.height, weighing.height_on))  # fmt: skip
    for name, value, day in measured:
        if value is None:
            continue
        if day is not None:
            yield f"{say(value)} ({name} of {day}, {(request.start - day).days} days before)"
        else:
            yield f"{say(value)} ({name}, day not stated)"
    used = weight_of(request.size, weighing).used
    if weighing.rule is not WeightRule.ACTUAL and used.quantity is not None:
        yield f"dosed by {say(used.quantity)} ({used.method.value} weight)"


def _ordered(plan: Plan) -> str:
    first = plan.first_course
    each = first[0].portion.exact
    if plan.is_daily:
        return f"{say(each)} a day"
    if len(first) == 1:
        return f"{say(each)} each time, on one day"
    if plan.request.given_days:
        course = plan.course
        return f"{say(course.course_total)} in each course, {say(course.per_day)} on each day"
    total = exact_in(first)
    assert total is not None
    return f"{say(total)} in each course, {say(each)} on each of its {len(first)} days"


def _table(plan: Plan) -> Iterator[str]:
    heads: tuple[str, ...] = ("date", "course", "day", "give", "volume", "from", "duration")
    if plan.is_daily:
        heads = ("from", "until", "days", "give a day", "as")
    rows = [heads, *(_row(plan, dose) for dose in plan.doses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _row(plan: Plan, dose: PlannedDose) -> tuple[str, ...]:
    portion = dose.portion
    amount, pieces = say(portion.amount), _pieces(portion.pieces) or _UNKNOWN
    if plan.is_daily:
        until = str(dose.until) if dose.until is not None else "not stated"
        days = f"{dose.days or '—'}{' (every second)' * (dose.per == 'other-day')}"
        if dose.condition is not None:
            pieces += "  after review"
        return (str(dose.date), until, days, amount, pieces)
    volume = portion.volume_ml(portion.amount)
    when = f"{dose.date:%a} {dose.date}"
    said = f"{shown(volume, 1)} mL" if volume is not None else _UNKNOWN
    if portion.are_tablets:
        said = "—"
    took = _took(portion.run) if portion.run else "—" if portion.are_tablets else _UNKNOWN
    return (when, str(dose.course), str(dose.day), amount, said, pieces, took)


def _took(run: Run) -> str:
    infusion = run.infusion
    if infusion.minutes is not None:
        return said_duration(infusion.minutes)
    least = said_duration(infusion.at_least)
    if infusion.at_most is None:
        return f"at least {least}"
    return f"{least} to {said_duration(infusion.at_most)}"


def _pieces(pieces: Vials) -> str:
    return " + ".join(f"{count} × {say(size)}" for size, count in pieces)


def _totals(plan: Plan) -> Iterator[str]:
    if not plan.is_daily:
        first = plan.first_course
        days = len(first)
        name = "Rest:    " if plan.request.given_days else "Course:  "
        yield f"{name} {_group(first)}, on {days} day{'s' * (days != 1)}"
        yield f"Each day: {_each(first)}"
    yield f"In all:   {_group(plan.doses)}" + _courses(plan)
    before = given_before(plan)
    if before is not None:
        courses, days = len(plan.request.given), len(plan.request.given_days)
        counted = [f"{courses} before"] if courses else []
        counted += [f"{days} day{'s' * (days != 1)} of the course in progress"] if days else []
        yield f"Given:    {say(before)} before this plan, in {' and '.join(counted)}"
    yield from _steroid(plan)


def _steroid(plan: Plan) -> Iterator[str]:
    """The sum and the mean day of a glucocorticoid, in prednisone; pulses only in the sum."""
    totals = steroid_totals(plan)
    if totals is None:
        return
    mean = totals["mean_mg_per_day"]
    said = f", {_ends(mean)} mg on the mean day" if mean else ", in pulses: no mean day"
    total = _ends(totals["cumulative_mg"])
    yield f"Prednisone equivalent: {total} mg in all{said}, until {totals['until']}"


def _ends(ends: object) -> str:
    assert isinstance(ends, dict)
    low, high = (shown(Decimal(str(ends[end])), 1) for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def _each(first: tuple[PlannedDose, ...]) -> str:
    amounts = dict.fromkeys(say(dose.portion.amount) for dose in first)
    return f"{' or '.join(amounts)} (ordered {say(first[0].portion.exact)})"


def _group(doses: tuple[PlannedDose, ...]) -> str:
    total = given_in(doses)
    if total is None:
        ended = tuple(dose for dose in doses if dose.days is not None)
        return f"{_group(ended)} before the last line" if ended else "without an end"
    volume, pieces = volume_in(doses), pieces_in(doses)
    parts = [say(total)]
    parts += [f"{shown(volume, 1)} mL"] if volume is not None else []
    parts += [_pieces(pieces)] if pieces else []
    return ", ".join(parts)


def _courses(plan: Plan) -> str:
    return "" if plan.courses == 1 or plan.is_daily else f", in {plan.courses} courses"


def _rates(plan: Plan) -> Iterator[str]:
    """The rates of each different infusion, in the order in which they come."""
    alike: dict[object, list[PlannedDose]] = {}
    for dose in plan.doses:
        if dose.portion.run is not None:
            alike.setdefault((dose.portion.amount, dose.portion.run.steps), []).append(dose)
    for doses in alike.values():
        yield ""
        yield from _rate(doses[0], is_first=len(alike) > 1 and doses == [plan.doses[0]])
        yield from (f"  {line}" for line in watched_said(doses))


def _rate(dose: PlannedDose, *, is_first: bool) -> Iterator[str]:
    run = dose.portion.run
    assert run is not None
    first = " (first of the plan)" if is_first else ""
    yield f"Rate for {say(dose.portion.amount)}{first}: {run.infusion.say()}"
    for step in run.steps:
        yield f"  {_step(step)}"
    cap = run.infusion.cap
    if cap is not None:
        yield f"  never above {said_rate(cap.rate)}: {cap.because}"


def _step(step: RateStep) -> str:
    flow = f"{shown(step.ml_per_h, 1):>7} mL/h" if step.ml_per_h is not None else ""
    held = f"for {said_duration(step.minutes)}" if step.minutes is not None else "time unknown"
    return f"{flow}{shown(step.mg_per_h, 1):>9} mg/h   {held}"


def _doubts(plan: Plan) -> Iterator[str]:
    before = plan.request.regimen.before_each
    if before:
        yield ""
        for one in before:
            given = " ".join(filter(None, [one.drug, say(one.dose) if one.dose else "", one.route]))
            yield f"Before each: {given}, {_minutes(one.minutes_before)}"
    yield ""
    for problem in plan.refusals:
        known = f": {problem.allowed}" if problem.allowed else ""
        yield f"Not known: {problem.message} ({problem.mend}{known})"
    for caution in plan.cautions:
        yield f"Note: {caution.message}{_cited(caution.evidence)}"
    yield "This is a calculation for a professional to check. It orders nothing."
