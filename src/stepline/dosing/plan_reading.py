"""Reads what a person types into a plan; everything wrong with it is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from stepline.core.quantity import Quantity
from stepline.core.time import parse_date
from stepline.dosing.bodysize import BodySize, body_size
from stepline.dosing.dose import course_dose
from stepline.dosing.numbers import MASS_UNITS
from stepline.dosing.plan_model import OpenDays, PlanRequest
from stepline.dosing.products import Choice, Product, product
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


def read_request(given: Given) -> PlanRequest:
    """A request from texts.

    Raises `DosingRefused` with every problem: those of single options (`unit-missing`,
    `height-in-metres`, `weight-implausible`, `date-impossible`, `courses-wrong`,
    `regimen-unknown`, `product-unknown` …) and, once these can be read, what the regimen needs.
    """
    from stepline.dosing.plan_needs import needs_of

    reader = _Reader(given)
    regimen = reader.needed("regimen", read_regimen, "the id of a regimen")
    start = reader.needed("start", read_start, "--start 2026-01-05")
    size = _size(reader)
    request = PlanRequest(
        regimen=regimen or _STAND_IN,
        start=start or date(2000, 1, 1),
        size=size,
        courses=reader.option("courses", read_courses),
        product=reader.option("product", product),
        choice=_choice(reader),
        diluted_to=reader.option("dilution", read_quantity),
        per_day=reader.option("dose", lambda text: _dose(text, size)),
        course_total=reader.option("course_total", lambda text: _dose(text, size)),
        vials=tuple(reader.many("vial", read_quantity)),
        policy=reader.option("policy", lambda text: Policy(_word(text, list(Policy)))) or Policy.COURSE,
        tolerance=reader.option("tolerance", read_fraction),
        weekday=reader.option("weekday", lambda text: WEEKDAYS.index(_word(text, WEEKDAYS)) + 1),
        tablet=reader.option("tablet", read_quantity),
        proposed=bool(given.get("proposed")),
        open_days=OpenDays(
            bool(given.get("weekdays_only")), tuple(sorted(reader.many("closed", read_start)))
        ),
    )
    if regimen is not None:
        reader.gathering.problems += needs_of(reader.without_refused(request))
    reader.gathering.settle()
    return request
