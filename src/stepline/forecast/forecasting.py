"""A forecast of one person with one model: the course, its bands, troughs, peaks, and the fit.

The line is the typical person, or after a fit the most probable parameters of this one. Bands hold
90 % of persons (or of what this person may be); they are of the true value, without the error of a
measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.forecast.driving import DAY, Driving, Measured, cycles, with_baseline
from stepline.forecast.individual import ForecastRefused, individual, outside
from stepline.forecast.model import Model
from stepline.forecast.predicting import LINEAR
from stepline.forecast.result import DRAWS, SEED, Band, Below, Cycle, Forecast, Seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.fitting import Fit

_WASHOUT_DAYS = 182
"""Where a half-life cannot be worked out: five of five weeks."""
_JUST_BEFORE = 1e-6
_LONGEST = 730.0
_LAST = 3
_PROBABILITY = 0.9


def forecast(
    model: Model, driving: Driving, *, fitted: bool = True, draws: int = DRAWS, seed: int = SEED
) -> Forecast:
    """The forecast of one person.

    With `fitted` the measured values of the driving move the parameters where the model allows it.
    Raises `ForecastRefused`: what `individual` raises, `dose-unknown` where an unknown dose is
    still felt at the moment of judgement.
    """
    own = with_baseline(model, driving)
    typical, driving = _settled(own, driving)
    doses = driving.arrays()
    fit, no_fit = _fit(own, typical, driving, doses) if fitted else (None, "not asked for")
    times = _times(driving, doses)
    people = _People(own, typical, doses, fit, draws, seed)
    line, low, high = people.course(times)
    basis = "individual" if fit else ("population" if own.varied else "typical")
    return Forecast(
        model,
        driving,
        basis,
        times,
        line,
        low,
        high,
        _cycles(driving, times, people),
        _seen(driving, people, fit),
        _band(*people.course(times[-1:]), 0),
        fit.values if fit else typical,
        _half_life(own, fit.values if fit else typical),
        fit,
        no_fit if driving.measured or driving.unused else "",
        outside(model, driving.covariates),
        (*_cautions(model, driving), *_stiff(fit), *_drift(model, driving, fit)),
        draws,
        seed,
    )


def _drift(model: Model, driving: Driving, fit: Fit | None) -> tuple[str, ...]:
    """Said where the last measured values lie on one side: something has changed since."""
    if fit is None:
        return ()
    pairs = zip(driving.measured, fit.weighted, strict=True)
    last = [float(weight) for one, weight in pairs if one.value is not None][-_LAST:]
    mean = sum(last) / _LAST
    one_side = min(last, default=0) > 0 or max(last, default=0) < 0
    if len(last) < _LAST or not one_side or abs(mean) < 1:
        return ()
    side, other = ("below", "high") if mean < 0 else ("above", "low")
    own = "; own IgG may have changed since it was measured" if model.measures == "igg" else ""
    said = (
        f"The last {_LAST} measured values all lie {side} the fitted course, by "
        f"{abs(mean):.1f} SD on average{own}. What is forecast is then too {other}."
    )
    return (said,)


def _settled(model: Model, driving: Driving) -> tuple[dict[str, float], Driving]:
    """The typical values and what of the driving can be used; every problem of both at once."""
    problems: list[Problem] = []
    typical: dict[str, float] = {}
    try:
        typical = _typical(model, driving)
    except ForecastRefused as refusal:
        problems += refusal.problems
    try:
        driving = cleared(driving, _half_life(model, typical) if typical else None)
    except ForecastRefused as refusal:
        problems += refusal.problems
    if problems:
        raise ForecastRefused(problems)
    return typical, driving


def falls_below(one: Forecast, limit: float) -> Below:
    """When the line and the ends of the band are first below a limit."""
    ahead = one.times >= one.driving.days(one.driving.as_of)

    def first(values: NDArray[np.float64] | None) -> datetime | None:
        if values is None:
            return None
        below = ahead & (values < limit)
        return one.driving.moment(float(one.times[below.argmax()])) if below.any() else None

    return Below(limit, first(one.line), first(one.low), first(one.high))


def _typical(model: Model, driving: Driving) -> dict[str, float]:
    """The typical values; a covariate that is missing says how it can be stated."""
    try:
        return individual(model, driving.covariates)
    except ForecastRefused as refusal:
        raise ForecastRefused(_statable(one) for one in refusal.problems) from None


def _statable(problem: Problem) -> Problem:
    if problem.code != "covariate-missing":
        return problem
    name = problem.message.partition("needs ")[2].split(",")[0].split(" ")[0]
    mend = f"state it: --covariate {name}=…, or choose another model with --model"
    return replace(problem, place=Place(path="--covariate"), mend=mend)


def _half_life(model: Model, values: Mapping[str, float]) -> float | None:
    """The longest half-life in days; `None` for structures that have no single one."""
    if model.structure not in LINEAR:
        return None
    from stepline.forecast.modes import half_lives, modes

    return float(half_lives(modes(model.structure, values)).max())


def cleared(driving: Driving, half_life: float | None) -> Driving:
    """The driving without what an unknown dose may touch: five half-lives after it.

    Raises `ForecastRefused`: `dose-unknown`, where one is still felt at the moment of judgement.
    """
    if not driving.untold:
        return driving
    wash = timedelta(days=5 * half_life if half_life is not None else _WASHOUT_DAYS)
    clear = max(one.time + wash for one in driving.untold)
    if clear > driving.as_of:
        raise ForecastRefused(_untold(driving, wash, clear))
    kept = tuple(one for one in driving.measured if one.time >= clear)
    lost = len(driving.measured) - len(kept)
    told = f"{len(driving.untold)} doses are not known; what they left is washed out by "
    said = f"{told}{driving.say(clear)}, five half-lives of {wash / 5 / DAY:.0f} days later."
    unused = (f"{lost} values from before then are not used.",) if lost else ()
    return replace(
        driving,
        clear_from=clear,
        measured=kept,
        notes=(*driving.notes, said),
        unused=(*driving.unused, *unused),
    )


def _untold(driving: Driving, wash: timedelta, clear: datetime) -> list[Problem]:
    felt = [one for one in driving.untold if one.time + wash > driving.as_of]
    shown, rest = felt[:5], len(felt) - 5
    problems = [
        Problem(
            "dose-unknown",
            f"A dose is not known, and its effect lasts: {one.says}.",
            found="unknown",
            allowed="a known amount on a known day",
            mend=f"state it in the record, or forecast from {driving.say(clear)} on (--as-of)",
        )
        for one in shown
    ]
    if rest > 0:
        problems.append(Problem("dose-unknown", f"So it is with {rest} more doses."))
    return problems


def _fit(
    model: Model, typical: Mapping[str, float], driving: Driving, doses: Doses
) -> tuple[Fit | None, str]:
    from stepline.forecast.fitting import Observed, fit, why_no_fit

    reason = why_no_fit(model) or ("" if driving.measured else "no usable value was measured")
    if reason:
        return None, reason
    import numpy as np

    observed = Observed(
        seen_at(driving),
        np.array([float(_number(one)) for one in driving.measured]),
        np.array([one.value is None for one in driving.measured]),
    )
    return fit(model, typical, doses, observed), ""


def _number(one: Measured) -> Decimal:
    number = one.value if one.value is not None else one.below
    assert number is not None
    return number


def seen_at(driving: Driving) -> NDArray[np.float64]:
    """The times (d) of measured values; a trough lies right before its dose."""
    import numpy as np

    return np.array(
        [driving.days(one.time) - _JUST_BEFORE * one.is_trough for one in driving.measured]
    )


def _stiff(fit: Fit | None) -> tuple[str, ...]:
    if fit is None or fit.has_converged:
        return ()
    return ("The fit did not settle; its figures are doubtful.",)


def _times(driving: Driving, doses: Doses) -> NDArray[np.float64]:
    """A day apart, and before and after each dose; at most two years before the judgement."""
    import numpy as np

    end, now = driving.days(driving.until), driving.days(driving.as_of)
    first = driving.days(driving.clear_from) if driving.clear_from else 0.0
    first = max(first, now - _LONGEST)
    grid = np.arange(first, end, 1.0)
    around = np.concatenate(
        [doses.time - _JUST_BEFORE, doses.time, doses.time + doses.duration, [now, end]]
    )
    inside = around[(around >= first) & (around <= end)]
    return np.unique(np.concatenate([grid, inside]))


class _People:
    """Whom a forecast is of: the line, and the persons of the band."""

    def __init__(
        self,
        model: Model,
        typical: Mapping[str, float],
        doses: Doses,
        fit: Fit | None,
        draws: int,
        seed: int,
    ) -> None:
        from stepline.forecast.persons import deviations_drawn, persons

        self.model, self.doses = model, doses
        self.line = dict(fit.values if fit else typical)
        self.many: dict[str, NDArray[np.float64]] | None = None
        if fit is not None:
            self.many = persons(model, typical, fit.drawn(draws, seed))
        elif model.varied:
            self.many = persons(model, typical, deviations_drawn(model, draws, seed))

    def course(
        self, times: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """The line and the ends of the band at times."""
        import numpy as np

        from stepline.forecast.persons import concentrations_of
        from stepline.forecast.predicting import concentrations

        line = concentrations(self.model, self.line, self.doses, times)
        if self.many is None:
            return line, None, None
        drawn = concentrations_of(self.model, self.many, self.doses, times)
        apart = (1 - _PROBABILITY) / 2
        low, high = np.quantile(drawn, [apart, 1 - apart], axis=0)
        return line, low, high


def _band(
    line: NDArray[np.float64],
    low: NDArray[np.float64] | None,
    high: NDArray[np.float64] | None,
    at: int,
) -> Band:
    if low is None or high is None:
        return Band(float(line[at]))
    return Band(float(line[at]), float(low[at]), float(high[at]))


def _cycles(driving: Driving, times: NDArray[np.float64], people: _People) -> tuple[Cycle, ...]:
    """Troughs and peaks of the cycles that the course shows."""
    import numpy as np

    groups = [
        group
        for group in cycles(driving.doses)
        if driving.days(group[0].time) >= times[0] and group[0].time <= driving.until
    ]
    starts = [driving.days(group[0].time) for group in groups]
    ends = [*starts[1:], float(times[-1]) + 1]
    shown = people.course(times)
    before = people.course(np.array([start - _JUST_BEFORE for start in starts]))
    found = []
    for at, group in enumerate(groups):
        inside = np.flatnonzero((times >= starts[at]) & (times < ends[at] - _JUST_BEFORE))
        highest = int(inside[np.argmax(shown[0][inside])])
        trough, peak = _band(*before, at), _band(*shown, highest)
        found.append(Cycle(group[0].time, tuple(group), trough, peak))
    return tuple(found)


def _seen(driving: Driving, people: _People, fit: Fit | None) -> tuple[Seen, ...]:
    if not driving.measured:
        return ()
    line, _, _ = people.course(seen_at(driving))
    return tuple(
        Seen(one, float(line[at]), _weighted(one, fit, at))
        for at, one in enumerate(driving.measured)
    )


def _weighted(one: Measured, fit: Fit | None, at: int) -> float | None:
    """The residual in standard deviations; a limit has none."""
    return None if fit is None or one.value is None else float(fit.weighted[at])


def _cautions(model: Model, driving: Driving) -> tuple[str, ...]:
    """What the model says of itself, and what a linear model cannot show here."""
    told = list(model.cautions)
    weight = driving.known.get("weight")
    if model.measures == "igg" and model.structure in LINEAR:
        if weight is not None and _is_high(driving, float(weight.value)):
            told.append(
                "After 2 g/kg a person's own IgG falls by about 25 % for three to four weeks and "
                "more (bleeker-2001); this model holds it constant."
            )
        if driving.baseline is not None:
            told.append("The person's own IgG is held at its value from before treatment.")
    return tuple(told)


def _is_high(driving: Driving, weight: float) -> bool:
    """Whether any course comes to 1 g/kg."""
    return any(float(sum(one.amount for one in group)) >= weight for group in cycles(driving.doses))
