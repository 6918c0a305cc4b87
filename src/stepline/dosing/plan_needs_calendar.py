"""What the calendar of a plan needs: windows, courses already given, a missed course."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stepline.core.errors import Problem
from stepline.core.quantity import comparable
from stepline.dosing.plan_calendar import CatchUp, Move
from stepline.dosing.plan_model import PlanRequest
from stepline.protocol.model import Basis


def needs_of_calendar(request: PlanRequest) -> Iterator[Problem]:
    """Every problem of the calendar that needs no counting."""
    if request.regimen.give.basis is Basis.PER_DAY:
        yield from _of_daily(request)
        return
    yield from _of_window(request)
    yield from _of_given(request)
    yield from _of_missed(request)


def _of_daily(request: PlanRequest) -> Iterator[Problem]:
    """A daily dose has no courses that could be moved, given or missed."""
    asked = request.window.days is not None or request.window.move is not None
    for name, used in (("window", asked), ("given", request.given), ("missed", request.missed)):
        if used:
            message = f"'{request.regimen.id}' is a daily dose: it has no courses for --{name}."
            yield Problem(f"{name}-unused", message, mend=f"leave out --{name}")


def _of_window(request: PlanRequest) -> Iterator[Problem]:
    window = request.window
    if window.days is None and window.move is Move.EARLIEST:
        message = "The earliest day needs a window to lie in."
        yield Problem("window-missing", message, mend="add --window, such as --window 2d")
    asked = window.days is not None or window.move is not None
    if asked and request.regimen.route not in ("iv", "sc"):
        message = f"'{request.regimen.id}' is not given by infusion: closed days do not move it."
        yield Problem("window-unused", message, mend="leave out --window and --move")


def _of_given(request: PlanRequest) -> Iterator[Problem]:
    days = [one.date for one in request.given]
    twice = sorted({day for day, other in pairwise(sorted(days)) if day == other})
    if twice:
        said = ", ".join(map(str, twice))
        yield Problem("given-twice", "A day stands twice among those given.", found=said)
    late = [str(day) for day in days if day >= request.start]
    if late:
        yield Problem(
            "given-after-start",
            "What is given already lies before the first day that is planned.",
            found=", ".join(late),
            allowed=f"before {request.start}",
            mend="check --given and --start",
        )
    for one in request.given:
        if one.amount is not None and not (
            comparable(one.amount.unit, "mg") and one.amount.value >= 0
        ):
            message = "What a given course came to is stated as a mass."
            found, mend = one.amount.say(), "write --given 2026-01-05=96g"
            yield Problem("given-not-mass", message, found=found, mend=mend)


def _of_missed(request: PlanRequest) -> Iterator[Problem]:
    missed = request.missed
    if missed is None:
        return
    if missed.policy is CatchUp.SKIP and missed.made_up_on is not None:
        message = "A course that is skipped is not made up."
        yield Problem("made-up-unused", message, mend="leave out --made-up-on, or shift or keep")
    if missed.policy is not CatchUp.SKIP and missed.made_up_on is None:
        message = "The day is missing on which the missed course is made up."
        yield Problem("made-up-missing", message, mend="add --made-up-on, or --catch-up skip")
    if missed.made_up_on is not None and missed.made_up_on < missed.date:
        message = "A missed course is made up after its day."
        found = missed.made_up_on.isoformat()
        yield Problem("made-up-before", message, found=found, allowed=f"after {missed.date}")
