"""Several regimens of one person in one calendar, held apart where a source says so.

Each is planned on its own; a named constraint then looks at the days of all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity
from stepline.dosing.numbers import quantity_json
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.dosing.refusing import DosingRefused

_SEARCHED = 60


@dataclass(frozen=True, slots=True)
class Constraint:
    """Two drugs that never fall on one day, and where that is read."""

    name: str
    drugs: tuple[str, str]
    message: str
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "name": self.name,
            "drugs": list(self.drugs),
            "message": self.message,
            "evidence": [one.as_json() for one in self.evidence],
        }


CONSTRAINTS = (
    Constraint(
        "ivig-and-rituximab-apart",
        ("ivig", "rituximab"),
        "Immunoglobulin and rituximab never fall on one day: give immunoglobulin after, or apart.",
        (
            Evidence(
                "stepline-memory",
                Kind.DESIGN,
                Status.UNCONFIRMED,
                "Competition for the neonatal Fc receptor may clear rituximab faster",
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the common calendar. `minutes_before` is set for what is given before a dose.

    It is `None` for the dose itself, and for a premedication whose time no source states.
    """

    date: dt.date
    drug: str
    regimen: str
    amount: Quantity | None
    route: str
    is_premedication: bool = False
    minutes_before: int | None = None
    until: dt.date | None = None
    course: int = 1

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "date": self.date.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "drug": self.drug,
            "regimen": self.regimen,
            "course": self.course,
            "amount": quantity_json(self.amount),
            "route": self.route or None,
            "premedication": self.is_premedication,
            "minutes_before": self.minutes_before,
        }


@dataclass(frozen=True, slots=True)
class Alignment:
    """Plans of one person that keep every constraint; the first is the one that was asked for."""

    plans: tuple[Plan, ...]
    constraints: tuple[Constraint, ...] = CONSTRAINTS

    @property
    def held(self) -> tuple[Constraint, ...]:
        """The constraints that concern these plans."""
        drugs = {plan.request.regimen.drug for plan in self.plans}
        return tuple(one for one in self.constraints if drugs >= set(one.drugs))

    def calendar(self) -> tuple[Entry, ...]:
        """Every dose with what is given before it, by day; on one day in the order of the plans."""
        entries = [entry for plan in self.plans for entry in _entries(plan)]
        return tuple(sorted(entries, key=lambda entry: entry.date))

    def as_json(self) -> dict[str, object]:
        """Machine form: the first plan, with the others and the calendar under `alignment`."""
        others = [plan.as_json() for plan in self.plans[1:]]
        return {
            **self.plans[0].as_json(),
            "alignment": {**self.common_json(), "plans": others},
        }

    def common_json(self) -> dict[str, object]:
        """What the plans share: the constraints that are kept, and the calendar."""
        return {
            "constraints": [one.as_json() for one in self.held],
            "calendar": [entry.as_json() for entry in self.calendar()],
        }


def aligned(plans: Sequence[Plan]) -> Alignment:
    """Plans in one calendar.

    Raises `DosingRefused`: `same-day` for every pair of plans that a constraint keeps apart, and
    `same-drug` for two plans that give one drug on one day, with the days and the nearest start of
    the later-named plan that keeps them apart.
    """
    alignment = Alignment(tuple(plans))
    pairs = [pair for pair in combinations(plans, 2) if _shared(*pair, 0)]
    problems = [
        _clash("same-day", constraint.message, *pair)
        for constraint in alignment.held
        for pair in pairs
        if _drugs(*pair) == set(constraint.drugs)
    ]
    problems += [
        _clash(
            "same-drug", "Two plans give the same drug on one day, so its dose would add up.", *pair
        )
        for pair in pairs
        if len(_drugs(*pair)) == 1
    ]
    if problems:
        raise DosingRefused(problems)
    return alignment


def _drugs(one: Plan, other: Plan) -> set[str]:
    return {one.request.regimen.drug, other.request.regimen.drug}


def _shared(one: Plan, other: Plan, shift: int) -> list[date]:
    """The days of both plans, where the second begins so many days later."""
    days = {day for dose in one.doses for day in _days(dose)}
    moved = {day + timedelta(days=shift) for dose in other.doses for day in _days(dose)}
    return sorted(days & moved)


def _days(dose: PlannedDose) -> Iterator[date]:
    last = dose.until or dose.date
    for number in range((last - dose.date).days + 1):
        yield dose.date + timedelta(days=number)


def _clash(code: str, message: str, one: Plan, other: Plan) -> Problem:
    shared = _shared(one, other, 0)
    shift = next((n for n in range(1, _SEARCHED) if not _shared(one, other, n)), None)
    first = other.doses[0].date
    free = f"a start on {first + timedelta(days=shift)}" if shift is not None else ""
    days = ", ".join(map(str, shared[:5])) + (", …" if len(shared) > 5 else "")
    return Problem(
        code,
        message,
        found=f"{one.request.regimen.id} and {other.request.regimen.id} on {days}",
        allowed=free,
        mend="begin one of the two on another day",
    )


def _entries(plan: Plan) -> Iterator[Entry]:
    regimen = plan.request.regimen
    for dose in plan.doses:
        for before in regimen.before_each:
            yield Entry(
                dose.date,
                before.drug,
                regimen.id,
                before.dose,
                before.route,
                is_premedication=True,
                minutes_before=before.minutes_before,
                course=dose.course,
            )
        yield Entry(
            dose.date,
            dose.drug,
            regimen.id,
            dose.portion.amount,
            regimen.route,
            until=dose.until,
            course=dose.course,
        )
