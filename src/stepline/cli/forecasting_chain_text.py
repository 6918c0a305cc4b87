"""The chain from rituximab to IgG in lines that a clinician reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from stepline.dosing.numbers import shown
from stepline.forecast.chain_compared import Compared
from stepline.forecast.chain_level import Hold, Level
from stepline.forecast.chaining import GONE, ChainForecast, Return, say_day
from stepline.forecast.driving import Driving
from stepline.forecast.model import Model
from stepline.forecast.result import CREED, Band, figure

_WHY_NO_IGG = (
    "not forecast: no published model ties it to B cells. State --share-short-lived and "
    "--k-production, or name --production igg-production-ms"
)


def chain_lines(one: ChainForecast, compared: Sequence[Compared] = ()) -> Iterator[str]:
    """A forecast line by line."""
    driving = one.driving.drug
    yield "From rituximab to B cells and IgG"
    for at, model in enumerate(one.models.listed):
        yield ("  models    " if at == 0 else "            ") + _model(one, model)
    yield f"  doses     {_doses(one)}"
    yield f"  shows     {_shows(one)}"
    yield f"  rituximab {_drug(one)}"
    if one.cells is not None:
        yield f"  CD19      {_cells(one, one.cells)}"
    yield f"  IgG       {_igg(one)}"
    if one.level is not None:
        yield f"  level     {_level(driving, one.level)}"
        if one.level.hold is not None:
            yield f"  to hold   {_hold(driving, one.level.hold)}"
    yield from _measured(one)
    for note in (*one.driving.notes, *one.driving.unused, *_doubts(one)):
        yield f"  note      {note}"
    if compared:
        yield ""
        yield from _compared(compared, one.cells_limit)
    yield CREED


def _model(one: ChainForecast, model: Model) -> str:
    known = dict.fromkeys(each.evidence.status.value for each in model.parameters.values())
    label = {
        "calibrated": "calibrated by this project, not published",
        "stated": "stated by you, not published",
        "surrogate": "surrogate: published for others than this patient",
    }.get(model.label, model.label)
    because = one.models.because.get(model.id)
    why = f"; chosen: {because}" if because else ""
    return f"{model.id} {model.version} ({label}; figures {', '.join(known)}{why})"


def _doses(one: ChainForecast) -> str:
    driving = one.driving.drug
    said = _given("rituximab", "mg", driving, driving.doses)
    infused = one.driving.igg_doses
    return said + ("; " + _given("immunoglobulin", "g", driving, infused) if infused else "")


def _given(what: str, unit: str, driving: Driving, doses: Sequence[object]) -> str:
    from stepline.forecast.driving import Given

    listed = [dose for dose in doses if isinstance(dose, Given)]
    amounts = sorted({dose.amount for dose in listed})
    amount = shown(amounts[0], 1)
    if len(amounts) > 1:
        amount = f"{amount} to {shown(amounts[-1], 1)}"
    first, last = driving.say(listed[0].time), driving.say(listed[-1].time)
    when = first if len(listed) == 1 else f"{first} to {last}"
    ahead = sum(dose.is_ahead for dose in listed)
    to_come = f", {ahead} of them to come" if 0 < ahead < len(listed) else ""
    return f"{what} {len(listed)} of {amount} {unit}, {when}{to_come}"


def _shows(one: ChainForecast) -> str:
    if not one.varied:
        return "the typical person; these models do not say how people differ"
    silent = [m.id for m in one.models.listed if m.id not in one.varied]
    said = f"the typical person, and in brackets where 90 % lie by {', '.join(one.varied)}"
    return said + (f"; too narrow, as {', '.join(silent)} say nothing of it" if silent else "")


def _drug(one: ChainForecast) -> str:
    driving = one.driving.drug
    shown_peaks = [*one.peaks[:2], *one.peaks[-1:]] if len(one.peaks) > 3 else one.peaks
    peaks = ", ".join(
        f"{figure(value)} mg/L ({say_day(driving, day)})" for day, value in shown_peaks
    )
    gone = (
        f"below {GONE:g} mg/L from {say_day(driving, one.gone)}"
        if one.gone is not None
        else f"not below {GONE:g} mg/L for good by {driving.say(driving.until)}"
    )
    return f"peaks {peaks}; {gone}"


def _cells(one: ChainForecast, cells: Return) -> str:
    driving = one.driving.drug
    limit = f"{shown(one.cells_limit, 1)} /uL"
    before = _before(one, "cd19-count", "/uL")
    if not cells.below:
        return f"{before}never below {limit} by {driving.say(driving.until)}"
    spans = ", ".join(
        f"{say_day(driving, each.start)} to "
        + (say_day(driving, each.end) if each.end is not None else "the end")
        for each in cells.below
    )
    if cells.day is None:
        back = f"not back by {driving.say(driving.until)}"
    else:
        back = f"back {say_day(driving, cells.day)}"
    return f"{before}below {limit} from {spans}; {back}{_range(driving, cells)}"


def _before(one: ChainForecast, concept: str, unit: str) -> str:
    """The value from before treatment, and whether it is stated, measured or of the model."""
    known = one.own.get(concept)
    if known is None:
        return ""
    if "," in known.says and not known.says.startswith("of the model"):
        return f"before {known.says}; "
    return f"before {shown(known.value, 1)} {unit} ({known.says}); "


def _range(driving: Driving, cells: Return) -> str:
    if not cells.has_band:
        return ""
    ends = [
        "beyond the end" if day is None else say_day(driving, day)
        for day in (cells.low, cells.high)
    ]
    return f" ({ends[0]} to {ends[1]})"


def _igg(one: ChainForecast) -> str:
    if one.lowest is None:
        return _WHY_NO_IGG
    driving = one.driving.drug
    before = _before(one, "igg", "g/L")
    day, band = one.lowest
    return f"{before}lowest ahead {_band(band)} on {say_day(driving, day)}"


def _band(band: Band) -> str:
    said = f"{band.value:.1f} g/L"
    if band.low is None or band.high is None:
        return said
    return f"{said} ({band.low:.1f} to {band.high:.1f})"


def _level(driving: Driving, level: Level) -> str:
    wanted = f"{shown(level.level, 1)} g/L"
    if level.crossing is None:
        end = driving.say(driving.until)
        return f"IgG does not fall below {wanted} by {end}; no replacement is needed for that"
    if level.is_below_now:
        return f"IgG lies below {wanted} already on {say_day(driving, level.crossing)}"
    since = "" if driving.as_of == driving.zero else f", from {driving.say(driving.as_of)} on,"
    return f"IgG{since} falls below {wanted} on {say_day(driving, level.crossing)}"


def _hold(driving: Driving, hold: Hold) -> str:
    often = _often(hold.every)
    if hold.grams is None:
        return f"no dose {often} can be told: {hold.why_not}"
    if hold.grams == 0:
        return f"none: IgG is at the level again by {say_day(driving, hold.held_from)} and stays"
    grams = f"{hold.grams:.1f} g"
    each = grams if hold.per_kg is None else f"{hold.per_kg:.2f} g/kg ({grams})"
    kept = (
        f"keeps IgG there from {say_day(driving, hold.held_from)} to {say_day(driving, hold.until)}"
    )
    start = say_day(driving, hold.start)
    return f"{each} into a vein {often} from {start}, in the typical person, {kept}"


def _often(days: int) -> str:
    weeks, rest = divmod(days, 7)
    return f"every {days} days" if rest else f"every {weeks} week{'s' * (weeks != 1)}"


def _measured(one: ChainForecast) -> Iterator[str]:
    units = {"rituximab": "mg/L", "cd19": "/uL", "igg": "g/L"}
    titles = {"rituximab": "rituximab", "cd19": "CD19", "igg": "IgG"}
    for each in one.beside:
        seen, unit = each.measured, units[each.series]
        number = seen.value if seen.value is not None else seen.below
        sign = "" if seen.value is not None else "below "
        assert number is not None
        when = one.driving.drug.say(seen.time)
        said = f"{titles[each.series]} {sign}{shown(number, 2)} {unit}"
        yield f"  measured  {when}: {said}, forecast {_small(each.predicted)} {unit}"
    if one.beside:
        yield "  note      Measured values stand beside the forecast; they do not move it."


def _doubts(one: ChainForecast) -> Iterator[str]:
    """What the models say of themselves and what lies outside them; labels stand above."""
    for model in one.models.listed:
        if model.says:
            yield f"{model.id}: {model.says}"
        yield from model.cautions
    yield from (line for line in one.said if line.startswith("Outside "))
    yield from (line for line in one.said if line in one.models.doubts)


def _compared(rows: Sequence[Compared], limit: Decimal) -> Iterator[str]:
    what = f"days from the first dose of each, limit {shown(limit, 1)} /uL"
    yield f"Regimens of rituximab side by side: {what}"
    heads = ("regimen", "mg in all", "below 1 mg/L", "days below limit", "CD19 back", "lowest IgG",
             "IgG below level")  # fmt: skip
    table = [heads, *(_row(each) for each in rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    for row in table:
        cells = (cell.ljust(wide) for cell, wide in zip(row, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _row(each: Compared) -> tuple[str, ...]:
    cells = each.cells
    back = "–" if cells is None else _number(cells.day)
    if cells is not None and cells.has_band:
        back += f" ({_number(cells.low)} to {_number(cells.high)})"
    return (
        each.regimen,
        shown(each.milligrams, 0),
        _number(each.gone),
        "–" if each.days_below is None else f"{each.days_below:.0f}",
        back,
        "–" if each.lowest is None else _band(each.lowest),
        "–" if each.crossing is None else f"{each.crossing:.0f}",
    )


def _number(day: float | None) -> str:
    return "beyond" if day is None else f"{day:.0f}"


def _small(value: float) -> str:
    return "below 0.1" if value < 0.05 else figure(value)
