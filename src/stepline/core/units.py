"""Units of measurement: reading them, and the exact factor between two of them.

Common clinical units are answered from a committed table; anything else that UCUM knows is worked
out by the library on first use. `units_table.py` makes the table and a test proves it equal.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files

from stepline.core.errors import QuantityRefused, Refused
from stepline.core.units_root import Dimension, Root, UnitInvalid
from stepline.core.units_spelling import spelled_out

_LONGEST_UNIT = 60
_EXAMPLES = "UCUM units, such as mg, g/kg, mg/m2, mg/d, U/L, g/L, 10*9/L, %, {score}, cm, kg"
_REMARK = re.compile(r"\{[^{}]*\}")
_HIDDEN_NUMBER = re.compile(r"[0-9]\.[0-9]|^[0-9]+$")
_PHRASES = {
    "1": "a plain number or percentage",
    "mass": "a mass",
    "mass/body weight": "a dose per kilogram",
    "mass/length^2": "a dose per square metre",
    "mass/time": "a mass per time",
    "mass/body weight.time": "a dose per kilogram and time",
    "mass/calendar": "a mass per calendar month",
    "mass/body weight.calendar": "a dose per kilogram and calendar month",
    "mass/length^3": "a mass concentration",
    "substance/length^3": "a molar concentration",
    "substance/length^3.time": "an enzyme activity per volume",
    "[IU]/length^3": "international units per volume",
    "1/length^3": "a count per volume",
    "length^3": "a volume",
    "length^3/body weight": "a volume per kilogram",
    "length^3/time": "a flow",
    "length^3/time.{1.73_m2}": "a clearance for a body surface of 1.73 m2",
    "length^3/body weight.time": "a flow per kilogram",
    "length": "a length",
    "length^2": "an area",
    "time": "a duration",
    "calendar": "a number of calendar months or years",
    "body weight/length^2": "a body mass index",
    "Cel": "a temperature in degrees Celsius",
    "[degF]": "a temperature in degrees Fahrenheit",
    "{score}": "score points",
}


@lru_cache(maxsize=1)
def _table() -> dict[str, Root]:
    text = files("stepline.core").joinpath("units_table.json").read_text(encoding="utf-8")
    return {
        unit: Root(
            Fraction(row["factor"]),
            Dimension.of(dict(row["above"]), dict(row["below"])),
        )
        for unit, row in json.loads(text).items()
    }


@lru_cache(maxsize=4096)
def root(unit: str) -> Root:
    """What a canonical UCUM unit is worth and measures.

    Raises `QuantityRefused` (`unit-unknown`) when UCUM does not know it.
    """
    known = _table().get(unit)
    if known is not None:
        return known
    if not _looks_like_unit(unit):
        raise _unknown(unit)
    from stepline.core.units_ucum import root_by_library

    try:
        return root_by_library(unit)
    except UnitInvalid:
        raise _unknown(unit) from None


@lru_cache(maxsize=4096)
def read_unit(text: str) -> tuple[str, tuple[str, ...]]:
    """The UCUM unit meant by a written one, and notes on readings that could be doubted.

    `read_unit("UI/L")` is `("U/L", ("'UI/L' read as U/L",))`. Raises `QuantityRefused`:
    `unit-missing` for an empty text, `unit-ambiguous` for one with two clinical readings,
    `unit-unknown` for one that UCUM does not know.
    """
    if not text.strip():
        raise QuantityRefused.because(
            "unit-missing", "A unit is missing.", allowed=_EXAMPLES, mend="write the unit"
        )
    unit, notes = spelled_out(text[: _LONGEST_UNIT + 1])
    try:
        root(unit)
    except QuantityRefused:
        raise _unknown(text.strip()) from None
    return unit, notes


@lru_cache(maxsize=4096)
def factor(source: str, target: str) -> Fraction:
    """How many of `target` make one of `source`, exactly: `factor("g", "mg") == 1000`.

    Both are canonical units. Raises `QuantityRefused`: `unit-unknown`, or `unit-mismatch` where
    the two do not measure the same thing.
    """
    one, other = root(source), root(target)
    if one.dimension != other.dimension:
        raise _mismatch(source, target)
    return one.factor / other.factor


def comparable(one: str, other: str) -> bool:
    """Whether two canonical units measure the same thing."""
    return root(one).dimension == root(other).dimension


def measures(unit: str) -> str:
    """What a canonical unit measures, in words: `"a dose per kilogram"` for `g/kg`."""
    dimension = str(root(unit).dimension)
    return _PHRASES.get(dimension, f"a quantity of {dimension}")


def _looks_like_unit(unit: str) -> bool:
    """Whether a text may go to the library: short ASCII, and no number that hides in a product.

    UCUM reads `2.5` as two times five.
    """
    if len(unit) > _LONGEST_UNIT or not unit.isascii() or not unit.isprintable() or " " in unit:
        return False
    bare = _REMARK.sub("", unit)
    return "{}" not in unit and not _HIDDEN_NUMBER.search(bare)


def _unknown(text: str) -> Refused:
    shown = text if len(text) <= _LONGEST_UNIT else text[:_LONGEST_UNIT] + "…"
    near = get_close_matches(shown, _table(), n=2)
    return QuantityRefused.because(
        "unit-unknown",
        f"The unit '{shown}' is not known.",
        found=shown,
        allowed=_EXAMPLES,
        mend=f"did you mean {' or '.join(near)}?" if near else "write the unit in UCUM",
    )


def _mismatch(source: str, target: str) -> Refused:
    one, other = measures(source), measures(target)
    message = f"{one[:1].upper()}{one[1:]} ({source}) cannot be compared with {other} ({target})."
    return QuantityRefused.because(
        "unit-mismatch",
        message,
        found=source,
        allowed=f"a unit that measures what {target} measures",
        mend=_way_out(root(source).dimension, root(target).dimension),
    )


def _way_out(one: Dimension, other: Dimension) -> str:
    """The mend for two units that do not meet, from the first thing in which they differ."""
    if Dimension() in (one, other):
        return "a plain number has no unit: write the unit on both sides"
    names = [{name for name, _ in side.above + side.below} for side in (one, other)]
    differing = names[0] ^ names[1]
    for name, mend in _WAYS_OUT.items():
        if name in differing:
            return mend
    return "use one kind of unit on both sides"


_WAYS_OUT = {
    "calendar": "a month is not a fixed number of days: write 28 d or 30 d instead",
    "body weight": "work the dose out with a body weight first, or state both sides per kilogram",
    "[IU]": "write U/L for enzyme units and [IU]/L for international units",
    "{score}": "state both sides as score points, or both as a percentage",
    "{1.73_m2}": "say which clearance is meant: mL/min, or mL/min/{1.73_m2}",
    "[degF]": "convert the temperature to degrees Celsius (Cel) first",
    "substance": "converting between moles and mass needs the substance: use the laboratory's unit",
    "time": "state both sides per day (or week), or both for the whole course",
    "mass": "converting between volume and mass needs the product's concentration",
}
