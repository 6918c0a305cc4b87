"""What differs between a regimen and the supplies read as it, by name."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from stepline.course.model import Deviation
from stepline.course.spell_points import KEPT
from stepline.course.spell_states import Division, Part
from stepline.course.supplies import TOGETHER, Block
from stepline.dosing.numbers import shown
from stepline.record.totals import is_of_a_time

_TIMES = {"10": "ten times it", "0.1": "a tenth of it", "1000": "a thousand times it",
          "0.001": "a thousandth of it"}  # fmt: skip


def deviations_of(run: Division) -> tuple[Deviation, ...]:
    """The deviations of a course: of its start, its supplies, its gaps and its changes of dose."""
    supplies = [one for part in run.parts for one in part.block.supplies]
    found = _of_start(run)
    for part in run.parts:
        found += _of_dose(part)
        found += _of_supplies(part.block)
    for before, after in pairwise(run.parts):
        found += _of_gap(before, after, is_taper=run.mode.is_taper)
        found += _of_step(after)
    found += _of_changes(run)
    if run.closing:
        found.append(Deviation("partial", "fewer than two falls are recorded"))
    order = {number: n for n, number in enumerate(i for one in supplies for i in one.ids)}
    return tuple(sorted(found, key=lambda one: order[one.event_ids[0]] if one.event_ids else -1))


def _of_start(run: Division) -> list[Deviation]:
    found = []
    first = run.parts[0].block.event
    if first.value is None and first.value_high is None:
        found.append(Deviation("dose-unknown", "the dose is not stated"))
    if any(_is_between(part.block) for part in run.parts):
        found.append(Deviation("steps-unknown", "the steps between its ends are not stated"))
    if is_of_a_time(first.note):
        says = "the dose is a total, and how it is divided is not stated"
        found.append(Deviation("split-unknown", says, run.parts[0].block.ids))
    if not first.time_exact:
        found.append(Deviation("start-unknown", first.time_said or "the start is not stated"))
    return found


def _is_between(block: Block) -> bool:
    return block.event.value is None and block.event.value_low is not None


def _of_dose(part: Part) -> list[Deviation]:
    event, worth, ids = part.block.event, part.worth, part.block.ids
    if not part.is_believed:
        if worth.kind == "dose-unknown":
            return [Deviation(worth.kind, "the dose is not stated", ids)]
        if worth.kind == "unit-missing":
            return [Deviation(worth.kind, f"{event.value:f} without a unit", ids)]
        moved = _TIMES.get(worth.says.removeprefix("times "))
        slip = f"; {moved} would fit" if moved else ""
        return [Deviation("dose-odd", f"{event.value:f} {event.unit} does not fit{slip}", ids)]
    if worth.kind in ("weight-odd", "weight-later", "below-last", "dose-off", "split"):
        kind = "dose-changed" if worth.kind == "dose-off" else worth.kind
        return [Deviation(kind, worth.says, ids)]
    return []


def _of_supplies(block: Block) -> list[Deviation]:
    """What differs among equal supplies, and within one that was joined."""
    found = [Deviation(kind, says, one.ids) for one in block.supplies for kind, says in one.said]
    seen: set[tuple[int, int]] = set()
    reached = block.first
    for one in block.supplies:
        if (one.first, one.last) in seen:
            found.append(Deviation("doubled", "the row stands twice", one.ids))
        elif seen and reached - one.first > TOGETHER:
            days = reached - one.first
            found.append(Deviation("overlap", f"begins {days} days before it was due", one.ids))
        seen.add((one.first, one.last))
        reached = max(reached, one.last)
    return found


def _of_gap(before: Part, after: Part, *, is_taper: bool) -> list[Deviation]:
    gap = after.gap
    if not gap.kind:
        return []
    if gap.kind == "end-unknown":
        return [Deviation(gap.kind, gap.says, before.block.ids)]
    one, other = before.block.event.value, after.block.event.value
    falls = one is not None and other is not None and other < one
    kind = "missing-step" if gap.kind == "gap" and is_taper and falls else gap.kind
    return [Deviation(kind, gap.says, after.block.ids)]


def _of_step(part: Part) -> list[Deviation]:
    if part.step.kind == "rise":
        event = part.block.event
        return [Deviation("rise", f"up again to {event.value:f} {event.unit}", part.block.ids)]
    if part.step.kind == "held":
        return [Deviation("held", part.step.says, part.block.ids)]
    return []


def _of_changes(run: Division) -> list[Deviation]:
    """Changes of a dose that should be kept: one that is kept is a change, another is drift."""
    if run.mode.is_taper:
        return []
    believed = [part for part in run.parts if part.is_believed]
    changes = [n for n, part in enumerate(believed) if n and _differs(believed, n)]
    found = []
    for place, number in enumerate(changes):
        part, before = believed[number], believed[number - 1]
        is_last = place + 1 == len(changes)
        until = believed[-1].block.last if is_last else believed[changes[place + 1]].block.first
        days = until - part.block.first
        says = f"{_said(before)} to {_said(part)}, kept {days} days"
        kind = "dose-changed" if days >= KEPT else "drift"
        found.append(Deviation(kind, says, part.block.ids))
    return found


def _differs(believed: list[Part], number: int) -> bool:
    one, other = believed[number - 1].block.event, believed[number].block.event
    return (one.value, one.unit) != (other.value, other.unit) and None not in (
        one.value,
        other.value,
    )


def _said(part: Part) -> str:
    event = part.block.event
    return f"{shown(event.value or Decimal(0), 3)} {event.unit}".rstrip()
