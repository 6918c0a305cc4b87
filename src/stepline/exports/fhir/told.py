"""What a bundle tells of a plan: dated doses, as far as FHIR carries them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from stepline.core.quantity import Quantity
from stepline.dosing.plan_model import Plan, PlannedDose, RateStep, Vials


@dataclass(frozen=True, slots=True)
class ToldDose:
    """A planned dose as `PlannedDose` and its `Portion` hold it; rates without their sources."""

    date: dt.date
    until: dt.date | None
    days: int | None
    drug: str
    course: int
    day: int
    per: str
    amount: Quantity
    exact: Quantity
    pieces: Vials
    are_tablets: bool
    concentration: Quantity | None
    steps: tuple[RateStep, ...]

    @property
    def volume_ml(self) -> Fraction | None:
        """The volume that is given, in mL; `None` where the concentration is unknown."""
        from stepline.core.quantity import in_unit

        if self.concentration is None:
            return None
        return in_unit(self.amount, "mg") / in_unit(self.concentration, "mg/mL")


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """A regimen in its version, whether its steps are a proposal, and its doses by date."""

    regimen: str
    version: str
    is_proposed: bool
    doses: tuple[ToldDose, ...]


def told(plan: Plan) -> ToldPlan:
    """What a bundle of this plan tells."""
    regimen = plan.request.regimen
    doses = tuple(map(_of_dose, plan.doses))
    return ToldPlan(regimen.id, regimen.version, plan.is_proposed, in_order(doses))


def in_order(doses: tuple[ToldDose, ...]) -> tuple[ToldDose, ...]:
    """By date, then course and day."""
    return tuple(sorted(doses, key=lambda dose: (dose.date, dose.course, dose.day)))


def _of_dose(dose: PlannedDose) -> ToldDose:
    portion = dose.portion
    return ToldDose(
        date=dose.date,
        until=dose.until,
        days=dose.days,
        drug=dose.drug,
        course=dose.course,
        day=dose.day,
        per=dose.per,
        amount=portion.amount,
        exact=portion.exact,
        pieces=portion.pieces,
        are_tablets=portion.are_tablets,
        concentration=portion.concentration,
        steps=portion.run.steps if portion.run else (),
    )
