"""The best reading of a drug's supplies as courses, found by dynamic programming.

Each block of equal supplies begins a course, goes on in one, or stands in one without its dose
being believed. What matters of the past is the regimen, the last dose believed (at most `MOST_ODD`
blocks back), and of a taper how often it fell; so work grows with the number of supplies and ends
on any input. Among equal sums going on comes before beginning, and the id that is first in the
alphabet before the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stepline.core.quantity import comparable, factor
from stepline.course import spell_points as p
from stepline.course.spell_points import Mode, Worth
from stepline.course.supplies import Block

NOTHING = Worth(0)


@dataclass(slots=True)
class State:
    """The best way to a block in a mode.

    `believed` is the last block whose dose is believed, -1 where none is yet; `odd` counts blocks
    since; `falls` counts a taper's falls up to two; `kept` is the day since which its dose is kept,
    `may_hold` whether keeping it long would make it a course of its own.
    """

    score: int
    mode: int
    block: int
    believed: int
    odd: int
    falls: int
    kept: int
    may_hold: bool
    back: State | None
    is_first: bool
    worth: Worth
    gap: Worth = NOTHING
    step: Worth = NOTHING
    began: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One block in a course: whether its dose is believed, what dose, gap and step are worth."""

    block: Block
    is_believed: bool
    worth: Worth
    gap: Worth
    step: Worth


@dataclass(frozen=True, slots=True)
class Division:
    """Consecutive blocks read in one mode."""

    mode: Mode
    parts: tuple[Part, ...]
    began: int
    closing: int

    @property
    def points(self) -> int:
        """What the reading is worth as a whole."""
        return self.began + self.closing + self.kept

    @property
    def kept(self) -> int:
        """What its supplies, gaps and steps are worth."""
        return sum(one.worth.points + one.gap.points + one.step.points for one in self.parts)


def divided(blocks: Sequence[Block], modes: Sequence[Mode]) -> list[Division]:
    """The division of blocks into courses that is worth most; the last mode is the unnamed one."""
    if not blocks:
        return []
    walk = _Walk(blocks, modes)
    ends: list[State] = []
    for number in range(len(blocks)):
        ends = walk.step(number, ends)
    return _traced(max(ends, key=walk.ended), walk)


