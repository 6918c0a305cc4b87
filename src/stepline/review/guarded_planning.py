"""A plan asked for with a record: the body comes from the record, and its rules are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from stepline.core.errors import Place, Problem, Refused
from stepline.dosing.alignment import Alignment
from stepline.dosing.alignment_reading import read_aligned, read_beside
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.plan_options import read_day, texts
from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan
from stepline.dosing.refusing import Gathering
from stepline.record.model import Record
from stepline.review.guarding import Ground, ground_of, guard_all, guard_without_record
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


@dataclass(frozen=True, slots=True)
class GuardedPlans:
    """The plans of a request in one calendar, each with what the rules of the library say of it."""

    alignment: Alignment
    guarded: tuple[Guarded, ...]

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans; the first is the one that was asked for."""
        return self.alignment.plans

    @property
    def refuses(self) -> bool:
        """Whether a rule refuses one of them, and so all."""
        return any(one.refuses for one in self.guarded)


def plan_alone(given: Given, library: Library, catalogue: Catalogue) -> tuple[Plan, Guarded]:
    """The plan of these options without a record. Raises as `plans_alone`."""
    found = plans_alone({**given, "beside": ()}, library, catalogue)
    return found.plans[0], found.guarded[0]


def plans_alone(given: Given, library: Library, catalogue: Catalogue) -> GuardedPlans:
    """The plans of these options without a record, and which rules were therefore not judged.

    Raises `DosingRefused` as `read_aligned` does, and for options that need a record
    (`record-needed`).
    """
    gathering = Gathering()
    alignment = gathering.attempt(lambda: read_aligned(given))
    for name in ("subject", "as_of", "override"):
        if given.get(name) not in (None, ()):
            gathering.add(_needs_record(name))
    gathering.settle()
    assert alignment is not None
    guarded = tuple(guard_without_record(plan, library, catalogue) for plan in alignment.plans)
    return GuardedPlans(alignment, guarded)


def _needs_record(name: str) -> Problem:
    option = f"--{name.replace('_', '-')}"
    message = f"{option} speaks of a record, and none is given."
    return Problem("record-needed", message, Place(path=option), mend="add --record FILE")


def without_record(given: Given, refusal: Refused) -> Refused:
    """A record that cannot be used, and what is wrong beside it.

    A weight or height that is missing is not told: the record might have held it.
    """
    echoes = {f"{name}-missing" for name in MEASURES}
    gathering = Gathering()
    gathering.attempt(lambda: read_aligned(given))
    beside = [one for one in gathering.problems if one.code not in echoes]
    return type(refusal)([*refusal.problems, *beside])


def plan_on_record(
    given: Given,
    record: Record,
    library: Library,
    catalogue: Catalogue,
    *,
    as_of: datetime | None = None,
) -> tuple[Plan, Guarded]:
    """The plan of these options for the subject of a record. Raises as `plans_on_record`."""
    alone = {**given, "beside": ()}
    found = plans_on_record(alone, record, library, catalogue, as_of=as_of)
    return found.plans[0], found.guarded[0]


def plans_on_record(
    given: Given,
    record: Record,
    library: Library,
    catalogue: Catalogue,
    *,
    as_of: datetime | None = None,
) -> GuardedPlans:
    """The plans of these options for the subject of a record, guarded by the rules of a library.

    Each is judged with the doses of the others planned beside it, on what is known when the
    earliest begins. Weight and height that are not stated are those of the record, while they are
    fresh on the first day of the plan that needs them.

    Raises `DosingRefused` as `read_aligned` and `read_overrides` do, and `override-not-holding`,
    `as-of-after-start`.
    """
    gathering = Gathering()
    start = _earliest(given)
    overrides = gathering.attempt(lambda: _overrides(given, library))
    ground = None
    if start is not None:
        ground = gathering.attempt(lambda: ground_of(record, start, as_of))
    if ground is None:
        gathering.attempt(lambda: read_aligned(given))
        gathering.settle()
    assert ground is not None
    planner = _Planner(ground, catalogue)
    alignment = gathering.attempt(lambda: read_aligned(given, planner))
    gathering.settle()
    assert alignment is not None
    found = guard_all(alignment.plans, ground, library, catalogue, overrides or ())
    told = zip(found, planner.taken, planner.cautions, strict=True)
    return GuardedPlans(
        alignment,
        tuple(
            replace(one, body=body, cautions=(*cautions, *one.cautions))
            for one, body, cautions in told
        ),
    )


class _Planner:
    """Makes plans with the body of a record, and keeps what each took from it."""

    def __init__(self, ground: Ground, catalogue: Catalogue) -> None:
        self.ground = ground
        self.catalogue = catalogue
        self.taken: list[tuple[FromRecord, ...]] = []
        self.cautions: list[tuple[Caution, ...]] = []

    def __call__(self, given: Given) -> Plan:
        """The plan of one regimen, with weight and height from the record where it needs them."""
        ground, start = self.ground, _start(given)
        first = ground.first
        if start is not None:
            first = datetime.combine(start, time.min) + ground.shift
        body = body_on_record(ground.record, ground.moment, first, self.catalogue)
        options, taken = completed(given, body, _needed(given))
        plan = _planned(options, body)
        size = plan.request.size
        told = body_cautions(given, body, {"weight": size.weight, "height": size.height})
        self.taken.append(taken)
        self.cautions.append(tuple(told))
        return plan


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


def _earliest(given: Given) -> date | None:
    """The first day of all plans; `None` where that of the first plan cannot be read."""
    start = _start(given)
    if start is None:
        return None
    return min([start, *(day for text in texts(given.get("beside")) for day in _stated_day(text))])


def _stated_day(text: str) -> Iterator[date]:
    try:
        day = read_beside(text).day
    except Refused:
        return
    if day is not None:
        yield day


def _overrides(given: Given, library: Library) -> tuple[Override, ...]:
    return read_overrides(
        texts(given.get("override")), [rule.id for rule in library.protocol.rules]
    )
