"""Spells of a drug, daily or of a repeated order, read as regimens."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from stepline.core.time import parse_period
from stepline.course.cycles import per_28_days, total_in
from stepline.course.matching import FAILS, FITS, intent_fit, spell_fit, stated_interval_fit
from stepline.course.model import Course, Deviation
from stepline.protocol.model import Basis, Phase, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.saying import say_event

GRACE = timedelta(days=31)
"""Beside one supply as long as the last that was left out, so long a gap is no new course."""
KEPT = timedelta(days=28)
"""A dose kept for so long before it falls is a course of its own."""


def from_spells(spells: list[Event], index: RecordIndex, regimens: list[Regimen]) -> list[Course]:
    """The courses of a drug's spells: one a stated order, or spells that follow on one another."""
    groups: dict[str, list[Event]] = {}
    for event in spells:
        key = event.group or f"event {event.event_id}"
        groups.setdefault(key, []).append(event)
    joined = _joined(groups)
    tapers = [regimen.taper for regimen in regimens if regimen.taper is not None]
    if tapers:
        is_held = any(taper.hold for taper in tapers)
        joined = [part for group in joined for part in _parted(group, is_held=is_held)]
    return [_course_of_spells(part, index, regimens) for part in joined]


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


def _parted(spells: list[Event], *, is_held: bool) -> list[list[Event]]:
    """Spells without an order of their own, parted where a dose begins to fall or rises again.

    A dose kept for `KEPT` and more and then lowered at least twice is a course and its taper, but
    where a regimen of the drug states that its taper begins with such a time (`is_held`).
    """
    if spells[0].group:
        return [spells]
    parts = [[spells[0]]]
    for number, event in enumerate(spells[1:], 1):
        current = parts[-1]
        falls = _falls(current)
        rises = falls and _lower(current[-1], event) is True
        begins = not (falls or is_held) and _begins_to_fall(current, spells[number:])
        if rises or begins:
            parts.append([event])
        else:
            current.append(event)
    return parts


def _begins_to_fall(kept: list[Event], rest: list[Event]) -> bool:
    """Whether a dose that was kept is lowered here, and once more after."""
    is_long = rest[0].time - kept[0].time >= KEPT
    if not is_long or not _lower(rest[0], kept[-1]):
        return False
    return any(_lower(event, rest[0]) for event in rest[1:])


def _lower(event: Event, before: Event) -> bool | None:
    """Whether a dose is lower than another; `None` where they do not compare."""
    if event.value is None or before.value is None or event.unit != before.unit:
        return None
    return event.value < before.value


def _follows_on(previous: Event, event: Event) -> bool:
    if previous.group or previous.end_time is None or previous.interval != event.interval:
        return False
    supply = previous.end_time - previous.time
    return event.time - previous.end_time <= supply + GRACE


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