class _Walk:
    """The states of each block in turn."""

    def __init__(self, blocks: Sequence[Block], modes: Sequence[Mode]) -> None:
        self.blocks = blocks
        self.modes = modes
        self.unnamed = len(modes) - 1
        self.usual = _usual(blocks)
        self._states: list[list[State]] = []

    def step(self, number: int, ends: list[State]) -> list[State]:
        """The best closed state of each mode after one block, given those before it."""
        block = self.blocks[number]
        gap = p.gap_worth(block, self.usual) if number else None
        states = self._states or [[] for _ in self.modes]
        found: list[list[State]] = []
        for place in range(len(self.modes)):
            best: dict[tuple[int, int, int, bool], State] = {}
            if gap is not None:
                for state in states[place]:
                    self._go_on(best, state, number, gap)
            self._begin(best, place, number, ends, gap)
            found.append(list(best.values()))
        self._states = found
        closed = [self._closed(group) for group in found]
        return [state for state in closed if state is not None]

    def closing(self, state: State) -> int:
        """What is added where a course ends in a state."""
        mode = self.modes[state.mode]
        if not mode.is_taper:
            return 0
        wanted = 1 if mode.ends_at(self.blocks[state.believed].event) else 2
        return p.FEW_STEPS * max(0, wanted - state.falls)

    def _closed(self, states: list[State]) -> State | None:
        best = None
        for state in states:
            if state.believed < 0:
                continue
            if best is None or self.ended(state) > self.ended(best):
                best = state
        return best

    def ended(self, state: State) -> int:
        """The sum if the course ends here."""
        return state.score + self.closing(state)

    # ------------------------------------------------------------ beginning

    def _begin(
        self,
        best: dict[tuple[int, int, int, bool], State],
        place: int,
        number: int,
        ends: list[State],
        gap: Worth | None,
    ) -> None:
        block = self.blocks[number]
        before, began = self._beginning(place, number, ends, gap)
        score = began + (self.ended(before) if before else 0)
        worth = self.modes[place].first[number]
        if worth is not None:
            worth = _times(worth, block.count)
            told = State(score + worth.points, place, number, number, 0, 0, block.first,
                         True, before, True, worth, began=began)  # fmt: skip
            _keep(best, told)
        for end in ends if gap is not None else ():
            self._begin_to_fall(best, place, number, end)
        if place != self.unnamed:
            worth = _odd(block)
            told = State(score + worth.points, place, number, -1, 1, 0, block.first,
                         True, before, True, worth, began=began)  # fmt: skip
            _keep(best, told)

    def _begin_to_fall(
        self, best: dict[tuple[int, int, int, bool], State], place: int, number: int, end: State
    ) -> None:
        """A taper begins right after a course at a dose that it could have begun with itself."""
        mode, block = self.modes[place], self.blocks[number]
        top, worth = mode.first[end.believed], mode.next[number]
        if not mode.is_taper or end.mode == place or worth is None:
            return
        if top is None or top.points <= 0 or _order(self.blocks[end.believed], block) != -1:
            return
        began = p.BEGIN + self._order(number)
        worth = _times(worth, block.count)
        told = State(self.ended(end) + began + worth.points, place, number, number, 0, 1,
                     block.first, False, end, True, worth, began=began)  # fmt: skip
        _keep(best, told)

    def _beginning(
        self, place: int, number: int, ends: list[State], gap: Worth | None
    ) -> tuple[State | None, int]:
        """The best end before, and what beginning after it costs."""
        base = p.BEGIN_UNNAMED if place == self.unnamed else p.BEGIN
        if not ends:
            return None, base
        base += self._order(number)
        choices = []
        for end in ends:
            again = p.SAME_AGAIN if end.mode == place != self.unnamed and gap is not None else 0
            choices.append((self.ended(end) + again, end, base + again))
        _, before, began = max(choices, key=lambda one: one[0])
        return before, began

    def _order(self, number: int) -> int:
        one, other = self.blocks[number - 1].event.group, self.blocks[number].event.group
        if not (one and other):
            return 0
        return p.ORDER_BROKEN if one == other else p.NEW_ORDER

    # ------------------------------------------------------------ going on

    def _go_on(
        self,
        best: dict[tuple[int, int, int, bool], State],
        state: State,
        number: int,
        gap: Worth,
    ) -> None:
        if state.mode == self.unnamed:
            self._go_on_unnamed(best, state, number, gap)
            return
        block = self.blocks[number]
        group, own = self.blocks[number - 1].event.group, block.event.group
        if group and own and group != own:
            gap = gap._replace(points=gap.points + p.OTHER_ORDER)
        if state.believed < 0:
            self._believe_first(best, state, number, gap)
        else:
            self._believe(best, state, number, gap)
        if state.odd < p.MOST_ODD:
            worth = self._not_believed(state, block)
            told = State(state.score + gap.points + worth.points, state.mode, number,
                         state.believed, state.odd + 1, state.falls, state.kept, state.may_hold,
                         state, False, worth, gap)  # fmt: skip
            _keep(best, told)

    def _go_on_unnamed(
        self,
        best: dict[tuple[int, int, int, bool], State],
        state: State,
        number: int,
        gap: Worth,
    ) -> None:
        one, other = self.blocks[number - 1], self.blocks[number]
        same = (one.event.intent, one.event.interval) == (other.event.intent, other.event.interval)
        if not same:
            return
        step = NOTHING if _order(one, other) == 0 else Worth(p.CHANGED)
        told = State(state.score + gap.points + step.points, state.mode, number, number, 0, 0,
                     other.first, False, state, False, NOTHING, gap, step)  # fmt: skip
        _keep(best, told)

    def _believe_first(
        self,
        best: dict[tuple[int, int, int, bool], State],
        state: State,
        number: int,
        gap: Worth,
    ) -> None:
        """The first dose believed after rows that were not: what they were worth is settled now."""
        mode, block = self.modes[state.mode], self.blocks[number]
        worth = mode.first[number]
        if worth is None:
            return
        worth = _times(worth, block.count)
        settled = sum(
            _slipped(self.blocks[one], block, mode, forward=True).points
            - _odd(self.blocks[one]).points
            for one in range(number - state.odd, number)
        )
        told = State(state.score + gap.points + worth.points + settled, state.mode, number, number,
                     0, 0, block.first, True, state, False, worth, gap)  # fmt: skip
        _keep(best, told)

    def _believe(
        self,
        best: dict[tuple[int, int, int, bool], State],
        state: State,
        number: int,
        gap: Worth,
    ) -> None:
        mode = self.modes[state.mode]
        if mode.is_taper and self._is_between(state, number):
            worth = Worth(p.DOSE_FITS, "steps-unknown")
            told = State(state.score + gap.points + worth.points, state.mode, number,
                         state.believed, state.odd, 2, state.kept, False,
                         state, False, worth, gap)  # fmt: skip
            _keep(best, told)
            return
        read = (self._step_down if mode.is_taper else self._stay)(state, number)
        if read is None:
            return
        worth, step, falls, kept, may_hold = read
        score = state.score + gap.points + worth.points + step.points
        _keep(best, State(score, state.mode, number, number, 0, falls, kept, may_hold, state,
                          False, worth, gap, step))  # fmt: skip

    def _stay(self, state: State, number: int) -> tuple[Worth, Worth, int, int, bool] | None:
        mode, block = self.modes[state.mode], self.blocks[number]
        worth = mode.first[number]
        if worth is None:
            return None
        same = _order(self.blocks[state.believed], block) in (0, None)
        step = NOTHING if same else Worth(p.CHANGED, "dose-changed")
        kept = state.kept if same else block.first
        return _times(worth, block.count), step, 0, kept, True

    def _step_down(self, state: State, number: int) -> tuple[Worth, Worth, int, int, bool] | None:
        mode, block = self.modes[state.mode], self.blocks[number]
        worth = mode.next[number]
        before = self.blocks[state.believed]
        if worth is None:
            return None
        worth = _times(worth, block.count)
        order = _order(before, block)
        if order is None:
            return None
        if order == 0:
            return worth, NOTHING, state.falls, state.kept, state.may_hold
        if order > 0:
            ratio = _ratio(block, before)
            if ratio is None or ratio > p.MOST_RISE:
                return None
            return worth, Worth(p.RISE, "rise"), state.falls, block.first, True
        held = NOTHING
        if state.may_hold and _is_held(block.first - state.kept, block, mode):
            days = block.first - state.kept
            held = Worth(p.HELD, "held", f"{days} days at one dose before it fell")
        return worth, held, min(2, state.falls + 1), block.first, False

    def _is_between(self, state: State, number: int) -> bool:
        """Whether only the ends of a stretch of a taper are known, so that it holds all its steps.

        The dose before it stays the one to compare with.
        """
        event, before = self.blocks[number].event, self.blocks[state.believed].event
        if event.value is not None or event.value_low is None or event.value_high is None:
            return False
        return event.unit == before.unit and (before.value or 0) <= event.value_high

    def _not_believed(self, state: State, block: Block) -> Worth:
        if state.believed < 0:
            return _odd(block)
        return _slipped(block, self.blocks[state.believed], self.modes[state.mode], forward=False)


