"""Rounding a course to whole vials: a small exact optimisation over integers.

24 g on five days cannot be made from vials of 5, 10 and 20 g; 25, 25, 25, 25 and 20 g are the same
120 g. What is asked is one of five policies; what comes back are the vials of each day, the error
of each day and of the course, and where no rounding exists, the nearest amounts that do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import gcd, lcm

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.dosing.numbers import percent, quantity_json, quantity_of, say, signed_percent
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.rounding_search import Task, fewest_vials, solve

_MOST_DAYS = 14
_MOST_VIAL_SIZES = 12
_MOST_STEPS, _MOST_STEPS_A_VIAL = 5000, 150
"""How often the common measure of the vials may go into a dose, and into the largest vial."""


class Policy(StrEnum):
    """How doses become vials.

    `course`: whole vials; the course total as near as possible, then each day.
    `nearest`: whole vials; each day as near as possible. `down`: each day not above its dose.
    `within`: whole vials; the fewest that keep each day inside the tolerance.
    `exact`: the dose stays; the vials opened for it, with the least waste.
    """

    COURSE = "course"
    NEAREST = "nearest"
    DOWN = "down"
    WITHIN = "within"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Caps:
    """What no rounding may cross, as masses: in one day, in the whole course; `None` is no cap."""

    day: Quantity | None = None
    course: Quantity | None = None


@dataclass(frozen=True, slots=True)
class DayVials:
    """One day: what was ordered, what is given, from which vials (largest first), and the waste."""

    ordered: Quantity
    given: Quantity
    vials: tuple[tuple[Quantity, int], ...]
    waste: Quantity
    error_percent: Fraction

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "ordered": quantity_json(self.ordered),
            "given": quantity_json(self.given),
            "vials": [{"size": quantity_json(size), "count": count} for size, count in self.vials],
            "waste": quantity_json(self.waste),
            "error_percent": float(self.error_percent),
        }


@dataclass(frozen=True, slots=True)
class Rounding:
    """A course in vials. `days` is empty where the policy cannot be met: see `unmet`, `nearest`.

    `nearest` are the whole-vial amounts just below and just above each day's dose that caps allow,
    with their errors: what a person may choose between. `choices` are the same of every rounding.
    """

    policy: Policy
    ordered: Quantity
    sizes: tuple[Quantity, ...]
    days: tuple[DayVials, ...]
    unmet: tuple[str, ...]
    nearest: tuple[DayVials, ...]
    caps: Caps
    tolerance: Fraction | None
    evidence: tuple[Evidence, ...]
    choices: tuple[DayVials, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether there is a rounding."""
        return bool(self.days)

    @property
    def given(self) -> Quantity:
        """What the course comes to."""
        total = sum((Fraction(day.given.value) for day in self.days), Fraction(0))
        return quantity_of(total, self.ordered.unit)

    @property
    def error_percent(self) -> Fraction:
        """The error of the course total in percent."""
        whole = Fraction(self.ordered.value)
        return percent(Fraction(self.given.value) - whole, whole)

    @property
    def waste(self) -> Quantity:
        """What is opened and thrown away in the course."""
        total = sum((Fraction(day.waste.value) for day in self.days), Fraction(0))
        return quantity_of(total, self.ordered.unit)

    @property
    def vial_count(self) -> int:
        """Vials opened in the course."""
        return sum(count for day in self.days for _, count in day.vials)

    def as_json(self) -> dict[str, object]:
        """Machine form; `given` and errors are `None` where the policy cannot be met."""
        met = self.is_met
        return {
            "policy": self.policy.value,
            "met": met,
            "days": [day.as_json() for day in self.days],
            "course": {
                "ordered": quantity_json(self.ordered),
                "given": quantity_json(self.given) if met else None,
                "error_percent": float(self.error_percent) if met else None,
                "waste": quantity_json(self.waste) if met else None,
                "vials": self.vial_count if met else None,
            },
            "unmet": list(self.unmet),
            "nearest": [choice.as_json() for choice in self.nearest],
            "choices": [choice.as_json() for choice in self.choices],
            "inputs": {
                "vials": [quantity_json(size) for size in self.sizes],
                "cap_day": quantity_json(self.caps.day),
                "cap_course": quantity_json(self.caps.course),
                "tolerance_percent": None
                if self.tolerance is None
                else float(self.tolerance * 100),
            },
            "evidence": [one.as_json() for one in self.evidence],
        }


