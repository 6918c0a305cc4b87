"""Reads regimens out of doses.

Doses of one drug are taken in order. From each point the regimen that explains the longest run of
cycles is taken; ties go to the better score, then to the regimen's id. What no regimen of the
library explains becomes an unnamed course that is described. Every step is bounded by the number of
doses, so it ends on any input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from stepline.core.time import Period, days_between, parse_period
from stepline.course.cycles import Cycle, cycles_of, per_28_days, total_in
from stepline.course.matching import (
    FAILS,
    FITS,
    Fit,
    dose_fit,
    gap_fit,
    intent_fit,
    spell_fit,
    stated_interval_fit,
)
from stepline.course.model import Course, Deviation
from stepline.protocol.model import Basis, Phase, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus
from stepline.record.saying import say_event
from stepline.vocabulary.catalogue import Catalogue

_LONGEST_GAP = 62
"""Days between cycles of one unnamed course: two calendar months at most."""

LIKE = Decimal("0.25")
"""Within this fraction two cycles of an unnamed course are alike."""


def recognise(
    index: RecordIndex, regimens: Sequence[Regimen], catalogue: Catalogue
) -> tuple[Course, ...]:
    """The courses of a record, ordered by start, then drug; ids count from 1 in that order."""
    drugs = [c for c in index.concepts if catalogue.concept(c).is_drug]
    found = [
        course
        for drug in drugs
        for course in _of_drug(drug, index, [r for r in regimens if r.drug == drug])
    ]
    found.sort(key=lambda course: (course.start, course.event_ids[0]))
    return tuple(_numbered(course, n) for n, course in enumerate(found, 1))


def _numbered(course: Course, number: int) -> Course:
    return replace(course, course_id=number)


def _of_drug(drug: str, index: RecordIndex, regimens: list[Regimen]) -> list[Course]:
    moments = _told(index.of(drug), is_spell=False)
    spells = _told(index.of(drug), is_spell=True)
    courses = _from_cycles([Cycle(tuple(c)) for c in cycles_of(moments)], index, regimens)
    return courses + _from_spells(spells, index, regimens)


def _told(events: Sequence[Event], *, is_spell: bool) -> list[Event]:
    """Doses given; only where none is recorded, those ordered."""
    own = [e for e in events if e.is_spell is is_spell and _is_dose(e)]
    given = [e for e in own if e.status in GIVEN]
    return given or [e for e in own if e.status is EventStatus.ORDERED]


def _is_dose(event: Event) -> bool:
    """A row that only says that a drug was stopped is no dose."""
    return event.status is not EventStatus.STOPPED or event.is_spell or event.value is not None


# ---------------------------------------------------------------- repeated doses


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive cycles read as one regimen."""

    regimen: Regimen | None
    cycles: tuple[Cycle, ...]
    score: Decimal
    because: tuple[str, ...]
    deviations: tuple[Deviation, ...] = ()


def _from_cycles(cycles: list[Cycle], index: RecordIndex, regimens: list[Regimen]) -> list[Course]:
    courses = []
    position = 0
    while position < len(cycles):
        runs = [_run(cycles, position, regimen, index) for regimen in regimens]
        named = [run for run in runs if run is not None]
        best = max(named, key=_preference, default=None)
        run = best or _unnamed(cycles, position, index)
        courses.append(_course_of_run(run, index))
        position += len(run.cycles)
    return courses


def _preference(run: Run) -> tuple[int, Decimal, tuple[int, ...]]:
    """Longer first, then the better score, then the id that comes first in the alphabet."""
    name = run.regimen.id if run.regimen else ""
    return len(run.cycles), run.score, tuple(-ord(letter) for letter in name)


def _run(cycles: list[Cycle], start: int, regimen: Regimen, index: RecordIndex) -> Run | None:
    """The longest run from `start` that the regimen explains, or `None`."""
    first = cycles[start]
    intent, dose = intent_fit(first.intent, regimen), dose_fit(first, regimen, index)
    if FAILS in (intent.answer, dose.answer):
        return None
    most = _most_cycles(regimen)
    fits: list[Fit] = []
    taken = [first]
    for later in cycles[start + 1 :]:
        gap = gap_fit(taken[-1].start, later.start, regimen)
        if len(taken) == most or not _continues(later, taken, gap, regimen, index):
            break
        fits.append(gap)
        taken.append(later)
    taken, fits = _regular(taken, fits)
    if FITS not in (intent.answer, dose.answer) or _mostly_missed(fits):
        return None
    if not fits and regimen.repeat and _another_follows(cycles, start, regimen, index):
        return None
    score = _score(dose, intent, fits, taken, regimen)
    because = _reasons(dose, intent, fits, taken)
    return Run(regimen, tuple(taken), score, because, _deviations(taken, fits, regimen))


