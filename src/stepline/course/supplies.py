"""Rows of a drug as supplies: a dose from a day to a day, and equal supplies that follow as one.

A spell is a supply. Single doses of a drug that is taken every day, on consecutive days, are
joined into supplies of a daily dose, so that both are read by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby, pairwise
from statistics import median_low

from stepline.course.notes import last_stated, on_alternate_days
from stepline.course.turns import turns_of
from stepline.protocol.model import Basis, Regimen
from stepline.record.model import Event, in_order
from stepline.record.totals import ALTERNATE_DAYS

TOGETHER = 3
"""Days: a supply that begins so soon after another, or before its end, follows on it."""
SHORTEST_RUN = 3
"""Days with a dose that make consecutive days a daily drug and not single doses."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One dose from day `first` to day `last` (proleptic ordinals), and the rows it comes from.

    `event` is the row, or for joined single doses the row that they amount to. `is_open` marks an
    end that is not known: `last` is then the last day on which the drug is known to have run.
    """

    event: Event
    ids: tuple[int, ...]
    first: int
    last: int
    is_open: bool = False
    said: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Equal supplies that follow on one another, from day `first` to day `last`.

    `gap` counts the days without a supply before it (negative where it overlaps; `after_open`: the
    end of what ran before is not known), and `ahead` the days for which its dose is kept, up to the
    next that differs. `meant` is the row as it would be meant where it cannot be meant as it is
    written (`spell_meaning`).
    """

    supplies: tuple[Supply, ...]
    first: int
    last: int
    gap: int = 0
    ahead: int = 0
    after_open: bool = False
    meant: Event | None = None

    @property
    def dose(self) -> Event:
        """The row by which its dose is read and compared."""
        return self.meant or self.event

    @property
    def event(self) -> Event:
        """A row that stands for all: they have the same dose, interval, intent and order."""
        return self.supplies[0].event

    @property
    def count(self) -> int:
        """How many supplies; a row that stands twice counts once."""
        if len(self.supplies) == 1:
            return 1
        return len({(one.first, one.last) for one in self.supplies})

    @property
    def ids(self) -> tuple[int, ...]:
        """The rows of all supplies."""
        return tuple(number for one in self.supplies for number in one.ids)


def supplies_of(rows: Iterable[Event]) -> list[Supply]:
    """Spells as they are and single doses joined, in order of start and row."""
    ordered = in_order(rows)
    spells = [_supply(event) for event in ordered if event.is_spell]
    joined = as_spells([event for event in ordered if not event.is_spell])
    return sorted([*spells, *joined], key=lambda one: (one.event.time, one.event.event_id))


def _supply(event: Event) -> Supply:
    first = event.time.toordinal()
    last = event.end_time.toordinal() if event.end_time is not None else last_stated(event)
    is_open = event.end_time is None or last < first
    said = (("end-unknown", "it ends before it begins"),) if last < first else ()
    said_too = on_alternate_days(event.note) if event.note else ()
    return Supply(event, (event.event_id,), first, max(first, last), is_open, (*said, *said_too))


def blocks_of(supplies: Sequence[Supply]) -> list[Block]:
    """Equal supplies that follow on one another taken together, each with the gap before it."""
    blocks: list[Block] = []
    run: list[Supply] = []
    reached = covered = gap = 0
    is_open = after_open = False
    for one in supplies:
        if run and _continues(run[-1], one, reached):
            run.append(one)
        else:
            if run:
                blocks.append(Block(tuple(run), run[0].first, reached, gap, 0, after_open))
            gap, after_open = (one.first - covered if run else 0), is_open
            run, reached = [one], one.last
        reached = max(reached, one.last)
        if one.last >= covered:
            covered, is_open = one.last, one.is_open
    if run:
        blocks.append(Block(tuple(run), run[0].first, reached, gap, 0, after_open))
    return _looked_ahead(blocks)


