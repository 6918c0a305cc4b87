"""What the glucocorticoids of a plan come to in prednisone: each dose, the mean day, the sum.

A pulse counts in the sum and never in a mean day.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.glucocorticoids import Equivalent, equivalent
from stepline.dosing.numbers import quantity_of
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.vocabulary.catalogue import catalogue

ENDS = Evidence(
    "stepline-memory",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Above about 5 mg of prednisone a day a glucocorticoid is not stopped suddenly",
)
PHYSIOLOGICAL = Fraction(5)
"""Milligrams of prednisone a day; see `ENDS`."""


def equivalent_of(dose: PlannedDose) -> Equivalent | None:
    """A dose in prednisone, a daily one per day; `None` for a drug that is no glucocorticoid."""
    found = catalogue().find(dose.drug)
    if found is None or found.equivalent is None:
        return None
    amount = dose.portion.amount
    is_daily = dose.until is not None or dose.days is None
    route = "oral" if dose.portion.are_tablets or is_daily else "iv"
    mg = in_unit(amount, "mg") / (2 if dose.per == "other-day" else 1)
    unit = "mg/d" if route == "oral" else "mg"
    return equivalent(dose.drug, quantity_of(mg, unit), route=route)


def equivalent_json(dose: PlannedDose) -> dict[str, object] | None:
    """Machine form of a dose in prednisone: mg a day of a daily dose, mg of a pulse."""
    found = equivalent_of(dose)
    if found is None:
        return None
    return {
        "low": float(found.low.value),
        "high": float(found.high.value),
        "unit": found.low.unit,
        "pulse": found.is_pulse,
    }


def steroid_totals(plan: Plan) -> dict[str, object] | None:
    """The cumulative dose, the mean day and the last day of a plan, in mg of prednisone.

    Doses without a known end are left out of sum and mean. `None` for other drugs.
    """
    if equivalent_of(plan.doses[0]) is None:
        return None
    ended = [dose for dose in plan.doses if dose.days is not None]
    sums = [sum((_total(dose, end) for dose in ended), Fraction(0)) for end in ("low", "high")]
    return {
        "drug": "prednisone",
        "cumulative_mg": _range(sums),
        "mean_mg_per_day": _mean(ended),
        "until": _last(ended).isoformat() if ended else None,
    }


def _total(dose: PlannedDose, end: str) -> Fraction:
    """What a dose comes to in all; of every second day, twice the daily mean on each."""
    found = equivalent_of(dose)
    assert found is not None
    assert dose.days is not None
    low_or_high: Quantity = found.low if end == "low" else found.high
    each = in_unit(low_or_high, low_or_high.unit) * (2 if dose.per == "other-day" else 1)
    return each * dose.days


def _mean(ended: list[PlannedDose]) -> dict[str, float] | None:
    """Over the days from the first to the last of the daily doses; without pulses."""
    daily = [dose for dose in ended if not _is_pulse(dose) and dose.until is not None]
    if not daily:
        return None
    days = (_last(daily) - daily[0].date).days + 1
    sums = [sum((_total(dose, end) for dose in daily), Fraction(0)) for end in ("low", "high")]
    return _range([one / days for one in sums])


def _is_pulse(dose: PlannedDose) -> bool:
    found = equivalent_of(dose)
    return found is not None and found.is_pulse


def _last(doses: list[PlannedDose]) -> date:
    return max(dose.until or dose.date + timedelta(days=(dose.days or 1) - 1) for dose in doses)


def _range(ends: list[Fraction]) -> dict[str, float]:
    return {"low": float(ends[0]), "high": float(ends[1])}