def _regular(taken: list[Cycle], gaps: list[Fit]) -> tuple[list[Cycle], list[Fit]]:
    """The run without irregular intervals at its end: those begin something else."""
    while gaps and gaps[-1].answer != FITS:
        taken, gaps = taken[:-1], gaps[:-1]
    return taken, gaps


def _mostly_missed(gaps: list[Fit]) -> bool:
    """Whether the interval fits less than two times in three: then it is another interval."""
    return 3 * sum(gap.answer == FITS for gap in gaps) < 2 * len(gaps)


def _another_follows(cycles: list[Cycle], start: int, regimen: Regimen, index: RecordIndex) -> bool:
    """Whether the next cycle has the same dose at another interval: then one is no reading."""
    if len(cycles) <= start + 1:
        return False
    here, following = cycles[start], cycles[start + 1]
    if here.group and here.group == following.group:
        return True
    soon = days_between(here.start, following.start) <= _LONGEST_GAP
    same = here.intent == following.intent and _alike(here, following, index)
    return soon and same and gap_fit(here.start, following.start, regimen).answer != FITS


def _most_cycles(regimen: Regimen) -> int:
    if regimen.recognise and regimen.recognise.doses:
        return regimen.recognise.doses[1]
    if regimen.repeat and regimen.repeat.offsets:
        return len(regimen.repeat.offsets)
    return 10_000_000


def _continues(
    later: Cycle, taken: list[Cycle], gap: Fit, regimen: Regimen, index: RecordIndex
) -> bool:
    if later.intent != taken[-1].intent:
        return False
    return gap.answer != FAILS and dose_fit(later, regimen, index).answer != FAILS


def _score(
    dose: Fit, intent: Fit, gaps: list[Fit], taken: list[Cycle], regimen: Regimen
) -> Decimal:
    """Half for the dose, three tenths for the intervals, two tenths for a stated intent.

    A complete course of a regimen with a fixed number of cycles scores full intervals.
    """
    points = Decimal("0.5") if dose.answer == FITS else Decimal("0.2")
    regular = sum(1 for gap in gaps if gap.answer == FITS)
    points += Decimal("0.3") * regular / len(gaps) if gaps else Decimal("0.1")
    points += Decimal("0.2") if intent.answer == FITS else Decimal("0.1")
    expected = regimen.recognise.doses if regimen.recognise else None
    if expected and not expected[0] <= len(taken) <= expected[1]:
        points -= Decimal("0.2")
    return points.quantize(Decimal("0.01"))


def _reasons(dose: Fit, intent: Fit, gaps: list[Fit], taken: list[Cycle]) -> tuple[str, ...]:
    count = len(taken)
    said = [f"each cycle {dose.says}" if count > 1 else dose.says]
    if taken[0].days > 1:
        said.append(f"over {taken[0].days} days")
    if gaps:
        days = sorted(days_between(a.start, b.start) for a, b in pairwise(taken))
        spread = f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
        said.append(f"{count} cycles, {spread} days apart")
    if intent.answer == FITS:
        said.append(intent.says)
    return tuple(said)


def _deviations(taken: list[Cycle], gaps: list[Fit], regimen: Regimen) -> tuple[Deviation, ...]:
    found = [
        Deviation("missed", gap.says, tuple(e.event_id for e in cycle.events))
        for cycle, gap in zip(taken[1:], gaps, strict=False)
        if gap.answer != FITS
    ]
    expected = regimen.recognise.doses if regimen.recognise else None
    if expected and len(taken) < expected[0]:
        found.append(Deviation("partial", f"{len(taken)} of {expected[0]} cycles"))
    return tuple(found)


