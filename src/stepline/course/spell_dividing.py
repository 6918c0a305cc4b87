"""The best reading of a drug's supplies as courses, found by dynamic programming.

Each block of equal supplies begins a course, goes on in one, or stands in one without its dose
being believed. What matters of the past is the regimen, the last dose believed (at most `MOST_ODD`
blocks back), and of a taper how often it fell; so work grows with the number of supplies and ends
on any input. A dose equal to the one before is not doubted, nor in a taper a fall after which the
next doses are no higher. Among equal sums going on comes before beginning, and the id that is first
in the alphabet before the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepline.course import spell_points as p
from stepline.course.spell_modes import Mode
from stepline.course.spell_points import Worth
from stepline.course.spell_states import NOTHING, Division, Part, State
from stepline.course.spell_stream import Stream
from stepline.course.supplies import Block

_Best = dict[tuple[int, int, int, bool], State]


def divided(blocks: Sequence[Block], modes: Sequence[Mode]) -> list[Division]:
    """The division of blocks into courses that is worth most; the last mode is the unnamed one."""
    if not blocks:
        return []
    walk = _Walk(Stream(blocks, modes))
    ends: list[tuple[int, State]] = []
    for number in range(len(blocks)):
        ends = walk.step(number, ends)
    return _traced(max(ends, key=lambda one: one[0])[1], walk)


class _Walk:
    """The states of each block in turn. An end is a mode's best closed state with its sum."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.modes = stream.modes
        self.unnamed = len(stream.modes) - 1
        self._tapers = [mode.is_taper for mode in stream.modes]
        self._states: list[list[State]] = [[] for _ in stream.modes]

    def step(self, number: int, ends: list[tuple[int, State]]) -> list[tuple[int, State]]:
        """The best end of each mode after one block, given those before it."""
        gap = self.stream.gaps[number]
        closed: list[tuple[int, State]] = []
        for place in range(len(self.modes)):
            best: _Best = {}
            if gap is not None:
                for state in self._states[place]:
                    self._go_on(best, state, number, gap)
            self._begin(best, place, number, ends)
            self._states[place] = list(best.values())
            end = self._closed(self._states[place])
            if end is not None:
                closed.append(end)
        return closed

    def closing(self, state: State) -> int:
        """What is added where a course ends in a state."""
        if state.falls == 2 or not self._tapers[state.mode]:
            return 0
        event = self.stream.blocks[state.believed].dose
        wanted = 1 if self.modes[state.mode].ends_at(event) else 2
        return p.FEW_STEPS * max(0, wanted - state.falls)

    def _closed(self, states: list[State]) -> tuple[int, State] | None:
        best: tuple[int, State] | None = None
        for state in states:
            if state.believed < 0 or (best is not None and state.score <= best[0]):
                continue
            ended = state.score + self.closing(state)
            if best is None or ended > best[0]:
                best = ended, state
        return best

    # ------------------------------------------------------------ beginning

    def _begin(self, best: _Best, place: int, number: int, ends: list[tuple[int, State]]) -> None:
        stream = self.stream
        mode, day = self.modes[place], stream.first[number]
        before, began, score = self._beginning(place, number, ends)
        worth = mode.first[number]
        if worth is not None:
            _keep(best, State(score + worth.points, place, number, number, 0, 0, day, True,
                              before, worth, NOTHING, began))  # fmt: skip
        if place == self.unnamed:
            return
        if self._tapers[place] and stream.gaps[number] is not None:
            for end in ends:
                self._begin_to_fall(best, place, number, end)
        if not stream.begins_soon(mode, number):
            return
        odd = stream.doubts[number]
        _keep(best, State(score + odd.points, place, number, -1, 1, 0, day, True,
                          before, odd, NOTHING, began))  # fmt: skip

    def _begin_to_fall(self, best: _Best, place: int, number: int, end: tuple[int, State]) -> None:
        """A taper begins right after a course at a dose that it could have begun with itself."""
        (ended, before), mode = end, self.modes[place]
        top, worth = mode.first[before.believed], mode.next[number]
        if before.mode == place or worth is None or top is None or top.points <= 0:
            return
        if self.stream.compared(before.believed, number) != -1:
            return
        began = p.BEGIN + self.stream.orders[number]
        _keep(best, State(ended + began + worth.points, place, number, number, 0, 1,
                          self.stream.first[number], False, before, worth, NOTHING,
                          began))  # fmt: skip

    def _beginning(
        self, place: int, number: int, ends: list[tuple[int, State]]
    ) -> tuple[State | None, int, int]:
        """The best end before, what beginning after it costs, and the sum of both."""
        base = p.BEGIN_UNNAMED if place == self.unnamed else p.BEGIN
        base += self.stream.orders[number]
        is_close = self.stream.gaps[number] is not None
        again = p.SAME_AGAIN if is_close and place != self.unnamed else 0
        found: tuple[State | None, int, int] = (None, base, base)
        for ended, state in ends:
            cost = base + (again if state.mode == place else 0)
            if found[0] is None or ended + cost > found[2]:
                found = state, cost, ended + cost
        return found

    # ------------------------------------------------------------ going on

    def _go_on(self, best: _Best, state: State, number: int, gap: Worth) -> None:
        score = state.score + gap.points
        if state.mode == self.unnamed:
            self._go_on_unnamed(best, state, number, score)
            return
        if state.believed < 0:
            self._believe_first(best, state, number, score)
        elif self._tapers[state.mode]:
            self._step_down(best, state, number, score)
        else:
            self._stay(best, state, number, score)
        if state.odd < p.MOST_ODD and self._may_be_odd(state, number):
            worth = self._doubted(state, number)
            _keep(best, State(score + worth.points, state.mode, number, state.believed,
                              state.odd + 1, state.falls, state.kept, state.may_hold, state,
                              worth))  # fmt: skip

    def _may_be_odd(self, state: State, number: int) -> bool:
        """Whether a dose may be doubted: not where it is the one before, or a fall that stays."""
        if state.believed < 0 or self.stream.blocks[number].meant is not None:
            return True
        order = self.stream.compared(state.believed, number)
        is_fall = order == -1 and self._tapers[state.mode]
        return order != 0 and not (is_fall and not self.stream.is_passing[number])

    def _doubted(self, state: State, number: int) -> Worth:
        if state.believed < 0:
            return self.stream.doubts[number]
        is_taper = self._tapers[state.mode]
        return self.stream.doubted(number, state.believed, is_taper=is_taper, is_before=False)

    def _go_on_unnamed(self, best: _Best, state: State, number: int, score: int) -> None:
        one, other = self.stream.blocks[number - 1].event, self.stream.blocks[number].event
        if (one.intent, one.interval) != (other.intent, other.interval):
            return
        same = self.stream.compared(number - 1, number) == 0
        step = NOTHING if same else Worth(p.CHANGED, "dose-changed")
        _keep(best, State(score + step.points, state.mode, number, number, 0, 0,
                          self.stream.first[number], True, state, NOTHING, step))  # fmt: skip

    def _believe_first(self, best: _Best, state: State, number: int, score: int) -> None:
        """The first dose believed after rows that were not: what those were worth is settled."""
        worth = self.modes[state.mode].first[number]
        if worth is None:
            return
        is_taper, stream = self._tapers[state.mode], self.stream
        kept = stream.first[number]
        for one in reversed(range(number - state.odd, number)):
            kept = stream.first[one] if stream.is_same_number(one, number) else kept
            settled = stream.doubted(one, number, is_taper=is_taper, is_before=True)
            score += settled.points - stream.doubts[one].points
        _keep(best, State(score + worth.points, state.mode, number, number, 0, 0,
                          kept, True, state, worth))  # fmt: skip

    def _stay(self, best: _Best, state: State, number: int, score: int) -> None:
        worth = self.modes[state.mode].first[number]
        if worth is None:
            return
        same = not self.stream.compared(state.believed, number)
        step = NOTHING if same else Worth(p.CHANGED, "dose-changed")
        kept = state.kept if same else self.stream.first[number]
        _keep(best, State(score + worth.points + step.points, state.mode, number, number, 0, 0,
                          kept, True, state, worth, step))  # fmt: skip

    def _step_down(self, best: _Best, state: State, number: int, score: int) -> None:
        worth = self.modes[state.mode].next[number]
        if worth is None:
            self._pass_between(best, state, number, score)
            return
        order = self.stream.compared(state.believed, number)
        day, step, falls, may_hold = self.stream.first[number], NOTHING, state.falls, False
        if order is None or (order > 0 and self.stream.rises_too_far(state.believed, number)):
            return
        if order == 0:
            day, may_hold = state.kept, state.may_hold
            worth = self._kept_at_first(state, number) or worth
        elif order > 0:
            step, may_hold = Worth(p.RISE, "rise"), True
        else:
            falls = min(2, falls + 1)
            step = self._held(state, number)
        _keep(best, State(score + worth.points + step.points, state.mode, number, number, 0,
                          falls, day, may_hold, state, worth, step))  # fmt: skip

    def _kept_at_first(self, state: State, number: int) -> Worth | None:
        """Of a taper that has not begun to fall, what its first dose is worth."""
        return None if state.falls else self.modes[state.mode].first[number]

    def _held(self, state: State, number: int) -> Worth:
        """Whether the dose that ends here was kept so long that it is a course of its own."""
        days = self.stream.first[number] - state.kept
        hold = self.modes[state.mode].held_days
        is_long = days > p.KEPT and days > p.KEPT_TIMES * self.stream.ahead[number]
        if not state.may_hold or not (days > hold + p.KEPT if hold is not None else is_long):
            return NOTHING
        return Worth(p.HELD, "held", f"{days} days at one dose before it fell")

    def _pass_between(self, best: _Best, state: State, number: int, score: int) -> None:
        """A stretch of a taper of which only the ends are known holds all its steps.

        The dose before it stays the one to compare with.
        """
        event = self.stream.blocks[number].event
        before = self.stream.blocks[state.believed].event
        if event.value is not None or event.value_low is None or event.value_high is None:
            return
        if event.unit == before.unit and (before.value or 0) <= event.value_high:
            worth = Worth(p.DOSE_FITS, "steps-unknown")
            _keep(best, State(score + worth.points, state.mode, number, state.believed, state.odd,
                              2, state.kept, False, state, worth))  # fmt: skip


