"""The shape of a taper as it was taken: from where, to where, in how many steps and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from stepline.course.spell_states import Division
from stepline.course.supplies import Block


@dataclass(frozen=True, slots=True)
class TaperShape:
    """A taper's first and last dose in `unit`, its falls, and how long it took to reach the last.

    `steps` is `None` where the record does not tell them. `days` runs from the first day of the
    first dose to the first day of the last. `pace` is what the dose fell a week on average, in
    `unit`, to one decimal; `None` where the taper took no time or its ends are not exact.
    """

    start: Decimal
    end: Decimal
    unit: str
    steps: int | None
    days: int
    pace: Decimal | None

    def says(self) -> str:
        """The shape in words."""
        steps = "steps unknown"
        if self.steps is not None:
            steps = f"{self.steps} {'step' if self.steps == 1 else 'steps'}"
        pace = f", {self.pace:f} {self.unit} less a week on average" if self.pace else ""
        return f"from {self.start:f} to {self.end:f} {self.unit} in {self.days} days, {steps}{pace}"


def shape_of(run: Division) -> TaperShape | None:
    """The shape of a course read as a taper; `None` for other courses, or where units differ."""
    if not run.mode.is_taper:
        return None
    believed = [part for part in run.parts if part.is_believed]
    known = [part.block for part in believed if part.block.event.value is not None]
    if len(known) < 2 or len({one.event.unit for one in known}) > 1:
        return None
    is_told = all(part.worth.kind != "steps-unknown" for part in believed)
    start, end = (_value(one) for one in (known[0], known[-1]))
    reached = next(one for one in known if one.event.value == end)
    days = reached.first - known[0].first
    falls = sum(_value(b) < _value(a) for a, b in pairwise(known))
    exact = all(one.event.time_exact for one in (known[0], reached))
    pace = (start - end) * 7 / days if days and exact else None
    return TaperShape(
        start, end, known[0].event.unit, falls if is_told else None, days,
        pace.quantize(Decimal("0.1")) if pace is not None else None,
    )  # fmt: skip


def _value(block: Block) -> Decimal:
    assert block.event.value is not None
    return block.event.value
