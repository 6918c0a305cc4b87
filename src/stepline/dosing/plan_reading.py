"""Reads what a person types into a plan; everything wrong with it is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

from stepline.core.errors import Problem
from stepline.core.quantity import Quantity
from stepline.core.time import parse_date
from stepline.dosing.bodysize import BodySize, body_size
from stepline.dosing.dose import Body, course_dose
from stepline.dosing.plan_model import OpenDays, PlanRequest
from stepline.dosing.plan_needs import needs_of
from stepline.dosing.plan_running import settled
from stepline.dosing.products import Choice, product
from stepline.dosing.reading import (
    read_fraction,
    read_height,
    read_ladder,
    read_quantity,
    read_rate,
)
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.dosing.rounding import Policy
from stepline.protocol.model import Regimen

T = TypeVar("T")
Given = Mapping[str, object]
"""Options by name, as typed; `None`, an empty tuple or `False` where one is left out."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_COURSES = 200
_UNIT_BODY = Body(Quantity(Decimal(1), "kg"), Quantity(Decimal(1), "m2"))
"""Serves to check the unit of a dose before the body is known."""
_ANY_DAY = date(2000, 1, 1)
"""Stands in for a start that was refused, while the rest is checked; it plans nothing."""


def read_request(given: Given) -> PlanRequest:
    """A request from texts.

    Raises `DosingRefused` with every problem: those of single options (`unit-missing`,
    `height-in-metres`, `weight-implausible`, `date-impossible`, `courses-wrong`,
    `regimen-unknown`, `product-unknown` …) and what the regimen needs beside them.
    """
    reader = _Reader(given)
    regimen = reader.needed("regimen", read_regimen, "the id of a regimen")
    start = reader.needed("start", read_day, "--start 2026-01-05")
    build = _options(reader)
    if regimen is None:
        reader.gathering.settle()
    assert regimen is not None
    request = build(regimen, start or _ANY_DAY)
    reader.keep(needs_of(settled(request)))
    reader.gathering.settle()
    return request


def _options(reader: _Reader) -> Callable[[Regimen, date], PlanRequest]:
    """Reads every option, and gives what builds the request from a regimen and a start."""
    size = _size(reader)
    choice = _choice(reader)
    courses = reader.option("courses", read_courses)
    found = reader.option("product", product)
    dilution = reader.option("dilution", read_quantity)
    per_day = reader.option("dose", _read_dose)
    total = reader.option("course_total", _read_dose)
    vials = tuple(reader.many("vial", read_quantity))
    policy = reader.option("policy", lambda text: Policy(_word(text, tuple(Policy))))
    tolerance = reader.option("tolerance", read_fraction)
    weekday = reader.option("weekday", lambda text: WEEKDAYS.index(_word(text, WEEKDAYS)) + 1)
    tablet = reader.option("tablet", read_quantity)
    closed = tuple(sorted(reader.many("closed", read_day)))
    open_days = OpenDays(bool(reader.given.get("weekdays_only")), closed)
    return lambda regimen, start: PlanRequest(
        regimen=regimen,
        start=start,
        size=size,
        courses=courses,
        product=found,
        choice=choice,
        diluted_to=dilution,
        per_day=per_day,
        course_total=total,
        vials=vials,
        policy=policy or Policy.COURSE,
        tolerance=tolerance,
        weekday=weekday,
        tablet=tablet,
        proposed=bool(reader.given.get("proposed")),
        open_days=open_days,
    )


