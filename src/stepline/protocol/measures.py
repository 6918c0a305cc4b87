"""What each value of a criterion is told in: the unit its comparisons must fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

from stepline.protocol import criterion as c
from stepline.vocabulary.model import Concept, ConceptKind

PERIOD = "a period of time"
CATEGORY = "a response category"
UPPER_LIMITS = "multiples of the upper limit of normal"
NO_NUMBER = "no number"
POINTS = "{score}"
"""Points of a scale, as UCUM writes them."""

Find = Callable[[str], Concept | None]
Units = tuple[tuple[str, str], ...]
"""Pairs of a concept id (empty for a literal) and its unit, or one of the words above."""


@singledispatch
def units_of(value: c.Value, _find: Find) -> Units:
    """What a value is told in, a pair for each concept it is of."""
    raise AssertionError(f"no units for {type(value).__name__}")  # pragma: no cover


@units_of.register
def _(value: c.Number, _find: Find) -> Units:
    return (("", value.quantity.unit),)


@units_of.register(c.UpperLimits)
def _(_value: c.UpperLimits, _find: Find) -> Units:
    return (("", UPPER_LIMITS),)


@units_of.register(c.Duration)
@units_of.register(c.TimeInStep)
def _(_value: c.Duration | c.TimeInStep, _find: Find) -> Units:
    return (("", PERIOD),)


@units_of.register(c.TimeSince)
def _(_value: c.TimeSince, _find: Find) -> Units:
    return (("time since", PERIOD),)


@units_of.register(c.ShortestInterval)
@units_of.register(c.PlannedInterval)
def _(value: c.ShortestInterval | c.PlannedInterval, _find: Find) -> Units:
    return ((value.drug, PERIOD),)


@units_of.register(c.CategoryIs)
@units_of.register(c.Response)
@units_of.register(c.BestResponse)
def _(_value: c.CategoryIs | c.Response | c.BestResponse, _find: Find) -> Units:
    return (("", CATEGORY),)


@units_of.register(c.ImprovementScore)
def _(_value: c.ImprovementScore, _find: Find) -> Units:
    return (("improvement score", POINTS),)


@units_of.register
def _(value: c.DoseChange, _find: Find) -> Units:
    return tuple((name, "%" if value.relative else "mg/d") for name in value.names)


@units_of.register
def _(value: c.Pick, find: Find) -> Units:
    if value.take is c.Take.COUNT:
        return tuple((name, "1") for name in value.names)
    return tuple(pair for name in value.names for pair in _concept_unit(name, find))


@units_of.register
def _(value: c.Change, find: Find) -> Units:
    if value.relative:
        return tuple((name, "%") for name in value.names)
    return tuple(pair for name in value.names for pair in _concept_unit(name, find))


@units_of.register
def _(value: c.DailyDose, _find: Find) -> Units:
    unit = "mg/kg/d" if value.per_kilogram else "mg/d"
    return tuple((name, unit) for name in value.names)


@units_of.register
def _(value: c.MeanDose, _find: Find) -> Units:
    return tuple((name, "mg/d") for name in value.names)


@units_of.register
def _(value: c.WeeklyDose, _find: Find) -> Units:
    return tuple((name, "mg/wk") for name in value.names)


@units_of.register
def _(_value: c.LongestTime, _find: Find) -> Units:
    return (("longest time", PERIOD),)


@units_of.register
def _(value: c.CumulativeDose, _find: Find) -> Units:
    return tuple((name, "mg") for name in value.names)


@units_of.register(c.Intensity)
@units_of.register(c.CycleDose)
def _(value: c.Intensity | c.CycleDose, _find: Find) -> Units:
    return ((value.drug, "g/kg"),)


@units_of.register
def _(value: c.Courses, _find: Find) -> Units:
    return ((value.drug, "1"),)


@units_of.register(c.Cycles)
def _(_value: c.Cycles, _find: Find) -> Units:
    return (("cycles", "1"),)


def _concept_unit(name: str, find: Find) -> Units:
    """The unit of a concept; nothing for a group or a drug, of which other checks speak."""
    concept = find(name)
    if concept is None or concept.kind in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS):
        return ()
    if concept.unit:
        return ((name, concept.unit),)
    return () if concept.kind is ConceptKind.GROUP else ((name, NO_NUMBER),)
