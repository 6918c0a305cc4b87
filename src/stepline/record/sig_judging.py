"""What is doubtful in an instruction, and the meanings of one that is ambiguous."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

from stepline.core.quantity import Quantity, comparable, order
from stepline.core.time import Period
from stepline.record.sig_values import Flag, Per, Remark, Sig

DAY = Period(days=1, written="P1D")
TWO_DAYS = Period(days=2, written="P2D")
WEEK = Period(days=7, written="P7D")
MONTH = Period(months=1)
WEEKLY_DRUGS = frozenset({"methotrexate"})
"""Drugs given once a week, whose daily intake has killed."""


def judged(sig: Sig, more: tuple[Flag, ...] = (), remarks: tuple[Remark, ...] = ()) -> Sig:
    """The instruction with its readings, its flags and its remarks, each in their own order."""
    said = {*remarks, *((Remark.ALTERNATE_DAYS,) if is_on_alternate_days(sig) else ())}
    sig = replace(sig, remarks=tuple(remark for remark in Remark if remark in said))
    readings = readings_of(sig)
    found = {*more, *_of_meaning(sig, readings), *_of_amount(sig)}
    return replace(sig, readings=readings, flags=tuple(flag for flag in Flag if flag in found))


def is_on_alternate_days(sig: Sig) -> bool:
    """Whether single doses are two days apart, and nothing bounds a course of them."""
    every = sig.every
    is_second = every is not None and (every.days, every.months, every.hours) in (
        (2, 0, 0),
        (0, 0, 48),
    )
    is_course = sig.days or sig.on_days or sig.once
    return is_second and not is_course and sig.per is Per.DOSE and sig.times == 1


def readings_of(sig: Sig) -> tuple[Sig, ...]:
    """Each meaning of an amount whose basis is not stated; nothing where it is."""
    if sig.per is not Per.NOT_STATED:
        return ()
    if sig.times > 1:
        return replace(sig, per=Per.DAY), replace(sig, per=Per.DOSE)
    each = replace(sig, per=Per.DOSE)
    if sig.on_days is None and not sig.days:
        each = replace(each, every=DAY)
    return replace(sig, per=Per.COURSE), each


def has_rhythm(sig: Sig) -> bool:
    """Whether the text says when doses are given."""
    timed = sig.every or sig.days or sig.on_days or sig.moments or sig.weekdays
    return bool(timed) or sig.once


def _of_meaning(sig: Sig, readings: tuple[Sig, ...]) -> set[Flag]:
    found = set()
    if readings:
        found.add(Flag.DAY_OR_DOSE if sig.times > 1 else Flag.TOTAL_OR_EACH)
    elif not has_rhythm(sig) and not sig.as_needed and sig.per is Per.DOSE:
        found.add(Flag.RHYTHM_MISSING)
    if sig.drug in WEEKLY_DRUGS and any(_is_above_weekly(one) for one in (sig, *readings)):
        found.add(Flag.WEEKLY_DRUG_DAILY)
    return found


def _is_above_weekly(sig: Sig) -> bool:
    if sig.per is Per.DAY or sig.moments or sig.times > 1 or sig.on_days or len(sig.weekdays) > 1:
        return not (sig.moments and sig.every and sig.every.shortest_days >= 7)
    offsets = sig.day_offsets
    close = any(late - early < 7 for early, late in itertools.pairwise(offsets))
    return close or (sig.every is not None and sig.every.longest_days < 7)


def _of_amount(sig: Sig) -> set[Flag]:
    if sig.count is None:
        return set()
    if sig.strength is None:
        return set() if sig.amount else {Flag.STRENGTH_MISSING}
    if sig.amount is None:
        return set()
    pairs = ((sig.count.low, sig.amount.low), (sig.count.high, sig.amount.high))
    same = all(_is_same(count, sig.strength, amount, sig.unit) for count, amount in pairs)
    return set() if same else {Flag.COUNT_AMOUNT_DIFFER}


def _is_same(count: Decimal, strength: Quantity, amount: Decimal, unit: str) -> bool:
    if not comparable(strength.unit, unit):
        return False
    return order(Quantity(count * strength.value, strength.unit), Quantity(amount, unit)) == 0
