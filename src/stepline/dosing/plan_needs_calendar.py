"""What the calendar of a plan needs: windows, courses already given, a missed course."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from stepline.core.errors import Problem
from stepline.core.quantity import comparable
from stepline.dosing.plan_amounts import offsets_of
from stepline.dosing.plan_calendar import CatchUp, GivenBefore, Move
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
    options = (
        ("window", asked),
        ("given", request.given),
        ("given-day", request.given_days),
        ("missed", request.missed),
    )
    for name, used in options:
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
    yield from _of_days(request.given, request.start, "--given")
    if not request.given_days:
        return
    yield from _of_days(request.given_days, request.start, "--given-day")
    regimen, days = request.regimen, len(offsets_of(request.regimen))
    if regimen.give.basis is not Basis.COURSE_TOTAL or days < 2:
        message = f"'{regimen.id}' has no course of several days that could be in progress."
        yield Problem("given-day-unused", message, mend="use --given")
    elif len(request.given_days) >= days:
        message = "All days of the course are given; what it lacks is not planned."
        found, mend = f"{len(request.given_days)} days", "state it with --given as a course"
        yield Problem(
            "given-days-all", message, found=found, allowed=f"up to {days - 1}", mend=mend
        )
    first = request.given_days[0].date
    if any(one.date >= first for one in request.given):
        message = "A course that was given before begins before the one in progress."
        allowed = f"before {first}"
        yield Problem("given-after-course", message, allowed=allowed, mend="check --given")


def _of_days(given: tuple[GivenBefore, ...], start: date, option: str) -> Iterator[Problem]:
    days = [one.date for one in given]
    twice = sorted({day for day, other in pairwise(sorted(days)) if day == other})
    if twice:
        said = ", ".join(map(str, twice))
        yield Problem("given-twice", "A day stands twice among those given.", found=said)
    late = [str(day) for day in days if day >= start]
    if late:
        yield Problem(
            "given-after-start",
            "What is given already lies before the first day that is planned.",
            found=", ".join(late),
            allowed=f"before {start}",
            mend=f"check {option} and --start",
        )
    for one in given:
        if one.amount is not None and not (
            comparable(one.amount.unit, "mg") and one.amount.value >= 0
        ):
            message = "What was given is stated as a mass."
            found, mend = one.amount.say(), f"write {option} 2026-01-05=24g"
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
