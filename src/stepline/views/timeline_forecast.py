"""What models foresee, as curves of a timeline: the line, its band, and the next trough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from stepline.forecast.result import figure
from stepline.review.foreseen import Expected, Foreseen
from stepline.review.model import Review
from stepline.views.scene import Curve, Point, Telling

_SHORT = {"igg": "IgG", "cd19-count": "B cells"}
_MOST = 800
"""Points of one curve: a day apart that is more than two years, beyond what a figure can show."""


def curves_of(review: Review, start: datetime) -> Mapping[str, Curve]:
    """A curve for each measure that is foreseen, by its concept; none before the axis."""
    if review.forecast is None:
        return {}
    drawn = [(one.measures, _curve(one, start)) for one in review.forecast.drugs]
    return {concept: curve for concept, curve in drawn if curve is not None}


def notes_of(review: Review) -> tuple[str, ...]:
    """What the figure says of forecasts: of whom they are, and what could not be foreseen."""
    if review.forecast is None:
        return ()
    notes = []
    for one in review.forecast.drugs:
        if one.series is None:
            notes.append(f"{one.title}: no forecast. {_why(one)}")
        else:
            notes.append(f"{one.title}: forecast by {one.model} {one.version}, {one.label}.")
    return (*notes, review.forecast.creed)


def _why(one: Foreseen) -> str:
    more = len(one.missing) - 1
    rest = f" {more} more are told in the report." if more > 0 else ""
    return f"{one.missing[0].says}{rest}" if one.missing else "Nothing can be said."


def _curve(one: Foreseen, start: datetime) -> Curve | None:
    series = one.series
    if series is None:
        return None
    kept = [at for at, time in enumerate(series.times) if time >= start]
    every = max(1, -(-len(kept) // _MOST))
    kept = sorted({*kept[::every], *kept[-1:]})
    if not kept:
        return None
    band = (
        ", and where 90 % lie" if series.low else "; no band, as people's differences are not known"
    )
    says = f"{one.title}: forecast by {one.model}, {one.label}{band}"
    return Curve(
        title=f"{_SHORT.get(one.measures, one.title)}, forecast",
        unit=one.unit,
        times=tuple(series.times[at] for at in kept),
        line=tuple(series.line[at] for at in kept),
        low=tuple(series.low[at] for at in kept) if series.low else (),
        high=tuple(series.high[at] for at in kept) if series.high else (),
        telling=Telling(says),
        expected=_expected(one.expected) if one.expected else None,
    )


def _expected(one: Expected) -> Point | None:
    if one.kind != "trough":
        return None
    return Point(
        one.time,
        Telling(one.says, said=one.time_said),
        one.value,
        one.low,
        one.high,
        label=figure(one.value),
    )