def _continues(previous: Supply, one: Supply, reached: int) -> bool:
    same = dose_as_said(previous.event) == dose_as_said(one.event)
    return same and one.first - reached <= TOGETHER


def dose_as_said(event: Event) -> tuple[object, ...]:
    """What a row says of a dose apart from its days: supplies are equal where this is."""
    dose = (event.value, event.value_low, event.value_high, event.unit)
    return (*dose, event.interval, event.intent, event.group)


def _looked_ahead(blocks: list[Block]) -> list[Block]:
    found: list[Block] = []
    until = 0
    for number in range(len(blocks) - 1, -1, -1):
        block = blocks[number]
        later = blocks[number + 1] if number + 1 < len(blocks) else None
        if later is None or later.event.value is None or later.event.value == block.event.value:
            until = max(until, block.last)
        else:
            until = min(later.first, max(block.last, block.first + 1))
        found.append(replace(block, ahead=max(until - block.first, 0)))
    found.reverse()
    return found


# ---------------------------------------------------------------- single doses on consecutive days


def is_daily(regimens: Iterable[Regimen]) -> bool:
    """Whether a drug is prescribed by the day in one of its regimens at least."""
    return any(one.give.basis is Basis.PER_DAY for one in regimens)


def daily_rows(
    moments: Sequence[Event], regimens: Iterable[Regimen]
) -> tuple[list[Event], list[Event]]:
    """Single doses parted: those that amount to a daily dose, and the rest, both in order.

    Only a drug of which a regimen is prescribed by the day has daily rows: a row whose unit is
    already per day, or one of a run of doses on at least two of three days. A day between two of
    doses every second day counts with them.
    """
    if not is_daily(regimens):
        return [], list(moments)
    daily = [event for event in moments if event.unit.endswith("/d")]
    single = [event for event in moments if not event.unit.endswith("/d")]
    rest: list[Event] = []
    for run in _runs(single):
        (daily if is_taken_daily(run) else rest).extend(run)
    return list(in_order(daily)), rest


def as_spells(moments: Sequence[Event]) -> list[Supply]:
    """Single doses on consecutive days joined into supplies of one daily dose each, in order.

    The doses of a day are added up. Where a day has more rows than the days around it and two of
    them are equal, one of the two is `doubled` and not added; where it has fewer, its dose cannot
    be told. A dose every second day, and two that take turns, are their mean a day. A row whose
    unit is per day is a supply whose end is not known.
    """
    per_day, runs = _per_day(moments)
    found = [one for run in runs for one in _taken(run)]
    return sorted([*per_day, *found], key=lambda one: (one.first, one.ids[0]))


def each_day(moments: Sequence[Event]) -> list[Supply]:
    """As `as_spells`, and each day is a supply of its own."""
    per_day, runs = _per_day(moments)
    found = [one for run in runs for one in run]
    return sorted([*per_day, *found], key=lambda one: (one.first, one.ids[0]))


def _per_day(moments: Sequence[Event]) -> tuple[list[Supply], list[list[Supply]]]:
    """The rows whose unit is per day, and the days of the others in runs."""
    per_day = [_supply(event) for event in moments if event.unit.endswith("/d")]
    single = [event for event in moments if not event.unit.endswith("/d")]
    return per_day, [_days_of(run) for run in _runs(single)]


def _runs(events: Sequence[Event]) -> list[list[Event]]:
    """Doses cut where more than three days lie between two."""
    runs: list[list[Event]] = []
    for event in events:
        day = event.time.toordinal()
        if runs and day - runs[-1][-1].time.toordinal() <= TOGETHER:
            runs[-1].append(event)
        else:
            runs.append([event])
    return runs


def is_taken_daily(run: Sequence[Event]) -> bool:
    """Whether doses in order are those of a daily drug: three days and more, two of three days.

    A day between two of doses every second day counts with them.
    """
    days = sorted({event.time.toordinal() for event in run})
    span = days[-1] - days[0] + 1
    by_turns = [one for one in turns_of(days, [True] * len(days)) if one.step == 2]
    between = sum(one.end - one.begin - 1 for one in by_turns)
    return len(days) >= SHORTEST_RUN and 3 * (len(days) + between) >= 2 * span


