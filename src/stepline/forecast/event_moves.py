"""The moves of an event table: what NONMEM makes of its rows, for all subjects at once.

At one moment what was pending (a lagged or additional dose, the end of an infusion) comes before
the rows, and the rows come in their order, each dose before what its row shows. SS=1 and EVID 3 and
4 cancel what is pending and turn infusions off; SS=2 adds. A steady state has had its doses at
every interval before its row, lagged like its own; one of a constant infusion ends at its row.
Import this module lazily; it imports numba.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from stepline.forecast import linear_kernels as kinds
from stepline.forecast.event_table import goes_to_depot
from stepline.forecast.events import Events
from stepline.forecast.moves import Moves
from stepline.forecast.stretches import Stretches, snapped, stretches
from stepline.forecast.units import TIMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepline.forecast.model import Model

FIRST, PENDING, ROW = range(3)
_FILL, _GIVE, _SHOW = range(3)
"""The order of what happens at one moment, and of what one row does."""


@dataclass(frozen=True, slots=True)
class Given:
    """Doses after bioavailability, in the units of the table.

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

    def those(self, which: NDArray[np.bool_]) -> Given:
        """Some of these doses as they are."""
        rows = np.flatnonzero(which)
        return self.at(rows, self.time[rows])


@dataclass(slots=True)
class _Gathered:
    """Moves in the order in which they are thought of; `sorted` puts them in that of time."""

    parts: list[NDArray[np.float64]] = field(default_factory=list)

    def add(
        self,
        time: NDArray[np.float64],
        kind: NDArray[np.int64] | int,
        amount: NDArray[np.float64] | float,
        row: NDArray[np.int64],
        when: tuple[NDArray[np.int64] | int, int],
        steady: tuple[NDArray[np.float64] | float, ...] = (0.0, 0.0, 0.0),
    ) -> None:
        """Moves at times; `when` is whether pending or of a row, and the place within its row."""
        numbers = (time, kind, amount, row, *when, *steady)
        shaped = [np.broadcast_to(np.asarray(one, np.float64), time.shape) for one in numbers]
        self.parts.append(np.stack(shaped))

    def sorted(self, parts: Stretches) -> NDArray[np.float64]:
        """Time, kind, amount, row, place in the moment and in the row, interval, duration, since.

        What comes after the end of its stretch is gone.
        """
        table = np.concatenate(self.parts, axis=1)
        stretch = parts.of[table[3].astype(np.int64)]
        table[0] = snapped(table[0], stretch, parts)
        kept = (table[0] <= parts.until[stretch]) | (table[1] == kinds.SEEN)
        table, stretch = table[:, kept], stretch[kept]
        return table[:, np.lexsort((table[5], table[3], table[4], table[0], stretch))]


def event_moves(
    events: Events, model: Model, lag: NDArray[np.float64], share: NDArray[np.float64]
) -> tuple[Moves, NDArray[np.int64]]:
    """The moves of all subjects one after another, and where those of each begin and end.

    A subject is seen once at each row, in order. `lag`, in the unit of the table, and `share` hold
    for the dose of each row.
    """
    parts, gathered = stretches(events), _Gathered()
    rows = np.arange(len(events))
    gathered.add(events.time, kinds.SEEN, 0.0, rows, (ROW, _SHOW))
    fresh = parts.first[(events.is_reset | (events.steady == 1))[parts.first]]
    gathered.add(events.time[fresh], kinds.RESET, 0.0, fresh, (FIRST, _GIVE))
    own = given(events, model, lag, share)
    _steady(events, own, gathered)
    _doses(repeated(events, own, parts), gathered)
    table = gathered.sorted(parts)
    per_day = TIMES[model.time_unit]
    time, kind, amount, row, _, _, interval, duration, since = table
    is_rate = np.isin(kind, (kinds.RATE, kinds.DEPOT_RATE))
    is_rate |= np.isin(kind, (kinds.STEADY, kinds.DEPOT_STEADY)) & (interval == 0)
    ends = np.searchsorted(parts.subject[row.astype(np.int64)], np.arange(len(events.spans) + 1))
    return (
        Moves(
            time / per_day,
            kind.astype(np.int64),
            np.where(is_rate, amount * per_day, amount),
            interval / per_day,
            duration / per_day,
            since / per_day,
        ),
        ends,
    )


