"""The fields of a plan's bundle that are read back, and no others."""

from __future__ import annotations

from stepline.sources.fhir import structs


class Extension(structs._Fhir, frozen=True):
    """An extension: a value, or parts that are extensions."""

    url: str = ""
    extension: tuple[Extension, ...] = ()
    value_quantity: structs.Quantity | None = None
    value_string: str | None = None
    value_positive_int: int | None = None
    value_unsigned_int: int | None = None
    value_code: str | None = None
    value_boolean: bool | None = None


class Repeat(structs.Repeat, frozen=True):
    """How often, from when until when, and how long each time."""

    extension: tuple[Extension, ...] = ()


class Timing(structs.Timing, frozen=True):
    """When doses are due."""

    repeat: Repeat | None = None


class Dosage(structs.Dosage, frozen=True):
    """One instruction with its extensions."""

    extension: tuple[Extension, ...] = ()
    timing: Timing | None = None


class Request(structs.MedicationRequest, frozen=True):
    """A request with its extensions."""

    extension: tuple[Extension, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()


class Activity(structs._Fhir, frozen=True):
    """One request that belongs to a plan."""

    reference: structs.Reference | None = None


class CarePlan(structs._Fhir, frozen=True):
    """Which regimen a plan follows, its requests, and whether its steps are a proposal."""

    extension: tuple[Extension, ...] = ()
    instantiates_canonical: tuple[str, ...] = ()
    activity: tuple[Activity, ...] = ()
