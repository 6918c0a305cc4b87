"""IgG under immunoglobulin: the course, measured against forecast, and the next trough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from stepline.core.time import Period, parse_period
from stepline.engine.finding import Missing
from stepline.engine.situation import day_of
from stepline.forecast.result import figure
from stepline.record.index import RecordIndex
from stepline.record.model import PLANNED
from stepline.review.foreseeing import headed, title_of, unforeseen
from stepline.review.foreseen import Compared, Expected, Foreseen, Series

if TYPE_CHECKING:
    from stepline.forecast.measuring import SameDay
    from stepline.forecast.model import Model
    from stepline.forecast.result import Band, Forecast
    from stepline.review.model import Review

BASIS = {
    "typical": "the typical person; the model does not say how people differ",
    "population": "the typical person, and where 90 % of people lie",
    "individual": "fitted to this person, and where the truth lies with 90 %",
}


def igg_under_immunoglobulin(review: Review, same_day: SameDay) -> Foreseen | None:
    """What the model of the last immunoglobulin course says; `None` where none was given."""
    from stepline.forecast.answering import Asked, ask_record
    from stepline.forecast.choosing import IMMUNOGLOBULIN, drug_and_intent, model_for
    from stepline.forecast.covariates import had_rituximab
    from stepline.forecast.individual import ForecastRefused
    from stepline.forecast.models import model

    courses = [one for one in review.courses if one.drug in IMMUNOGLOBULIN]
    if not any(one.start <= review.as_of for one in courses):
        return None
    index = RecordIndex(review.record)
    drug, intent = drug_and_intent(index, review.as_of)
    after = had_rituximab(index, review.as_of)
    chosen = model_for(drug, intent, after_rituximab=after, under_the_skin=drug == "scig")
    title = f"IgG under {_short(drug)}{f', {intent}' if intent else ''}"
    try:
        answer = ask_record(review.record, Asked(as_of=review.as_of, same_day=same_day))
    except ForecastRefused as refusal:
        asked = model(chosen.model_id)
        found = unforeseen(asked, drug, chosen.because, refusal.problems, title=title)
        return replace(found, missing=(*found.missing, *_doubtful(asked, index, review.as_of)))
    answered = answer.answered[0]
    head = headed(answered.forecast.model, drug, answered.because, title)
    return _foreseen(head, answered.forecast, review, answered.because)


def _short(drug: str) -> str:
    return drug.upper() if drug in ("ivig", "scig") else title_of(drug)


def _foreseen(head: Foreseen, one: Forecast, review: Review, because: str) -> Foreseen:
    from stepline.forecast.output import forecast_json

    expected, missing = _expected(one, review, head.drug)
    notes = [*_person(one), *one.driving.notes, *one.driving.unused, *one.outside, *one.cautions]
    if one.no_fit:
        notes.insert(0, f"No individual fit: {one.no_fit}.")
    if not one.seen:
        missing = (*missing, _nothing_measured(one))
    return replace(
        head,
        basis=one.basis,
        series=_series(one, review, expected),
        compared=tuple(_compared(one)),
        expected=expected,
        sentences=(expected.says,),
        notes=tuple(dict.fromkeys(notes)),
        missing=missing,
        details=forecast_json(one, because),
    )


def _person(one: Forecast) -> Iterator[str]:
    """What of the person enters, each with what it rests on."""
    from stepline.dosing.numbers import shown
    from stepline.forecast.model import COVARIATES

    known = [k for k in one.driving.known.values() if k.name in one.model.needed]
    said = [
        f"{k.name} {shown(k.value, 2)} {COVARIATES[k.name]}".rstrip() + f" ({k.says})"
        for k in known
    ]
    own, unit = one.driving.baseline, one.model.result_unit
    if own is not None:
        said.append(f"own IgG {shown(own.value, 2)} {unit} ({own.says})")
    elif "endogenous" in one.values:
        said.append(
            f"own IgG {figure(one.values['endogenous'])} {unit} (of the model, not measured)"
        )
    if said:
        yield f"Rests on {'; '.join(said)}."


def _doubtful(model: Model, index: RecordIndex, moment: datetime) -> Iterator[Missing]:
    """What of the body is known only from long ago, or was inferred."""
    from stepline.core.evidence import Status
    from stepline.forecast.covariates import covariates_at

    known, old = covariates_at(index, model, moment, {})
    for remark in old:
        yield Missing("body", "stale", remark, ("a value measured now",))
    weight = known.get("weight")
    events = [e for e in index.known_by("weight", moment) if e.value is not None]
    if not old and weight is not None and events[-1].certainty is not Status.VERIFIED:
        says = f"The weight is not measured: {weight.says}; doses per kg rest on it."
        yield Missing("weight", "not-recorded", says, ("a measured weight",))


def _nothing_measured(one: Forecast) -> Missing:
    says = "No IgG that can be used was measured under treatment: nothing of it is this person's."
    if one.driving.unused:
        says = f"{says} {one.driving.unused[0]}"
    return Missing("igg", "not-recorded", says, ("IgG right before a dose, with its day",))


def _series(one: Forecast, review: Review, expected: Expected) -> Series:
    """The course up to the next trough; beyond it a dose that was not given would show."""
    end = max(expected.time, review.as_of)
    moments = [one.driving.moment(float(day)) for day in one.times]
    kept = [at for at, moment in enumerate(moments) if moment < end or moment <= review.as_of]
    low = () if one.low is None else tuple(float(one.low[at]) for at in kept)
    high = () if one.high is None else tuple(float(one.high[at]) for at in kept)
    return Series(
        tuple(moments[at] for at in kept),
        tuple(float(one.line[at]) for at in kept),
        low,
        high,
    )


def _compared(one: Forecast) -> Iterator[Compared]:
    from stepline.forecast.foretold import foretold

    for each in foretold(one):
        seen = each.measured
        yield Compared(
            seen.event_id,
            seen.time,
            one.driving.say(seen.time),
            seen.value,
            seen.below,
            each.expected.value,
            each.expected.low,
            each.expected.high,
            each.earlier,
            each.is_within,
            each.with_error,
        )


# ---------------------------------------------------------------- the next trough


def _expected(one: Forecast, review: Review, drug: str) -> tuple[Expected, tuple[Missing, ...]]:
    """The next trough; where its day is past or not known, the value now and why."""
    ahead = next((cycle for cycle in one.cycles if cycle.doses[0].is_ahead), None)
    if ahead is not None:
        planned = _is_planned(ahead.doses[0].event_id, review)
        why = "before the planned dose" if planned else "before the next dose as ordered"
        by = "planned" if planned else "ordered"
        return _trough(one, ahead.start, ahead.trough, by, why), ()
    due, every = _next_by_interval(one, review, drug)
    if due is None or every is None:
        says = "The record holds no planned dose, and no interval is recognised."
        missing = Missing("next dose", "not-recorded", says, ("the day of the next dose",))
        return _now(one, review, f"{says} When the next trough is, cannot be said."), (missing,)
    if due < review.as_of:
        day = one.driving.say(due)
        says = f"By its interval ({every.say()}) the next dose was due on {day}; none is recorded."
        missing = Missing("next dose", "not-recorded", says, ("whether it was given, and when",))
        return _now(one, review, says), (missing,)
    interval = every.say().removeprefix("1 ")
    why = f"if the course goes on every {interval}; no dose is planned on record"
    return _trough(one, due, _value_at(one, due), "interval", why), ()


def _is_planned(event_id: int, review: Review) -> bool:
    return any(e.event_id == event_id and e.status in PLANNED for e in review.record.events)


def _next_by_interval(
    one: Forecast, review: Review, drug: str
) -> tuple[datetime | None, Period | None]:
    """When the next dose is by the interval of the last course, unless that course was ended.

    One dose shows no interval: that of the regimen it looks like is not the record's.
    """
    from stepline.forecast.driving import cycles

    courses = [c for c in review.courses if c.drug == drug and c.start <= review.as_of]
    last = courses[-1] if courses else None
    given = cycles([dose for dose in one.driving.doses if not dose.is_ahead])
    if last is None or not last.interval or last.end_reason:
        return None, None
    if sum(group[0].event_id in last.event_ids for group in given) < 2:
        return None, None
    every = parse_period(last.interval)
    return every.after(given[-1][0].time), every


def _value_at(one: Forecast, moment: datetime) -> Band:
    """The value at a moment to which no further dose is given."""
    from stepline.forecast.forecasting import forecast

    driving = replace(one.driving, until=moment)
    fitted = one.fit is not None
    return forecast(one.model, driving, fitted=fitted, draws=one.draws, seed=one.seed).last


def _trough(one: Forecast, moment: datetime, band: Band, by: str, why: str) -> Expected:
    said, unit = one.driving.say(moment), one.model.result_unit
    says = f"The next trough is expected at {band_said(band, unit)} on {said}, {why}."
    return Expected("trough", moment, said, band.value, band.low, band.high, by, says)


def _now(one: Forecast, review: Review, why: str) -> Expected:
    band, unit = _value_at(one, review.as_of), one.model.result_unit
    said = one.driving.say(day_of(review.as_of))
    says = f"{why} On {said} IgG is expected at {band_said(band, unit)}."
    return Expected("now", review.as_of, said, band.value, band.low, band.high, "none", says)


def band_said(band: Band, unit: str) -> str:
    """`7.9 g/L (5.7–11.0)`."""
    said = f"{figure(band.value)} {unit}"
    if band.low is None or band.high is None:
        return said
    return f"{said} ({figure(band.low)}–{figure(band.high)})"