def _keep(best: dict[tuple[int, int, int, bool], State], state: State) -> None:
    key = (state.believed, state.odd, state.falls, state.may_hold)
    if key not in best or state.score > best[key].score:
        best[key] = state


def _times(worth: Worth, count: int) -> Worth:
    return worth if count == 1 else worth._replace(points=worth.points * count)


def _is_held(days: int, block: Block, mode: Mode) -> bool:
    if mode.held_days is not None:
        return days > mode.held_days + p.KEPT
    return days > p.KEPT and days > p.KEPT_TIMES * block.ahead


def _odd(block: Block) -> Worth:
    event = block.event
    if event.value is None:
        return Worth(p.UNTOLD * block.count, "dose-unknown")
    if not event.unit:
        return Worth(p.UNTOLD * block.count, "unit-missing")
    return Worth(p.ODD * block.count, "dose-odd")


def _slipped(block: Block, other: Block, mode: Mode, *, forward: bool) -> Worth:
    """A block that is not believed beside one that is: a slip of the pen, untold, or odd."""
    odd = _odd(block)
    if odd.kind != "dose-odd":
        return odd
    ratio = _ratio(block, other)
    for moved in p.SLIPS if ratio is not None else ():
        if _is_near(ratio * moved if ratio is not None else moved, mode, forward=forward):
            return Worth(p.SLIP * block.count, "dose-odd", f"times {moved.normalize():f}")
    return odd


def _is_near(ratio: Decimal, mode: Mode, *, forward: bool) -> bool:
    """Whether a dose is the other's, or in a taper a step after it (`forward`: before it)."""
    if abs(ratio - 1) <= p.LIKE:
        return True
    if not mode.is_taper:
        return False
    return 1 <= ratio <= 2 if forward else Decimal("0.5") <= ratio <= 1


def _order(one: Block, other: Block) -> int | None:
    """-1 where the second dose is lower, 0 the same, 1 higher; `None` where they do not compare."""
    if one.event.value is None and other.event.value is None:
        return 0
    ratio = _ratio(other, one)
    return None if ratio is None else (ratio > 1) - (ratio < 1)


def _ratio(one: Block, other: Block) -> Decimal | None:
    first, second = one.event, other.event
    if first.value is None or not second.value or not (first.unit and second.unit):
        return None
    if first.unit == second.unit:
        return first.value / second.value
    if not comparable(first.unit, second.unit):
        return None
    ratio = factor(first.unit, second.unit)
    return first.value * ratio.numerator / ratio.denominator / second.value


def _usual(blocks: Sequence[Block]) -> int:
    """How long the longest supply of the drug lasts, in days, as far as it is a supply."""
    lengths = [one.last - one.first for block in blocks for one in block.supplies]
    return min(max(lengths, default=0), p.LONGEST_SUPPLY)


def _traced(last: State, walk: _Walk) -> list[Division]:
    found: list[Division] = []
    state: State | None = last
    while state is not None:
        chain = [state]
        while not chain[-1].is_first and chain[-1].back is not None:
            chain.append(chain[-1].back)
        chain.reverse()
        mode = walk.modes[state.mode]
        parts = tuple(_part(one, chain, walk, mode) for one in chain)
        found.append(Division(mode, parts, chain[0].began, walk.closing(state)))
        state = chain[0].back
    found.reverse()
    return found


def _part(state: State, chain: list[State], walk: _Walk, mode: Mode) -> Part:
    block = walk.blocks[state.block]
    is_believed = state.believed == state.block or state.worth.kind == "steps-unknown"
    worth = state.worth
    if state.believed < 0:
        first = next(one for one in chain if one.believed >= 0)
        worth = _slipped(block, walk.blocks[first.believed], mode, forward=True)
    return Part(block, is_believed, worth, state.gap, state.step)
