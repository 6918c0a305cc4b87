"""Orders and statements that are words alone, as the instructions that their words are.

A text that reads with one meaning is turned into the structure that it could have had, and from
there on is read like any other. A text with a flag sets nothing and its question is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from stepline.core.quantity import Quantity as Measure
from stepline.core.quantity import comparable, order
from stepline.core.time import Period as Length
from stepline.core.time import When, parse_period
from stepline.record.sig import FLAG_SAYS, Flag, Per, Sig, Unread, write_sig
from stepline.record.sig_dosing import Steady, as_whole, noted
from stepline.record.sig_steps import read_sigs
from stepline.sources.fhir.coding import read_route
from stepline.sources.fhir.moments import to_the_day
from stepline.sources.fhir.numbers import finite, unit_of
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.structs import (
    CodeableConcept,
    Dosage,
    DoseAndRate,
    Period,
    Quantity,
    Range,
    Repeat,
    Timing,
)

FROM_TEXT = "dose from the text"
"""The note of an amount that only words tell."""

RHYTHM_FROM_TEXT = "how often from the text"
"""The note of a stated dose of which only words tell how often it is given."""

NOT_USED = "not used as a dose"
Noted = tuple[Dosage, tuple[str, ...]]


def in_words(dosages: Sequence[Dosage], drug: str, begin: When | None) -> list[Noted]:
    """The instructions, those in words alone as far as they read, each with what is noted of it.

    Steps in one text become instructions that follow one another, where the order has no other.
    """
    if len(dosages) == 1 and _is_words(dosages[0]):
        steps = _steps(dosages[0], drug, begin)
        if steps:
            return steps
    return [_instruction(dosage, drug, begin) for dosage in dosages]


def _instruction(dosage: Dosage, drug: str, begin: When | None) -> Noted:
    if _is_words(dosage):
        return _one(dosage, drug, begin)
    return _with_rhythm(dosage, drug, begin) if _lacks_rhythm(dosage) else (dosage, ())


def _is_words(dosage: Dosage) -> bool:
    is_bare = not dosage.dose_and_rate and dosage.timing is None
    return is_bare and bool(dosage.text or dosage.patient_instruction)


def _lacks_rhythm(dosage: Dosage) -> bool:
    """Whether it states one dose and leaves it to its words how often that is given."""
    given = dosage.dose_and_rate
    is_one = len(given) == 1 and given[0].dose_quantity is not None
    return is_one and dosage.timing is None and bool(dosage.text or dosage.patient_instruction)


def _with_rhythm(dosage: Dosage, drug: str, begin: When | None) -> Noted:
    """A dose with the rhythm of its text, where the text tells the same dose and asks nothing."""
    steps, given = _read(dosage, drug), dosage.dose_and_rate[0]
    if len(steps) != 1 or _asked(steps[0]) or not _is_dose_of(steps[0], given.dose_quantity):
        return dosage, ()
    structured = _structured(steps[0], dosage, begin)
    if structured is None:
        return dosage, ()
    dose = msgspec.structs.replace(
        structured.dose_and_rate[0],
        rate_quantity=given.rate_quantity,
        rate_range=given.rate_range,
        rate_ratio=given.rate_ratio,
    )
    told = msgspec.structs.replace(structured, dose_and_rate=(dose,))
    return told, (RHYTHM_FROM_TEXT, *noted(steps[0]))


def _is_dose_of(sig: Sig, stated: Quantity | None) -> bool:
    ends = sig.dose
    if stated is None or stated.value is None or stated.comparator or ends is None:
        return False
    try:
        unit = unit_of(stated)[0]
        own = Measure(finite(stated.value), unit or "")
    except RowRefused:
        return False  # the reader of the dose says why
    is_measured = bool(unit) and all(comparable(end.unit, own.unit) for end in ends)
    return is_measured and all(order(end, own) == 0 for end in ends)


def _read(dosage: Dosage, drug: str) -> tuple[Sig, ...]:
    """The steps of a text; none where it is not read. A route that is coded settles `od`."""
    found = read_sigs(dosage.text or dosage.patient_instruction, drug)
    if isinstance(found, Unread):
        return ()
    if not read_route(dosage.route):
        return found
    settled = {Flag.RIGHT_EYE}
    return tuple(
        replace(sig, flags=tuple(flag for flag in sig.flags if flag not in settled))
        for sig in found
    )


def _one(dosage: Dosage, drug: str, begin: When | None) -> Noted:
    steps = _read(dosage, drug)
    if len(steps) != 1:
        return dosage, ()
    asked = _asked(steps[0])
    structured = None if asked else _structured(steps[0], dosage, begin)
    if structured is not None:
        counted = [FLAG_SAYS[flag] for flag in steps[0].flags if flag is Flag.REPEATS_MISSING]
        return structured, (FROM_TEXT, *counted, *noted(steps[0]))
    said = asked or f"the text reads as {write_sig(replace(steps[0], drug=''))}"
    return dosage, (f"{said}; {NOT_USED}",)


def _asked(sig: Sig) -> str:
    """What the text leaves open; a second dose is told by `apart`, and only more of them is not."""
    open_flags = [flag for flag in sig.flags if not (flag is Flag.REPEATS_MISSING and sig.every)]
    said = " ".join(FLAG_SAYS[flag] for flag in open_flags)
    return f"the text asks: {said}" if said else ""


def _steps(dosage: Dosage, drug: str, begin: When | None) -> list[Noted]:
    """Several steps, each an instruction of its own; none where one of them has no structure."""
    steps = _read(dosage, drug)
    if len(steps) < 2:
        return []
    asked = next(filter(None, map(_asked, steps)), "")
    if asked:
        return [(dosage, (f"{asked}; {NOT_USED}",))]
    found: list[Noted] = []
    for number, sig in enumerate(steps, 1):
        structured = _structured(sig, dosage, begin if number == 1 else None)
        if structured is None:
            return []
        own = Dosage(
            sequence=number,
            text=write_sig(replace(sig, drug="")),
            timing=structured.timing,
            as_needed_boolean=structured.as_needed_boolean,
            route=structured.route,
            dose_and_rate=structured.dose_and_rate,
        )
        found.append((own, (FROM_TEXT, f"step {number} of {len(steps)}", *noted(sig))))
    return found


# ---------------------------------------------------------------- one instruction


def _structured(sig: Sig, dosage: Dosage, begin: When | None) -> Dosage | None:
    """The instruction with an amount and a rhythm; `None` where the text has another form."""
    whole = as_whole(sig)
    timing = _timing(sig, begin) if whole is None else _whole_timing(sig, whole)
    ends = sig.dose if whole is None else whole.ends
    if timing is None or ends is None or sig.taper or sig.until == "review":
        return None
    route = CodeableConcept(text=sig.route) if sig.route else None
    needed = dosage.as_needed_boolean or sig.as_needed or None
    return Dosage(
        sequence=dosage.sequence,
        text=dosage.text,
        patient_instruction=dosage.patient_instruction,
        timing=timing,
        as_needed_boolean=needed,
        as_needed_codeable_concept=dosage.as_needed_codeable_concept,
        route=dosage.route or route,
        dose_and_rate=(_dose(ends),),
    )


def _dose(ends: tuple[Measure, Measure]) -> DoseAndRate:
    low, high = (Quantity(value=end.value, unit=end.unit, code=end.unit) for end in ends)
    if low == high:
        return DoseAndRate(dose_quantity=low)
    return DoseAndRate(dose_range=Range(low=low, high=high))


def _whole_timing(sig: Sig, whole: Steady) -> Timing:
    """The rhythm of a course or a month, a rate that runs on, or a course that is given once."""
    if whole.interval:
        return Timing(repeat=_repeat(sig, 1, sig.every or parse_period(whole.interval)))
    if whole.is_rate:
        return Timing(repeat=_repeat(sig, 1, Length(days=1)))
    return Timing(repeat=Repeat(count=Decimal(1)))


def _timing(sig: Sig, begin: When | None) -> Timing | None:
    """The rhythm of a dose or of a day's amount; `None` for any other."""
    if sig.per not in (Per.DOSE, Per.DAY) or sig.on_days is not None:
        return None
    if sig.days or Flag.REPEATS_MISSING in sig.flags:
        return _dates(sig, begin)
    if sig.per is Per.DAY:
        return Timing(repeat=_repeat(sig, 1, Length(days=1)))
    if sig.once:
        return Timing(repeat=Repeat(count=Decimal(1)))
    if sig.weekdays:
        return _weekly(sig)
    every = sig.every or (Length(days=1) if sig.moments else None)
    if every is None:
        return None
    is_daily = every.iso() == "P1D" and bool(sig.moments)
    return Timing(repeat=_repeat(sig, len(sig.moments) if is_daily else sig.times, every))


