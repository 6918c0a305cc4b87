"""The moves of one subject of an event table: what NONMEM makes of its rows.

At one moment what was pending (a lagged or additional dose, the end of an infusion) comes before
the rows, and the rows come in their order, each dose before what its row shows. SS=1 and EVID 3 and
4 cancel what is pending and turn infusions off; SS=2 adds. A steady state has had its doses at
every interval before its row, lagged like its own; one of a constant infusion ends at its row.
Import this module lazily; it imports numba.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stepline.forecast import linear_kernels as kinds
from stepline.forecast.event_table import goes_to_depot
from stepline.forecast.events import Events
from stepline.forecast.moves import Moves
from stepline.forecast.units import TIMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepline.forecast.model import Model

FIRST, PENDING, ROW = range(3)
_FILL, _GIVE, _SHOW = range(3)
"""The order of what happens at one moment, and of what one row does."""
_NEAR = 16
"""Units in the last place by which a computed moment may miss that of a row and still be it."""


@dataclass(frozen=True, slots=True)
class Given:
    """The doses of some rows after bioavailability, in the units of the table.

    `time` is when a dose arrives without its lag; `length` 0 is a bolus, and `rate` then 0.
    `pending` doses come before the rows of their moment, others at their own row.
    """

    row: NDArray[np.int64]
    time: NDArray[np.float64]
    lag: NDArray[np.float64]
    amount: NDArray[np.float64]
    rate: NDArray[np.float64]
    length: NDArray[np.float64]
    depot: NDArray[np.bool_]
    pending: NDArray[np.bool_]

    def at(self, which: NDArray[np.int64], time: NDArray[np.float64]) -> Given:
        """Some of these doses, perhaps more than once, at other times."""
        held = (self.lag, self.amount, self.rate, self.length)
        lag, amount, rate, length = (one[which] for one in held)
        depot, pending = self.depot[which], self.pending[which] | (time != self.time[which])
        return Given(self.row[which], time, lag, amount, rate, length, depot, pending)


@dataclass(slots=True)
class _Gathered:
    """Moves in the order in which they are thought of; `sorted` puts them in that of time."""

    rows: NDArray[np.float64]
    parts: list[tuple[NDArray[np.float64], ...]] = field(default_factory=list)

    def add(
        self,
        time: NDArray[np.float64],
        kind: NDArray[np.int64] | int,
        amount: NDArray[np.float64] | float,
        row: NDArray[np.int64] | int,
        when: tuple[NDArray[np.int64] | int, int],
        steady: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        """Moves at times; `when` is whether pending or of a row, and the place within its row."""
        numbers = (time, kind, amount, row, *when, *steady)
        self.parts.append(
            tuple(np.broadcast_to(np.asarray(one, np.float64), time.shape) for one in numbers)
        )

    def sorted(self, until: float, per_day: float) -> NDArray[np.float64]:
        """Columns as those of `Moves`; what comes after `until` is gone."""
        table = np.concatenate([np.stack(part) for part in self.parts], axis=1)
        table[0] = _snapped(table[0], self.rows)
        table = table[:, (table[0] <= until) | (table[1] == kinds.SEEN)]
        time, kind, amount, row, when, place, *steady = table
        order = np.lexsort((place, row, when, time))
        days = [one / per_day for one in steady]
        return np.stack([time / per_day, kind, amount, *days])[:, order]


def event_moves(
    events: Events, span: tuple[int, int], model: Model, values: Mapping[str, float]
) -> Moves:
    """The moves of the subject whose rows lie in a span; it is seen once at each row, in order."""
    first, last = span
    per_day = TIMES[model.time_unit]
    is_start = events.is_reset[first:last] | (events.steady[first:last] == 1)
    starts = sorted({first, *(first + np.flatnonzero(is_start)).tolist()})
    parts = []
    for start, end in zip(starts, [*starts[1:], last], strict=True):
        until = float(events.time[end - 1])
        if end < last:
            until = max(until, float(events.time[end]))
        gathered = _Gathered(events.time[start:end])
        _rows_of(events, (start, end), model, values, until, gathered)
        parts.append(gathered.sorted(until, per_day))
    time, kind, amount, interval, duration, since = np.concatenate(parts, axis=1)
    is_rate = np.isin(kind, (kinds.RATE, kinds.DEPOT_RATE))
    is_rate |= np.isin(kind, (kinds.STEADY, kinds.DEPOT_STEADY)) & (interval == 0)
    amount = np.where(is_rate, amount * per_day, amount)
    return Moves(time, kind.astype(np.int64), amount, interval, duration, since)


def _rows_of(
    events: Events,
    span: tuple[int, int],
    model: Model,
    values: Mapping[str, float],
    until: float,
    gathered: _Gathered,
) -> None:
    """What the rows of a span do, no reset among them but at its first row."""
    rows = np.arange(*span)
    gathered.add(events.time[rows], kinds.SEEN, 0.0, rows, (ROW, _SHOW))
    if events.is_reset[span[0]] or events.steady[span[0]] == 1:
        gathered.add(events.time[rows[:1]], kinds.RESET, 0.0, rows[:1], (FIRST, _GIVE))
    rows = rows[events.is_dose[rows]]
    own = given(events, rows, model, values)
    for at in np.flatnonzero(events.steady[rows] > 0):
        _steady(events, own, int(at), gathered)
    _doses(repeated(events, own, until), gathered)


def given(
    events: Events, rows: NDArray[np.int64], model: Model, values: Mapping[str, float]
) -> Given:
    """The doses of rows, their additional ones aside."""
    depot = goes_to_depot(events.compartment[rows], model)
    per_day = TIMES[model.time_unit]
    lag = np.where(depot, values.get("lag", 0.0) * per_day, 0.0)
    share = np.where(depot, values.get("f", 1.0), 1.0)
    lag = np.where(np.isnan(events.lag[rows]), lag, events.lag[rows])
    share = np.where(np.isnan(events.f[rows]), share, events.f[rows])
    amount, rate = events.amount[rows] * share, events.rate[rows]
    rate = np.where(rate == -1, events.modelled[rows], rate)
    modelled = events.duration[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(rate > 0, amount / rate, np.where(rate == -2, modelled, 0.0))
        rate = np.where(rate == -2, np.where(modelled > 0, amount / modelled, 0.0), rate)
    return Given(rows, events.time[rows], lag, amount, rate, length, depot, lag > 0)


def repeated(events: Events, own: Given, until: float) -> Given:
    """These doses and their additional ones up to a time."""
    interval = events.interval[own.row]
    # A steady state of an infusion at a constant rate gives nothing from its row on.
    is_given = own.amount > 0
    counts = np.where(is_given, 1 + additional(events, own.row, until), 0)
    which = np.repeat(np.arange(len(own.row)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return own.at(which, own.time[which] + nth * interval[which])


def additional(
    events: Events, rows: NDArray[np.int64], until: NDArray[np.float64] | float
) -> NDArray[np.int64]:
    """How many additional doses of rows begin by a time."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        room = np.floor((until - events.time[rows]) / events.interval[rows]) + 1
    room = np.where(np.isfinite(room), np.clip(room, 0, 2**53), 0)
    return np.minimum(events.more[rows], room.astype(np.int64))


