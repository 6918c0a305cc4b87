"""The dose of a drug now, a day and a week."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import factor
from stepline.core.time import days_between
from stepline.engine.amounts import Amount, added, exact, scaled, times, unknown
from stepline.engine.dose_rows import (
    in_grams,
    interval_days,
    is_in,
    is_of_course,
    is_pulse,
    weight_now,
)
from stepline.engine.finding import Missing
from stepline.engine.picking import spoken_names
from stepline.engine.situation import Situation, runs_on
from stepline.engine.taking import BY_VEIN, taken
from stepline.protocol import criterion as c
from stepline.record.model import Event, EventStatus

DAILY = "mg/d"

DAILY_PER_KILOGRAM = "mg/kg/d"

WEEKLY = "mg/wk"

# ---------------------------------------------------------------- daily dose


def daily_dose(
    names: c.Names,
    equivalent: str,
    situation: Situation,
    *,
    per_kilogram: bool = False,
    single_doses: bool = True,
) -> Amount:
    """The daily dose now, in mg/d, or in mg/kg/d by the weight known then.

    Of a drug without a spell, single doses that follow day after day are one (`taking`). Without
    `single_doses` these, and totals of courses, are left out: they are counted elsewhere. Zero is
    said only when the record tells that none is taken.
    """
    key = ("daily dose", names, equivalent, per_kilogram, single_doses, situation.moment)
    known: Amount | None = situation.common.get(key)
    if known is None:
        unit = DAILY_PER_KILOGRAM if per_kilogram else DAILY
        known = _daily_dose(names, equivalent, unit, situation, single_doses=single_doses)
        situation.common[key] = known
    return known


def _daily_dose(
    names: c.Names, equivalent: str, unit: str, situation: Situation, *, single_doses: bool
) -> Amount:
    if not situation.speaks_of(names):
        return replace(never_spoken_of(names, situation), unit=unit)
    running = _running(names, situation)
    if not single_doses:
        running = [(event, active) for event, active in running if not is_of_course(event)]
    parts = [_spell_dose(event, equivalent, active, unit, situation) for event, active in running]
    if single_doses:
        told = {event.concept for event, _ in running}
        drugs = [drug for drug in situation.members(names) if drug not in told]
        found = [one for drug in drugs if (one := taken(drug, situation)) is not None]
        parts += [
            _spell_dose(one.event, equivalent, one.runs, unit, situation, (one.says, one.ids))
            for one in found
        ]
    if not parts:
        return exact(Decimal(0), unit, says=f"no {names[0]} is being taken, as far as recorded")
    return added(parts, unit)


def weekly_dose(names: c.Names, equivalent: str, situation: Situation) -> Amount:
    """The dose of a week now, in mg/wk: rates times seven, single doses of the last seven days."""
    key = ("weekly dose", names, equivalent, situation.moment)
    known: Amount | None = situation.common.get(key)
    if known is None:
        known = situation.common[key] = _weekly_dose(names, equivalent, situation)
    return known


def _weekly_dose(names: c.Names, equivalent: str, situation: Situation) -> Amount:
    if not situation.speaks_of(names):
        return replace(never_spoken_of(names, situation), unit=WEEKLY)
    parts = [
        scaled(part, Fraction(7), WEEKLY)
        for part in (
            _spell_dose(event, equivalent, active, DAILY, situation)
            for event, active in _running(names, situation, with_pulses=True)
        )
    ]
    parts += [
        as_equivalent(in_grams(event, situation, "mg"), event.concept, equivalent, situation)
        for event in situation.given(names)
        if not event.is_spell and days_between(event.time, situation.moment) < 7
    ]
    if not parts:
        return exact(Decimal(0), WEEKLY, says=f"no {names[0]} is being taken, as far as recorded")
    return added(parts, WEEKLY)


def never_spoken_of(names: c.Names, situation: Situation) -> Amount:
    """Zero where the record lists all medicines, else unknown from zero on."""
    what = spoken_names(names)
    if "medications" in situation.index.record.complete_for:
        return exact(Decimal(0), DAILY, says=f"{what} is not on the complete medication list")
    missing = Missing(what, "not-recorded", f"the record does not speak of {what}", names)
    return Amount(Decimal(0), None, DAILY, missing=(missing,))


def _running(
    names: c.Names, situation: Situation, *, with_pulses: bool = False
) -> list[tuple[Event, bool | None]]:
    """Spells of a drug that run now, or may run; a later spell settles a doubt."""
    told = (*situation.known(names), *situation.planned(names))
    spells = [e for e in told if e.is_spell and (with_pulses or not is_pulse(e) or _is_open(e))]
    running = [(e, runs_on(e, situation.moment)) for e in spells]
    running = [(e, active) for e, active in running if not _replaced(e, running, situation)]
    latest = {e.concept: e for e, active in running if active is not False}
    return [
        (event, active)
        for event, active in running
        if event.status is not EventStatus.NOT_GIVEN
        and (active or (active is None and latest[event.concept] is event))
    ]


def _is_open(event: Event) -> bool:
    """Whether a course's dose may be a daily one whose split is not told."""
    return is_of_course(event) and event.route not in BY_VEIN