class _Reader:
    """Reads options one after another; remembers which were refused."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.gathering = Gathering()
        self.refused: set[str] = set()

    def option(self, name: str, read: Callable[[str], T]) -> T | None:
        """The value of an option; `None` where it is left out or refused."""
        text = self.given.get(name)
        if text is None:
            return None
        value = self.gathering.attempt(lambda: read(str(text)), _spelled(name))
        if value is None:
            self.refused.add(name)
        return value

    def needed(self, name: str, read: Callable[[str], T], example: str) -> T | None:
        """The value of an option that must be there."""
        if self.given.get(name) is None:
            message = f"The {name} is missing."
            self.gathering.add(Problem("option-missing", message, mend=f"add {example}"))
        return self.option(name, read)

    def many(self, name: str, read: Callable[[str], T]) -> list[T]:
        """The values of an option that may be repeated, or hold several between commas."""
        texts = self.given.get(name)
        parts = [part for text in _texts(texts) for part in text.split(",")]
        values = []
        for part in parts:
            value = self.gathering.attempt(partial(read, part), _spelled(name))
            values += [] if value is None else [value]
        return values

    def keep(self, problems: Sequence[Problem]) -> None:
        """Keeps problems, but for an option that is missing only since it was refused."""
        echoes = {f"{name}-missing" for name in self.refused}
        self.gathering.problems += [one for one in problems if one.code not in echoes]


def read_regimen(text: str) -> Regimen:
    """A regimen of the library by its id. Raises `DosingRefused`: `regimen-unknown`."""
    from stepline.protocol.loading import packaged

    known = {regimen.id: regimen for regimen in packaged().regimens}
    if text in known:
        return known[text]
    from difflib import get_close_matches

    near = " or ".join(get_close_matches(text, known, n=2))
    raise DosingRefused.because(
        "regimen-unknown",
        f"The library has no regimen '{text[:60]}'.",
        found=text[:60],
        mend=f"did you mean {near}?" if near else "run stepline library list",
    )


def read_day(text: str) -> date:
    """One day. Raises `TimeRefused`, and `DosingRefused`: `day-not-exact` (a month, a time)."""
    when = parse_date(text)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
        raise DosingRefused.because(
            "day-not-exact",
            "A plan is made of whole days, and begins on one.",
            found=text[:40],
            allowed="a day such as 2026-01-05",
            mend="write year-month-day",
        )
    return when.time.date()


def read_courses(text: str) -> int:
    """How many courses. Raises `DosingRefused`: `courses-wrong`."""
    stripped = text.strip()
    if re.fullmatch(r"[0-9]{1,4}", stripped) and 1 <= int(stripped) <= _MOST_COURSES:
        return int(stripped)
    raise DosingRefused.because(
        "courses-wrong",
        f"A plan has 1 to {_MOST_COURSES} courses.",
        found=stripped[:20],
        allowed=f"1 to {_MOST_COURSES}",
        mend="write a whole number",
    )


def _read_dose(text: str) -> Quantity:
    """A dose with a unit that doses have. Raises as `course_dose`."""
    dose = read_quantity(text)
    course_dose(dose, 1, body=_UNIT_BODY)
    return dose


def _size(reader: _Reader) -> BodySize:
    height = reader.option("height", read_height)
    weight = reader.option("weight", read_quantity)
    size = reader.gathering.attempt(lambda: body_size(height, weight), _spelled("body"))
    if size is None:
        reader.refused |= {"height", "weight"}
    return size or BodySize(None, None)


def _choice(reader: _Reader) -> Choice:
    steps = _texts(reader.given.get("step"))
    ladder = reader.gathering.attempt(lambda: read_ladder(steps), "--step") if steps else None
    return Choice(
        indication=str(reader.given.get("indication") or ""),
        infusion=reader.option("infusion", lambda text: _word(text, ("first", "later"))) or "",
        risks=_texts(reader.given.get("risk")),
        cap=reader.option("cap", read_rate),
        ladder=ladder,
    )


def _word(text: str, allowed: Sequence[str]) -> str:
    """One of some words, in any case. Raises `DosingRefused`: `word-unknown`."""
    word = text.strip().lower()
    if word in allowed:
        return word
    raise DosingRefused.because(
        "word-unknown",
        f"'{text[:40]}' is none of the words that may stand here.",
        found=text[:40],
        allowed=", ".join(allowed),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def _spelled(name: str) -> str:
    """How an option is written on the command line; the regimen is no option."""
    if name in ("regimen", "body"):
        return ""
    return "--" + name.replace("_", "-")
