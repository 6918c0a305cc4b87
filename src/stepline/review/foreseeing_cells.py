"""B cells after rituximab, by the chain drug → cells: when they are back, for a typical person.

No model gives how people differ in it, so there is no band, and nothing is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.core.quantity import Quantity, comparable, convert
from stepline.engine.finding import Missing
from stepline.engine.situation import day_of
from stepline.record.index import RecordIndex
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
_BECAUSE = "the one chain that meets the time to repletion observed in adults"


@dataclass(frozen=True, slots=True)
class _Typical:
    """A typical person: the models, the doses, and the own count from before them if known."""

    drug: Model
    cells: Model
    driving: Driving
    own: Decimal | None

    def course(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cells per microlitre at days of the driving."""
        from stepline.forecast.body import Body, Part
        from stepline.forecast.chains import CELLS as COUNT
        from stepline.forecast.chains import chain
        from stepline.forecast.individual import individual

        values = dict(individual(self.cells, self.driving.covariates))
        if self.own is not None:
            values["cells-at-start"] = float(self.own)
        drug = Part(self.drug, individual(self.drug, self.driving.covariates))
        body = Body(drug=drug, cells=Part(self.cells, values))
        found: NDArray[np.float64] = chain(body, days, self.driving.arrays()).series[COUNT][0]
        return found


def cells_after_rituximab(review: Review, same_day: SameDay) -> Foreseen | None:
    """The typical course of B cells; `None` where the record knows of no rituximab."""
    from stepline.forecast.driving_record import of_record
    from stepline.forecast.individual import ForecastRefused
    from stepline.forecast.measuring import measured_in
    from stepline.forecast.models import model

    if not any(one.drug == "rituximab" and one.start <= review.as_of for one in review.courses):
        return None
    drug, cells = model(DRUG), model(CELLS)
    head = headed(cells, "rituximab", _BECAUSE, TITLE)
    try:
        driving = of_record(
            review.record, drug, as_of=review.as_of, until=timedelta(0), same_day=same_day
        )
        if driving.untold:
            told = dict.fromkeys(_untold(one.says) for one in driving.untold)
            return replace(head, missing=tuple(told))
        index = RecordIndex(review.record)
        own = _own(index, cells, driving.doses[0].time)
        measured, unused = measured_in(index, cells, driving.doses, review.as_of, same_day)
        driving = replace(driving, measured=measured, unused=unused)
        return _foreseen(head, _Typical(drug, cells, driving, own), review)
    except ForecastRefused as refusal:
        return unforeseen(cells, "rituximab", _BECAUSE, refusal.problems, title=TITLE)


def _untold(says: str) -> Missing:
    told = f"A dose is not known, and B cells after it cannot be forecast: {says}."
    return Missing("dose", "not-recorded", told, ("its amount and day, in the record",))


def _foreseen(head: Foreseen, person: _Typical, review: Review) -> Foreseen:
    import numpy as np

    from stepline.forecast.output import evidence_of

    driving = person.driving
    now = driving.days(review.as_of)
    days = np.unique(np.concatenate([np.arange(0.0, now + _AHEAD), [now]]))
    course = person.course(days)
    shown = days <= now
    expected = _now(driving, float(course[shown][-1]), review)
    return replace(
        head,
        basis="typical",
        series=Series(
            tuple(driving.moment(float(day)) for day in days[shown]),
            tuple(float(one) for one in course[shown]),
        ),
        compared=_compared(person),
        expected=expected,
        sentences=(expected.says, _back(driving, days, course)),
        notes=_notes(person),
        evidence=tuple(dict.fromkeys((*head.evidence, *evidence_of(person.drug)))),
        details=_details(head, person, days, course),
    )


def _now(driving: Driving, value: float, review: Review) -> Expected:
    said = driving.say(day_of(review.as_of))
    says = f"On {said} a typical person has {value:.0f} B cells per microlitre."
    return Expected("now", review.as_of, said, value, None, None, "none", says)


def _compared(person: _Typical) -> tuple[Compared, ...]:
    from stepline.forecast.forecasting import seen_at

    measured, driving = person.driving.measured, person.driving
    if not measured:
        return ()
    foretold = person.course(seen_at(driving))
    return tuple(
        Compared(
            one.event_id,
            one.time,
            driving.say(one.time),
            one.value,
            one.below,
            expected=float(value),
            low=None,
            high=None,
            earlier=0,
            is_within=None,
        )
        for one, value in zip(measured, foretold, strict=True)
    )


def _notes(person: _Typical) -> tuple[str, ...]:
    own, drug = person.own, person.drug
    unit = person.cells.result_unit
    typical = f"{person.cells.parameters['cells-at-start'].value:f} {unit}"
    start = f"{typical}, the model's; none is known" if own is None else f"{own:f} {unit}, measured"
    notes = (
        f"B cells before treatment: {start}.",
        f"Driven by {drug.id} {drug.version}, {drug.label}. {drug.says}",
        *person.driving.notes,
        *person.driving.unused,
        *person.cells.cautions,
        *drug.cautions,
    )
    return tuple(dict.fromkeys(notes))


def _details(
    head: Foreseen, person: _Typical, days: NDArray[np.float64], course: NDArray[np.float64]
) -> dict[str, object]:
    from stepline.forecast.output import model_json

    series = {"unit": head.unit, "days": days.tolist(), "value": course.tolist()}
    driven_by = model_json(person.drug)
    zero = person.driving.say(person.driving.zero)
    return {**head.details, "driven_by": driven_by, "zero": zero, "series": series}


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