def _keep(best: _Best, state: State) -> None:
    key = (state.believed, state.odd, state.falls, state.may_hold)
    known = best.get(key)
    if known is None or state.score > known.score:
        best[key] = state


def _traced(last: State, walk: _Walk) -> list[Division]:
    found: list[Division] = []
    state: State | None = last
    while state is not None:
        chain = [state]
        while chain[-1].began is None and chain[-1].back is not None:
            chain.append(chain[-1].back)
        chain.reverse()
        parts = tuple(_part(one, chain, walk) for one in chain)
        mode, began = walk.modes[state.mode], chain[0].began or 0
        found.append(Division(mode, parts, began, walk.closing(state)))
        state = chain[0].back
    found.reverse()
    return found


def _part(state: State, chain: list[State], walk: _Walk) -> Part:
    stream = walk.stream
    is_read_so = state.mode != walk.unnamed and stream.blocks[state.block].meant is not None
    is_told = state.believed == state.block and not is_read_so
    is_believed = is_told or state.worth.kind == "steps-unknown"
    worth = state.worth
    if state.believed < 0:
        first = next(one.believed for one in chain if one.believed >= 0)
        is_taper = walk.modes[state.mode].is_taper
        worth = stream.doubted(state.block, first, is_taper=is_taper, is_before=True)
    gap = stream.gaps[state.block] if state.began is None else None
    return Part(stream.blocks[state.block], is_believed, worth, gap or NOTHING, state.step)
