"""Doses of a record: daily dose, its mean, what was given in total, cycles and intensity."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from stepline.core.quantity import comparable, factor
from stepline.core.time import Period, days_between, parse_period
from stepline.course.cycles import cycles_of
from stepline.engine.amounts import Amount, Elapsed, added, exact, scaled, times, unknown
from stepline.engine.finding import Missing
from stepline.engine.picking import pick, spoken_names
from stepline.engine.situation import (
    DAY,
    END_OF_DAY,
    Limit,
    Situation,
    Span,
    day_of,
    runs_on,
    select,
    span_of,
)
from stepline.engine.taking import (
    BY_VEIN,
    days_of_single_doses,
    is_part_of_daily,
    taken,
)
from stepline.protocol import criterion as c
from stepline.record.model import Event, EventStatus
from stepline.record.saying import say
from stepline.record.supplies import is_remark
from stepline.record.totals import COURSE_TOTAL

DAILY = "mg/d"

DAILY_PER_KILOGRAM = "mg/kg/d"

WEEKLY = "mg/wk"

PULSE_INTERVAL = Period(days=7)
"""A repeated dose a week or more apart is a pulse, never a daily dose."""


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
        return replace(_never_spoken_of(names, situation), unit=unit)
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
        return replace(_never_spoken_of(names, situation), unit=WEEKLY)
    parts = [
        scaled(part, Fraction(7), WEEKLY)
        for part in (
            _spell_dose(event, equivalent, active, DAILY, situation)
            for event, active in _running(names, situation, with_pulses=True)
        )
    ]
    parts += [
        _as_equivalent(in_grams(event, situation, "mg"), event.concept, equivalent, situation)
        for event in situation.given(names)
        if not event.is_spell and days_between(event.time, situation.moment) < 7
    ]
    if not parts:
        return exact(Decimal(0), WEEKLY, says=f"no {names[0]} is being taken, as far as recorded")
    return added(parts, WEEKLY)


def _never_spoken_of(names: c.Names, situation: Situation) -> Amount:
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


def is_pulse(event: Event) -> bool:
    """Whether a dose is none of each day: by vein, single, a course's, or a week or more apart."""
    if not event.is_spell or event.route in BY_VEIN or is_of_course(event):
        return True
    return bool(event.interval) and _days(event.interval) >= PULSE_INTERVAL.days


def is_of_course(event: Event) -> bool:
    """Whether a spell's dose is all that is given in it."""
    return event.is_spell and not event.interval and COURSE_TOTAL in event.note


def _days(interval: str) -> int:
    period = parse_period(interval)
    return period.days + 28 * period.months


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
    amount = _per_day(event, says, ids, situation, unit)
    amount = _as_equivalent(amount, event.concept, equivalent, situation)
    if active:
        return amount
    missing = Missing(
        event.concept, "time-uncertain", f"{says}: whether it still runs is not stated"
    )
    return Amount(
        Decimal(0), None, unit, events=amount.events, says=amount.says,
        missing=(*amount.missing, missing),
    )  # fmt: skip


