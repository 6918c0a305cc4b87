"""The chain from rituximab to IgG for one person: courses with bands, crossings, replacement.

The line is the typical person with the own values from before treatment. Measured values stand
beside it and do not move it. Bands hold 90 % of the persons that the models draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.forecast.body import Body
from stepline.forecast.chain_asking import ChainAsked
from stepline.forecast.chain_driving import ChainDriving
from stepline.forecast.chain_level import Level, level_of
from stepline.forecast.chain_parts import Models, body_of, drawn, own_of
from stepline.forecast.chains import CELLS, DRUG, IGG, MADE, OWN_IGG, chain
from stepline.forecast.crossing import Below, stretches_below
from stepline.forecast.driving import Driving, Known, Measured
from stepline.forecast.result import Band

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses

GONE = 1.0
"""mg/L: rituximab below it counts as gone in the sources on exposure (this project's choice)."""
_RECENT = 730.0
_JUST_BEFORE = 1e-6
_PROBABILITY = 0.9
NAMES: Mapping[str, str] = {
    DRUG: "rituximab",
    CELLS: "cd19",
    IGG: "igg",
    OWN_IGG: "own-igg",
    MADE: "production",
}
"""The series of a chain as they are named for people and machines."""
SERIES_UNITS: Mapping[str, str] = {
    "rituximab": "mg/L",
    "cd19": "/uL",
    "igg": "g/L",
    "own-igg": "g/L",
    "production": "1",
}


@dataclass(frozen=True, slots=True)
class Course:
    """One series: `line` of the typical person; `low` and `high` hold 90 % where people differ."""

    line: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """When B cells reach the limit again for good, in days; `None` where not within the course.

    `is_low` tells that they fell below it at all. `low` and `high` hold 90 %, `None` beyond.
    """

    day: float | None
    below: tuple[Below, ...]
    low: float | None = None
    high: float | None = None
    has_band: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """A measured value beside what is forecast for its time."""

    series: str
    measured: Measured
    predicted: float


@dataclass(frozen=True, slots=True)
class ChainForecast:
    """What the chain forecasts. `times` are days from the first dose (`driving.drug.zero`).

    `peaks` pairs the day of each dose of rituximab with its peak (mg/L); `gone` is when rituximab
    falls below 1 mg/L for good. `lowest` is the least IgG from the moment of judgement on and its
    day. `varied` names the models that say how people differ; without one there are no bands.
    """

    driving: ChainDriving
    models: Models
    body: Body
    own: Mapping[str, Known]
    times: NDArray[np.float64]
    series: Mapping[str, Course]
    peaks: tuple[tuple[float, float], ...]
    gone: float | None
    cells: Return | None
    cells_limit: Decimal
    lowest: tuple[float, Band] | None
    level: Level | None
    beside: tuple[Beside, ...]
    said: tuple[str, ...]
    varied: tuple[str, ...]
    draws: int
    seed: int


def chain_forecast(driving: ChainDriving, chosen: Models, asked: ChainAsked) -> ChainForecast:
    """The forecast of one person. Raises `ForecastRefused`: what models and equations refuse."""
    body = body_of(chosen, driving.known, driving.own)
    given, infused = driving.drug.arrays(), driving.igg_arrays()
    times = _times(driving.drug, given, infused)
    stated = {name: one.value for known in driving.known.values() for name, one in known.items()}
    found = chain(body, times, given, infused, stated=stated)
    people = drawn(body, driving.own, asked.draws, asked.seed)
    many = chain(people, times, given, infused).series if people else {}
    series = {
        NAMES[name]: _course(rows[0], many.get(name))
        for name, rows in found.series.items()
        if name in NAMES
    }
    cells = _return(times, series.get("cd19"), many.get(CELLS), asked.cells_limit)
    igg, now = series.get("igg"), driving.drug.days(driving.drug.as_of)
    return ChainForecast(
        driving,
        chosen,
        body,
        own_of(body, driving.own),
        times,
        series,
        _peaks(times, series["rituximab"].line, given),
        _gone(times, series["rituximab"].line),
        cells,
        asked.cells_limit,
        _lowest(times, igg, now),
        level_of(driving, body, times, igg.line if igg else None, asked),
        tuple(_beside(driving, times, series)),
        (*found.said, *chosen.doubts),
        tuple(part.model.id for part in body.parts if part.model.varied),
        asked.draws if people else 0,
        asked.seed,
    )


def _times(driving: Driving, given: Doses, infused: Doses) -> NDArray[np.float64]:
    """Days, weeks where long past; closer on days of rituximab; before and after each dose."""
    import numpy as np

    end, now = driving.days(driving.until), driving.days(driving.as_of)
    near = (given.time[:, None] + np.arange(1, 12) / 12).ravel()
    recent = max(0.0, float(np.floor(now - _RECENT)))
    parts = [np.arange(0.0, recent, 7.0), np.arange(recent, end, 1.0), near, np.array([now, end])]
    for one in (given, infused):
        parts += [one.time - _JUST_BEFORE, one.time, one.time + one.duration]
    whole = np.unique(np.concatenate(parts))
    return whole[(whole >= 0) & (whole <= end)]


def _course(line: NDArray[np.float64], many: NDArray[np.float64] | None) -> Course:
    import numpy as np

    if many is None:
        return Course(line)
    apart = (1 - _PROBABILITY) / 2
    low, high = np.quantile(many, [apart, 1 - apart], axis=0)
    return Course(line, low, high)


def _peaks(
    times: NDArray[np.float64], line: NDArray[np.float64], given: Doses
) -> tuple[tuple[float, float], ...]:
    """The highest concentration from each dose until the next."""
    import numpy as np

    found = []
    starts = np.unique(given.time)
    for start, end in zip(starts, [*starts[1:], np.inf], strict=True):
        inside = line[(times >= start) & (times < end - _JUST_BEFORE)]
        if len(inside):
            found.append((float(start), float(inside.max())))
    return tuple(found)


def _gone(times: NDArray[np.float64], line: NDArray[np.float64]) -> float | None:
    """When rituximab falls below 1 mg/L for good; `None` where not within the course."""
    below = stretches_below(times, line, GONE)
    return below[-1].start if below and below[-1].end is None else None


def _return(
    times: NDArray[np.float64],
    cells: Course | None,
    many: NDArray[np.float64] | None,
    limit: Decimal,
) -> Return | None:
    import numpy as np

    if cells is None:
        return None
    below = stretches_below(times, cells.line, float(limit))
    day = below[-1].end if below else None
    if many is None or not below:
        return Return(day, below)
    ends = [_back(stretches_below(times, row, float(limit))) for row in many]
    apart = (1 - _PROBABILITY) / 2
    low, high = np.quantile(ends, [apart, 1 - apart], method="nearest")
    return Return(day, below, _finite(float(low)), _finite(float(high)), has_band=True)


def _back(below: Sequence[Below]) -> float:
    """When the limit is reached for good; infinite beyond the course."""
    if not below:
        return 0.0
    end = below[-1].end
    return float("inf") if end is None else end


def _finite(day: float) -> float | None:
    return None if day == float("inf") else day


def _lowest(
    times: NDArray[np.float64], igg: Course | None, now: float
) -> tuple[float, Band] | None:
    if igg is None:
        return None
    ahead = (times >= now).nonzero()[0]
    at = int(ahead[igg.line[ahead].argmin()])
    ends = (None, None) if igg.low is None or igg.high is None else (igg.low[at], igg.high[at])
    low, high = (None if end is None else float(end) for end in ends)
    return float(times[at]), Band(float(igg.line[at]), low, high)


def _beside(
    driving: ChainDriving, times: NDArray[np.float64], series: Mapping[str, Course]
) -> list[Beside]:
    """Measured values from the first dose on, each with the line at its time."""
    import numpy as np

    concepts = {"rituximab": "rituximab", "cd19-count": "cd19", "igg": "igg"}
    found = []
    for concept, name in concepts.items():
        for one in driving.measured.get(concept, ()) if name in series else ():
            day = driving.drug.days(one.time) - _JUST_BEFORE * one.is_trough
            if day >= 0:
                value = float(np.interp(day, times, series[name].line))
                found.append(Beside(name, one, value))
    return found


def say_day(driving: Driving, day: float) -> str:
    """A day of the course in words; hours are finer than any of its figures."""
    moment = driving.moment(day)
    return driving.say(datetime.combine(moment.date(), time.min))
