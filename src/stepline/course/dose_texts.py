"""What the text of a row says of its dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from stepline.core.quantity import Quantity
from stepline.course.dose import Confidence, Rule
from stepline.course.dose_amounts import NO_AMOUNT, Known, basis_of, in_normal_unit
from stepline.record.model import Event
from stepline.record.sig import FLAG_SAYS, Flag, Per, Sig, Unread
from stepline.record.sig_dosing import as_whole, once_a_week
from stepline.record.sig_steps import read_sigs
from stepline.record.totals import COURSE_TOTAL

NO_STEP = "which step ran when"


def from_text(event: Event) -> Known | None:
    """What the row's text says; without an amount where the text has a flag or two meanings.

    Of several steps in one row the amounts are the bounds: which ran when is not told.
    """
    steps = _read(event.text, event.concept)
    if isinstance(steps, Unread):
        return None
    asked = dict.fromkeys(flag for sig in steps for flag in sig.flags)
    open_flags = [flag for flag in asked if event.is_spell or flag is not Flag.RHYTHM_MISSING]
    found = [_of_sig(sig, event) for sig in steps]
    known = [one for one in found if one is not None]
    if open_flags or len(known) < len(found):
        said = tuple(FLAG_SAYS[flag] for flag in open_flags) or (NO_AMOUNT,)
        return Known(Rule.TEXT, Confidence.AMBIGUOUS, missing=said)
    return known[0] if len(known) == 1 else _between(known)


def _of_sig(sig: Sig, event: Event) -> Known | None:
    if sig.taper:
        return None
    sig = once_a_week(sig)
    whole = as_whole(sig) if event.is_spell or sig.per is not Per.DOSE else None
    if whole is not None:
        of_row = replace(event, interval=whole.interval, note=whole.note)
        return _of_text(whole.ends, of_row, sig)
    is_repeated = sig.per in (Per.DOSE, Per.COURSE) and sig.alternate is None
    every = str(sig.every) if sig.every and is_repeated else event.interval
    note = COURSE_TOTAL if sig.per is Per.COURSE else ""
    return _of_text(sig.dose, replace(event, interval=every, note=note), sig)


def _of_text(ends: tuple[Quantity, Quantity] | None, of_row: Event, sig: Sig) -> Known | None:
    """Amounts of a text in the normal form, for a row with the interval and note of the text."""
    basis = basis_of(ends[0].unit) if ends else None
    if ends is None or basis is None:
        return None
    found = in_normal_unit(ends[0].value, ends[1].value, basis, of_row)
    is_single = found.per is Per.DOSE
    return replace(
        found,
        rule=Rule.TEXT,
        confidence=Confidence.DERIVED,
        per=sig.per if is_single else found.per,
        times=sig.times if is_single else 1,
        route=sig.route,
        remarks=tuple(remark.value for remark in sig.remarks),
    )


def _between(steps: Sequence[Known]) -> Known:
    """From the lowest to the highest of several steps, where they are told alike."""
    first = steps[0]
    same = all((one.unit, one.per, one.every, one.times) == (first.unit, first.per, first.every,
               first.times) for one in steps)  # fmt: skip
    lows = [one.low for one in steps if one.low is not None]
    highs = [one.high for one in steps if one.high is not None]
    if not same or len(lows) + len(highs) < 2 * len(steps):
        return Known(Rule.TEXT, Confidence.AMBIGUOUS, missing=(NO_STEP,))
    return replace(first, low=min(lows), high=max(highs), missing=(NO_STEP,))


@lru_cache(maxsize=4096)
def _read(text: str, drug: str) -> tuple[Sig, ...] | Unread:
    return read_sigs(text, drug)
