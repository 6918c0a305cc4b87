"""Glucocorticoid: dependence on it, and how much was taken; doses known as bounds stay bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from stepline.core.evidence import Evidence, Kind, Status
from stepline.course.model import Course
from stepline.engine.amounts import Amount, added, scaled
from stepline.engine.dose_sums import pulses_given
from stepline.engine.doses import DAILY, daily_dose
from stepline.engine.finding import Missing, Verdict
from stepline.engine.possible import is_true
from stepline.engine.situation import DAY, Situation, day_of
from stepline.engine.stretches import DoseStretch, dose_stretches, within
from stepline.protocol import criterion as c
from stepline.protocol.model import Definition, Pathway
from stepline.record.saying import say
from stepline.review.model import Statement, Stay
from stepline.review.states_refractory import Past, once_met, state_of
from stepline.review.states_tables import Glucocorticoid, Level, StateTables
from stepline.review.stating import Teller

DESIGN = Evidence("stepline-design", Kind.DESIGN, Status.DERIVED, "how doses over time are added")


def dependence(
    tables: StateTables, pathway: Pathway, past: Past, now: Situation, teller: Teller
) -> list[Statement]:
    """Dependence by the library's definition; where it cannot be told, what is known of doses."""
    definition = now.definitions.get(tables.dependence)
    drug = tables.glucocorticoid.drug
    if definition is None or not now.given((drug,)):
        return []
    held = [one for one in past if _holds_at_the_end(definition, *one)]
    told = (
        once_met(definition, pathway, held, now, teller)
        if held
        else state_of(definition, now, teller)
    )
    if told.verdict is Verdict.UNKNOWN:
        known = "; ".join(_line(one, now) for one in _joined(_told(tables.glucocorticoid, now)))
        told = replace(told, says=f"it cannot be told; what is known of the dose: {known}")
    return [told]


def _holds_at_the_end(definition: Definition, stay: Stay, situation: Situation) -> bool:
    """Whether a definition held as a step ended: dependence can end while a step lasts."""
    end = situation.moment
    if stay.until is not None and stay.until < end:
        end = max(stay.until - timedelta(microseconds=1), stay.since)
    return is_true(definition.criterion, situation.at(end))


def _told(tables: Glucocorticoid, situation: Situation) -> tuple[DoseStretch, ...]:
    return dose_stretches(c.DailyDose((tables.drug,), tables.told_as), situation)


def _joined(stretches: Sequence[DoseStretch]) -> list[DoseStretch]:
    """Neighbours of which the same is known, as one."""
    joined: list[DoseStretch] = []
    for one in stretches:
        last = joined[-1].dose if joined else None
        if last is not None and (last.low, last.high) == (one.dose.low, one.dose.high):
            joined[-1] = replace(joined[-1], last=one.last)
        else:
            joined.append(one)
    return joined


def _line(stretch: DoseStretch, situation: Situation) -> str:
    record = situation.index.record
    since, until = say(record, stretch.first), say(record, stretch.last)
    when = since if since == until else f"{since} to {until}"
    return f"{_said(stretch.dose)} ({when})"


# ---------------------------------------------------------------- sparing


def sparing(
    tables: Glucocorticoid, courses: Sequence[Course], situation: Situation, teller: Teller
) -> list[Statement]:
    """Dose now and its mean, the sum, days above a level, and each taper; told as one drug."""
    given = situation.given((tables.drug,))
    if not given:
        return []
    stretches = _told(tables, situation)
    members = situation.members((tables.drug,))
    tapers = [one for one in courses if one.drug in members and one.phase == "taper"]
    return [
        _now(tables, stretches, situation, teller),
        _cumulative(tables, stretches, situation, teller),
        *(_days_above(tables, level, stretches, situation, teller) for level in tables.levels),
        *(_taper(tables, n, one, situation, teller) for n, one in enumerate(tapers, 1)),
    ]


def _now(
    tables: Glucocorticoid,
    stretches: Sequence[DoseStretch],
    situation: Situation,
    teller: Teller,
) -> Statement:
    today = daily_dose((tables.drug,), tables.told_as, situation)
    last = day_of(situation.moment)
    period = tables.mean_over
    first = day_of(period.before(situation.moment))
    days = (last - first).days
    recent = within(stretches, first + DAY, last)
    mean = scaled(_sum(recent, DAILY), Fraction(1, days), DAILY)
    if sum(one.days for one in recent) < days:
        mean = replace(mean, high=None)
    says = f"now {_said(today)}; mean of the last {period.say()} {_said(mean)}"
    return Statement(
        id="glucocorticoid-now",
        kind="finding",
        title=f"Glucocorticoid now, told as {tables.told_as}",
        verdict=Verdict.TRUE if today.is_exact else Verdict.UNKNOWN,
        says=says,
        because=teller.because(today.events),
        missing=today.missing,
        evidence=(tables.mean_evidence,),
    )


def _sum(stretches: Sequence[DoseStretch], unit: str) -> Amount:
    """The dose of every day, added."""
    parts = [replace(scaled(one.dose, Fraction(one.days), unit), says="") for one in stretches]
    return added(parts, unit) if parts else Amount(Decimal(0), Decimal(0), unit)


