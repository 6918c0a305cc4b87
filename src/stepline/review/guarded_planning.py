"""A plan asked for with a record: the body comes from the record, and its rules are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from stepline.core.errors import Place, Problem, Refused
from stepline.dosing.plan_model import Plan
from stepline.dosing.plan_options import read_day
from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.record.model import Record
from stepline.review.guarding import ground_of, guard, guard_without_record
from stepline.review.guarding_body import (
    MEASURES,
    body_cautions,
    body_on_record,
    completed,
    told_why,
)
from stepline.review.guarding_model import FromRecord, Guarded, Override
from stepline.review.overriding import read_overrides
from stepline.review.reviewing import Library
from stepline.vocabulary.catalogue import Catalogue

Given = Mapping[str, object]
"""Options of a plan by name, as typed; `None` where one is left out."""


def plan_alone(given: Given, library: Library, catalogue: Catalogue) -> tuple[Plan, Guarded]:
    """The plan of these options without a record, and which rules were therefore not judged.

    Raises `DosingRefused` as `read_request` and `make_plan` do, and for options that need a record
    (`record-needed`).
    """
    unused = [name for name in ("as_of", "override") if given.get(name)]
    problems = [_needs_record(name) for name in unused]
    try:
        request = read_request(given)
    except Refused as refusal:
        raise DosingRefused([*refusal.problems, *problems]) from None
    if problems:
        raise DosingRefused(problems)
    plan = make_plan(request)
    return plan, guard_without_record(plan, library, catalogue)


def _needs_record(name: str) -> Problem:
    option = f"--{name.replace('_', '-')}"
    message = f"{option} speaks of a record, and none is given."
    return Problem("record-needed", message, Place(path=option), mend="add --record FILE")


def plan_on_record(
    given: Given,
    record: Record,
    library: Library,
    catalogue: Catalogue,
    *,
    as_of: datetime | None = None,
) -> tuple[Plan, Guarded]:
    """The plan of these options for the subject of a record, guarded by the rules of a library.

    Weight and height that are not stated are those of the record, while they are fresh on the
    first day of the plan.

    Raises `DosingRefused` as `read_request`, `make_plan` and `read_overrides` do, and
    `override-not-holding`, `as-of-after-start`.
    """
    gathering = Gathering()
    start = _start(given)
    overrides = gathering.attempt(lambda: _overrides(given, library))
    ground = None
    if start is not None:
        ground = gathering.attempt(lambda: ground_of(record, start, as_of))
    if ground is None:
        gathering.attempt(lambda: read_request(given))
        gathering.settle()
    assert ground is not None
    body = body_on_record(ground.record, ground.moment, ground.first, catalogue)
    options, taken = completed(given, body, _needed(given))
    plan = gathering.attempt(lambda: _planned(options, body))
    gathering.settle()
    assert plan is not None
    found = guard(plan, ground, library, catalogue, overrides or (), taken)
    size = plan.request.size
    told = tuple(body_cautions(given, body, {"weight": size.weight, "height": size.height}))
    return plan, replace(found, cautions=(*told, *found.cautions))


def _planned(options: Given, body: Mapping[str, FromRecord]) -> Plan:
    try:
        return make_plan(read_request(options))
    except Refused as refusal:
        raise told_why(refusal, body) from None


def _needed(given: Given) -> set[str]:
    """The body measures that the plan needs; of an infusion the weight too, for its rate."""
    try:
        request = read_request(given)
    except Refused as refusal:
        codes = {problem.code for problem in refusal.problems}
        return {name for name in MEASURES if f"{name}-missing" in codes}
    return {"weight"} if request.regimen.route in ("iv", "sc") else set()


def _start(given: Given) -> date | None:
    """The first day, where it can be read; what is wrong with it is told with the rest."""
    text = given.get("start")
    try:
        return read_day(str(text)) if text is not None else None
    except Refused:
        return None


def _overrides(given: Given, library: Library) -> tuple[Override, ...]:
    texts = given.get("override")
    stated = tuple(str(one) for one in texts) if isinstance(texts, tuple) else ()
    return read_overrides(stated, [rule.id for rule in library.protocol.rules])
