"""Courses that no regimen of the library explains: the same dose again at about the same interval.

Their intervals lie in one of a few bands that overlap, so that any regular interval up to two
months lies well within one of them.
"""

from __future__ import annotations

from decimal import Decimal

from stepline.course import points as p
from stepline.course.cycles import Cycle, total_in
from stepline.course.points import Gap
from stepline.record.index import RecordIndex

BANDS = (
    ((1, 4), 1), ((4, 9), 7), ((9, 18), 14), ((16, 26), 21), ((22, 35), 28),
    ((32, 52), 42), ((45, 62), 56),
)  # fmt: skip
"""Bands of days between cycles, with a usual interval; 62 days are two calendar months at most."""

DAILY = 0
"""Days running are one attempt and no rhythm: the same dose again counts for nothing."""

LIKE = Decimal("0.25")
"""Within this fraction two cycles of an unnamed course are alike."""


def gap_in(days: int, band: int) -> Gap | None:
    """What an interval is worth in a band of `BANDS`: flat where it lies within."""
    (low, high), usual = BANDS[band]
    gap = p.gap_worth(days, (low, high), usual)
    if gap is None:
        return None
    if band == DAILY:
        return None if gap.kind else Gap(-p.LIKE)
    points = p.GAP_FITS if not gap.kind else gap.points
    return Gap(points + p.UNNAMED_GAP, gap.kind, gap.left_out)


def likeness(one: Cycle, other: Cycle, index: RecordIndex) -> int:
    """Points for the dose of a cycle of an unnamed course, by the cycle before."""
    unit, second = one.events[0].unit, other.events[0].unit
    if not unit or not second:
        return p.LIKE_UNTOLD if unit == second else p.LIKE_OPEN
    before, now = total_in(one.events, unit, index), total_in(other.events, unit, index)
    if before is None or now is None:
        return p.LIKE_UNTOLD if before is now else p.LIKE_OPEN
    return p.LIKE if abs(now - before) <= LIKE * max(before, now) else p.UNLIKE
