"""What a candidate means in practice: whole vials, and the hours that an infusion takes."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, comparable, decimal_of, in_unit
from stepline.dosing.numbers import quantity_of

if TYPE_CHECKING:
    from stepline.forecast.whatif_model import Candidate, Hours, Setting


def given_each(one: Candidate, setting: Setting) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """The dose of each day before and after rounding to vials, and what is to be said of it.

    Rounding is that of a plan: the course total as near as whole vials come. Without a product
    nothing is rounded. Raises what `round_course` raises.
    """
    exact = _mass(one.dose, setting.weight)
    if setting.product is None:
        return exact, exact, ()
    from stepline.dosing.products import vials_of
    from stepline.dosing.rounding import Policy, round_course

    try:
        sizes = vials_of(setting.product)
    except Refused as refusal:
        return exact, exact, tuple(problem.message for problem in refusal.problems)
    total = quantity_of(in_unit(exact, exact.unit) * one.days, exact.unit)
    rounded = round_course(total, one.days, sizes, Policy.COURSE)
    if not rounded.is_met:
        return exact, exact, rounded.unmet
    each = in_unit(rounded.given, exact.unit) / one.days
    return exact, quantity_of(each, exact.unit), ()


def _mass(dose: Quantity, weight: Decimal | None) -> Quantity:
    if comparable(dose.unit, "g"):
        return dose
    assert weight is not None
    return quantity_of(in_unit(dose, "g/kg") * Fraction(weight), "g")


def hours_of(amount: Quantity, setting: Setting) -> tuple[Hours | None, tuple[str, ...]]:
    """How long one infusion runs by the label's rates, as a later one; `None` where unknown."""
    from stepline.dosing.products import Choice, infuse_product
    from stepline.forecast.whatif_model import Hours

    if setting.route == "sc":
        return None, ()
    if setting.product is None:
        return None, ("Hours of infusion are not known without a product (--product).",)
    choice = Choice(indication=setting.indication, infusion="later")
    weight = None if setting.weight is None else Quantity(setting.weight, "kg")
    try:
        found = infuse_product(setting.product, amount, choice, weight=weight)
    except Refused as refusal:
        return None, tuple(f"Hours are not known: {why.message}" for why in refusal.problems)
    low = found.minutes if found.minutes is not None else found.at_least
    high = found.minutes if found.minutes is not None else found.at_most
    return Hours(decimal_of(low / 60), None if high is None else decimal_of(high / 60)), ()