def round_to_vials(
    doses: Sequence[Quantity],
    sizes: Sequence[Quantity],
    policy: Policy,
    *,
    tolerance: Fraction | None = None,
    caps: Caps | None = None,
) -> Rounding:
    """A course of one dose a day in vials.

    `doses` and `sizes` are masses; `tolerance` is a fraction (1/10 for ±10 %): of each day for
    `nearest`, `down` and `within`, of the course total for `course`. Among equals the answer is the
    one with fewest vials and the larger days first.

    Raises:
        DosingRefused: `dose-not-mass`, `dose-not-positive`, `dose-above-cap`, `vials-missing`,
            `vial-not-mass`, `vial-not-positive`, `cap-not-mass`, `cap-not-positive`,
            `tolerance-missing`, `tolerance-wrong`, `days-wrong`, `vials-incompatible`.
    """
    held = caps or Caps()
    _check(doses, len(doses), sizes, policy, tolerance, held)
    unit = doses[0].unit
    exact = [in_unit(dose, unit) for dose in doses]
    return _rounded(exact, unit, sizes, policy, tolerance=tolerance, caps=held)


def round_course(
    total: Quantity,
    days: int,
    sizes: Sequence[Quantity],
    policy: Policy,
    *,
    tolerance: Fraction | None = None,
    caps: Caps | None = None,
) -> Rounding:
    """A course total split equally over days, in vials; a third of it stays a third exactly.

    Otherwise as `round_to_vials`.
    """
    held = caps or Caps()
    _check([total], days, sizes, policy, tolerance, held)
    doses = [in_unit(total, total.unit) / days] * days
    return _rounded(doses, total.unit, sizes, policy, tolerance=tolerance, caps=held)


def _rounded(
    doses: Sequence[Fraction],
    unit: str,
    sizes: Sequence[Quantity],
    policy: Policy,
    *,
    tolerance: Fraction | None,
    caps: Caps,
) -> Rounding:
    _hold(doses, unit, caps)
    others = [in_unit(mass, unit) for mass in (*sizes, *_stated(caps))]
    measure = _Measure(unit, [*doses, *others])
    task = Task(
        targets=tuple(measure.steps(dose) for dose in doses),
        sizes=tuple(sorted({measure.steps(in_unit(size, unit)) for size in sizes}, reverse=True)),
        day_cap=None if caps.day is None else measure.steps(in_unit(caps.day, unit)),
        course_cap=None if caps.course is None else measure.steps(in_unit(caps.course, unit)),
        tolerance=tolerance,
    )
    _check_size(task)
    amounts = solve(task, policy.value)
    choices = _nearest(task, measure)
    nearest = () if amounts else choices
    return Rounding(
        policy,
        measure.quantity(sum(task.targets)),
        tuple(measure.quantity(size) for size in task.sizes),
        _days(task, amounts, policy, measure),
        () if amounts else (_unmet(task, policy, measure, nearest),),
        nearest,
        caps,
        tolerance,
        (_WHOLE_VIALS, _NO_TOLERANCE),
        choices,
    )


class _Measure:
    """The common measure of all masses of a task, so that the search is over integers."""

    def __init__(self, unit: str, masses: Sequence[Fraction]) -> None:
        self.unit = unit
        self.parts = lcm(*(mass.denominator for mass in masses))

    def steps(self, mass: Fraction) -> int:
        return int(mass * self.parts)

    def quantity(self, steps: int) -> Quantity:
        return quantity_of(Fraction(steps, self.parts), self.unit)


def _check_size(task: Task) -> None:
    """Refuses what no pharmacy holds and no search should be spent on."""
    step = gcd(*task.sizes)
    if max(task.targets) <= _MOST_STEPS * step and task.sizes[0] <= _MOST_STEPS_A_VIAL * step:
        return
    raise DosingRefused.because(
        "vials-incompatible",
        "The vial sizes share too small a measure for this dose.",
        allowed=f"a dose of {_MOST_STEPS} times what all vials are multiples of, at most",
        mend="check the sizes of the vials and the dose",
    )


def _stated(caps: Caps) -> list[Quantity]:
    return [cap for cap in (caps.day, caps.course) if cap is not None]


def _days(
    task: Task, amounts: tuple[int, ...], policy: Policy, measure: _Measure
) -> tuple[DayVials, ...]:
    exact = policy is Policy.EXACT
    pairs = zip(task.targets, amounts, strict=False)
    return tuple(_day(task, target, opened, measure, exact=exact) for target, opened in pairs)