def _per_day(
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
        if _is_in(event, rate):
            return scaled(amount, factor(event.unit, rate), rate)
        if _is_in(event, mass):
            days = _days(event.interval) if event.interval else 1
            return scaled(amount, factor(event.unit, mass) / days, rate)
    why = "not a dose per day" if event.unit else "the dose has no unit"
    missing = Missing(event.concept, "not-computable", f"{amount.says}: {why}")
    return unknown(DAILY, missing, says=amount.says, events=amount.events)


def _is_in(event: Event, unit: str) -> bool:
    """Whether a dose is stated in units of a kind; a number without a unit is no dose."""
    return bool(event.unit) and comparable(event.unit, unit)


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


def weight_now(situation: Situation) -> Amount:
    """The weight known then, in kg; a stale weight is unknown, and so is none."""
    return pick(c.Pick(c.Take.LAST, ("weight",)), situation)


def _as_equivalent(amount: Amount, drug: str, equivalent: str, situation: Situation) -> Amount:
    """Milligrams of one glucocorticoid as milligrams of another; equal for the same drug."""
    if not equivalent or equivalent == drug:
        return amount
    own = situation.catalogue.concept(drug).equivalent_mg
    other = situation.catalogue.concept(equivalent).equivalent_mg
    if own is None or other is None:
        says = f"no dose equivalent of {drug} to {equivalent} is known"
        return unknown(amount.unit, Missing(drug, "not-computable", says), events=amount.events)
    return scaled(amount, Fraction(other) / Fraction(own), amount.unit)


def dose_change(node: c.DoseChange, situation: Situation) -> Amount:
    """How far the daily dose now lies from the lowest, highest or first of a window."""
    unit = "%" if node.relative else DAILY
    now = daily_dose(node.names, node.equivalent, situation)
    days = _days_of_doses(node, situation)
    if isinstance(days, Missing):
        return unknown(unit, days, says=now.says, events=now.events)
    told = [daily_dose(node.names, node.equivalent, situation.at(day)) for day in days]
    reference = _reference(node.reference, told)
    missing = tuple(dict.fromkeys((*reference.missing, *now.missing)))
    if node.relative and reference.low == reference.high == 0:
        why = Missing(node.names[0], "not-computable", "a percent of zero cannot be computed")
        return unknown(unit, why, says=now.says, events=now.events)
    low, high = (_percent if node.relative else _difference)(node.direction, now, reference)
    says = f"{reference.says} → {now.says}" if reference.says else now.says
    events = tuple(dict.fromkeys(reference.events + now.events))
    return Amount(low, high, unit, events=events, says=says, missing=missing)


def _days_of_doses(node: c.DoseChange, situation: Situation) -> list[datetime] | Missing:
    """The ends of the days in a window on which the daily dose can have changed, and its first."""
    window, now = span_of(node.window, situation), situation.moment
    if isinstance(window, Missing):
        return window
    spells = [e for e in situation.known(node.names) if e.is_spell and not is_pulse(e)]
    edges = [day_of(e.time) for e in spells]
    edges += [day_of(e.end_time) + DAY for e in spells if e.end_time is not None]
    for drug in situation.members(node.names):
        edges += days_of_single_doses(drug, situation)
    if any(limit is not None and limit.low != limit.high for limit in (window.start, window.end)):
        says = f"where the window of {spoken_names(node.names)} lies is not known exactly"
        return Missing(spoken_names(node.names), "time-uncertain", says)
    first = min([*edges, day_of(now)])
    start = _first_day(window.start.low, window.start) if window.start else first
    end = _last_day(min(window.end.low, now), window.end) if window.end else day_of(now)
    chosen = sorted({start, *(edge for edge in edges if start <= edge <= end)})
    if start > end:
        says = "the window holds no day up to now"
        return Missing(spoken_names(node.names), "not-recorded", says)
    return [min(day + END_OF_DAY, now) for day in chosen]


def _reference(take: c.Take, told: list[Amount]) -> Amount:
    """The lowest, highest or first of daily doses, each known between two bounds."""
    if take is c.Take.FIRST:
        return told[0]
    lows = [a.low or Decimal(0) for a in told]
    highs = [a.high for a in told if a.high is not None]
    is_bounded = len(highs) == len(told)
    if take is c.Take.LOWEST:
        low, high = min(lows), min(highs, default=None)
    else:
        low, high = max(lows), max(highs) if is_bounded else None
    shown = next((a for a in told if a.is_exact and a.low == low == high), None)
    missing = tuple(dict.fromkeys(m for a in told for m in a.missing))
    if shown is not None:
        return replace(shown, missing=())
    return Amount(low, high, DAILY, events=(), missing=missing)


Ends = tuple[Decimal | None, Decimal | None]


def _difference(direction: c.Direction, now: Amount, reference: Amount) -> Ends:
    if direction is c.Direction.FALLS:
        now, reference = reference, now
    low = None if now.low is None or reference.high is None else now.low - reference.high
    high = None if now.high is None or reference.low is None else now.high - reference.low
    return low, high


def _percent(direction: c.Direction, now: Amount, reference: Amount) -> Ends:
    """Percent of the reference dose, for every dose between the bounds of both."""
    least = _grown(now.low, reference.high)
    most = _grown(now.high, reference.low)
    if direction is c.Direction.RISES:
        return least, most
    return (None if most is None else -most), (None if least is None else -least)


def _grown(dose: Decimal | None, reference: Decimal | None) -> Decimal | None:
    """How far a dose lies above another in percent; `None` where it can be any number."""
    if dose is None or not reference:
        return None
    return (dose - reference) * 100 / reference


def mean_dose(node: c.MeanDose, situation: Situation) -> Amount:
    """The mean of the daily dose over the days of a period up to and with today."""
    first = day_of(node.period.before(situation.moment)) + DAY
    days = _each_day(first, situation.moment, situation.moment)
    parts = [daily_dose(node.names, node.equivalent, situation.at(day)) for day in days]
    return scaled(added(parts, DAILY), Fraction(1, len(parts)), DAILY)


def cumulative_dose(node: c.CumulativeDose, situation: Situation) -> Amount:
    """Milligrams given in a window: every day's dose, and pulses."""
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return unknown("mg", span)
    given = situation.given(node.names)
    if not given:
        return replace(_never_spoken_of(node.names, situation), unit="mg")
    surely, possibly = days_in(span, given[0].time, situation.moment)
    least = _cumulated(node, surely, situation)
    if surely == possibly:
        return least
    most = _cumulated(node, possibly, situation)
    says = f"when the dose of {' or '.join(node.names)} is counted from or to is not known exactly"
    missing = Missing(spoken_names(node.names), "time-uncertain", says)
    return replace(most, low=least.low, missing=(*most.missing, missing))


Stretch = tuple[datetime, datetime]
"""The first and the last day of a stretch of days, as midnights."""


def days_in(span: Span, earliest: datetime, now: datetime) -> tuple[Stretch, Stretch]:
    """The days surely in a window, and the days possibly in it."""
    start, end = span.start, span.end
    first = _first_day(start.high, start) if start else day_of(earliest)
    maybe_first = _first_day(start.low, start) if start else day_of(earliest)
    last = _last_day(min(end.low, now), end) if end else day_of(now)
    maybe_last = _last_day(min(end.high, now), end) if end else day_of(now)
    began = day_of(earliest)
    return (max(first, began), last), (max(maybe_first, began), maybe_last)


def _first_day(moment: datetime, limit: Limit) -> datetime:
    day = day_of(moment)
    return day if limit.included or day >= day_of(datetime.max) else day + DAY


def _last_day(moment: datetime, limit: Limit) -> datetime:
    day = day_of(moment)
    return day if limit.included or day <= datetime.min else day - DAY


def _cumulated(node: c.CumulativeDose, stretch: Stretch, situation: Situation) -> Amount:
    first, last = stretch
    if not _is_ever_daily(node.names, situation):
        first = max(first, last)
    days = _each_day(first, last, situation.moment)
    parts = [
        daily_dose(node.names, node.equivalent, situation.at(day), single_doses=False)
        for day in days
    ]
    parts = [replace(part, unit="mg") for part in parts]
    parts += pulses_given(node.names, node.equivalent, stretch, situation)
    return added(parts, "mg")


def pulses_given(
    names: c.Names,
    equivalent: str,
    stretch: Stretch,
    situation: Situation,
    *,
    without_daily: bool = False,
) -> list[Amount]:
    """Milligrams of each row of pulses, and of single doses, in a stretch of days.

    `without_daily` leaves out single doses that `daily_dose` counts.
    """
    return [
        _as_equivalent(_pulses(event, stretch, situation), event.concept, equivalent, situation)
        for event in situation.given(names)
        if is_pulse(event)
        and not is_remark(event)
        and not (without_daily and is_part_of_daily(event, situation))
    ]


def _is_ever_daily(names: c.Names, situation: Situation) -> bool:
    """Whether any row could give a daily dose; where none could, every day's dose is zero."""
    rows = (row for name in situation.members(names) for row in situation.index.of(name))
    return any(row.is_spell and not is_pulse(row) for row in rows)


def _pulses(event: Event, stretch: Stretch, situation: Situation) -> Amount:
    """Milligrams that a single dose, or doses a week or more apart, gave in a stretch of days."""
    first, last = stretch
    if is_of_course(event):
        return _of_course(event, stretch, situation)
    if event.is_spell and not event.interval:
        days = [d for d in _each_day(first, last, situation.moment) if runs_on(event, d)]
        says = situation.index.say(event)
        daily = _per_day(event, says, (event.event_id,), situation)
        return replace(scaled(daily, Fraction(len(days)), DAILY), unit="mg")
    moments, is_counted = _dose_moments(event, situation.moment)
    inside = [moment for moment in moments if first <= day_of(moment) <= last]
    if not inside and is_counted:
        return exact(Decimal(0), "mg")
    dose = in_grams(event, situation, "mg")
    total = scaled(dose, Fraction(len(inside)), "mg")
    surely = event.time_exact and is_counted
    return total if surely else replace(total, low=Decimal(0), high=None)


def _of_course(event: Event, stretch: Stretch, situation: Situation) -> Amount:
    """Milligrams that the total of a course gave in a stretch of days: all, none, or a part."""
    first, last = stretch
    end = event.end_time
    begins = day_of(event.time)
    if begins > last or (end is not None and day_of(end) < first):
        return exact(Decimal(0), "mg")
    total = in_grams(event, situation, "mg")
    is_whole = end is not None and first <= begins and day_of(end) <= last
    return total if is_whole and event.end_exact else replace(total, low=Decimal(0))


def _dose_moments(event: Event, now: datetime) -> tuple[list[datetime], bool]:
    """When a dose was given by now, and whether that is all of them."""
    if not event.is_spell:
        return [event.time], True
    interval, moments = parse_period(event.interval), [event.time]
    end = min(event.end_time or now, now)
    while (due := interval.times(len(moments)).after(event.time)) <= end:
        moments.append(due)
    is_known = event.end_said == "ongoing" or (event.end_time is not None and event.end_exact)
    return moments, is_known


def _each_day(first: datetime, last: datetime, now: datetime) -> list[datetime]:
    """The days from one to another, each at its end, none later than now."""
    count = days_between(first, last) + 1
    return [min(first + timedelta(days=n) + END_OF_DAY, now) for n in range(count)]


# ---------------------------------------------------------------- cycles


def count_cycles(
    drugs: c.Names, window: c.Window, situation: Situation, only: frozenset[int] = frozenset()
) -> Amount:
    """How many cycles were given in a window; unknown while a repeated dose has no count.

    `only` limits the count to these events, the doses of a step's own courses.
    """
    given = [e for e in situation.given(drugs) if not only or e.event_id in only]
    chosen = select(given, window, situation)
    if isinstance(chosen, Missing):
        return unknown("1", chosen)
    certain, possible = chosen
    moments = [e for e in certain if not e.is_spell]
    uncounted = [e for e in certain if e.is_spell and e.interval] + possible
    counted = Decimal(sum(len(cycles_of(of_one)) for of_one in _by_drug(moments)))
    ids = tuple(e.event_id for e in moments)
    if not uncounted:
        return exact(counted, "1", ids, f"{counted} cycles of {spoken_names(drugs)}")
    says = f"some doses of {spoken_names(drugs)} are recorded without a count"
    missing = Missing(spoken_names(drugs), "bounded", says)
    return Amount(counted, None, "1", events=ids, says=says, missing=(missing,))


def _by_drug(doses: list[Event]) -> list[list[Event]]:
    found: dict[str, list[Event]] = {}
    for dose in doses:
        found.setdefault(dose.concept, []).append(dose)
    return list(found.values())


def cycle_per_kilogram(drug: str, situation: Situation) -> Amount:
    """The dose of the last cycle in g/kg, with the weight known then where grams were recorded."""
    given = situation.given((drug,))
    if not given:
        missing = Missing(drug, "not-recorded", f"no dose of {drug} is recorded", (drug,))
        return unknown("g/kg", missing)
    if given[-1].is_spell:
        return per_kilogram(given[-1], situation)
    last = cycles_of([event for event in given if not event.is_spell])[-1]
    return added([per_kilogram(event, situation) for event in last], "g/kg")


def per_kilogram(event: Event, situation: Situation) -> Amount:
    """One dose in g/kg."""
    says, ids = situation.index.say(event), (event.event_id,)
    if event.value is None or not event.unit:
        return unknown("g/kg", _untold(event, says), events=ids)
    if _is_in(event, "g/kg"):
        return exact(_scaled(event.value, event.unit, "g/kg"), "g/kg", ids, says)
    weight = weight_now(situation.at(event.time))
    if not weight.low or not _is_in(event, "g"):
        return unknown("g/kg", *weight.missing, says=says, events=ids)
    grams = _scaled(event.value, event.unit, "g")
    return exact(grams / weight.low, "g/kg", (*ids, *weight.events), says)


def in_grams(event: Event, situation: Situation, unit: str = "g") -> Amount:
    """One dose as a mass, with the weight known then where it was recorded per kilogram."""
    says, ids = situation.index.say(event), (event.event_id,)
    if event.value is None or not event.unit:
        return unknown(unit, _untold(event, says), says=says, events=ids)
    if _is_in(event, unit):
        return exact(_scaled(event.value, event.unit, unit), unit, ids, says)
    weight = weight_now(situation.at(event.time))
    if weight.low is None or not _is_in(event, f"{unit}/kg"):
        return unknown(unit, *weight.missing, says=says, events=ids)
    mass = _scaled(event.value, event.unit, f"{unit}/kg") * weight.low
    return exact(mass, unit, (*ids, *weight.events), says)


def _untold(event: Event, says: str) -> Missing:
    """Why a single dose that has no number, or no unit, is not known."""
    if event.value is None:
        return Missing(event.concept, "bounded", f"{says}: the dose is not known")
    return Missing(event.concept, "not-computable", f"{says}: the dose has no unit")


def _scaled(value: Decimal, source: str, target: str) -> Decimal:
    ratio = factor(source, target)
    return value * ratio.numerator / ratio.denominator


def shortest_interval(node: c.ShortestInterval, situation: Situation) -> Elapsed | Amount:
    """The two doses closest together in a window, as the time between them."""
    chosen = select(situation.given((node.drug,)), node.window, situation)
    if isinstance(chosen, Missing):
        return unknown("d", chosen)
    doses = [event for event in chosen[0] if not event.is_spell]
    pairs = [pair for pair in pairwise(doses) if _apart_is_known(*pair)]
    if not pairs:
        why = f"two dated doses of {node.drug} are not recorded"
        return unknown("d", Missing(node.drug, "not-recorded", why, (node.drug,)))
    first, second = min(pairs, key=lambda pair: (pair[1].time - pair[0].time, pair[0].event_id))
    record = situation.index.record
    says = f"{node.drug} on {say(record, first.time)} and on {say(record, second.time)}"
    ids = (first.event_id, second.event_id)
    if len(pairs) == len(doses) - 1 and not chosen[1]:
        return Elapsed(first.time, first.time, second.time, ids, says)
    missing = Missing(node.drug, "time-uncertain", f"other doses of {node.drug} have no exact time")
    return Elapsed(first.time, second.time, second.time, ids, says, (missing,))


def _apart_is_known(first: Event, second: Event) -> bool:
    """Whether the time between two doses is known: both are dated, or counted from one moment."""
    together = bool(first.group) and first.group == second.group
    return together or (first.time_exact and second.time_exact)


def intensity(drug: str, situation: Situation) -> Amount:
    """Grams per kilogram per 28 days of the latest course of a drug begun by now."""
    begun = [
        course
        for course in situation.courses
        if course.drug == drug and course.start <= situation.moment
    ]
    if not begun:
        return unknown("g/kg", Missing(drug, "not-recorded", f"no course of {drug} is recognised"))
    course = begun[-1]
    if course.intensity is None:
        why = f"the intensity of {course.title} cannot be computed"
        return unknown("g/kg", Missing(drug, "not-computable", why))
    says = f"{course.title}: {course.intensity} g/kg per 28 days"
    return exact(course.intensity, "g/kg", course.event_ids[:1], says)
