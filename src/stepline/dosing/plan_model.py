"""What a plan is asked with, and what it is: dated doses with vials, rates, totals and doubts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.bodysize import BodySize
from stepline.dosing.dose import CourseDose
from stepline.dosing.numbers import quantity_json, quantity_of
from stepline.dosing.plan_calendar import GivenBefore, Missed, Window
from stepline.dosing.plan_weight import Weighing, weighing_json
from stepline.dosing.products import Choice, Observation, Product
from stepline.dosing.rates import Infusion
from stepline.dosing.rounding import Policy, Rounding
from stepline.dosing.surface import BodySurface
from stepline.dosing.tapering import Fall
from stepline.protocol.model import Basis, Regimen

Vials = tuple[tuple[Quantity, int], ...]


@dataclass(frozen=True, slots=True)
class OpenDays:
    """On which days a ward or day unit gives infusions."""

    weekdays_only: bool = False
    closed: tuple[dt.date, ...] = ()

    def holds(self, day: dt.date) -> bool:
        """Whether this day is open."""
        is_weekend = day.isoweekday() > 5
        return day not in self.closed and not (self.weekdays_only and is_weekend)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A regimen for one body from one day on; everything already read and checked alone.

    `courses` is `None` where the regimen decides. `per_day` and `course_total` replace the dose of
    the regimen. `weekday` counts from 1 (Monday). `proposed` asks for steps that no source states;
    `fall`, `floor` and `alternate_from` shape them. `tablets` are all strengths at hand, `tablet`
    the smallest. `previous` is the product given before the plan. `given` are courses before it,
    `given_days` the days of the course in progress that were given; the plan holds its rest.
    """

    regimen: Regimen
    start: dt.date
    size: BodySize = BodySize(None, None)  # noqa: RUF009  (a frozen value)
    courses: int | None = None
    product: Product | None = None
    choice: Choice = Choice()  # noqa: RUF009  (a frozen value)
    diluted_to: Quantity | None = None
    per_day: Quantity | None = None
    course_total: Quantity | None = None
    vials: tuple[Quantity, ...] = ()
    policy: Policy = Policy.COURSE
    tolerance: Fraction | None = None
    weekday: int | None = None
    tablet: Quantity | None = None
    proposed: bool = False
    open_days: OpenDays = OpenDays()
    weighing: Weighing = Weighing()  # noqa: RUF009  (a frozen value)
    previous: Product | None = None
    tablets: tuple[Quantity, ...] = ()
    window: Window = Window()  # noqa: RUF009  (a frozen value)
    given: tuple[GivenBefore, ...] = ()
    given_days: tuple[GivenBefore, ...] = ()
    missed: Missed | None = None
    fall: Fall | None = None
    floor: Quantity | None = None
    alternate_from: Quantity | None = None
    surface_cap: Quantity | None = None

    def as_json(self) -> dict[str, object]:
        """Machine form of the inputs."""
        return {
            "weight": quantity_json(self.size.weight),
            "height": quantity_json(self.size.height),
            "start": self.start.isoformat(),
            "courses": self.courses,
            "product": self.product.id if self.product else None,
            "indication": self.choice.indication or None,
            "infusion": self.choice.infusion or None,
            "risks": list(self.choice.risks),
            "cap": quantity_json(self.choice.cap),
            "dilution": quantity_json(self.diluted_to),
            "per_day": quantity_json(self.per_day),
            "course_total": quantity_json(self.course_total),
            "vials": [quantity_json(size) for size in self.vials],
            "policy": self.policy.value,
            "tolerance_percent": None if self.tolerance is None else float(self.tolerance * 100),
            "weekday": self.weekday,
            "tablet": quantity_json(self.tablet),
            "proposed": self.proposed,
            "weekdays_only": self.open_days.weekdays_only,
            "closed": [day.isoformat() for day in self.open_days.closed],
            "weighing": weighing_json(self.size, self.weighing, self.start),
            "previous_product": self.previous.id if self.previous else None,
            "tablets": [quantity_json(size) for size in self.tablets],
            "window": self.window.as_json(),
            "given": [one.as_json() for one in self.given],
            "given_days": [one.as_json() for one in self.given_days],
            "missed": self.missed.as_json() if self.missed else None,
            "fall": self.fall.as_json() if self.fall else None,
            "floor": quantity_json(self.floor),
            "alternate_from": quantity_json(self.alternate_from),
            "surface_cap": quantity_json(self.surface_cap),
        }


@dataclass(frozen=True, slots=True)
class Caution:
    """Something a reader of the plan must know, and where it is read."""

    code: str
    message: str
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        evidence = [one.as_json() for one in self.evidence]
        return {"code": self.code, "message": self.message, "evidence": evidence}


@dataclass(frozen=True, slots=True)
class RateStep:
    """One rate of an infusion. `minutes` is `None` where the time at it is unknown."""

    mg_per_h: Fraction
    ml_per_h: Fraction | None
    minutes: Fraction | None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "ml_per_h": _number(self.ml_per_h),
            "minutes": _number(self.minutes),
            "mg_per_h": float(self.mg_per_h),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """How a dose runs in: what is known of its rates, and the infusion they come from.

    `exact` is how the dose before rounding would run in.
    """

    steps: tuple[RateStep, ...]
    infusion: Infusion
    exact: Infusion | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """One giving, apart from its date: what is ordered, what is given, in which vials or tablets.

    `exact` is the dose before rounding. `concentration` is that of what runs in or is drawn up;
    `None` where it is unknown. `pieces` are vials, or tablets where `are_tablets`.
    """

    exact: Quantity
    amount: Quantity
    pieces: Vials = ()
    are_tablets: bool = False
    concentration: Quantity | None = None
    run: Run | None = None

    def volume_ml(self, mass: Quantity) -> Fraction | None:
        """The volume of a mass of this, in mL; `None` where the concentration is unknown."""
        if self.concentration is None:
            return None
        return in_unit(mass, "mg") / in_unit(self.concentration, "mg/mL")


