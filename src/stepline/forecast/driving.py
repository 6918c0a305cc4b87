"""What drives a forecast of one person: doses, body and laboratory, and what is not known of them.

`of_plan` reads a plan; `driving_record` reads a record. Nothing is guessed: a dose without a known
amount or day makes the time after it unknown until it is washed out, and a covariate that is not
known is refused by the model that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence
from stepline.core.quantity import decimal_of, in_unit
from stepline.dosing.numbers import shown
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model
from stepline.record.model import Record
from stepline.record.saying import say

if TYPE_CHECKING:
    from stepline.forecast.doses import Doses

DAY = timedelta(days=1)
UNDER_THE_SKIN = ("sc", "subcutaneous")
_OWN = ("endogenous", "baseline")
"""The parameters in which a model holds what the body makes by itself."""
AT_ONCE = (
    "How long an infusion ran is not known for {count}: taken as given at once, which raises the "
    "peak a little and leaves the trough."
)


@dataclass(frozen=True, slots=True)
class Given:
    """One dose: `amount` in the model's unit; `minutes` is `None` where nobody says how long.

    `is_ahead` marks what is planned, or goes on by a stated order, after the moment of judgement.
    """

    time: datetime
    amount: Decimal
    minutes: Fraction | None = None
    is_depot: bool = False
    is_ahead: bool = False
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class Untold:
    """A dose of which amount or day is not known, and why.

    It was given by `time` at the latest, and not before `earliest`; `None` where no bound is known.
    """

    time: datetime
    says: str
    event_id: int = 0
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A covariate in the unit of `model.COVARIATES`, and what it rests on."""

    name: str
    value: Decimal
    says: str

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {"name": self.name, "value": float(self.value), "says": self.says}


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured value in the model's `result_unit`; `below` where only an upper bound is known.

    `is_trough` marks one of a day of infusion that is stated to be from before it.
    """

    time: datetime
    value: Decimal | None
    below: Decimal | None = None
    is_trough: bool = False
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class Driving:
    """What drives a forecast. Days count from `zero`; `as_of` parts what was from what is to come.

    `clear_from` is the first moment at which no unknown dose is felt; `None` where all are known.
    `unused` are measured values that do not enter, each with its reason.
    """

    zero: datetime
    as_of: datetime
    until: datetime
    doses: tuple[Given, ...]
    known: Mapping[str, Known] = field(default_factory=dict)
    untold: tuple[Untold, ...] = ()
    clear_from: datetime | None = None
    measured: tuple[Measured, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    baseline: Known | None = None
    record: Record | None = None
    is_dated: bool = True

    @property
    def covariates(self) -> dict[str, Decimal]:
        """Covariates by name, as `individual` takes them."""
        return {name: one.value for name, one in self.known.items()}

    def days(self, moment: datetime) -> float:
        """Days from zero."""
        return (moment - self.zero) / DAY

    def moment(self, days: float) -> datetime:
        """The moment so many days from zero."""
        return self.zero + timedelta(days=days)

    def say(self, moment: datetime) -> str:
        """A moment in words: a date, `M6` on a relative calendar, or a day counted from zero."""
        if self.record is not None:
            return say(self.record, _whole_minute(moment))
        if self.is_dated:
            return moment.date().isoformat()
        return f"day {int(self.days(moment))}"

    def arrays(self) -> Doses:
        """The doses as arrays on the clock of the forecast."""
        from stepline.forecast.doses import doses

        return doses(
            [self.days(one.time) for one in self.doses],
            [float(one.amount) for one in self.doses],
            [float(one.minutes or 0) / (24 * 60) for one in self.doses],
            [one.is_depot for one in self.doses],
        )


def _whole_minute(moment: datetime) -> datetime:
    """The moment without seconds; the end of a day is the day itself."""
    if (moment.hour, moment.minute, moment.second) == (23, 59, 59):
        return datetime.combine(moment.date(), time.min)
    return moment.replace(second=0, microsecond=0)


def stated(covariates: Mapping[str, Decimal]) -> dict[str, Known]:
    """Covariates that the user states."""
    return {name: Known(name, value, "stated") for name, value in covariates.items()}


def of_plan(
    plan: Plan,
    model: Model,
    covariates: Mapping[str, Decimal],
    *,
    until: datetime | None = None,
    baseline: Decimal | None = None,
    is_dated: bool = True,
) -> Driving:
    """The doses of a plan; the day of the first is zero, and they run in as the plan says.

    `covariates` go before the body of the plan. Raises `ForecastRefused`: `drug-not-in-model`,
    `dose-not-single` (a daily drug), `unit-mismatch` as a `QuantityRefused`.
    """
    _check(plan, model)
    doses = tuple(_planned(dose, plan, model) for dose in plan.doses)
    zero = doses[0].time
    end = until or doses[-1].time + _gap(doses)
    kept = tuple(one for one in doses if one.time < end)
    return Driving(
        zero,
        zero,
        end,
        kept,
        {**_body(plan), **stated(covariates)},
        notes=lengths_untold(kept),
        evidence=plan.evidence,
        baseline=None if baseline is None else Known("baseline", baseline, "stated"),
        is_dated=is_dated,
    )


def _check(plan: Plan, model: Model) -> None:
    regimen = plan.request.regimen
    problems = []
    if regimen.drug not in model.drugs:
        problems.append(not_in_model(regimen.drug, model))
    if plan.is_daily:
        message = "A forecast is made from single doses; this regimen is taken daily."
        problems.append(Problem("dose-not-single", message, found=regimen.id))
    if problems:
        raise ForecastRefused(problems)


def not_in_model(drug: str, model: Model) -> Problem:
    """What is said of a drug that a model does not speak of."""
    return Problem(
        "drug-not-in-model",
        f"The model {model.id} is not one of {drug}.",
        found=drug,
        allowed=", ".join(model.drugs),
        mend=f"name a model of {drug}",
    )


def _planned(dose: PlannedDose, plan: Plan, model: Model) -> Given:
    amount = dose.portion.amount
    run = dose.portion.run
    return Given(
        datetime.combine(dose.date, time.min),
        decimal_of(in_unit(amount, model.amount_unit)),
        run.infusion.minutes if run else None,
        plan.request.regimen.route in UNDER_THE_SKIN,
        is_ahead=True,
    )


def _gap(doses: Sequence[Given]) -> timedelta:
    """The time from the start of the last course to where the next would be; 4 weeks for one."""
    starts = [one[0].time for one in cycles(doses)]
    return starts[-1] - starts[-2] if len(starts) > 1 else timedelta(weeks=4)


def _body(plan: Plan) -> dict[str, Known]:
    size, person = plan.request.size, plan.request.weighing.person
    found = {}
    if size.kg is not None:
        found["weight"] = Known("weight", decimal_of(size.kg), "as the plan")
    if plan.surface is not None and plan.surface.quantity is not None:
        area = decimal_of(in_unit(plan.surface.quantity, "m2"))
        found["body-surface"] = Known("body-surface", area, "as the plan")
    if person.age is not None:
        found["age"] = Known("age", Decimal(person.age), "as the plan")
    for sex in ("male", "female"):
        if person.sex in ("male", "female"):
            found[sex] = Known(sex, Decimal(person.sex == sex), "as the plan")
    return found


def lengths_untold(doses: Sequence[Given]) -> tuple[str, ...]:
    """What is said where the length of infusions into a vein is not known; nothing else."""
    into_vein = [one for one in doses if not one.is_depot]
    untold = sum(one.minutes is None for one in into_vein)
    if not untold:
        return ()
    count = "every infusion" if untold == len(into_vein) else f"{untold} of {len(into_vein)}"
    return (AT_ONCE.format(count=count),)


def cycles(doses: Sequence[Given]) -> list[list[Given]]:
    """Doses of one course together: more than three days apart begin another."""
    found: list[list[Given]] = []
    for one in doses:
        if found and one.time - found[-1][-1].time <= 3 * DAY:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def with_plan(driving: Driving, plan: Driving) -> Driving:
    """The doses of a record up to the day of judgement, and those of a plan after it.

    What the record itself holds to come is left out, and said. Raises `ForecastRefused`:
    `plan-before-record`, where the plan begins before the day of judgement.
    """
    past = tuple(one for one in driving.doses if not one.is_ahead)
    if plan.doses[0].time.date() < driving.as_of.date():
        raise ForecastRefused.because(
            "plan-before-record",
            "The plan begins before the day on which the record is judged.",
            place=Place(path="--start"),
            found=driving.say(plan.doses[0].time),
            allowed=f"{driving.say(driving.as_of)} or later",
        )
    kept = tuple(one for one in plan.doses if one.time < driving.until)
    said = [f"What is to come is the regimen that was asked for: {len(kept)} doses."]
    if len(past) < len(driving.doses):
        said.append("Doses to come that the record itself holds are left out.")
    joined = (*past, *kept)
    notes = [one for one in driving.notes if "taken as given at once" not in one]
    return replace(driving, doses=joined, notes=(*notes, *lengths_untold(joined), *said))


def with_baseline(model: Model, driving: Driving) -> Model:
    """The model with a person's own value from before treatment for its endogenous part.

    In a model of recycling it is the level at rest, from which production follows.
    """
    own = driving.baseline
    name = next((one for one in _OWN if one in model.parameters), "")
    if own is None or not name:
        return model
    fixed = replace(model.parameters[name], value=own.value, covariates=(), variability=None)
    ties = tuple(tie for tie in model.correlations if name not in (tie.one, tie.other))
    parameters = {**model.parameters, name: fixed}
    return replace(model, parameters=parameters, correlations=ties)


def amount_said(amount: Decimal, model: Model) -> str:
    """An amount for people."""
    return f"{shown(amount, 1)} {model.amount_unit}"
