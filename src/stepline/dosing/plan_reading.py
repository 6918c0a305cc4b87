"""Reads what a person types into a plan; everything wrong with it is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from stepline.core.quantity import Quantity
from stepline.dosing.bodysize import BodySize, body_size
from stepline.dosing.dose import Body, course_dose
from stepline.dosing.plan_model import OpenDays, PlanRequest
from stepline.dosing.plan_needs import needs_of
from stepline.dosing.plan_options import Given, Reader, read_day, spelled, texts, word
from stepline.dosing.plan_running import settled
from stepline.dosing.plan_ways import calendar_of, shape_of, smallest, weighing_of
from stepline.dosing.products import Choice, product
from stepline.dosing.reading import (
    read_fraction,
    read_height,
    read_ladder,
    read_quantity,
    read_rate,
    read_surface,
)
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.rounding import Policy
from stepline.protocol.model import Regimen

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
    reader = Reader(given)
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


def _options(reader: Reader) -> Callable[[Regimen, date], PlanRequest]:
    """Reads every option, and gives what builds the request from a regimen and a start."""
    size = _size(reader)
    choice = _choice(reader)
    courses = reader.option("courses", read_courses)
    found = reader.option("product", product)
    dilution = reader.option("dilution", read_quantity)
    per_day = reader.option("dose", _read_dose)
    total = reader.option("course_total", _read_dose)
    vials = tuple(reader.many("vial", read_quantity))
    policy = reader.option("policy", lambda text: Policy(word(text, tuple(Policy))))
    tolerance = reader.option("tolerance", read_fraction)
    weekday = reader.option("weekday", lambda text: WEEKDAYS.index(word(text, WEEKDAYS)) + 1)
    tablets = tuple(reader.many("tablet", read_quantity))
    shape = shape_of(reader)
    weighing = weighing_of(reader)
    calendar = calendar_of(reader)
    previous = reader.option("previous_product", product)
    surface_cap = reader.option("surface_cap", read_surface)
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
        tablet=smallest(tablets),
        tablets=tablets,
        proposed=bool(reader.given.get("proposed")),
        open_days=open_days,
        weighing=weighing,
        previous=previous,
        window=calendar.window,
        given=calendar.given,
        given_days=calendar.given_days,
        missed=calendar.missed,
        fall=shape.fall,
        floor=shape.floor,
        alternate_from=shape.alternate_from,
        surface_cap=surface_cap,
    )


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


def _size(reader: Reader) -> BodySize:
    height = reader.option("height", read_height)
    weight = reader.option("weight", read_quantity)
    size = reader.gathering.attempt(lambda: body_size(height, weight), spelled("body"))
    if size is None:
        reader.refused |= {"height", "weight"}
    return size or BodySize(None, None)


def _choice(reader: Reader) -> Choice:
    steps = texts(reader.given.get("step"))
    ladder = reader.gathering.attempt(lambda: read_ladder(steps), "--step") if steps else None
    return Choice(
        indication=str(reader.given.get("indication") or ""),
        infusion=reader.option("infusion", lambda text: word(text, ("first", "later"))) or "",
        risks=texts(reader.given.get("risk")),
        cap=reader.option("cap", read_rate),
        ladder=ladder,
    )
