"""A forecast in lines that a clinician reads; every number with its unit, every doubt said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import click

from stepline.dosing.numbers import say, shown
from stepline.forecast.answering import Answer, Answered
from stepline.forecast.output import disagreement
from stepline.forecast.result import CREED, Band, Cycle, Forecast, figure
from stepline.forecast.whatif_model import Hours, Outcome, WhatIf

_MOST_CYCLES = 4
_MOST_SEEN = 5
_BASIS = {
    "typical": "the typical person; the model does not say how people differ",
    "population": "the typical person, and where 90 % of people lie",
    "individual": "fitted to this person, and where the truth lies with 90 %",
}


def show_answer(answer: Answer) -> None:
    """Prints an answer."""
    for line in lines_of(answer):
        click.echo(line)


def lines_of(answer: Answer) -> Iterator[str]:
    """An answer line by line."""
    for one in answer.answered:
        yield from _forecast(one)
        yield ""
    yield from _side_by_side(answer)
    for one in answer.answered:
        if one.what_if is not None:
            yield from _what_if(one.what_if)
            yield ""
    for model, problems in answer.refused:
        yield f"Without {model}: {' '.join(problem.message for problem in problems)}"
    yield CREED


def _forecast(answered: Answered) -> Iterator[str]:
    one = answered.forecast
    model, unit = one.model, one.model.result_unit
    yield f"{model.title}"
    statuses = ", ".join(dict.fromkeys(e.status.value for e in model.evidence))
    yield f"  model     {model.id} {model.version}, {model.label}, evidence {statuses}"
    if answered.because:
        yield f"  chosen    {answered.because}"
    yield f"  doses     {_doses(one)}"
    yield f"  person    {_person(one)}"
    yield f"  shows     {_BASIS[one.basis]}"
    for at, cycle in enumerate(_shown(one)):
        head = "  course    " if at == 0 else "            "
        yield head + _cycle(one, cycle)
    yield f"  at end    {one.driving.say(one.driving.until)}: {_band(one.last, unit)}"
    if one.half_life is not None:
        infused = " of infused IgG" if model.measures == "igg" else ""
        yield f"  half-life {shown(Decimal(one.half_life), 0)} d{infused}"
    yield from _below(answered)
    yield from _measured(one)
    yield from _doubts(one)


def _below(answered: Answered) -> Iterator[str]:
    """When the forecast falls below the target; with the band, when for 5 % and for 95 %."""
    one, below, target = answered.forecast, answered.below, answered.target
    if below is None or target is None:
        return
    limit, end = target.limit.say(), one.driving.say(one.driving.until)
    said = _first(one, below.line, end)
    band = ""
    if one.low is not None:
        soonest, latest = _first(one, below.soonest, end), _first(one, below.latest, end)
        band = f" (soonest {soonest}; latest {latest}, with 90 %)"
    yield f"  below {limit}: {said}{band}"


def _first(one: Forecast, moment: datetime | None, end: str) -> str:
    return f"not by {end}" if moment is None else f"from {one.driving.say(moment)}"


def _doses(one: Forecast) -> str:
    doses = one.driving.doses
    amounts = sorted({dose.amount for dose in doses})
    unit = one.model.amount_unit
    said = shown(amounts[0], 1)
    if len(amounts) > 1:
        said = f"{said} to {shown(amounts[-1], 1)}"
    first, last = one.driving.say(doses[0].time), one.driving.say(doses[-1].time)
    ahead = sum(dose.is_ahead for dose in doses)
    to_come = f", {ahead} of them to come" if 0 < ahead < len(doses) else ""
    when = f"{first} to {last}" if len(doses) > 1 else first
    return f"{len(doses)} of {said} {unit}, {when}{to_come}"


def _person(one: Forecast) -> str:
    from stepline.forecast.driving import with_baseline
    from stepline.forecast.model import COVARIATES

    needed = with_baseline(one.model, one.driving).needed
    said = [
        f"{known.name} {_plain(known.value)} {COVARIATES[known.name]}".rstrip() + f" ({known.says})"
        for known in one.driving.known.values()
        if known.name in needed or known.name == "weight"
    ]
    own = one.driving.baseline
    unit = one.model.result_unit
    if own is not None:
        said.append(f"own {one.model.measures} {_plain(own.value)} {unit} ({own.says})")
    elif "endogenous" in one.values:
        part = shown(Decimal(one.values["endogenous"]), 1)
        said.append(f"own {one.model.measures} {part} {unit} (of the model, not measured)")
    return "; ".join(said) or "no covariate enters this model"


def _plain(value: Decimal) -> str:
    return shown(value, 2)


def _shown(one: Forecast) -> Sequence[Cycle]:
    """The last course given and those to come, or the last of a plan."""
    given = [cycle for cycle in one.cycles if not cycle.doses[0].is_ahead]
    ahead = [cycle for cycle in one.cycles if cycle.doses[0].is_ahead]
    if not given and len(ahead) > _MOST_CYCLES:
        return [*ahead[:2], *ahead[-2:]]
    return [*given[-1:], *ahead[:_MOST_CYCLES]]


def _cycle(one: Forecast, cycle: Cycle) -> str:
    unit, amount = one.model.result_unit, shown(cycle.amount, 1)
    over = f" in {len(cycle.doses)} doses" if len(cycle.doses) > 1 else ""
    head = f"{one.driving.say(cycle.start)}, {amount} {one.model.amount_unit}{over}"
    return f"{head}: before {_band(cycle.trough, unit)}, peak {_band(cycle.peak, unit)}"


def _band(band: Band, unit: str) -> str:
    said = f"{figure(band.value)} {unit}"
    if band.low is None or band.high is None:
        return said
    return f"{said} ({figure(band.low)} to {figure(band.high)})"


def _measured(one: Forecast) -> Iterator[str]:
    earlier = len(one.seen) - _MOST_SEEN
    if earlier > 0:
        yield f"  measured  {earlier} earlier values enter as well"
    for seen in one.seen[-_MOST_SEEN:]:
        number = seen.measured.value if seen.measured.value is not None else seen.measured.below
        sign = "" if seen.measured.value is not None else "below "
        assert number is not None
        apart = "" if seen.weighted is None else f", {seen.weighted:+.1f} SD"
        unit = one.model.result_unit
        yield (
            f"  measured  {one.driving.say(seen.measured.time)}: {sign}{_plain(number)} {unit}, "
            f"forecast {figure(seen.predicted)} {unit}{apart}"
        )
    if one.fit is not None:
        said = []
        for name in one.fit.told:
            low, high = one.fit.interval(name)
            named = f"{name} {one.fit.values[name]:.3g} {one.model.parameters[name].unit}".strip()
            said.append(f"{named} ({low:.3g} to {high:.3g})")
        yield f"  fitted    {'; '.join(said)}"
    elif one.no_fit:
        yield f"  no fit    {one.no_fit}"


def _doubts(one: Forecast) -> Iterator[str]:
    said = [one.model.says] if one.model.says else []
    said += [*one.driving.notes, *one.driving.unused, *one.outside, *one.cautions]
    for doubt in said:
        yield f"  note      {doubt}"


def _side_by_side(answer: Answer) -> Iterator[str]:
    forecasts = [one.forecast for one in answer.answered]
    apart = disagreement(forecasts)
    if apart is None:
        return
    yield "Models side by side"
    rows = [("model", "last trough", "at the end", "half-life")]
    for one in forecasts:
        unit = one.model.result_unit
        trough = _band(one.cycles[-1].trough, unit) if one.cycles else "–"
        half = "–" if one.half_life is None else f"{one.half_life:.0f} d"
        rows.append((one.model.id, trough, _band(one.last, unit), half))
    yield from _table(rows)
    for key, name in (("trough", "last trough"), ("last", "value at the end")):
        both = apart.get(key)
        if isinstance(both, dict):
            low, high = both["low"], both["high"]
            yield f"  they differ in the {name}: {low:.1f} to {high:.1f} {apart['unit']}"
    yield ""


def _what_if(one: WhatIf) -> Iterator[str]:
    target = f", target {one.target.say()}" if one.target else ""
    yield f"Other regimens in steady state, by {one.model.id}{target}"
    unit = one.model.result_unit
    heads = ("regimen", "each time", f"trough {unit}", f"peak {unit}", "target met", "a year",
             "infusions", "hours")  # fmt: skip
    yield from _table([heads, *(_row(each) for each in one.outcomes)])
    yield from _verdict(one)
    for note in dict.fromkeys([*one.notes, *(n for each in one.outcomes for n in each.notes)]):
        yield f"  note: {note}"


def _row(each: Outcome) -> tuple[str, ...]:
    return (
        each.candidate.say(),
        say(each.amount, 1),
        _range(each.trough),
        _range(each.peak),
        _chance(each),
        f"{shown(each.a_year.value, 0)} {each.a_year.unit}",
        shown(each.infusions_a_year, 0),
        _hours(each.hours_a_year),
    )


def _range(band: Band) -> str:
    if band.low is None or band.high is None:
        return figure(band.value)
    return f"{figure(band.value)} ({figure(band.low)}–{figure(band.high)})"


def _chance(each: Outcome) -> str:
    if each.probability is not None:
        return f"{each.probability * 100:.0f} %"
    if each.meets is None:
        return "–"
    return "typically" if each.meets else "typically not"


def _hours(hours: Hours | None) -> str:
    if hours is None:
        return "unknown"
    if hours.high == hours.low:
        return shown(hours.low, 0)
    most = "" if hours.high is None else f" to {shown(hours.high, 0)}"
    return f"{shown(hours.low, 0)}{most}" if most else f"at least {shown(hours.low, 0)}"


def _verdict(one: WhatIf) -> Iterator[str]:
    if one.target is None:
        return
    wanted = "typically" if one.basis == "typical" else f"in {shown(one.wanted * 100, 0)} %"
    if not one.longest:
        yield f"  None of them meets the target {wanted}."
        return
    said = "; ".join(each.candidate.say() for each in one.longest)
    yield f"  The longest interval of each dose that meets it {wanted}: {said}."
    if one.sparing is not None:
        amount = f"{shown(one.sparing.a_year.value, 0)} {one.sparing.a_year.unit} a year"
        yield f"  The least that does: {one.sparing.candidate.say()}, {amount}."


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield (
            "  "
            + "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        )