def given(
    events: Events, model: Model, lag: NDArray[np.float64], share: NDArray[np.float64]
) -> Given:
    """The doses of the rows, their additional ones aside."""
    rows = np.flatnonzero(events.is_dose)
    depot = goes_to_depot(events.compartment[rows], model)
    amount, rate = events.amount[rows] * share[rows], events.rate[rows]
    rate = np.where(rate == -1, events.modelled[rows], rate)
    modelled = events.duration[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(rate > 0, amount / rate, np.where(rate == -2, modelled, 0.0))
        rate = np.where(rate == -2, np.where(modelled > 0, amount / modelled, 0.0), rate)
    late = lag[rows]
    return Given(rows, events.time[rows], late, amount, rate, length, depot, late > 0)


def repeated(events: Events, own: Given, parts: Stretches) -> Given:
    """These doses and their additional ones up to the end of their stretch."""
    # A steady state of an infusion at a constant rate gives nothing from its row on.
    more = additional(events, own.row, parts.until[parts.of[own.row]])
    which, nth = _counted(np.where(own.amount > 0, 1 + more, 0))
    return own.at(which, own.time[which] + nth * events.interval[own.row[which]])


def additional(
    events: Events, rows: NDArray[np.int64], until: NDArray[np.float64]
) -> NDArray[np.int64]:
    """How many additional doses of rows begin by a time."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        room = np.floor((until - events.time[rows]) / events.interval[rows]) + 1
    room = np.where(np.isfinite(room), np.clip(room, 0, 2**53), 0)
    return np.minimum(events.more[rows], room.astype(np.int64))


def _counted(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each place as often as it counts, and which time it is, from 0."""
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)


def _doses(one: Given, gathered: _Gathered) -> None:
    """The moves of doses: a bolus, or an infusion that starts and ends."""
    when = np.where(one.pending, PENDING, ROW)
    time = one.time + one.lag
    end = time + one.length
    bolus, long = end <= time, end > time
    kind = np.where(one.depot, kinds.DEPOT_BOLUS, kinds.BOLUS)[bolus]
    gathered.add(time[bolus], kind, one.amount[bolus], one.row[bolus], (when[bolus], _GIVE))
    kind = np.where(one.depot, kinds.DEPOT_RATE, kinds.RATE)[long]
    # Over the length that two binary moments really lie apart: the whole amount is given.
    rate, row = one.amount[long] / (end - time)[long], one.row[long]
    gathered.add(time[long], kind, rate, row, (when[long], _GIVE))
    gathered.add(end[long], kind, -rate, row, (PENDING, _GIVE))


def _steady(events: Events, own: Given, gathered: _Gathered) -> None:
    """Steady states of rows: amounts, infusions that still run, doses still in their lag."""
    interval = events.interval[own.row]
    is_steady = events.steady[own.row] > 0
    endless = own.those(is_steady & (interval == 0))
    kind = np.where(endless.depot, kinds.DEPOT_STEADY, kinds.STEADY)
    gathered.add(endless.time, kind, endless.rate, endless.row, (ROW, _FILL))
    one = own.those(is_steady & (interval > 0) & (own.amount > 0))
    interval = events.interval[one.row]
    whole = np.floor(one.lag / interval)
    rest = np.maximum(one.lag - whole * interval, 0.0)
    since = np.where(rest > 0, interval - rest, 0.0)
    kind = np.where(one.depot, kinds.DEPOT_STEADY, kinds.STEADY)
    cycle = (interval, one.length, since)
    gathered.add(one.time, kind, one.amount, one.row, (ROW, _FILL), cycle)
    _running(one, interval, since, gathered)
    which, nth = _counted(whole.astype(np.int64))
    late = rest[which] + nth * interval[which] - one.lag[which]
    _doses(one.at(which, one.time[which] + late), gathered)


def _running(
    one: Given, interval: NDArray[np.float64], since: NDArray[np.float64], gathered: _Gathered
) -> None:
    """Infusions of a steady state that began before its row and end after it."""
    which, nth = _counted(np.ceil(one.length / interval).astype(np.int64) + 1)
    begun = since[which] + nth * interval[which]
    is_running = (begun > 0) & (begun < one.length[which])
    which, left = which[is_running], (one.length[which] - begun)[is_running]
    kind = np.where(one.depot, kinds.DEPOT_RATE, kinds.RATE)[which]
    now, rate, row = one.time[which], one.rate[which], one.row[which]
    gathered.add(now, kind, rate, row, (ROW, _FILL))
    gathered.add(now + left, kind, -rate, row, (PENDING, _GIVE))