def _day(task: Task, target: int, opened: int, measure: _Measure, *, exact: bool) -> DayVials:
    """A day on which vials of so much are opened; `exact` gives the dose and wastes the rest."""
    given = target if exact else opened
    counts = fewest_vials(opened, task.sizes)
    assert counts is not None
    return DayVials(
        measure.quantity(target),
        measure.quantity(given),
        tuple((measure.quantity(size), n) for size, n in zip(task.sizes, counts, strict=True) if n),
        measure.quantity(opened - given),
        percent(Fraction(given - target), Fraction(target)),
    )


def _nearest(task: Task, measure: _Measure) -> tuple[DayVials, ...]:
    """For each different dose, the whole-vial amounts below and above that a day may hold."""
    choices = []
    for target in sorted(set(task.targets), reverse=True):
        choices += [
            _day(task, target, amount, measure, exact=False) for amount in task.neighbours(target)
        ]
    return tuple(choices)


def _unmet(task: Task, policy: Policy, measure: _Measure, nearest: tuple[DayVials, ...]) -> str:
    asked = say(measure.quantity(max(task.targets)))
    sizes = ", ".join(say(measure.quantity(size)) for size in sorted(task.sizes))
    choices = " or ".join(
        f"{say(choice.given)} ({signed_percent(choice.error_percent)})" for choice in nearest
    )
    head = f"{asked} a day cannot be made from vials of {sizes} under the policy '{policy.value}'"
    tolerance = "" if task.tolerance is None else f" within {signed_percent(task.tolerance * 100)}"
    tail = f"; the nearest are {choices}." if choices else "; no whole vial fits under the caps."
    return head + tolerance.replace("+", "±") + tail


def _check(
    doses: Sequence[Quantity],
    days: int,
    sizes: Sequence[Quantity],
    policy: Policy,
    tolerance: Fraction | None,
    caps: Caps,
) -> None:
    problems = [*_wrong_masses(doses, sizes, caps), *_wrong_choices(policy, tolerance)]
    if not 1 <= days <= _MOST_DAYS:
        message = f"A course that is rounded has 1 to {_MOST_DAYS} days."
        problems.append(Problem("days-wrong", message, found=str(days)))
    if not 1 <= len(sizes) <= _MOST_VIAL_SIZES:
        message = f"Between 1 and {_MOST_VIAL_SIZES} vial sizes are needed."
        problems.append(
            Problem("vials-missing", message, found=str(len(sizes)), mend="state the vials at hand")
        )
    if problems:
        raise DosingRefused(problems)


def _wrong_masses(
    doses: Sequence[Quantity], sizes: Sequence[Quantity], caps: Caps
) -> list[Problem]:
    named = [("dose", one) for one in doses] + [("vial", one) for one in sizes]
    named += [("cap", one) for one in _stated(caps)]
    problems = []
    for name, mass in dict.fromkeys(named):
        if not comparable(mass.unit, "g"):
            message = f"A {name} is stated here as a mass; work it out for the patient first."
            problems.append(Problem(f"{name}-not-mass", message, found=mass.say(), allowed="g, mg"))
        elif mass.value <= 0:
            message = f"A {name} is more than nothing."
            problems.append(Problem(f"{name}-not-positive", message, found=mass.say()))
    return problems


def _wrong_choices(policy: Policy, tolerance: Fraction | None) -> list[Problem]:
    if policy is Policy.WITHIN and tolerance is None:
        message = "The policy 'within' needs a tolerance; none is universal."
        mend = "state one, such as 5 % or 10 %"
        return [Problem("tolerance-missing", message, mend=mend)]
    if tolerance is not None and not 0 <= tolerance < 1:
        message = "A tolerance lies between 0 % and 100 %."
        return [Problem("tolerance-wrong", message, found=signed_percent(tolerance * 100))]
    return []


def _hold(doses: Sequence[Fraction], unit: str, caps: Caps) -> None:
    """Refuses an order that is itself above a cap: no rounding mends that."""
    sides = (("day", max(doses), caps.day), ("course", sum(doses, Fraction(0)), caps.course))
    problems = [
        Problem(
            "dose-above-cap",
            f"The dose of the {name} as ordered is above its cap; rounding does not mend that.",
            found=say(quantity_of(ordered, unit)),
            allowed=f"at most {say(cap)}",
            mend="lower the dose, or state the cap that holds",
        )
        for name, ordered, cap in sides
        if cap is not None and ordered > in_unit(cap, unit)
    ]
    if problems:
        raise DosingRefused(problems)


_WHOLE_VIALS = Evidence(
    "ivig-order-set",
    Kind.POLICY,
    Status.VERIFIED,
    "One US hospital rounds to the nearest whole vial",
)
_NO_TOLERANCE = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Rounding over the whole course; no tolerance is universal, 5 to 10 % is said to be common",
)
