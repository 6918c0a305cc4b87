"""B cells after rituximab, by the chain drug → cells: when they are back, for a typical person.

No model gives how people differ in it, so there is no band, and nothing is fitted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.core.quantity import Quantity, comparable, convert
from stepline.engine.finding import Missing
from stepline.engine.situation import day_of
from stepline.record.index import RecordIndex
from stepline.record.saying import say
from stepline.review.foreseeing import headed, unforeseen
from stepline.review.foreseen import Compared, Expected, Foreseen, Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.driving import Driving
    from stepline.forecast.measuring import SameDay
    from stepline.forecast.model import Model
    from stepline.review.model import Review

DRUG, CELLS = "rituximab-calibrated", "b-cells-calibrated"
BACK = 10.0
"""Cells per microlitre at which they count as back: the figure the model was calibrated to."""
TITLE = "B cells after rituximab"
_AHEAD = 730
_JUST_BEFORE = 1e-6


def cells_after_rituximab(review: Review, same_day: SameDay) -> Foreseen | None:
    """The typical course of B cells; `None` where the record knows of no rituximab."""
    from stepline.forecast.driving_record import of_record
    from stepline.forecast.individual import ForecastRefused
    from stepline.forecast.models import model

    index = RecordIndex(review.record)
    if not any(one.drug == "rituximab" and one.start <= review.as_of for one in review.courses):
        return None
    drug, cells = model(DRUG), model(CELLS)
    because = "the one chain that meets the time to repletion observed in adults"
    try:
        driving = of_record(
            review.record, drug, as_of=review.as_of, until=timedelta(days=0), same_day=same_day
        )
        if driving.untold:
            told = tuple(_untold(one.says) for one in driving.untold)
            head = headed(cells, "rituximab", because, TITLE)
            return replace(head, missing=tuple(dict.fromkeys(told)))
        return _foreseen(review, index, drug, cells, driving, because, same_day)
    except ForecastRefused as refusal:
        return unforeseen(cells, "rituximab", because, refusal.problems, title=TITLE)


def _untold(says: str) -> Missing:
    told = f"A dose is not known, and B cells after it cannot be forecast: {says}."
    return Missing("dose", "not-recorded", told, ("its amount and day, in the record",))


def _foreseen(
    review: Review,
    index: RecordIndex,
    drug: Model,
    cells: Model,
    driving: Driving,
    because: str,
    same_day: SameDay,
) -> Foreseen:
    import numpy as np

    from stepline.forecast.forecasting import seen_at
    from stepline.forecast.measuring import measured_in
    from stepline.forecast.output import evidence_of, model_json

    own = _own(index, cells, driving.doses[0].time)
    measured, unused = measured_in(index, cells, driving.doses, review.as_of, same_day)
    now = driving.days(review.as_of)
    days = np.unique(np.concatenate([np.arange(0.0, now + _AHEAD), [now]]))
    course = _course(drug, cells, driving, own, days)
    compared = replace(driving, measured=measured)
    at = seen_at(compared) if measured else np.zeros(0)
    foretold = _course(drug, cells, driving, own, at) if measured else at
    shown = days <= now
    value = float(course[shown][-1])
    says = _back(driving, days, course)
    start = f"own count {own:f} /uL" if own is not None else "200 /uL, the model's; none is known"
    said = say(review.record, day_of(review.as_of))
    expected = Expected(
        "now", review.as_of, said, value, None, None, "none",
        f"On {said} a typical person has {value:.0f} B cells per microlitre.",
    )  # fmt: skip
    head = headed(cells, "rituximab", because, TITLE)
    return replace(
        head,
        basis="typical",
        series=Series(
            tuple(driving.moment(float(day)) for day in days[shown]),
            tuple(float(one) for one in course[shown]),
        ),
        compared=tuple(
            Compared(
                one.event_id, one.time, driving.say(one.time), one.value, one.below,
                float(each), None, None, 0, None,
            )
            for one, each in zip(measured, foretold, strict=True)
        ),
        expected=expected,
        sentences=(expected.says, says),
        notes=(
            f"B cells before treatment: {start}.",
            f"Driven by {drug.id} {drug.version}, {drug.label}. {drug.says}",
            *driving.notes, *unused, *cells.cautions, *drug.cautions,
        ),
        evidence=tuple(dict.fromkeys((*head.evidence, *evidence_of(drug)))),
        details={
            **head.details,
            "driven_by": model_json(drug),
            "series": {
                "unit": cells.result_unit, "days": days.tolist(), "value": course.tolist(),
                "low": None, "high": None,
            },
        },
    )  # fmt: skip


def _own(index: RecordIndex, cells: Model, first: datetime) -> Decimal | None:
    """The person's last count from before the first dose that the record holds."""
    known = [
        event
        for event in index.of(cells.measures)
        if event.value is not None
        and event.time_exact
        and event.time.date() < first.date()
        and event.unit
        and comparable(event.unit, cells.result_unit)
    ]
    if not known or known[-1].value is None:
        return None
    return convert(Quantity(known[-1].value, known[-1].unit), cells.result_unit).value


def _course(
    drug: Model, cells: Model, driving: Driving, own: Decimal | None, days: NDArray[np.float64]
) -> NDArray[np.float64]:
    from stepline.forecast.body import Body, Part
    from stepline.forecast.chains import CELLS as COUNT
    from stepline.forecast.chains import chain
    from stepline.forecast.individual import individual

    values = dict(individual(cells, driving.covariates))
    if own is not None:
        values["cells-at-start"] = float(own)
    body = Body(
        drug=Part(drug, individual(drug, driving.covariates)),
        cells=Part(cells, values),
    )
    found: NDArray[np.float64] = chain(body, days, driving.arrays()).series[COUNT][0]
    return found


def _back(driving: Driving, days: NDArray[np.float64], course: NDArray[np.float64]) -> str:
    """When a typical person's cells are back after the last dose."""
    after = days > driving.days(driving.doses[-1].time) + 1
    low = after & (course < BACK)
    if not low.any():
        return "The model does not deplete B cells with these doses."
    back = (days > days[low].max()) & (course >= BACK)
    if not back.any():
        return f"They are not back at {BACK:.0f} per microlitre within two years."
    said = driving.say(driving.moment(float(days[back][0])))
    day = f"at {BACK:.0f} per microlitre on about {said}, in a typical person"
    if driving.moment(float(days[back][0])) <= driving.as_of:
        return f"By the model they were back {day}."
    return f"They are expected back {day}."
