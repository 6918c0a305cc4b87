"""Where the search through supplies stands at a block, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

from stepline.course.spell_modes import Mode
from stepline.course.spell_points import Worth
from stepline.course.supplies import Block

NOTHING = Worth(0)


@dataclass(slots=True)
class State:
    """The best way to a block in a mode.

    `believed` is the last block whose dose is believed, -1 where none is yet; `odd` counts blocks
    that are not believed since; `falls` counts a taper's falls up to two; `kept` is the day since
    which its dose is kept, `may_hold` whether keeping it long would make it a course of its own.
    `began` is what beginning here cost, `None` within a course; `step` what the change of dose is
    worth, `worth` what the block's dose is.
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
    worth: Worth
    step: Worth = NOTHING
    began: int | None = None


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