def _unnamed(cycles: list[Cycle], start: int, index: RecordIndex) -> Run:
    """Alike cycles of one statement that no regimen of the library explains."""
    taken = [cycles[start]]
    for later in cycles[start + 1 :]:
        apart = days_between(taken[-1].start, later.start) > _LONGEST_GAP
        if apart or later.intent != taken[0].intent or not _alike(taken[-1], later, index):
            break
        taken.append(later)
    because = ("no regimen of the library has this dose and interval",)
    return Run(None, tuple(taken), Decimal("0.00"), because)


def _alike(one: Cycle, other: Cycle, index: RecordIndex) -> bool:
    unit = one.events[0].unit
    if not unit:
        return not other.events[0].unit
    first, second = total_in(one.events, unit, index), total_in(other.events, unit, index)
    if first is None or second is None or not first:
        return first is None and second is None
    return abs(second - first) <= LIKE * first


def _course_of_run(run: Run, index: RecordIndex) -> Course:
    first, last = run.cycles[0].events[0], run.cycles[-1].events[-1]
    regimen = run.regimen
    events = [event for cycle in run.cycles for event in cycle.events]
    interval = _interval_of(run)
    return Course(
        course_id=0,
        regimen=regimen.id if regimen else "",
        drug=first.concept,
        title=regimen.title if regimen else _described(run, index),
        intent=regimen.intent.value if regimen else first.intent,
        phase=regimen.phase.value if regimen else "",
        start=first.time,
        end=last.time,
        event_ids=tuple(event.event_id for event in events),
        start_exact=first.time_exact,
        end_exact=last.time_exact,
        start_said=first.time_said,
        end_said=last.time_said,
        cycles=len(run.cycles),
        interval=str(interval) if interval else "",
        dose=_dose_said(run.cycles[0], index),
        intensity=_intensity(run, interval, index),
        end_reason=last.reason,
        deviations=run.deviations,
        score=run.score,
        because=run.because,
    )