def _days_of(run: list[Event]) -> list[Supply]:
    """Each day's doses as a supply of that day."""
    days = [list(rows) for _, rows in groupby(run, key=lambda event: event.time.toordinal())]
    usual = median_low([len(rows) for rows in days])
    return [_day(rows, usual) for rows in days]


def _day(rows: list[Event], usual: int) -> Supply:
    kept: list[Event] = []
    for event in rows:
        again = any(dose_as_said(event) == dose_as_said(other) for other in kept)
        if not (again and len(rows) > usual and len(kept) >= usual):
            kept.append(event)
    said: list[tuple[str, str]] = []
    if len(kept) < len(rows):
        said.append(("doubled", "a dose stands twice"))
    if len(rows) < usual:
        said.append(("dose-unknown", f"{len(rows)} of {usual} doses of the day are recorded"))
    first = rows[0]
    day = first.time.toordinal()
    value = _sum(kept) if len(rows) >= usual else None
    unit = f"{first.unit}/d" if first.unit else ""
    event = replace(first, value=value, unit=unit, is_spell=True, end_time=rows[-1].time)
    return Supply(event, tuple(one.event_id for one in rows), day, day, False, tuple(said))


def _sum(rows: list[Event]) -> Decimal | None:
    if any(event.value is None or event.unit != rows[0].unit for event in rows):
        return None
    return sum((event.value for event in rows if event.value is not None), Decimal(0))


def _taken(days: list[Supply]) -> list[Supply]:
    """Days of doses joined into supplies: those that take turns by their mean, the rest by dose."""
    is_comparable = len({one.event.unit for one in days}) == 1
    doses = [one.event.value if is_comparable else None for one in days]
    found: list[Supply] = []
    place = 0
    for turns in turns_of([one.first for one in days], doses):
        found += _joined(days[place : turns.begin])
        found.append(_mean(days[turns.begin : turns.end], turns.step))
        place = turns.end
    return [*found, *_joined(days[place:])]


def _mean(days: list[Supply], step: int) -> Supply:
    """Doses that take turns as one supply of what is taken a day on average; exact."""
    first, second, last = days[0].event, days[1].event, days[-1].event
    one, other = (event.value or Decimal(0) for event in (first, second))
    unit = f" {first.unit.removesuffix('/d')}".rstrip()
    says = f"{one:f}{unit} every second day"
    if step == 1:
        says = f"{one:f}{unit} and {other:f}{unit} by turns"
    said = dict.fromkeys(note for day in days for note in day.said)
    return Supply(
        replace(
            first,
            value=one / 2 if step == 2 else (one + other) / 2,
            end_time=last.end_time,
            end_exact=True,
            end_said="",
        ),
        tuple(number for day in days for number in day.ids),
        days[0].first,
        days[-1].last,
        False,
        (*said, (ALTERNATE_DAYS, says)),
    )


def _joined(days: list[Supply]) -> list[Supply]:
    """Neighbouring days of one dose as one supply."""
    runs: list[list[Supply]] = [days[:1]] if days else []
    for previous, one in pairwise(days):
        if dose_as_said(previous.event) == dose_as_said(one.event):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_run(run) for run in runs]


def _run(run: list[Supply]) -> Supply:
    first, last = run[0], run[-1]
    missing = last.last - first.first + 1 - len(run)
    said = tuple(dict.fromkeys(note for one in run for note in one.said))
    if missing:
        said += (("gap", f"{missing} of {last.last - first.first + 1} days without a dose"),)
    return Supply(
        replace(first.event, end_time=last.event.end_time, end_exact=True, end_said=""),
        tuple(number for one in run for number in one.ids),
        first.first,
        last.last,
        False,
        said,
    )
