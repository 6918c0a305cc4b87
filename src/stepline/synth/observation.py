"""From what happened to what is recorded: rows lost, doubled, moved and mistyped.

The faults are drawn from a stream of their own, so that a noisier record is of the same patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stepline.synth.courses import Row
from stepline.synth.draws import Draws
from stepline.vocabulary.catalogue import catalogue

_OTHER_UNIT = {
    "g": "mg", "mg": "g", "g/kg": "mg/kg", "mg/d": "g/d",
    "cm": "mm", "kg": "[lb_av]", "g/L": "mg/dL", "U/L": "ukat/L",
}  # fmt: skip


def recorded(rows: Iterable[Row], draws: Draws, chances: Mapping[str, float]) -> list[Row]:
    """The rows that reach the record."""
    if not any(chances.values()):
        return list(rows)
    has_weight = not draws.happens(chances["no-weight-at-all"])
    orders_too = draws.happens(chances["also-ordered"])
    known = catalogue()
    found: list[Row] = []
    for row in rows:
        if known.concept(row.concept).is_drug:
            found += _doses(row, draws, chances, orders_too=orders_too)
        elif row.concept == "weight":
            lost = draws.happens(chances["weight-missing"])
            found += [] if lost or not has_weight else [_mistyped(row, draws, chances)]
        elif not draws.happens(chances["result-dropped"]) or row.is_spell:
            found.append(_mistyped(row, draws, chances))
    return found


def _doses(row: Row, draws: Draws, chances: Mapping[str, float], *, orders_too: bool) -> list[Row]:
    written = _mistyped(row, draws, chances)
    if draws.happens(chances["unit-missing"]):
        written = written._replace(unit="")
    moved, by = draws.happens(chances["date-shifted"]), draws.pick((-3, -2, -1, 1, 2, 3))
    if moved and not row.is_spell:
        written = written._replace(day=max(0, written.day + by))
    only_ordered = draws.happens(chances["only-ordered"]) and not row.is_spell
    order = [row._replace(status="ordered", reason="")] if orders_too and not row.is_spell else []
    if draws.happens(chances["row-dropped"]):
        return order
    if only_ordered:
        return [written._replace(status="ordered", reason="")]
    twice = draws.happens(chances["row-twice"])
    return [*order, written, *([written] if twice else [])]


def _mistyped(row: Row, draws: Draws, chances: Mapping[str, float]) -> Row:
    if row.value is None:
        return row
    if draws.happens(chances["value-mistyped"]):
        row = row._replace(value=_ten_times(row.value or "0", up=draws.happens(0.5)))
    if draws.happens(chances["unit-mistyped"]):
        row = row._replace(unit=_OTHER_UNIT.get(row.unit, row.unit))
    return row


def _ten_times(value: str, *, up: bool) -> str:
    """The decimal point one place off, without rounding."""
    whole, _, part = value.partition(".")
    if up:
        moved = whole + (part + "0")[0] + ("." + part[1:] if part[1:] else "")
    else:
        moved = (whole[:-1] or "0") + "." + whole[-1] + part
    return moved.lstrip("0") if moved.lstrip("0")[:1].isdigit() else "0" + moved.lstrip("0")
