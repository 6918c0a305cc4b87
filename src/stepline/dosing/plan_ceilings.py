"""Ceilings that sources name and that warn without blocking: they differ from source to source."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.numbers import quantity_of, say, shown
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.plan_steroids import equivalent_of

_DAILY = (
    (75, "australian-tg-myositis", Status.VERIFIED),
    (80, "bmj-best-practice-myositis", Status.VERIFIED),
    (80, "germany-s2k", Status.SECONDARY),
    (100, "dmpm-regimen-table", Status.VERIFIED),
)
"""Milligrams of prednisone a day."""
_PER_KG = (
    ("rheumnow-bsr", Status.SECONDARY),
    ("myositis-drug-table", Status.VERIFIED),
)
"""Sources that stop at 1 mg/kg a day."""
_LARGE = Fraction(80)
"""Grams of immunoglobulin in one day."""


def cautions_of_ceilings(plan: Plan) -> Iterator[Caution]:
    """The ceilings that the largest daily dose passes, each with its source."""
    yield from _of_steroid(plan)
    yield from _of_immunoglobulin(plan)


def _of_steroid(plan: Plan) -> Iterator[Caution]:
    found = equivalent_of(plan.doses[0]) if plan.is_daily else None
    if found is None or found.is_pulse:
        return
    mg = in_unit(found.high, "mg/d")
    passed = [one for one in _DAILY if mg > one[0]]
    evidence = [
        _guideline(source, status, f"At most {most} mg a day") for most, source, status in passed
    ]
    said = [f"{most} mg a day" for most in dict.fromkeys(one[0] for one in passed)]
    kilograms = plan.request.size.kg
    if kilograms is not None and mg > kilograms:
        said.insert(0, f"1 mg/kg a day ({shown(kilograms, 1)} mg)")
        evidence += [
            _guideline(source, status, "At most 1 mg/kg a day") for source, status in _PER_KG
        ]
    if said:
        text = f"{say(found.high)} of prednisone is above ceilings that sources name: "
        yield Caution("dose-above-ceiling", f"{text}{', '.join(said)}.", tuple(evidence))


def _of_immunoglobulin(plan: Plan) -> Iterator[Caution]:
    days = [dose.portion.amount for dose in plan.doses if dose.drug == "ivig"]
    largest = max((in_unit(one, "g") for one in days), default=Fraction(0))
    if largest > _LARGE:
        day: Quantity = quantity_of(largest, "g")
        text = f"{say(day)} in one day: some guidance spreads a dose above 80 g over 3 to 5 days."
        evidence = _guideline(
            "droracle", Status.UNCONFIRMED, "Above 80 g, 0.4 g/kg over 3 to 5 days"
        )
        yield Caution("large-single-dose", text, (evidence,))


def _guideline(source: str, status: Status, claim: str) -> Evidence:
    return Evidence(source, Kind.GUIDELINE, status, claim)
