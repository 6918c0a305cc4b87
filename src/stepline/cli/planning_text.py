"""A plan as a table for a person: what each day gets, course and day side by side."""

from __future__ import annotations

from collections.abc import Iterator

import click

from stepline.dosing.numbers import say, shown
from stepline.dosing.plan_model import Plan, PlannedDose, RateStep, Run, Vials
from stepline.dosing.plan_totals import exact_in, given_in, pieces_in, volume_in
from stepline.dosing.rates import said_duration, said_rate

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


def _head(plan: Plan) -> Iterator[str]:
    request = plan.request
    yield f"{request.regimen.title}  ({request.regimen.id})"
    if plan.is_proposed:
        yield "PROPOSED: no source states these steps; a person confirms them."
    body = [say(one) for one in (request.size.weight, request.size.height) if one is not None]
    product = [request.product.title] if request.product is not None else []
    known = ", ".join([*body, *product])
    yield f"For {known}, from {request.start}" if known else f"From {request.start}"
    yield f"Ordered: {_ordered(plan)}   [{plan.course.working}]"


def _ordered(plan: Plan) -> str:
    first = plan.first_course
    each = first[0].portion.exact
    if plan.is_daily:
        return f"{say(each)} a day"
    if len(first) == 1:
        return f"{say(each)} each time, on one day"
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
        return (str(dose.date), until, str(dose.days or "—"), amount, pieces)
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
        yield f"Course:   {_group(first)}, on {days} day{'s' * (days != 1)}"
        yield f"Each day: {_each(first)}"
    yield f"In all:   {_group(plan.doses)}" + _courses(plan)


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
    seen: set[tuple[object, ...]] = set()
    for dose in plan.doses:
        run = dose.portion.run
        key = () if run is None else (dose.portion.amount, run.steps)
        if run is None or key in seen:
            continue
        seen.add(key)
        first = " (first of the plan)" if len(seen) == 1 and _depends(plan) else ""
        yield ""
        yield f"Rate for {say(dose.portion.amount)}{first}: {run.infusion.say()}"
        for step in run.steps:
            yield f"  {_step(step)}"
        cap = run.infusion.cap
        if cap is not None:
            yield f"  never above {said_rate(cap.rate)}: {cap.because}"


def _depends(plan: Plan) -> bool:
    """Whether the first infusion of the product runs otherwise than later ones."""
    product = plan.request.product
    return product is not None and any(rate.infusion for rate in product.rates)


def _step(step: RateStep) -> str:
    flow = f"{shown(step.ml_per_h, 1):>7} mL/h" if step.ml_per_h is not None else ""
    held = f"for {said_duration(step.minutes)}" if step.minutes is not None else "time unknown"
    return f"{flow}{shown(step.mg_per_h, 1):>9} mg/h   {held}"


def _doubts(plan: Plan) -> Iterator[str]:
    before = plan.request.regimen.before_each
    if before:
        yield ""
        yield "Before each: " + ", ".join(
            f"{one.drug} {say(one.dose) if one.dose else ''} {one.route}".strip() for one in before
        )
    yield ""
    for problem in plan.refusals:
        known = f": {problem.allowed}" if problem.allowed else ""
        yield f"Not known: {problem.message} ({problem.mend}{known})"
    for caution in plan.cautions:
        sources = ", ".join(dict.fromkeys(one.source for one in caution.evidence))
        yield f"Note: {caution.message}" + (f" [{sources}]" if sources else "")
    yield "This is a calculation for a professional to check. It orders nothing."
