"""What the search through supplies asks again and again, worked out once for each block."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from stepline.core.quantity import comparable, factor
from stepline.course import spell_points as p
from stepline.course.spell_modes import Mode
from stepline.course.spell_points import Worth
from stepline.course.supplies import Block
from stepline.record.model import Event

_CANONICAL = ("mg/d", "mg/kg/d", "mg", "mg/kg", "mg/m2")
"""Units that doses are compared in; a dose in any other is compared with its like alone."""


class Stream:
    """Blocks in order with their comparable doses, their gaps, and what doubting each costs.

    `counts`, `first` days, days `ahead` and `doubts` (points of a dose that is not believed) have
    an entry a block; a gap is `None` where it ends a course. `is_passing` tells whether one of the
    next `MOST_ODD` doses is higher or does not compare, so that a fall to it may be a slip.
    """

    __slots__ = ("_amounts", "_slips", "_written", "ahead", "blocks", "counts", "doubts", "first",
                 "gaps", "is_passing", "modes", "orders")  # fmt: skip

    def __init__(self, blocks: Sequence[Block], modes: Sequence[Mode]) -> None:
        self.blocks = blocks
        self.modes = modes
        self.counts = [block.count for block in blocks]
        self.first = [block.first for block in blocks]
        self.ahead = [block.ahead for block in blocks]
        usual = usual_days(blocks)
        self.orders = [_order_points(blocks, number) for number in range(len(blocks))]
        self.gaps = [self._gap(number, usual) for number in range(len(blocks))]
        doubts = [_doubted(block, count) for block, count in zip(blocks, self.counts, strict=True)]
        self.doubts = doubts
        self._amounts = [_amount(block.dose) for block in blocks]
        self._written = [_amount(block.event) for block in blocks]
        self.is_passing = [self._passes(number) for number in range(len(blocks))]
        self._slips: dict[tuple[int, int, bool, bool], Worth] = {}

    def _gap(self, number: int, usual: int) -> Worth | None:
        if not number:
            return Worth(0)
        gap = p.gap_worth(self.blocks[number], usual)
        if gap is None or self.orders[number] != p.NEW_ORDER:
            return gap
        return gap._replace(points=gap.points + p.OTHER_ORDER)

    def _passes(self, number: int) -> bool:
        later = range(number + 1, min(number + 1 + p.MOST_ODD, len(self.blocks)))
        return any(self.compared(number, one) in (1, None) for one in later)

    def begins_soon(self, mode: Mode, number: int) -> bool:
        """Whether a block cannot begin a course in a mode, and one soon after it can.

        A dose that is not known for long, or whose days or bounds alone are known, is a course of
        its own and not the beginning of another.
        """
        own, block = mode.first[number], self.blocks[number]
        if own is not None and own.points > 0:
            return False
        event = block.event
        is_vague = event.value_high is not None or not (event.time_exact and event.end_exact)
        is_long = block.last - block.first > p.KEPT or any(one.is_open for one in block.supplies)
        if event.value is None and (is_vague or is_long):
            return False
        return any(one is not None for one in mode.first[number + 1 : number + 1 + p.MOST_ODD])

    def compared(self, one: int, other: int) -> int | None:
        """-1 where the other dose is lower, 0 the same, 1 higher; `None` if not comparable."""
        first, second = self._amounts[one], self._amounts[other]
        if first is None or second is None:
            same = first is None and second is None
            both = self.blocks[one].event, self.blocks[other].event
            return 0 if same and both[0].value is None and both[1].value is None else None
        if first[0] != second[0]:
            return None
        return (second[1] > first[1]) - (second[1] < first[1])

    def rises_too_far(self, one: int, other: int) -> bool:
        """Whether the other dose is higher by more than a taper may rise."""
        first, second = self._amounts[one], self._amounts[other]
        return first is None or second is None or second[1] > first[1] * p.MOST_RISE

    def is_same_number(self, one: int, other: int) -> bool:
        """Whether two doses are the same number, but for a point moved or a unit that differs."""
        first, second = self.blocks[one].event.value, self.blocks[other].event.value
        if first is None or not second:
            return False
        ratio = first / second
        return any(abs(ratio * moved - 1) <= p.LIKE for moved in (1, *p.SLIPS))

    def doubted(self, number: int, beside: int, *, is_taper: bool, is_before: bool) -> Worth:
        """A block that is not believed beside one that is: a slip of the pen, untold, or odd."""
        odd = self.doubts[number]
        if odd.kind != "dose-odd":
            return odd
        key = (number, beside, is_taper, is_before)
        if key not in self._slips:
            self._slips[key] = self._slip(number, beside, is_taper, is_before) or odd
        return self._slips[key]

    def _slip(self, number: int, beside: int, is_taper: bool, is_before: bool) -> Worth | None:
        own, other = self._written[number], self._amounts[beside]
        if own is None or other is None or own[0] != other[0] or not other[1]:
            return None
        ratio = own[1] / other[1]
        for moved in p.SLIPS:
            if _is_near(ratio * moved, is_taper, is_before):
                says = f"times {moved.normalize():f}"
                return Worth(p.SLIP * self.counts[number], "dose-odd", says)
        return None


def _is_near(ratio: Decimal, is_taper: bool, is_before: bool) -> bool:
    """Whether a dose is the other's, or in a taper a step after it (or before it)."""
    if abs(ratio - 1) <= p.LIKE:
        return True
    if not is_taper:
        return False
    return 1 <= ratio <= p.STEEPEST if is_before else 1 <= ratio * p.STEEPEST <= p.STEEPEST


def _doubted(block: Block, count: int) -> Worth:
    event = block.event
    if event.value is None:
        return Worth(p.UNTOLD * count, "dose-unknown")
    if not event.unit:
        return Worth(p.UNTOLD * count, "unit-missing")
    return Worth(p.ODD * count, "dose-odd")


def _amount(event: Event) -> tuple[str, Decimal] | None:
    """A dose in a unit in which it compares with others."""
    if event.value is None or not event.unit:
        return None
    for unit in _CANONICAL:
        if event.unit == unit:
            return unit, event.value
        if comparable(event.unit, unit):
            ratio = factor(event.unit, unit)
            return unit, event.value * ratio.numerator / ratio.denominator
    return event.unit, event.value


def _order_points(blocks: Sequence[Block], number: int) -> int:
    """What beginning a course with a block costs or gives back for the orders stated."""
    if not number:
        return 0
    one, other = blocks[number - 1].event.group, blocks[number].event.group
    if not (one and other):
        return 0
    return p.ORDER_BROKEN if one == other else p.NEW_ORDER


def usual_days(blocks: Sequence[Block]) -> int:
    """How long the longest supply of the drug lasts, in days, as far as it is a supply."""
    lengths = [one.last - one.first for block in blocks for one in block.supplies]
    return min(max(lengths, default=0), p.LONGEST_SUPPLY)
