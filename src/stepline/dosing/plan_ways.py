"""Reads which weight doses, how a taper falls and what the calendar does, from what is typed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stepline.core.errors import Problem
from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.dosing.plan_calendar import CatchUp, GivenBefore, Missed, Move, Window
from stepline.dosing.plan_options import Reader, read_day, word
from stepline.dosing.plan_weight import Weighing
from stepline.dosing.reading import (
    read_fall,
    read_floor,
    read_quantity,
    read_spell,
    read_weight_rule,
    read_window_days,
    read_years,
)
from stepline.dosing.tapering import Fall
from stepline.dosing.weights import Person, WeightRule


@dataclass(frozen=True, slots=True)
class Shape:
    """How a taper is asked to fall."""

    fall: Fall | None
    floor: Quantity | None
    alternate_from: Quantity | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is asked of the calendar."""

    window: Window
    given: tuple[GivenBefore, ...]
    given_days: tuple[GivenBefore, ...]
    missed: Missed | None


def smallest(tablets: tuple[Quantity, ...]) -> Quantity | None:
    """The step of the tablets; the first, where they cannot be compared, to be refused later."""
    wrong = [one for one in tablets if not comparable(one.unit, "mg") or one.value <= 0]
    if wrong or not tablets:
        return wrong[0] if wrong else None
    return min(tablets, key=lambda one: in_unit(one, "mg"))


def shape_of(reader: Reader) -> Shape:
    """How a taper falls: `--fall`, `--every`, `--floor`, `--alternate-from`."""
    every = reader.option("every", read_spell)
    fall = reader.option("fall", read_fall)
    if (fall is None) != (every is None) and not {"fall", "every"} & reader.refused:
        name, example = ("every", "--every 2w") if every is None else ("fall", "--fall 5mg")
        message = "A fall and the time between its steps belong together."
        reader.gathering.add(Problem(f"{name}-missing", message, mend=f"add {example}"))
        reader.refused.add(name)
    floor = reader.option("floor", read_floor)
    alternate = reader.option("alternate_from", read_floor)
    whole = None if fall is None or every is None else replace(fall, every=every)
    return Shape(whole, floor, alternate)


def weighing_of(reader: Reader) -> Weighing:
    """Which weight doses, of whom, and when it was measured."""
    rule = reader.option("dosing_weight", read_weight_rule)
    sex = reader.option("sex", lambda text: word(text, ("female", "male")))
    age = reader.option("age", read_years)
    pregnant = True if reader.given.get("pregnant") else None
    weight_on, height_on = (reader.option(f"{name}_on", read_day) for name in ("weight", "height"))
    person = Person(sex, age, pregnant)
    return Weighing(rule or WeightRule.ACTUAL, person, weight_on, height_on)


def calendar_of(reader: Reader) -> Calendar:
    """The window of moves, what was given before, and what was missed."""
    farthest = reader.option("window", read_window_days)
    move = reader.option("move", lambda text: Move(word(text, tuple(Move))))
    given, days = (_by_day(reader.many(name, read_given)) for name in ("given", "given_day"))
    day = reader.option("missed", read_day)
    policy = reader.option("catch_up", lambda text: CatchUp(word(text, tuple(CatchUp))))
    made = reader.option("made_up_on", read_day)
    if day is not None and policy is None and "catch_up" not in reader.refused:
        message = "What follows a missed course is decided by a person."
        allowed, mend = "shift, keep, skip", "add --catch-up"
        reader.gathering.add(Problem("catch-up-missing", message, allowed=allowed, mend=mend))
    if day is None and (policy or made) and "missed" not in reader.refused:
        message = "Nothing is caught up where nothing was missed."
        reader.gathering.add(Problem("missed-missing", message, mend="add --missed"))
    missed = None if day is None or policy is None else Missed(day, policy, made)
    return Calendar(Window(farthest, move), given, days, missed)


def _by_day(given: list[GivenBefore]) -> tuple[GivenBefore, ...]:
    return tuple(sorted(given, key=lambda one: one.date))


def read_given(text: str) -> GivenBefore:
    """A day, or a day and what was given: `2026-01-05=96g`. Raises as `read_day`."""
    day, _, amount = text.partition("=")
    return GivenBefore(read_day(day), read_quantity(amount) if amount else None)