def _dates(sig: Sig, begin: When | None) -> Timing | None:
    """Doses on stated days, or two that lie apart; `None` where the first has no day."""
    if begin is None or not to_the_day(begin):
        return None
    if sig.days and sig.every is None:
        lengths = [Length(days=offset) for offset in sig.day_offsets]
    elif sig.every is not None and not sig.days:
        lengths = [Length(days=0), sig.every]
    else:
        return None
    first = begin.time
    return Timing(event=tuple(one.after(first).date().isoformat() for one in lengths))


def _weekly(sig: Sig) -> Timing | None:
    if sig.every is None or sig.every.iso() != "P7D" or sig.moments:
        return None
    days = tuple(day[:3] for day in sig.weekdays)
    repeat = _repeat(sig, len(days), sig.every)
    return Timing(repeat=_with_days(repeat, days))


def _with_days(repeat: Repeat, days: tuple[str, ...]) -> Repeat:
    return Repeat(
        bounds_period=repeat.bounds_period,
        bounds_duration=repeat.bounds_duration,
        count=repeat.count,
        frequency=repeat.frequency,
        period=repeat.period,
        period_unit=repeat.period_unit,
        day_of_week=days,
    )


def _repeat(sig: Sig, times: int, every: Length) -> Repeat:
    number, unit = _length(every)
    return Repeat(
        bounds_period=Period(end=sig.until) if sig.until else None,
        bounds_duration=_quantity(sig.duration) if sig.duration else None,
        count=Decimal(sig.repeats) if sig.repeats is not None else None,
        frequency=Decimal(times),
        period=number,
        period_unit=unit,
    )


def _quantity(length: Length) -> Quantity:
    number, unit = _length(length)
    return Quantity(value=number, unit=unit, code=unit)


def _length(length: Length) -> tuple[Decimal, str]:
    """A length of time as a number of its own unit."""
    if length.months:
        return Decimal(length.months), "mo"
    if length.days % 7 == 0 and length.days:
        return Decimal(length.days // 7), "wk"
    return (Decimal(length.days), "d") if length.days else (Decimal(length.hours), "h")
