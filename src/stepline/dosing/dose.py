"""The dose of a course, of each day and of each giving: one is stated, all are always shown.

"150 g for 5 days" has been given as 150 g on each day. So a dose over several days must say what it
is the dose of, and no course may come to more than its total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit, measures
from stepline.dosing.numbers import quantity_json, quantity_of, say
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.vocabulary.catalogue import catalogue

_MASS, _PER_KG, _PER_M2 = "mg", "mg/kg", "mg/m2"
_PER_DAY = {"mg/d": _MASS, "mg/kg/d": _PER_KG, "mg/m2/d": _PER_M2}
_LONGEST = 31
"""Days of one course, at most: a slip of a digit is no regimen."""


class Meaning(StrEnum):
    """What a stated dose is the dose of."""

    COURSE_TOTAL = "course-total"
    PER_DAY = "per-day"
    PER_DOSE = "per-dose"


@dataclass(frozen=True, slots=True)
class CourseDose:
    """A course as total, per day and per dose, in the unit of the drug (g or mg), exactly.

    `stated`, `meaning`, `weight` and `surface` are the inputs; `dates` are the days of the course
    where the first is known. `working` says the arithmetic. `capped_at` is set where the dose by
    weight or surface was more, and is lowered to it.
    """

    stated: Quantity
    meaning: Meaning
    days: int
    doses_per_day: int
    course_total: Quantity
    per_day: Quantity
    per_dose: Quantity
    weight: Quantity | None
    surface: Quantity | None
    working: str
    dates: tuple[date, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    capped_at: Quantity | None = None

    def say(self) -> str:
        """One sentence with the course, the day and the number of days."""
        if self.days == 1:
            return f"{say(self.course_total)} on one day"
        return f"{say(self.course_total)} in all, {say(self.per_day)} on each of {self.days} days"

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "meaning": self.meaning.value,
            "days": self.days,
            "doses_per_day": self.doses_per_day,
            "course_total": quantity_json(self.course_total),
            "per_day": quantity_json(self.per_day),
            "per_dose": quantity_json(self.per_dose),
            "dates": [one.isoformat() for one in self.dates],
            "working": self.working,
            "capped_at": quantity_json(self.capped_at),
            "inputs": {
                "stated": quantity_json(self.stated),
                "weight": quantity_json(self.weight),
                "surface": quantity_json(self.surface),
            },
            "evidence": [one.as_json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Body:
    """What doses per kilogram and per square metre are worked out with; `None` is unknown."""

    weight: Quantity | None = None
    surface: Quantity | None = None


def course_dose(
    stated: Quantity,
    days: int,
    meaning: Meaning | None = None,
    *,
    body: Body | None = None,
    doses_per_day: int = 1,
    never_above: Quantity | None = None,
    first_day: date | None = None,
) -> CourseDose:
    """A course from one stated dose: a mass, a mass per kg or per m2, or one of these per day.

    `never_above` is the most that a course may come to, as a mass or per kg or m2.

    Raises:
        DosingRefused: `dose-in-units` (IU), `dose-unit-wrong`, `dose-not-positive`, `days-wrong`,
            `dose-ambiguous` (several days and no meaning), `meaning-contradicted`,
            `weight-missing`, `surface-missing`, `course-above-limit`; all that can be said at once.
    """
    known = body or Body()
    gathering = Gathering()
    gathering.problems += _problems(stated, days, doses_per_day)
    gathering.settle()
    mass = gathering.attempt(lambda: _mass(stated, known), "dose")
    settled = gathering.attempt(lambda: _meaning(stated, days, doses_per_day, meaning))
    gathering.settle()
    assert mass is not None
    assert settled is not None
    per_day = _per_day(mass, settled, days, doses_per_day)
    course = _course(stated, settled, days, doses_per_day, per_day, body=known, first_day=first_day)
    if never_above is not None:
        _hold(course, never_above, known)
    return course


def check_course(course_total: Quantity, per_day: Quantity, days: int) -> None:
    """Refuses days that together come to more than the stated total of their course.

    Both are masses. Raises `DosingRefused`: `course-exceeded`.
    """
    together = in_unit(per_day, "mg") * days
    total = in_unit(course_total, "mg")
    if together > total:
        sums = _in(quantity_of(together, "mg"), per_day.unit)
        at_most = _in(quantity_of(total / days, "mg"), per_day.unit)
        raise DosingRefused.because(
            "course-exceeded",
            f"{say(per_day)} on each of {days} days is {say(sums)}, "
            f"more than the course total of {say(course_total)}.",
            found=f"{say(per_day)} × {days}",
            allowed=f"at most {say(at_most)} a day",
            mend="say whether the dose is the course total or the dose of each day",
        )


def check_plausible(drug: str, dose: Quantity) -> None:
    """Refuses one giving of a drug that no order can mean: a slip of unit or of the point.

    The bounds are the vocabulary's, chosen to catch slips; inside them nothing is said about a
    dose being right. Raises `DosingRefused`: `dose-implausible`.
    """
    for bound in catalogue().concept(drug).doses:
        if bound.of != "dose" or not comparable(bound.unit, dose.unit):
            continue
        if not bound.low <= in_unit(dose, bound.unit) <= bound.high:
            raise DosingRefused.because(
                "dose-implausible",
                f"{say(dose, 6)} is no dose of {drug}.",
                found=say(dose, 6),
                allowed=f"{bound.low} to {bound.high} {bound.unit}",
                mend="check the unit and the decimal point",
            )


def surface_dose(per_m2: Quantity, surface: Quantity, cap: Quantity | None = None) -> Quantity:
    """A dose per m2 as mg, with the surface capped where a local policy caps it (`cap`, in m2).

    No cap on body surface is known for rituximab (unconfirmed); some units use 2 m2.
    """
    area = in_unit(surface, "m2")
    if cap is not None:
        area = min(area, in_unit(cap, "m2"))
    return quantity_of(in_unit(per_m2, _PER_M2) * area, "mg")


def weekly_subcutaneous(intravenous: Quantity, weeks: Fraction) -> tuple[Quantity, Evidence]:
    """The weekly subcutaneous dose in g after an intravenous dose given every so many weeks.

    1.37 × the intravenous grams ÷ the weeks between doses: the US label of 10 % products.
    """
    if weeks <= 0:
        raise DosingRefused.because(
            "interval-not-positive", "The interval must be longer than nothing.", allowed="weeks"
        )
    return quantity_of(in_unit(intravenous, "g") * Fraction("1.37") / weeks, "g"), _SUBCUTANEOUS


def _in(quantity: Quantity, unit: str) -> Quantity:
    return quantity_of(in_unit(quantity, unit), unit)


def _problems(stated: Quantity, days: int, doses_per_day: int) -> list[Problem]:
    problems = []
    if _basis(stated) is None:
        problems.append(_wrong_unit(stated))
    if stated.value <= 0:
        problems.append(
            Problem("dose-not-positive", "A dose is more than nothing.", found=stated.say())
        )
    if not 1 <= days <= _LONGEST:
        problems.append(
            Problem(
                "days-wrong", f"A course has 1 to {_LONGEST} days.", found=str(days),
                allowed=f"1 to {_LONGEST}", mend="check the number of days",
            )
        )  # fmt: skip
    if doses_per_day < 1:
        message = "A day of a course has at least one dose."
        problems.append(Problem("doses-per-day-wrong", message, found=str(doses_per_day)))
    return problems


def _wrong_unit(stated: Quantity) -> Problem:
    if any(comparable(stated.unit, unit) for unit in ("[IU]", "U", "[IU]/kg", "U/kg")):
        return Problem(
            "dose-in-units",
            "This dose is in units; immunoglobulin and the drugs here are dosed by mass.",
            found=stated.say(),
            allowed="g, g/kg, mg, mg/kg or mg/m2",
            mend="write the dose in grams or milligrams",
        )
    return Problem(
        "dose-unit-wrong",
        f"A dose is a mass, not {measures(stated.unit)}.",
        found=stated.say(),
        allowed="g, g/kg, mg, mg/kg or mg/m2, or one of these per day",
        mend="write the dose with one of these units",
    )


def _basis(stated: Quantity) -> str | None:
    """The metric unit of mass, mass per kg or mass per m2 that a dose measures; else `None`."""
    if "[lb" in stated.unit or "[oz" in stated.unit:
        return None
    for unit in (_MASS, _PER_KG, _PER_M2, *_PER_DAY):
        if comparable(stated.unit, unit):
            return unit
    return None


def _is_per_day(stated: Quantity) -> bool:
    return _basis(stated) in _PER_DAY


def _mass(stated: Quantity, body: Body) -> Fraction:
    """The stated dose in mg for this body."""
    basis = _basis(stated)
    assert basis is not None
    number = in_unit(stated, basis)
    return number * _scale(_PER_DAY.get(basis, basis), body)


def _scale(basis: str, body: Body) -> Fraction:
    if basis == _MASS:
        return Fraction(1)
    if basis == _PER_KG:
        return _needed("weight", body.weight, "kg")
    return _needed("surface", body.surface, "m2")


def _needed(name: str, value: Quantity | None, unit: str) -> Fraction:
    if value is None:
        called = {"weight": "body weight", "surface": "body surface area"}[name]
        raise DosingRefused.because(
            f"{name}-missing", f"This dose needs a {called}, and it is unknown.",
            allowed=f"a {called} in {unit}", mend=f"state the {called}",
        )  # fmt: skip
    number = in_unit(value, unit)
    if number <= 0:
        raise DosingRefused.because(
            f"{name}-implausible", f"The {name} is more than nothing.", found=value.say()
        )
    return number


def _meaning(stated: Quantity, days: int, doses_per_day: int, meaning: Meaning | None) -> Meaning:
    if _is_per_day(stated):
        if meaning in (None, Meaning.PER_DAY):
            return Meaning.PER_DAY
        raise DosingRefused.because(
            "meaning-contradicted", "A dose per day is not the total of a course, nor one giving.",
            found=f"{stated.say()} as {meaning}", allowed="per-day", mend="drop one of the two",
        )  # fmt: skip
    if meaning is not None:
        return meaning
    if days * doses_per_day == 1:
        return Meaning.COURSE_TOTAL
    raise _ambiguous(stated, days)


def _ambiguous(stated: Quantity, days: int) -> DosingRefused:
    total = say(Quantity(stated.value * days, stated.unit))
    each = say(quantity_of(Fraction(stated.value) / days, stated.unit))
    problem = Problem(
        "dose-ambiguous",
        f"{say(stated)} over {days} days can be the total of the course ({each} on each day) "
        f"or the dose of each day ({total} in all).",
        found=f"{say(stated)} for {days} days",
        allowed=", ".join(Meaning),
        mend="say what the dose is the dose of",
    )
    return DosingRefused([problem])


def _per_day(mass: Fraction, meaning: Meaning, days: int, doses_per_day: int) -> Fraction:
    if meaning is Meaning.COURSE_TOTAL:
        return mass / days
    return mass * doses_per_day if meaning is Meaning.PER_DOSE else mass


def _course(
    stated: Quantity,
    meaning: Meaning,
    days: int,
    doses_per_day: int,
    per_day: Fraction,
    *,
    body: Body,
    first_day: date | None,
) -> CourseDose:
    unit = stated.unit.split("/", maxsplit=1)[0]
    return CourseDose(
        stated,
        meaning,
        days,
        doses_per_day,
        _in(quantity_of(per_day * days, "mg"), unit),
        _in(quantity_of(per_day, "mg"), unit),
        _in(quantity_of(per_day / doses_per_day, "mg"), unit),
        body.weight,
        body.surface,
        _working(stated, meaning, days, body),
        _dates(first_day, days),
        (_BOTH_SHOWN,),
    )


def _working(stated: Quantity, meaning: Meaning, days: int, body: Body) -> str:
    basis = _basis(stated)
    per = _PER_DAY.get(basis or "", basis)
    by = {_PER_KG: body.weight, _PER_M2: body.surface}.get(per or "")
    times = f" × {say(by, 4)}" if by is not None else ""
    return f"{say(stated)}{times}, {meaning.value}, {days} day{'s' * (days != 1)}"


def _dates(first_day: date | None, days: int) -> tuple[date, ...]:
    if first_day is None:
        return ()
    return tuple(first_day + timedelta(days=count) for count in range(days))


def _hold(course: CourseDose, limit: Quantity, body: Body) -> None:
    """Refuses a course above a limit, which may be a mass or per kg or m2."""
    most = _mass(limit, body)
    if in_unit(course.course_total, "mg") > most:
        at_most = _in(quantity_of(most, "mg"), course.course_total.unit)
        raise DosingRefused.because(
            "course-above-limit",
            f"{course.say()}: the course comes to more than {say(at_most)}.",
            found=say(course.course_total),
            allowed=f"at most {say(at_most)} in a course ({say(limit)})",
            mend="check whether the dose is the total of the course or the dose of each day",
        )


IVIG_COURSE_LIMIT = Quantity(Decimal(2), "g/kg")
"""The most that any source gives in one course of IVIG (`octagam-10-us-label`, verified)."""
_BOTH_SHOWN = Evidence(
    "ismp-ivig-2015",
    Kind.INCIDENT,
    Status.VERIFIED,
    "A course total of 150 g was read as a daily dose; state the dose of each day and each date",
)
_SUBCUTANEOUS = Evidence(
    "ivig-sc-dosage",
    Kind.LABEL,
    Status.VERIFIED,
    "Weekly subcutaneous grams = 1.37 × intravenous grams ÷ weeks between intravenous doses",
)