def _interval_of(run: Run) -> Period | None:
    """The interval that was given: calendar months where each cycle fell on the same day."""
    regimen = run.regimen
    starts = [cycle.start for cycle in run.cycles]
    prescribed = regimen.repeat.every if regimen and regimen.repeat else None
    if len(starts) == 1:
        return prescribed
    if prescribed and all(prescribed.times(n).after(starts[0]) == s for n, s in enumerate(starts)):
        return prescribed
    gaps = sorted(days_between(a, b) for a, b in pairwise(starts))
    return Period(days=gaps[len(gaps) // 2]) if gaps and gaps[len(gaps) // 2] else None


def _intensity(run: Run, interval: Period | None, index: RecordIndex) -> Decimal | None:
    """Immunoglobulin per 28 days, from the first cycle's dose and the interval."""
    if run.cycles[0].events[0].concept not in ("ivig", "scig") or interval is None:
        return None
    dose = total_in(run.cycles[0].events, "g/kg", index)
    return per_28_days(dose, interval) if dose is not None else None


def _dose_said(cycle: Cycle, index: RecordIndex) -> str:
    unit = cycle.events[0].unit
    total = total_in(cycle.events, unit, index) if unit else None
    if total is None:
        return "dose unknown"
    over = f" over {cycle.days} days" if cycle.days > 1 else ""
    return f"{total.normalize():f} {unit}{over}"


def _described(run: Run, index: RecordIndex) -> str:
    interval = _interval_of(run)
    every = f" every {interval.say()}" if interval else ""
    return f"{run.cycles[0].events[0].concept} {_dose_said(run.cycles[0], index)}{every}"


# ---------------------------------------------------------------- spells


def _from_spells(spells: list[Event], index: RecordIndex, regimens: list[Regimen]) -> list[Course]:
    groups: dict[str, list[Event]] = {}
    for event in spells:
        key = event.group or f"event {event.event_id}"
        groups.setdefault(key, []).append(event)
    return [_course_of_spells(group, index, regimens) for group in _joined(groups)]


def _joined(groups: dict[str, list[Event]]) -> list[list[Event]]:
    """Spells without an order of their own that follow on one another are one course."""
    result: list[list[Event]] = []
    for key, group in groups.items():
        previous = result[-1][-1] if result else None
        if previous and key.startswith("event ") and _follows_on(previous, group[0]):
            result[-1].extend(group)
        else:
            result.append(list(group))
    return result


def _follows_on(previous: Event, event: Event) -> bool:
    if previous.group or previous.end_time is None or previous.interval != event.interval:
        return False
    return event.time - previous.end_time <= timedelta(days=31)


def _course_of_spells(spells: list[Event], index: RecordIndex, regimens: list[Regimen]) -> Course:
    matches = [(_spell_score(spells, r, index), r) for r in regimens]
    possible = [(match, r) for match, r in matches if match is not None]
    best = max(possible, key=lambda m: (m[0][0], [-ord(x) for x in m[1].id]), default=None)
    first, last = spells[0], spells[-1]
    regimen = best[1] if best else None
    score, because = best[0] if best else (Decimal("0.00"), ("no regimen of the library fits",))
    return Course(
        course_id=0,
        regimen=regimen.id if regimen else "",
        drug=first.concept,
        title=regimen.title if regimen else say_event(index.record, first),
        intent=regimen.intent.value if regimen else first.intent,
        phase=regimen.phase.value if regimen else "",
        start=first.time,
        end=_end(last),
        event_ids=tuple(event.event_id for event in spells),
        start_exact=first.time_exact,
        end_exact=last.end_exact and last.end_time is not None,
        start_said=first.time_said,
        end_said=last.end_said,
        ongoing=last.end_said == "ongoing",
        interval=first.interval,
        dose=_spell_dose(spells),
        intensity=_spell_intensity(first, index),
        daily=not first.interval or first.interval == "P1D",
        end_reason=last.reason,
        deviations=_spell_deviations(spells),
        score=score,
        because=because,
    )


def _end(last: Event) -> datetime | None:
    """The end of the last spell; the last moment it is known to have run when its end is not."""
    if last.end_time is not None or last.end_said == "ongoing":
        return last.end_time
    return last.time


def _spell_score(
    spells: list[Event], regimen: Regimen, index: RecordIndex
) -> tuple[Decimal, tuple[str, ...]] | None:
    first = spells[0]
    tapering = len(spells) > 1 and _falls(spells)
    if tapering != (regimen.phase is Phase.TAPER):
        return None
    fits = (
        intent_fit(first.intent, regimen),
        stated_interval_fit(first.interval, regimen),
        spell_fit(first, regimen, index),
    )
    answers = [fit.answer for fit in fits]
    if FAILS in answers or not _enough(first, answers, regimen):
        return None
    weights = (Decimal("0.2"), Decimal("0.3"), Decimal("0.5"))
    score = sum(w if a == FITS else w / 2 for w, a in zip(weights, answers, strict=True))
    return Decimal(score).quantize(Decimal("0.01")), tuple(f.says for f in fits if f.says)


def _enough(first: Event, answers: list[int], regimen: Regimen) -> bool:
    """An unknown dose is read as the drug's usual regimen only when nothing else differs."""
    known = first.value is not None or first.value_high is not None
    if known:
        return FITS in answers
    return regimen.give.basis is Basis.UNKNOWN or regimen.phase is Phase.BACKGROUND


def _falls(spells: list[Event]) -> bool:
    ends = [e.value if e.value is not None else e.value_high for e in (spells[0], spells[-1])]
    same = spells[0].unit == spells[-1].unit
    return same and ends[0] is not None and ends[1] is not None and ends[1] < ends[0]


def _spell_dose(spells: list[Event]) -> str:
    first, last = spells[0], spells[-1]
    if len(spells) > 1 and first.value is not None and last.value is not None:
        return f"{first.value:f} to {last.value:f} {first.unit}"
    if first.value is not None:
        return f"{first.value:f} {first.unit}"
    if first.value_high is not None:
        return f"up to {first.value_high:f} {first.unit}"
    return "dose unknown"


def _spell_intensity(first: Event, index: RecordIndex) -> Decimal | None:
    if first.concept not in ("ivig", "scig") or not first.interval:
        return None
    dose = total_in((first,), "g/kg", index)
    return per_28_days(dose, parse_period(first.interval)) if dose is not None else None


def _spell_deviations(spells: list[Event]) -> tuple[Deviation, ...]:
    found = []
    if spells[0].value is None and spells[0].value_high is None:
        found.append(Deviation("dose-unknown", "the dose is not stated"))
    if any(e.value is None and e.value_low is not None for e in spells):
        found.append(Deviation("steps-unknown", "the steps between its ends are not stated"))
    if not spells[0].time_exact:
        found.append(Deviation("start-unknown", spells[0].time_said or "the start is not stated"))
    return tuple(found)