@dataclass(frozen=True, slots=True)
class Condition:
    """A step that waits for a review, and what holds it there."""

    review: dt.date
    held_if: str

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {"review": self.review.isoformat(), "held_if": self.held_if}


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """A portion on a date; where `per` is `day`, on each day of the course or up to `until`.

    Where `per` is `other-day` it is given on every second day, and `days` counts those days.

    `course` and `day` count from 1; `day` counts from the first day of its course, so the second
    dose of a pair at days 0 and 14 stands at day 15. `days` is how many days the portion is given
    on; `None` without a known end. `observation` is how long to watch afterwards; `None` where no
    source says. `condition` is set on steps that a review decides.
    """

    date: dt.date
    drug: str
    course: int
    day: int
    per: str
    portion: Portion
    until: dt.date | None = None
    days: int | None = 1
    observation: Observation | None = None
    condition: Condition | None = None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        from stepline.dosing.plan_steroids import equivalent_json

        portion, infusion = self.portion, self.portion.run.infusion if self.portion.run else None
        exact = self.portion.run.exact if self.portion.run else None
        return {
            "date": self.date.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "days": self.days,
            "drug": self.drug,
            "course": self.course,
            "day": self.day,
            "amount": quantity_json(portion.amount),
            "exact": sized(portion, portion.exact),
            "volume_ml": _number(portion.volume_ml(portion.amount)),
            "vials": [] if portion.are_tablets else pieces_json(portion.pieces),
            "tablets": pieces_json(portion.pieces) if portion.are_tablets else [],
            "rate_steps": [step.as_json() for step in portion.run.steps] if portion.run else [],
            "duration_min": _number(infusion.minutes) if infusion else None,
            "duration_at_least_min": _number(infusion.at_least) if infusion else None,
            "duration_at_most_min": _number(infusion.at_most) if infusion else None,
            "exact_duration_min": _number(exact.minutes) if exact else None,
            "observation": self.observation.as_json() if self.observation else None,
            "condition": self.condition.as_json() if self.condition else None,
            "prednisone_equivalent": equivalent_json(self),
            "per": self.per,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Dated doses of one regimen. It is a calculation, not an order.

    `course` is one course by its dose; `refusals` are parts of the question that no source answers
    (a rate, the vials) while dates and doses stand. `moved` pairs dates as counted with dates as
    planned. `rounding` is that of one course; `None` where nothing is rounded.
    """

    request: PlanRequest
    course: CourseDose
    doses: tuple[PlannedDose, ...]
    surface: BodySurface | None = None
    cautions: tuple[Caution, ...] = ()
    refusals: tuple[Problem, ...] = ()
    moved: tuple[tuple[dt.date, dt.date], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rounding: Rounding | None = None

    @property
    def is_proposed(self) -> bool:
        """Whether its steps are a proposal: no source states them."""
        taper = self.request.regimen.taper
        return taper is not None and (taper.steps != "stated" or self.request.fall is not None)

    @property
    def courses(self) -> int:
        """How many courses are planned."""
        return len({dose.course for dose in self.doses})

    @property
    def is_daily(self) -> bool:
        """Whether the doses are daily ones over stretches of days."""
        return self.request.regimen.give.basis is Basis.PER_DAY

    @property
    def first_course(self) -> tuple[PlannedDose, ...]:
        """The doses of the first course that is planned; those before it are given already."""
        return self.of_course(self.doses[0].course)

    def days_before(self, course: int) -> int:
        """How many days of a course were given before the plan, which holds its rest."""
        return len(self.request.given_days) if course == self.doses[0].course else 0

    def of_course(self, number: int) -> tuple[PlannedDose, ...]:
        """The doses of one course."""
        return tuple(dose for dose in self.doses if dose.course == number)

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        from stepline.dosing.plan_totals import totals_json

        regimen, product = self.request.regimen, self.request.product
        inputs = self.request.as_json()
        inputs["surface"] = self.surface.as_json() if self.surface else None
        return {
            "regimen": regimen.id,
            "title": regimen.title,
            "version": regimen.version,
            "inputs": inputs,
            "proposed": self.is_proposed,
            "dose": self.course.as_json(),
            "doses": [dose.as_json() for dose in self.doses],
            "totals": totals_json(self),
            "rounding": self.rounding.as_json() if self.rounding else None,
            "product": product.as_json() if product else None,
            "before_each": [
                {
                    "drug": one.drug,
                    "dose": quantity_json(one.dose),
                    "route": one.route or None,
                    "minutes_before": one.minutes_before,
                }
                for one in regimen.before_each
            ],
            "warnings": [caution.as_json() for caution in self.cautions],
            "refusals": [problem.as_json() for problem in self.refusals],
            "evidence": [one.as_json() for one in self.evidence],
        }


def sized(portion: Portion, mass: Quantity) -> dict[str, object]:
    """A mass with its volume, where that is known."""
    return {
        **(quantity_json(mass) or {}),
        "volume_ml": _number(portion.volume_ml(mass)),
    }


def pieces_json(pieces: Vials) -> list[dict[str, object]]:
    """Vials or tablets: size, unit and how many."""
    return [
        {"size": float(size.value), "unit": size.unit, "count": count} for size, count in pieces
    ]


def in_unit_of(mass: Quantity, unit: str) -> Quantity:
    """The same mass in another unit of mass, exactly."""
    return quantity_of(in_unit(mass, unit), unit)


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
