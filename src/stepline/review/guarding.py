"""Judges the rules of the library on a record and the doses of a plan together.

A rule that refuses and holds refuses the plan, unless a reason overrides it. A rule that cannot be
excluded warns with what would settle it; it never counts as one that holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from stepline.core.errors import Problem
from stepline.course.planned import planned_of
from stepline.course.recognising import recognise
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.refusing import DosingRefused
from stepline.engine.situation import DAY, END_OF_DAY, Situation, day_of
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.record.saying import say
from stepline.review.alerts import alerts
from stepline.review.guarding_concerns import exposures_of, guards_of
from stepline.review.guarding_foreseen import foreseen
from stepline.review.guarding_model import FromRecord, Guard, Guarded, Override
from stepline.review.guarding_product import product_cautions
from stepline.review.hindsight import known_at
from stepline.review.overriding import check_overrides
from stepline.review.reviewing import Library
from stepline.review.stating import Teller
from stepline.vocabulary.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Ground:
    """A record as it was known when a plan is judged; `later` rows came after that day.

    `moment` is the end of the day of judgement, `first` the first day of the plan on the axis of
    the record, and `shift` what lies between that axis and the dates of the plan.
    """

    record: Record
    moment: datetime
    first: datetime
    shift: timedelta = timedelta()
    later: int = 0


def ground_of(record: Record, start: date, as_of: datetime | None = None) -> Ground:
    """The ground on which a plan from a day on is judged: by default what is known on that day.

    A record without dates is judged at its last moment, as if the plan began the day after.

    Raises `DosingRefused`: `as-of-after-start`.
    """
    first = datetime.combine(start, time.min)
    if record.calendar == "relative" and record.day_zero is not None:
        moment = day_of(as_of or record.last_moment or record.day_zero) + END_OF_DAY
        begins = day_of(moment) + DAY
        return _at(record, moment, begins, begins - first)
    moment = day_of(as_of or first) + END_OF_DAY
    if day_of(moment) > first:
        raise DosingRefused(
            [
                Problem(
                    "as-of-after-start",
                    "A plan is judged on what is known when it begins, not on what comes later.",
                    found=f"{moment:%Y-%m-%d}",
                    allowed=f"up to {start}",
                    mend="leave out --as-of, or let the plan begin later",
                )
            ]
        )
    return _at(record, moment, first, timedelta())


def _at(record: Record, moment: datetime, first: datetime, shift: timedelta) -> Ground:
    known = known_at(record, moment)
    return Ground(known, moment, first, shift, len(record.events) - len(known.events))


def guard(
    plan: Plan,
    ground: Ground,
    library: Library,
    catalogue: Catalogue,
    overrides: Sequence[Override] = (),
    body: Iterable[FromRecord] = (),
) -> Guarded:
    """What the rules that concern the order say of it on this record.

    Raises `DosingRefused`: `override-not-holding`.
    """
    (found,) = guard_all((plan,), ground, library, catalogue, overrides)
    return replace(found, body=tuple(body))


def guard_all(
    plans: Sequence[Plan],
    ground: Ground,
    library: Library,
    catalogue: Catalogue,
    overrides: Sequence[Override] = (),
) -> tuple[Guarded, ...]:
    """The same of several plans of one person: each with the doses of the others planned beside it.

    An override speaks of every plan of which its rule holds.

    Raises `DosingRefused`: `override-not-holding` where its rule holds of none.
    """
    situation = _situation(ground, library, catalogue)
    planned = _with_plans(plans, situation, ground.shift)
    found = []
    for number, plan in enumerate(plans):
        others = (*plans[:number], *plans[number + 1 :])
        found.append(_judged(plan, others, situation, planned, library, ground))
    check_overrides(overrides, [guard for one in found for guard in one.guards])
    return tuple(_overridden(one, overrides) for one in found)


def _judged(
    plan: Plan,
    others: Sequence[Plan],
    situation: Situation,
    planned: Situation,
    library: Library,
    ground: Ground,
) -> Guarded:
    """What the rules say of one plan; `planned` holds the doses of all plans."""
    drug, protocol, catalogue = plan.request.regimen.drug, library.protocol, situation.catalogue
    rules = guards_of(drug, protocol.rules, catalogue)
    later = exposures_of(drug, protocol.rules, catalogue)
    teller = Teller(planned.index, catalogue)
    guards = [Guard(one) for one in alerts(rules, planned, teller)]
    guards += foreseen(later, (plan, *others), situation, protocol.regimens, ground.shift)
    return Guarded(
        guards=tuple(guards),
        cautions=(*_scope(ground), *product_cautions(plan, guards, situation)),
        judged=tuple(rule.id for rule in (*rules, *later)),
        as_of=ground.moment,
        as_of_said=say(ground.record, day_of(ground.moment)),
    )


def _overridden(found: Guarded, overrides: Sequence[Override]) -> Guarded:
    """With the reasons for which its rules are passed over."""
    reasons = {one.rule: one for one in overrides}
    guards = tuple(replace(one, override=reasons.get(one.statement.id)) for one in found.guards)
    ids = {one.statement.id for one in guards}
    return replace(
        found, guards=guards, overrides=tuple(one for one in overrides if one.rule in ids)
    )


def guard_without_record(plan: Plan, library: Library, catalogue: Catalogue) -> Guarded:
    """What is said of a plan that is judged on no record: which rules were not judged."""
    drug, rules = plan.request.regimen.drug, library.protocol.rules
    unjudged = (*guards_of(drug, rules, catalogue), *exposures_of(drug, rules, catalogue))
    which = f" {len(unjudged)} safety rules concern {drug} and were not judged." if unjudged else ""
    text = f"No record was checked.{which} Add --record FILE."
    return Guarded(cautions=(Caution("record-missing", text),))


def _situation(ground: Ground, library: Library, catalogue: Catalogue) -> Situation:
    index = RecordIndex(ground.record)
    courses = recognise(index, library.protocol.regimens, catalogue)
    return Situation(
        index, ground.moment, catalogue, library.definitions, library.confounders, courses
    )


def _with_plans(plans: Sequence[Plan], situation: Situation, shift: timedelta) -> Situation:
    """The situation with the doses of the plans planned; nothing of the record is changed."""
    doses = planned_of(plans, situation.index.record, shift=shift)
    return situation.of(situation.index.supposing(doses))


def _scope(ground: Ground) -> Iterable[Caution]:
    """What a reader must know of the moment at which the record was judged."""
    record = ground.record
    if ground.shift:
        day = say(record, day_of(ground.moment))
        text = f"The record has no dates: the plan is judged as if it began the day after {day}."
        yield Caution("record-without-dates", text)
    if ground.later:
        day = say(record, day_of(ground.moment))
        rows = f"{ground.later} row{'s' * (ground.later != 1)}"
        text = f"What the record holds after {day} is not judged: {rows}."
        yield Caution("record-goes-on", text)
    if record.quarantine:
        count = len(record.quarantine)
        text = f"Rows of the record that could not be read, and so were not judged: {count}."
        yield Caution("record-incomplete", text)
