"""The doses, measured values and body of a record, as they drive a forecast.

Amounts per body weight count with the weight known then. A dose without a known amount or day is
not guessed: the time after it is not forecast until it is washed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import comparable, decimal_of, factor
from stepline.core.time import parse_period
from stepline.course.cycles import amount_known_then
from stepline.forecast.covariates import covariates_at
from stepline.forecast.driving import (
    DAY,
    UNDER_THE_SKIN,
    Driving,
    Given,
    Known,
    Untold,
    lengths_untold,
    not_in_model,
)
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.measuring import SameDay, baseline_of, measured_in
from stepline.forecast.model import Model
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, PLANNED, Event, EventStatus, Record
from stepline.record.saying import say_event, say_time

_MOST_DOSES = 5000


def of_record(
    record: Record,
    model: Model,
    *,
    as_of: datetime | None = None,
    until: timedelta = timedelta(weeks=12),
    stated: Mapping[str, Decimal] | None = None,
    baseline: Decimal | None = None,
    same_day: SameDay = SameDay.UNKNOWN,
) -> Driving:
    """What a record tells of one drug up to `as_of` (its last moment), and what it plans after.

    `until` is how far beyond. `stated` covariates and `baseline` go before those of the record.
    Raises `ForecastRefused`: `nothing-given`, `drug-not-in-model`.
    """
    index = RecordIndex(record)
    moment = as_of or record.last_moment
    if moment is None:
        raise _nothing(model)
    said = dict(stated or {})
    reader = _Reader(index, model, moment, moment + until, said.get("weight"))
    doses = tuple(sorted(reader.doses(), key=lambda one: (one.time, one.event_id)))
    if not doses:
        raise _nothing(model, reader.untold)
    reader.check_others()
    own, why = _baseline(baseline, index, model, doses, reader.untold, same_day)
    covariates, remarks = covariates_at(index, model, moment, said)
    measured, unused = measured_in(index, model, doses, moment, same_day)
    return Driving(
        min([doses[0].time, *(one.time for one in measured)]),
        moment,
        moment + until,
        doses,
        covariates,
        tuple(reader.untold),
        None,
        measured,
        (why, *unused) if why else unused,
        (*reader.notes, *lengths_untold(doses), *remarks),
        record.evidence,
        own,
        record,
    )


def doses_of(
    index: RecordIndex,
    model: Model,
    moment: datetime,
    until: datetime,
    weight: Decimal | None = None,
) -> tuple[tuple[Given, ...], tuple[Untold, ...], tuple[str, ...]]:
    """The doses of a model's drugs in a record, those not known, and remarks; none is no fault.

    Raises `ForecastRefused`: `drug-not-in-model`, immunoglobulin by a route not in the model.
    """
    reader = _Reader(index, model, moment, until, weight)
    found = tuple(sorted(reader.doses(), key=lambda one: (one.time, one.event_id)))
    reader.check_others()
    return found, tuple(reader.untold), (*reader.notes, *lengths_untold(found))


def _nothing(model: Model, untold: Sequence[Untold] = ()) -> ForecastRefused:
    drugs = " or ".join(model.drugs)
    return ForecastRefused.because(
        "nothing-given",
        f"The record holds no dose of {drugs} with a known amount and day.",
        found="; ".join(one.says for one in untold[:5]) or "none",
        mend="state the amounts and days, or forecast a regimen with --regimen",
    )


def _baseline(
    stated: Decimal | None,
    index: RecordIndex,
    model: Model,
    doses: Sequence[Given],
    untold: Sequence[Untold],
    same_day: SameDay,
) -> tuple[Known | None, str]:
    if stated is not None:
        return Known("baseline", stated, "stated"), ""
    earliest = [one.earliest for one in untold]
    known = [one for one in earliest if one is not None]
    if len(known) < len(earliest):
        return None, ""
    return baseline_of(index, model, min([doses[0].time, *known]), same_day)


class _Reader:
    """Reads the doses of a record; keeps what is not known of them."""

    def __init__(
        self,
        index: RecordIndex,
        model: Model,
        moment: datetime,
        end: datetime,
        weight: Decimal | None,
    ) -> None:
        self.index, self.model, self.moment, self.end = index, model, moment, end
        self.weight = weight
        self.untold: list[Untold] = []
        self.notes: list[str] = []

    def doses(self) -> Iterator[Given]:
        """Every dose with a known amount and day; the others are kept in `untold`."""
        for drug in self.model.drugs:
            for event in self._told(self.index.of(drug)):
                yield from self._read(event, is_depot=self._is_depot(drug, event))

    def check_others(self) -> None:
        """Immunoglobulin by a route that the model does not know would be missed in silence."""
        if "ivig" not in self.model.drugs:
            return
        for drug in ("ivig", "scig"):
            others = [e for e in self._told(self.index.of(drug)) if drug not in self.model.drugs]
            if others:
                raise ForecastRefused([not_in_model(drug, self.model)])

    def _told(self, events: Sequence[Event]) -> list[Event]:
        """Doses given by then, and those planned after; where none is given, those ordered."""
        real = [e for e in events if _is_dose(e)]
        given = [e for e in real if e.status in GIVEN and e.time <= self.moment]
        ahead = [e for e in real if e.status in PLANNED and self.moment < e.time <= self.end]
        ordered = [e for e in real if e.status is EventStatus.ORDERED and e.time <= self.moment]
        if not given and ordered:
            self.notes.append("No dose is recorded as given; those ordered are taken as given.")
            given = ordered
        return [*given, *ahead]

    def _is_depot(self, drug: str, event: Event) -> bool:
        return drug == "scig" or event.route in UNDER_THE_SKIN

    def _read(self, event: Event, *, is_depot: bool) -> Iterator[Given]:
        if not event.time_exact:
            latest = event.time_latest or self.moment
            self._keep(event, "its day is not known", latest, event.time_earliest)
            return
        if event.is_spell:
            yield from self._spell(event, is_depot=is_depot)
            return
        amount = self._amount(event, self.model.amount_unit)
        if amount is None:
            self._keep(event, self._why(event), event.time, event.time)
            return
        yield Given(
            event.time,
            amount,
            None if is_depot else _minutes(event),
            is_depot,
            event.time > self.moment,
            event.event_id,
        )

    def _spell(self, event: Event, *, is_depot: bool) -> Iterator[Given]:
        """A dose repeated at an interval, or daily, from its start to its end."""
        unit = self.model.amount_unit
        amount = self._amount(event, unit) if event.interval else self._amount(event, f"{unit}/d")
        last = self._last(event)
        if amount is None:
            self._keep(event, self._why(event), last or self.moment, event.time)
            return
        if last is None:
            why = "it is not known until when it was given"
            self._keep(event, why, self.moment, event.time)
            return
        period = parse_period(event.interval or "P1D")
        for count in range(_MOST_DOSES):
            day = period.times(count).after(event.time)
            if day > last:
                return
            ahead = day > self.moment
            yield Given(day, amount, None, is_depot, ahead, event.event_id)

    def _last(self, event: Event) -> datetime | None:
        """Until when a repeated dose is given; one that is ongoing goes on to the end."""
        if event.end_time is not None and (event.end_exact or event.end_time > self.moment):
            return min(event.end_time, self.end)
        if event.end_said == "ongoing":
            told = f"{say_event(self.index.record, event)}: taken to go on as ordered."
            if told not in self.notes:
                self.notes.append(told)
            return self.end
        return None

    def _amount(self, event: Event, unit: str) -> Decimal | None:
        amount = amount_known_then(event, unit, self.index)
        if amount is not None or event.value is None or self.weight is None:
            return amount
        per = unit.replace("/d", "/kg/d") if "/d" in unit else f"{unit}/kg"
        if not event.unit or not comparable(event.unit, per):
            return None
        return decimal_of(Fraction(event.value) * factor(event.unit, per) * Fraction(self.weight))

    def _why(self, event: Event) -> str:
        if event.value is None:
            return "the amount is not known"
        return "the amount rests on a body size that is not known by then"

    def _keep(self, event: Event, why: str, latest: datetime, earliest: datetime | None) -> None:
        says = f"{event.concept}, {say_time(self.index.record, event)}: {why}"
        self.untold.append(Untold(min(latest, self.moment), says, event.event_id, earliest))


def _is_dose(event: Event) -> bool:
    if event.status is EventStatus.NOT_GIVEN:
        return False
    return not event.is_stop


def _minutes(event: Event) -> Fraction | None:
    """How long an infusion ran, where the record has its end within a day."""
    if event.end_time is None or not event.end_exact:
        return None
    length = event.end_time - event.time
    if not timedelta(0) < length < DAY:
        return None
    return Fraction(length // timedelta(seconds=1), 60)