def _replaced(event: Event, running: list[tuple[Event, bool | None]], situation: Situation) -> bool:
    """Whether a spell ends on the day on which another dose of the same drug begins."""
    today = situation.moment.date()
    if event.end_time is None or event.end_time.date() != today or event.time.date() == today:
        return False
    return any(
        other.concept == event.concept and other.time.date() == today for other, _ in running
    )


def _spell_dose(
    event: Event,
    equivalent: str,
    active: bool | None,
    unit: str,
    situation: Situation,
    said: tuple[str, tuple[int, ...]] | None = None,
) -> Amount:
    """A spell's dose a day; once its end is not stated, any dose could have followed, or none.

    `said` are the words and the rows of a spell that is none of the record's own.
    """
    says, ids = said or (situation.index.say(event), (event.event_id,))
    amount = per_day(event, says, ids, situation, unit)
    amount = as_equivalent(amount, event.concept, equivalent, situation)
    if active:
        return amount
    missing = Missing(
        event.concept, "time-uncertain", f"{says}: whether it still runs is not stated"
    )
    return Amount(
        Decimal(0), None, unit, events=amount.events, says=amount.says,
        missing=(*amount.missing, missing),
    )  # fmt: skip


def per_day(
    event: Event, says: str, ids: tuple[int, ...], situation: Situation, unit: str = DAILY
) -> Amount:
    """What a spell gives a day, in mg/d or mg/kg/d; from one to the other by the weight then."""
    low = event.value if event.value is not None else event.value_low
    high = event.value if event.value is not None else event.value_high
    if low is None and high is None:
        missing = Missing(
            event.concept, "bounded", f"{says}: the dose is not known", (event.concept,)
        )
        return Amount(Decimal(0), None, unit, events=ids, says=says, missing=(missing,))
    bounded = () if event.value is not None else (
        Missing(event.concept, "bounded", f"{says}: only bounds are known"),
    )  # fmt: skip
    amount = Amount(low or Decimal(0), high, event.unit, events=ids, says=says, missing=bounded)
    return _with_weight(_to_daily(amount, event), unit, situation)


def _to_daily(amount: Amount, event: Event) -> Amount:
    """An amount as it was recorded, a day: in mg/d or in mg/kg/d."""
    if is_of_course(event):
        why = f"{amount.says}: how the total of the course is divided over its days is not told"
        missing = Missing(event.concept, "not-computable", why)
        return unknown(DAILY, missing, says=amount.says, events=amount.events)
    for rate, mass in ((DAILY, "mg"), (DAILY_PER_KILOGRAM, "mg/kg")):
        if is_in(event, rate):
            return scaled(amount, factor(event.unit, rate), rate)
        if is_in(event, mass):
            days = interval_days(event.interval) if event.interval else 1
            return scaled(amount, factor(event.unit, mass) / days, rate)
    why = "not a dose per day" if event.unit else "the dose has no unit"
    missing = Missing(event.concept, "not-computable", f"{amount.says}: {why}")
    return unknown(DAILY, missing, says=amount.says, events=amount.events)


def _with_weight(amount: Amount, unit: str, situation: Situation) -> Amount:
    """The amount in a unit, by the weight known then where one is per kilogram and one is not."""
    if amount.unit == unit or amount.is_unknown:
        return replace(amount, unit=unit)
    weight = weight_now(situation)
    if not weight.low or not weight.high:
        return unknown(unit, *weight.missing, says=amount.says, events=amount.events)
    least, most = Fraction(weight.low), Fraction(weight.high)
    by = (1 / most, 1 / least) if unit == DAILY_PER_KILOGRAM else (least, most)
    return Amount(
        times(amount.low, by[0]),
        times(amount.high, by[1]),
        unit,
        events=(*amount.events, *weight.events),
        says=amount.says,
        missing=amount.missing,
    )


def as_equivalent(amount: Amount, drug: str, equivalent: str, situation: Situation) -> Amount:
    """Milligrams of one glucocorticoid as milligrams of another; equal for the same drug."""
    if not equivalent or equivalent == drug:
        return amount
    own = situation.catalogue.concept(drug).equivalent_mg
    other = situation.catalogue.concept(equivalent).equivalent_mg
    if own is None or other is None:
        says = f"no dose equivalent of {drug} to {equivalent} is known"
        return unknown(amount.unit, Missing(drug, "not-computable", says), events=amount.events)
    return scaled(amount, Fraction(other) / Fraction(own), amount.unit)
