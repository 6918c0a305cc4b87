"""What an event table must hold for its rows to mean one thing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from stepline.core.errors import Place, Problem
from stepline.forecast.event_table import TOLD
from stepline.forecast.events import OBSERVATION, OTHER, RESET, Events

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepline.forecast.model import Model

MOST_DOSES = 10_000_000
"""Doses of one table at most, additional ones counted."""


def event_problems(events: Events, model: Model) -> list[Problem]:
    """Everything wrong with a table whose cells are numbers, in order of lines.

    Codes: `evid-unknown`, `compartment-unknown`, `amount-wrong`, `rate-wrong`, `rate-unmodelled`,
    `interval-wrong`, `additional-wrong`, `steady-state-wrong`, `lag-wrong`, `share-wrong`,
    `time-backwards`, `subject-scattered`, `covariate-changes`, `doses-too-many`, `row-unused`.
    """
    found = [
        *_kinds(events),
        *_compartments(events, model),
        *_amounts(events),
        *_rates(events),
        *_repeats(events),
        *_own(events),
        *_order(events),
        *_count(events),
        *_covariates(events),
    ]
    return sorted(found, key=lambda one: one.place.line)


def _each(
    events: Events,
    wrong: NDArray[np.bool_],
    problem: tuple[str, str],
    values: NDArray[np.float64] | NDArray[np.int64],
    allowed: str,
    mend: str = "",
) -> list[Problem]:
    """One problem for each row that is wrong; beyond `TOLD` rows the rest are counted."""
    code, message = problem
    rows = np.flatnonzero(wrong)
    found = [
        Problem(
            code,
            message,
            Place(events.name, int(events.line[row])),
            f"{values[row]:g}",
            allowed,
            mend,
        )
        for row in rows[:TOLD]
    ]
    if len(rows) > TOLD:
        more = f"{len(rows) - TOLD} more rows have this mistake: {message}"
        found.append(Problem(code, more, Place(events.name, int(events.line[rows[TOLD]]))))
    return found


def _kinds(events: Events) -> list[Problem]:
    wrong = (events.evid < 0) | (events.evid > 4)
    message = "There is no such EVID."
    allowed = "0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose"
    found = _each(events, wrong, ("evid-unknown", message), events.evid, allowed)
    idle = np.isin(events.evid, (OBSERVATION, OTHER, RESET))
    for name, values in (
        ("AMT", events.amount),
        ("RATE", events.rate),
        ("II", events.interval),
        ("ADDL", events.more),
        ("SS", events.steady),
    ):
        message = f"The row is no dose (its EVID is 0, 2 or 3), and yet has {name}."
        mend = "set EVID to 1 where a dose was given, else leave it out"
        found += _each(events, idle & (values != 0), ("row-unused", message), values, "0", mend)
    return found


def _compartments(events: Events, model: Model) -> list[Problem]:
    has_depot = "ka" in model.parameters
    allowed = "1 (depot), 2 (central) or 0" if has_depot else "1 (central) or 0"
    wrong = events.is_dose & ~np.isin(events.compartment, (0, 1, 2) if has_depot else (0, 1))
    message = f"A dose of the model {model.id} cannot go into this compartment."
    return _each(events, wrong, ("compartment-unknown", message), events.compartment, allowed)


def _amounts(events: Events) -> list[Problem]:
    dose, amount = events.is_dose, events.amount
    is_endless = (events.steady > 0) & (events.interval == 0)
    found = _each(
        events, dose & (amount < 0), ("amount-wrong", "An amount is negative."), amount, "0 or more"
    )
    message = "The dose has no amount."
    wrong = dose & (amount == 0) & ~is_endless
    mend = "state AMT; an infusion at steady state has AMT 0, RATE, SS and no II"
    return found + _each(events, wrong, ("amount-wrong", message), amount, "more than 0", mend)


def _rates(events: Events) -> list[Problem]:
    dose, rate = events.is_dose, events.rate
    wrong = dose & (rate < 0) & (rate != -1) & (rate != -2)
    allowed = "0 bolus, more than 0 infusion, -1 modelled rate, -2 modelled duration"
    found = _each(events, wrong, ("rate-wrong", "There is no such RATE."), rate, allowed)
    for code, name, values in ((-1, "rate", events.modelled), (-2, "duration", events.duration)):
        asked = dose & (rate == code)
        message = f"This dose has a modelled {name}, and the model names no column that holds it."
        mend = f"name the column in the model file: columns: {{central-{name}: …}}"
        found += _each(
            events, asked & np.isnan(values), ("rate-unmodelled", message), rate, "a column", mend
        )
        message = f"The modelled {name} of this dose cannot be used."
        least = values <= 0 if code == -1 else values < 0
        allowed = "more than 0" if code == -1 else "0 or more"
        found += _each(events, asked & least, ("rate-wrong", message), values, allowed)
    return found


def _repeats(events: Events) -> list[Problem]:
    dose, interval, more, steady = events.is_dose, events.interval, events.more, events.steady
    found = _each(
        events, dose & (interval < 0), ("interval-wrong", "II is negative."), interval, "0 or more"
    )
    found += _each(
        events, dose & (more < 0), ("additional-wrong", "ADDL is negative."), more, "0 or more"
    )
    message = "There are additional doses, and no II that parts them."
    wrong = dose & (more > 0) & (interval == 0)
    found += _each(events, wrong, ("interval-wrong", message), interval, "more than 0")
    message = "II is stated, and neither ADDL nor SS says what repeats."
    wrong = dose & (interval > 0) & (more == 0) & (steady == 0)
    mend = "add ADDL or SS, or leave out II"
    found += _each(events, wrong, ("interval-wrong", message), interval, "0", mend)
    wrong = dose & ((steady < 0) | (steady > 2))
    allowed = "0 no, 1 steady state, 2 added to what is there"
    found += _each(events, wrong, ("steady-state-wrong", "There is no such SS."), steady, allowed)
    return found + _endless(events)


def _endless(events: Events) -> list[Problem]:
    """Steady states without an interval: infusions at a constant rate, and nothing else."""
    endless = events.is_dose & (events.steady > 0) & (events.interval == 0)
    message = "A steady state of repeated doses needs II."
    found = _each(
        events,
        endless & (events.amount > 0),
        ("steady-state-wrong", message),
        events.interval,
        "more than 0",
        "state II; an infusion at a constant rate has AMT 0",
    )
    message = "A steady state without AMT is that of an infusion, and needs its RATE."
    wrong = endless & (events.amount == 0) & ((events.rate == 0) | (events.rate == -2))
    found += _each(
        events, wrong, ("steady-state-wrong", message), events.rate, "more than 0, or -1"
    )
    message = "An infusion at steady state cannot repeat."
    wrong = endless & (events.amount == 0) & (events.more > 0)
    return found + _each(events, wrong, ("steady-state-wrong", message), events.more, "0")


def _own(events: Events) -> list[Problem]:
    dose = events.is_dose
    found = _each(
        events,
        dose & (events.lag < 0),
        ("lag-wrong", "A lag is negative."),
        events.lag,
        "0 or more",
    )
    message = "A bioavailability is negative."
    return found + _each(
        events, dose & (events.f < 0), ("share-wrong", message), events.f, "0 or more"
    )


def _order(events: Events) -> list[Problem]:
    """Time within a subject, the rows of a subject together, and how many doses there are."""
    back = np.zeros(len(events), dtype=np.bool_)
    back[1:] = (np.diff(events.time) < 0) & ~events.is_reset[1:]
    back[[first for first, _ in events.spans]] = False
    message = "TIME goes back within a subject."
    mend = "sort the rows; time may start anew at a reset (EVID 3 or 4) alone"
    allowed = "the time of the row before, or later"
    found = _each(events, back, ("time-backwards", message), events.time, allowed, mend)
    times = Counter(events.ids[first] for first, _ in events.spans)
    seen: set[str] = set()
    for first, _ in events.spans:
        if times[events.ids[first]] > 1 and events.ids[first] in seen:
            place = Place(events.name, int(events.line[first]))
            message = "The rows of this subject do not stand together."
            found.append(Problem("subject-scattered", message, place, mend="sort by ID"))
        seen.add(events.ids[first])
    return found


def _count(events: Events) -> list[Problem]:
    """Doses that are to be followed, additional ones up to the last row of their subject."""
    from stepline.forecast.event_moves import additional

    last = np.concatenate(
        [np.full(end - first, events.time[first:end].max()) for first, end in events.spans]
    )
    rows = np.flatnonzero(events.is_dose & (events.more > 0) & (events.interval > 0))
    count = float(events.is_dose.sum() + additional(events, rows, last[rows]).sum())
    count += _overlapping(events)
    if count <= MOST_DOSES:
        return []
    message = "The table asks for more doses than can be followed."
    allowed = f"{MOST_DOSES:,} doses"
    return [Problem("doses-too-many", message, Place(events.name), f"{count:,.0f}", allowed)]


def _overlapping(events: Events) -> float:
    """Doses of steady states that still run, or are still in their lag, at their rows."""
    rows = np.flatnonzero(events.is_dose & (events.steady > 0) & (events.interval > 0))
    rate = np.where(events.rate[rows] == -1, events.modelled[rows], events.rate[rows])
    share = np.nan_to_num(events.f[rows], nan=1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(rate > 0, events.amount[rows] * share / rate, events.duration[rows])
    late = np.nan_to_num(events.lag[rows])
    return float(((np.nan_to_num(length) + late) / events.interval[rows]).sum())


def _covariates(events: Events) -> list[Problem]:
    """A covariate holds for a subject as a whole."""
    found = []
    for name, values in events.covariates.items():
        changes = np.zeros(len(events), dtype=np.bool_)
        changes[1:] = np.diff(values) != 0
        changes[[first for first, _ in events.spans]] = False
        message = f"The {name} changes within a subject; the model takes one value."
        allowed = "one value in all rows of a subject"
        found += _each(events, changes, ("covariate-changes", message), values, allowed)
    return found


def event_notes(events: Events, model: Model) -> tuple[str, ...]:
    """Sentences on what a reader may not expect."""
    short = int((events.is_dose & (events.rate == -2) & (events.duration == 0)).sum())
    silent = (
        int((events.is_dose & (events.compartment == 0)).sum()) if "ka" in model.parameters else 0
    )
    told = []
    if short:
        told.append(f"{short} {_plural('infusion', short)} of no duration: read as bolus.")
    if silent:
        what = f"{silent} {_plural('dose', silent)} without CMT"
        told.append(f"{what}: read as given into the depot (1), not into the vein (2).")
    return tuple(told)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
