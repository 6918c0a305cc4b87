"""Plans made as a person asks for them, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from stepline.core.errors import Refused
from stepline.dosing.alignment import Alignment
from stepline.dosing.alignment_reading import read_aligned
from stepline.dosing.plan_model import Plan
from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan

T = TypeVar("T")
MONTHLY, WEEKLY = "ivig-2g-over-5d-monthly", "ivig-400-weekly"
_MANY = ("given", "tablet", "vial", "risk", "step", "closed", "beside")


def given_as(regimen: str, options: dict[str, str]) -> dict[str, object]:
    """Options as the command line hands them over: `start`, `weight` and any other by name."""
    typed: dict[str, object] = {"regimen": regimen, "start": "2026-01-05", "weight": "60kg"}
    for name, text in options.items():
        typed[name] = (text,) if name in _MANY else text
    return typed


def plan_of(regimen: str, **options: str) -> Plan:
    """A plan for 60 kg from Monday, 5 January 2026, unless the options say otherwise."""
    return make_plan(read_request(given_as(regimen, options)))


def aligned_of(regimen: str, *beside: str, **options: str) -> Alignment:
    """The same, with other regimens beside it."""
    return read_aligned({**given_as(regimen, options), "beside": beside})


def starts(plan: Plan) -> list[str]:
    """The first day of each course, as month-day."""
    first = {dose.course: dose.date for dose in reversed(plan.doses)}
    return [first[number].isoformat()[5:] for number in sorted(first)]


def says(plan: Plan, code: str) -> str:
    """The caution of a code; empty where the plan has none."""
    return " ".join(one.message for one in plan.cautions if one.code == code)


def told(make: Callable[[], T]) -> tuple[list[str], T | None]:
    """What is made, or the codes of the problems that it is refused for."""
    try:
        return [], make()
    except Refused as refusal:
        return [one.code for one in refusal.problems], None
