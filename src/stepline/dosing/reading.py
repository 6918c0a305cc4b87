"""Reads what a person types into a calculation: numbers with units, percentages, ages, steps."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, comparable, in_unit, measures, parse_quantity
from stepline.core.time import Period, parse_period
from stepline.dosing.numbers import quantity_of, say
from stepline.dosing.rates import Ladder, Rung, is_rate
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.tapering import Fall
from stepline.dosing.weights import WeightRule
from stepline.vocabulary.catalogue import catalogue


def read_quantity(text: str) -> Quantity:
    """Any number with a unit. Raises `QuantityRefused`, also for a bare number."""
    return parse_quantity(text)[0]


def read_height(text: str) -> Quantity:
    """A height in cm or inches.

    Raises `DosingRefused`: `height-in-metres`, since a lost point or digit makes another height of
    a number in metres, and none that anyone has of one in centimetres.
    """
    height = read_quantity(text)
    if height.unit == "m":
        centimetres = say(Quantity(height.value * 100, "cm"))
        raise DosingRefused.because(
            "height-in-metres",
            "A height is taken in centimetres or inches, not in metres.",
            found=height.say(),
            allowed="cm or in",
            mend=f"write {centimetres}, if that is what is meant",
        )
    return height


def read_surface(text: str) -> Quantity:
    """A body surface area in m2. Raises `DosingRefused`: `surface-implausible`."""
    surface = read_quantity(text)
    plausible = catalogue().concept("bsa").plausible
    assert plausible is not None
    area = in_unit(surface, plausible.unit)
    if not plausible.low <= area <= plausible.high:
        raise DosingRefused.because(
            "surface-implausible",
            f"A body surface area cannot be {surface.say()}.",
            found=surface.say(),
            allowed=f"{plausible.low} to {plausible.high} m²",
            mend="check the number and its unit",
        )
    return surface


def read_fraction(text: str) -> Fraction:
    """A percentage as a fraction: `10 %` is 1/10. Raises `DosingRefused`: `percent-wrong`."""
    quantity = read_quantity(text)
    if quantity.unit != "%":
        raise DosingRefused.because(
            "percent-wrong", "This should be a percentage.", found=quantity.say(), allowed="10 %"
        )
    return in_unit(quantity, "1")


def read_years(text: str) -> Decimal:
    """An age in years: `44 years`. Raises `DosingRefused`: `age-wrong`."""
    quantity = read_quantity(text)
    if not comparable(quantity.unit, "a") or not 0 <= in_unit(quantity, "a") <= 125:
        raise DosingRefused.because(
            "age-wrong", "This is no age.", found=quantity.say(), allowed="0 to 125 years"
        )
    years = in_unit(quantity, "a")
    return Decimal(years.numerator) / Decimal(years.denominator)


def read_spell(text: str) -> Period:
    """A time of whole days, weeks or months: `2w`, `14 days`, `P1M`. Raises `spell-wrong`."""
    found = re.fullmatch(r"([0-9]{1,3}) ?([dw]|days?|weeks?|months?)", text.strip())
    written = f"P{found[1]}{found[2][0].upper()}" if found else text.strip().upper()
    period = parse_period(written)
    if period.is_empty or period.hours or period.minutes or period.seconds:
        raise DosingRefused.because(
            "spell-wrong",
            "A step of a taper is kept for whole days.",
            found=text.strip()[:20],
            allowed="3d, 2w, P1M",
        )
    return period


def read_window_days(text: str) -> int:
    """How many days a course may be moved: `2d`. Raises `DosingRefused`: `window-wrong`."""
    found = re.fullmatch(r"([0-9]{1,2}) ?(?:d|days?)", text.strip())
    if found is None or int(found[1]) > _WIDEST:
        raise DosingRefused.because(
            "window-wrong",
            "A window is a number of days.",
            found=text.strip()[:20],
            allowed=f"0d to {_WIDEST}d",
            mend="write --window 2d",
        )
    return int(found[1])


def read_fall(text: str) -> Fall:
    """By how much a taper falls at each step: `5mg`, or `10%` of the dose reached.

    The period is that of a day until it is replaced. Raises `DosingRefused`: `fall-wrong`.
    """
    by = read_quantity(text)
    if by.unit == "%" and 0 < by.value < 100:
        return Fall(_DAY, share=in_unit(by, "1"))
    if comparable(by.unit, "mg") and by.value > 0:
        return Fall(_DAY, by)
    raise DosingRefused.because(
        "fall-wrong",
        "A taper falls by a mass, or by a share of the dose.",
        found=by.say(),
        allowed="5mg, or 10%",
    )


def read_floor(text: str) -> Quantity:
    """A dose of one day, or none. Raises `DosingRefused`: `floor-wrong`."""
    floor = read_quantity(text)
    if comparable(floor.unit, "mg/d"):
        floor = quantity_of(in_unit(floor, "mg/d"), "mg")
    if not comparable(floor.unit, "mg") or floor.value < 0:
        raise DosingRefused.because(
            "floor-wrong", "This is no dose of a day.", found=floor.say(), allowed="5mg, or 0mg"
        )
    return floor


def read_weight_rule(text: str) -> WeightRule:
    """Which weight doses; `ideal` is the one of Devine. Raises `DosingRefused`: `word-unknown`."""
    word = text.strip().lower()
    if word == "ideal":
        return WeightRule.DEVINE
    if word in tuple(WeightRule):
        return WeightRule(word)
    raise DosingRefused.because(
        "word-unknown",
        f"'{text[:40]}' is no weight to dose by.",
        found=text[:40],
        allowed="ideal, " + ", ".join(WeightRule),
    )


_DAY = parse_period("P1D")
_WIDEST = 30


def read_rate(text: str) -> Quantity:
    """A rate of infusion. Raises `DosingRefused`: `rate-unit-wrong`."""
    rate = read_quantity(text)
    if not is_rate(rate):
        raise DosingRefused.because(
            "rate-unit-wrong",
            f"{rate.say()} is not a rate of infusion.",
            found=rate.say(),
            allowed="mL/h, mL/kg/h, mL/kg/min, mg/h or mg/kg/min, above nothing",
            mend="write a rate",
        )
    return rate


def read_rung(text: str) -> Rung:
    """A step of a ladder: `0.01 mL/kg/min for 30 min`, or a rate alone for the last one.

    Raises `QuantityRefused`, or `DosingRefused`: `hold-wrong`.
    """
    rate, _, hold = text.partition(" for ")
    if not hold:
        return Rung(read_rate(rate), None)
    period = read_quantity(hold)
    if not comparable(period.unit, "min"):
        raise DosingRefused.because(
            "hold-wrong",
            f"A step is held for a time, not for {measures(period.unit)}.",
            found=hold.strip()[:40],
            allowed="30 min",
        )
    return Rung(read_rate(rate), in_unit(period, "min"))


def read_ladder(texts: tuple[str, ...]) -> Ladder:
    """A ladder that a person states step by step, as `read_rung`; it cites nothing."""
    return Ladder(tuple(read_rung(text) for text in texts))
