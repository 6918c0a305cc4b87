"""What a regimen plans for one day: a dose, the dose of a body that is capped, or a maximum.

A cap lowers a dose by weight or surface to a mass, so planned and given are compared as masses. The
body is the one known on the day, never one that was measured later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, decimal_of, factor, in_unit
from stepline.course.adherence_model import Due
from stepline.course.bodysize import Sizes, body_of
from stepline.dosing.bodysize import BodySize
from stepline.dosing.surface import body_surface, method_of
from stepline.protocol.model import Basis, Give
from stepline.record.index import RecordIndex


def unit_of(give: Give) -> str:
    """The unit in which planned and given are compared; empty where the regimen has no dose."""
    if give.dose is None or give.basis is Basis.UNKNOWN:
        return ""
    return give.capped_at.unit if give.capped_at is not None else give.dose.unit


def due_on(day: date, give: Give, index: RecordIndex, days: int = 1) -> Due:
    """What is due on a day and on those after it; the amount is `None` where it is not known.

    `most` is the most that can have been planned: the dose itself, the cap where the body is not
    known, or the maximum that the regimen states; `None` where the regimen is not for the body.
    """
    most, is_told = _most(day, give, index)
    return Due(day, most if is_told and not give.up_to else None, days, most)


def _most(day: date, give: Give, index: RecordIndex) -> tuple[Decimal | None, bool]:
    """The most that is due on a day, and whether the body that it depends on is known."""
    if give.dose is None or give.basis is Basis.UNKNOWN:
        return None, False
    if give.capped_at is None:
        return give.dose.value, True
    size = _size(give, body_on(day, index))
    if size is None:
        return give.capped_at.value, False
    if give.surface_above is not None and in_unit(size, "m2") <= in_unit(give.surface_above, "m2"):
        return None, False
    mass = give.dose.unit.replace(f"/{size.unit}", "", 1)
    times = factor(mass, give.capped_at.unit)
    dose = decimal_of(Fraction(give.dose.value) * Fraction(size.value) * times)
    return min(dose, give.capped_at.value), True


def days_of_change(give: Give, first: date, last: date, index: RecordIndex) -> list[date]:
    """The first day, and the later ones on which a new size of the body can change the dose."""
    if give.capped_at is None:
        return [first]
    body = body_of(index)
    moments = (*body.weight.moments, *body.height.moments)
    return sorted({first, *(one.date() for one in moments if first < one.date() <= last)})


def untold(give: Give, due: Sequence[Due]) -> Iterable[str]:
    """Why the amounts of planned doses are not known, and what would settle it."""
    if give.dose is None or give.basis is Basis.UNKNOWN:
        yield "the dose of the regimen"
    elif give.up_to:
        yield f"the dose that was planned: the regimen states at most {give.dose.say()}"
    elif give.capped_at is not None and _cannot_size(give):
        yield f"the dose that was planned: the regimen doses by {_cannot_size(give)}"
    elif give.surface_above is not None and any(one.most is None for one in due):
        above = give.surface_above.say()
        yield f"the dose that was planned: the regimen is meant for a surface above {above}"
    elif any(one.amount is None for one in due):
        unknown = sum(one.days for one in due if one.amount is None)
        needs = "weight and height" if _is_by_surface(give) else "the weight"
        days = sum(one.days for one in due)
        yield f"the planned amount of {unknown} of {days} doses: {needs} by then"


def body_on(day: date, index: RecordIndex) -> BodySize:
    """Height and weight as they were known on a day; `None` where only later ones are recorded."""
    body, moment = body_of(index), datetime.combine(day, time.max)
    return BodySize(_known(body.height, "cm", moment), _known(body.weight, "kg", moment))


def _known(sizes: Sizes, unit: str, moment: datetime) -> Quantity | None:
    value = None if sizes.is_later(moment) else sizes.at(moment)
    return None if value is None else Quantity(value, unit)


def _size(give: Give, body: BodySize) -> Quantity | None:
    """The weight in kg, or the surface in m2 by the formula of the regimen; `None` is unknown."""
    if _cannot_size(give):
        return None
    if _is_by_surface(give):
        return body_surface(body, method_of(give.bsa or "mosteller")).quantity
    return body.weight


def _is_by_surface(give: Give) -> bool:
    return give.dose is not None and "/m2" in give.dose.unit


def _cannot_size(give: Give) -> str:
    """What a regimen doses by that no record tells, or empty."""
    if _is_by_surface(give):
        return "a surface whose formula it leaves open" if give.bsa == "unknown" else ""
    return "" if give.weight in ("", "actual") else f"{give.weight} weight"
