"""Body and laboratory of a record at a moment, as the covariates of a model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity, comparable, convert
from stepline.core.time import days_between, parse_period
from stepline.course.bodysize import size_at
from stepline.forecast.driving import Known
from stepline.forecast.model import COVARIATES, Model
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event
from stepline.record.saying import say, say_number
from stepline.vocabulary.catalogue import catalogue

_MEASURED = ("weight", "igm", "igg", "cd19-count")


def covariates_at(
    index: RecordIndex, model: Model, moment: datetime, stated: Mapping[str, Decimal]
) -> tuple[dict[str, Known], tuple[str, ...]]:
    """What is known by a moment of the covariates of a model, and remarks on what is old.

    Those stated go before. What is not known is left out; the model then refuses.
    """
    found, remarks = {}, []
    names = dict.fromkeys([*model.needed, *(v.name for v in model.valid if v.name in COVARIATES)])
    for name in names:
        if name in stated:
            found[name] = Known(name, stated[name], "stated")
            continue
        known, remark = _of_record(name, index, moment)
        if known is not None:
            found[name] = known
        remarks += [remark] if remark else []
    return found, tuple(remarks)


def _of_record(name: str, index: RecordIndex, moment: datetime) -> tuple[Known | None, str]:
    if name in _MEASURED:
        return _measured(name, index, moment)
    if name == "body-surface":
        area = size_at("m2", moment, index)
        says = "by Mosteller from the last weight and height"
        return (None if area is None else Known(name, area, says)), ""
    return _of_subject(name, index, moment), ""


def _measured(name: str, index: RecordIndex, moment: datetime) -> tuple[Known | None, str]:
    """The last exact value, with its day; one that is older than it answers for is remarked on."""
    event = _last(name, COVARIATES[name], index, moment)
    if event is None or event.value is None:
        return None, ""
    value = convert(Quantity(event.value, event.unit), COVARIATES[name]).value
    said = say_number(event.value, event.unit)
    age = days_between(event.time, moment)
    doubt = "" if event.certainty is Status.VERIFIED else f", {event.certainty.value}"
    on = f"{said}, {say(index.record, event.time)}{doubt}"
    known = Known(name, value, f"{on}, {age} days before" if age else on)
    freshness = catalogue().concept(name).freshness
    if freshness is None or parse_period(freshness.period).after(event.time) >= moment:
        return known, ""
    answers = parse_period(freshness.period).say()
    return known, f"The {name} ({on}) is {age} days old; it answers for {answers}. Measure again."


def _last(name: str, unit: str, index: RecordIndex, moment: datetime) -> Event | None:
    usable = [
        event
        for event in index.known_by(name, moment)
        if event.value is not None and event.unit and comparable(event.unit, unit)
    ]
    return usable[-1] if usable else None


def _of_subject(name: str, index: RecordIndex, moment: datetime) -> Known | None:
    subject = index.record.subject
    if name == "age":
        age = subject.age_at(moment)
        return None if age is None else Known(name, age, "of the record")
    if name in ("male", "female") and subject.sex in ("male", "female"):
        return Known(name, Decimal(subject.sex == name), "of the record")
    if name == "antibody-deficiency" and had_rituximab(index, moment):
        says = (
            "rituximab was given: as the secondary group of the model, most of it after rituximab"
        )
        return Known(name, Decimal(1), says)
    return None


def had_rituximab(index: RecordIndex, moment: datetime) -> bool:
    """Whether rituximab was given by then."""
    return any(event.status in GIVEN for event in index.known_by("rituximab", moment))