def _cumulative(
    tables: Glucocorticoid,
    stretches: Sequence[DoseStretch],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """Taken daily and given as pulses, apart; in all and since the step began."""
    first = situation.given((tables.drug,))[0]
    today = day_of(situation.moment)
    daily = _sum(stretches, "mg")
    if not first.time_exact:
        why = f"{situation.index.say(first)}: when it began is not known exactly"
        missing = Missing(first.concept, "time-uncertain", why)
        daily = replace(daily, high=None, missing=(*daily.missing, missing))
    lasted = day_of(first.time), today
    pulses = pulses_given((tables.drug,), tables.told_as, lasted, situation, without_daily=True)
    parts = [f"taken daily {_grams(daily)}", f"as pulses {_pulses_said(pulses)}"]
    start = situation.step_start
    if start is not None:
        since = _sum(within(stretches, day_of(start), today), "mg")
        parts.insert(0, f"since the present step began {_grams(since)}")
    total = added([daily, *pulses], "mg")
    return Statement(
        id="glucocorticoid-cumulative",
        kind="finding",
        title=f"Glucocorticoid in all, told as {tables.told_as}",
        verdict=Verdict.TRUE if total.is_exact else Verdict.UNKNOWN,
        says="; ".join(parts),
        because=teller.because(total.events),
        missing=total.missing,
        evidence=(DESIGN,),
    )


def _pulses_said(pulses: Sequence[Amount]) -> str:
    if not pulses:
        return "none is recorded"
    return _grams(added(list(pulses), "mg"))


def _days_above(
    tables: Glucocorticoid,
    level: Level,
    stretches: Sequence[DoseStretch],
    situation: Situation,
    teller: Teller,
) -> Statement:
    surely = [s for s in stretches if s.dose.low is not None and s.dose.low > level.dose]
    possibly = [s for s in stretches if s.dose.high is None or s.dose.high > level.dose]
    least, most = sum(s.days for s in surely), sum(s.days for s in possibly)
    first = situation.given((tables.drug,))[0]
    is_open = not first.time_exact
    is_endless = any(s.dose.high is None for s in possibly)
    says = _days(least) if least == most else f"{least} to {_days(most)}"
    if is_open or is_endless:
        says = f"at least {_days(least)}; of other days it is not known"
    missing = tuple(dict.fromkeys(m for s in possibly if s not in surely for m in s.dose.missing))
    shown = surely or possibly
    return Statement(
        id=f"glucocorticoid-days-above-{str(level.dose).replace('.', '-')}",
        kind="finding",
        title=f"Days above {level.dose:f} mg a day of {tables.told_as}",
        verdict=Verdict.UNKNOWN if is_open or least != most else Verdict.TRUE,
        says=says,
        because=teller.because(e for s in shown for e in s.dose.events),
        missing=missing,
        evidence=(level.evidence,),
    )


def _taper(
    tables: Glucocorticoid, number: int, course: Course, situation: Situation, teller: Teller
) -> Statement:
    """One taper: from, to, by how much, and what was taken in it."""
    end = course.end or situation.moment
    own = within(_told(tables, situation), day_of(course.start), day_of(end))
    top, floor = own[0].dose, own[-1].dose
    reduced = _reduced(top, floor)
    verdict = Verdict.UNKNOWN
    if reduced is not None:
        verdict = Verdict.TRUE if reduced > tables.reduced_by else Verdict.FALSE
    doubts = [d.says for d in course.deviations if d.kind == "steps-unknown"]
    by = (
        f"by {reduced.quantize(Decimal(1)):f} %"
        if reduced is not None
        else "by how much is not known"
    )
    record = situation.index.record
    since, until = say(record, own[0].first), say(record, own[-1].last)
    parts = [
        f"{course.drug} from {_said(top)} ({since}) to {_said(floor)} ({until}), {by}",
        f"in all {_grams(_sum(own, 'mg'))}",
        *doubts,
    ]
    missing = tuple(dict.fromkeys(m for one in own for m in one.dose.missing))
    return Statement(
        id=f"glucocorticoid-taper-{number}",
        kind="finding",
        title=f"Glucocorticoid reduced by more than {tables.reduced_by:f} %",
        verdict=verdict,
        says="; ".join(parts),
        because=teller.because(course.event_ids),
        missing=missing,
        evidence=(tables.reduced_evidence,),
    )


def _reduced(top: Amount, floor: Amount) -> Decimal | None:
    """By how many percent a dose came down, where both are exact."""
    if not (top.is_exact and floor.is_exact) or not top.low or floor.low is None:
        return None
    return (top.low - floor.low) * 100 / top.low


# ---------------------------------------------------------------- words


def _said(amount: Amount) -> str:
    """A dose a day, as a number or as bounds."""
    if amount.is_exact and amount.low is not None:
        return f"{_plain(amount.low)} mg a day"
    if amount.high is None:
        return "not known" if not amount.low else f"{_plain(amount.low)} mg a day or more"
    return f"{_plain(amount.low or Decimal(0))} to {_plain(amount.high)} mg a day"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _plain(value: Decimal) -> str:
    """Milligrams to one decimal."""
    rounded = value.quantize(Decimal("0.1"))
    return f"{rounded:f}".rstrip("0").rstrip(".") if "." in f"{rounded:f}" else f"{rounded:f}"


def _grams(amount: Amount) -> str:
    """A sum in grams: exact, or bounds rounded away from each other."""
    low = (amount.low or Decimal(0)) / 1000
    if amount.is_exact:
        return f"{low.normalize():f} g"
    floor = low.quantize(Decimal("0.1"), ROUND_FLOOR)
    if amount.high is None:
        return f"{floor:f} g or more" if floor else "not known"
    return f"{floor:f} to {(amount.high / 1000).quantize(Decimal('0.1'), ROUND_CEILING):f} g"
