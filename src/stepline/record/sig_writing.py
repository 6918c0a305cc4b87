"""An instruction as its one plain text, which reads back to the same instruction."""

from __future__ import annotations

from decimal import Decimal

from stepline.core.quantity import Quantity
from stepline.core.time import Period
from stepline.record.sig_values import Between, Per, Sig, Taper

_UNITS = {"ug": "microgram", "[IU]": "iu", "mL": "ml"}


def write_sig(sig: Sig) -> str:
    """The instruction in words: `methotrexate 2.5 mg tablet: 6 tablet weekly`."""
    parts = (
        sig.drug,
        _product(sig),
        _counted(sig),
        _amount(sig),
        sig.route,
        _rhythm(sig),
        _course(sig),
        f"on {' and '.join(sig.weekdays)}" if sig.weekdays else "",
        " ".join({"morning": "in the morning", "night": "at night"}[m] for m in sig.moments),
        f"x {sig.repeats} doses" if sig.repeats is not None else "",
        f"for {_period(sig.duration)}" if sig.duration else "",
        f"over {_period(sig.lasting)}" if sig.lasting else "",
        f"until {sig.until}" if sig.until else "",
        "as needed" if sig.as_needed else "",
        _taper(sig.taper) if sig.taper else "",
    )
    return " ".join(part for part in parts if part)


def _product(sig: Sig) -> str:
    return f"{_quantity(sig.strength)} {sig.form}:" if sig.strength else ""


def _counted(sig: Sig) -> str:
    if sig.count is None:
        return ""
    per = _per(sig) if sig.amount is None else ""
    return f"{_between(sig.count)} {sig.form}{per}"


def _amount(sig: Sig) -> str:
    if sig.amount is None:
        return ""
    said = f"{_between(sig.amount)} {_unit(sig.unit)}{_per(sig)}"
    if sig.alternate is None:
        return said
    return f"{said} alternating with {_between(sig.alternate)} {_unit(sig.unit)}"


def _per(sig: Sig) -> str:
    if sig.per is Per.NOT_STATED and sig.times > 1:
        return "/day"
    return {Per.DAY: "/day", Per.WEEK: "/week", Per.MONTH: "/month", Per.COURSE: " in total"}.get(
        sig.per, ""
    )


def _rhythm(sig: Sig) -> str:
    if sig.once:
        return "once only"
    if sig.per is Per.DAY and sig.times > 1:
        return f"in {sig.times} divided doses"
    if sig.times > 1 and sig.every:
        return f"{sig.times} times a {'day' if sig.every.days == 1 else 'week'}"
    if sig.every is None:
        return ""
    return "daily" if sig.every.iso() == "P1D" else f"every {_period(sig.every)}"


def _course(sig: Sig) -> str:
    if sig.days:
        if sig.per is Per.NOT_STATED:
            return f"on days {sig.days[0]} to {sig.days[-1]}"
        return f"on days {' and '.join(str(day) for day in sig.days)}"
    if sig.on_days is None:
        return ""
    each = "daily " if sig.per is Per.DOSE else ""
    return f"{each}over {_between(sig.on_days)} days"


def _taper(taper: Taper) -> str:
    down = f" to {_quantity(taper.to)}" if taper.to else ""
    return f"reduce by {_quantity(taper.by)} every {_period(taper.every)}{down}"


def _period(period: Period) -> str:
    """One part of a period in its own unit."""
    for number, name in (
        (period.months, "months"),
        (period.days, "days"),
        (period.hours, "hours"),
        (period.minutes, "minutes"),
    ):
        if number:
            return f"{number} {name}"
    return "0 days"


def _quantity(quantity: Quantity) -> str:
    return f"{_number(quantity.value)} {_unit(quantity.unit)}"


def _unit(unit: str) -> str:
    mass, slash, body = unit.partition("/")
    return _UNITS.get(mass, mass) + slash + body


def _between(numbers: Between) -> str:
    low, high = _number(numbers.low), _number(numbers.high)
    return low if low == high else f"{low} to {high}"


def _number(number: Decimal) -> str:
    return format(number.normalize(), "f")