def _doses(one: Given, gathered: _Gathered) -> None:
    """The moves of doses: a bolus, or an infusion that starts and ends."""
    when = np.where(one.pending, PENDING, ROW)
    time = one.time + one.lag
    end = time + one.length
    for is_depot in (False, True):
        bolus = (one.depot == is_depot) & (end <= time)
        kind = kinds.DEPOT_BOLUS if is_depot else kinds.BOLUS
        gathered.add(time[bolus], kind, one.amount[bolus], one.row[bolus], (when[bolus], _GIVE))
        long = (one.depot == is_depot) & (end > time)
        kind = kinds.DEPOT_RATE if is_depot else kinds.RATE
        # Over the length that two binary moments really lie apart: the whole amount is given.
        rate, row = one.amount[long] / (end - time)[long], one.row[long]
        gathered.add(time[long], kind, rate, row, (when[long], _GIVE))
        gathered.add(end[long], kind, -rate, row, (PENDING, _GIVE))


def _steady(events: Events, own: Given, at: int, gathered: _Gathered) -> None:
    """The steady state of a row: amounts, infusions that still run, doses still in their lag."""
    now, row, depot = own.time[at : at + 1], int(own.row[at]), bool(own.depot[at])
    kind = kinds.DEPOT_STEADY if depot else kinds.STEADY
    interval, length, lag = float(events.interval[row]), float(own.length[at]), float(own.lag[at])
    if interval == 0:
        gathered.add(now, kind, float(own.rate[at]), row, (ROW, _FILL))
        return
    if own.amount[at] == 0:
        return
    whole = np.floor(lag / interval)
    rest = max(lag - whole * interval, 0.0)
    since = interval - rest if rest > 0 else 0.0
    amount = float(own.amount[at])
    gathered.add(now, kind, amount, row, (ROW, _FILL), (interval, length, since))
    if length > 0:
        begun = since + interval * np.arange(0 if since > 0 else 1, np.ceil(length / interval) + 1)
        left = length - begun[begun < length]
        rate_kind, rate = kinds.DEPOT_RATE if depot else kinds.RATE, float(own.rate[at])
        gathered.add(np.repeat(now, len(left)), rate_kind, rate, row, (ROW, _FILL))
        gathered.add(now + left, rate_kind, -rate, row, (PENDING, _GIVE))
    late = rest + interval * np.arange(whole)
    _doses(own.at(np.full(len(late), at), now + late - lag), gathered)


def _snapped(time: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times, those that miss the time of a row by rounding alone put onto it.

    0.1 + 2 × 0.1 is not 0.3 in binary, and a dose must not slip behind the row that sees it.
    """
    after = np.minimum(np.searchsorted(rows, time), len(rows) - 1)
    for near in (rows[after], rows[np.maximum(after - 1, 0)]):
        close = np.abs(time - near) <= _NEAR * np.spacing(np.maximum(np.abs(time), np.abs(near)))
        time = np.where(close, near, time)
    return time
