"""What a resource needs to know of the others in the same file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from stepline.core.time import When
from stepline.sources.fhir.coding import words_of
from stepline.sources.fhir.rows import ResourceKey
from stepline.sources.fhir.structs import CodeableConcept, Medication, Reference
from stepline.vocabulary.catalogue import Catalogue

_LITERAL = re.compile(r"(?:^|.*/)([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]+)?$")
_URN = re.compile(r"urn:(?:uuid|oid):(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Product:
    """A medication as a resource names it: what it is, its lot, and the source's words for it."""

    thing: CodeableConcept | None
    lot: str = ""

    @property
    def words(self) -> str:
        """Its name as the source writes it; a strength in it is words and never a dose."""
        return words_of(self.thing)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The other resources of the file, as far as they are asked for.

    `names` gives the resource behind a bundle's fullUrl. `reports` gives the report of an
    observation. `orders` are the orders of the file; `followers` says when the order that replaces
    another begins, `last_given` when the last dose of an order was given.
    """

    catalogue: Catalogue
    names: Mapping[str, ResourceKey]
    medications: Mapping[ResourceKey, Medication]
    reports: Mapping[ResourceKey, ResourceKey]
    orders: frozenset[ResourceKey]
    followers: Mapping[ResourceKey, When]
    last_given: Mapping[ResourceKey, When]

    def key_of(self, reference: Reference | None, kind: str) -> ResourceKey | None:
        """The resource that a reference points at; `kind` where the reference does not say it."""
        return key_of(reference, kind, self.names)

    def order_of(self, references: Iterable[Reference | None]) -> ResourceKey | None:
        """The first referenced order that is in the file."""
        keys = (self.key_of(reference, "MedicationRequest") for reference in references)
        return next((key for key in keys if key in self.orders), None)

    def product(
        self,
        thing: CodeableConcept | None,
        reference: Reference | None,
        contained: Iterable[msgspec.Raw],
    ) -> Product:
        """The medication, by its code, a contained resource, another resource, or its display."""
        inner = [msgspec.json.decode(raw, type=Medication) for raw in contained]
        if thing is not None:
            batches = [one.batch for one in inner if one.batch is not None]
            return Product(thing, batches[0].lot_number if len(batches) == 1 else "")
        found = self._medication(reference, inner)
        if found is not None and found.code is not None:
            return Product(found.code, found.batch.lot_number if found.batch else "")
        display = reference.display if reference is not None else ""
        return Product(CodeableConcept(text=display) if display else None)

    def _medication(
        self, reference: Reference | None, contained: list[Medication]
    ) -> Medication | None:
        if reference is None:
            return None
        if reference.reference.startswith("#"):
            wanted = reference.reference[1:]
            return next((one for one in contained if one.id == wanted), None)
        key = self.key_of(reference, "Medication")
        return self.medications.get(key) if key else None


def key_of(
    reference: Reference | None, kind: str, names: Mapping[str, ResourceKey]
) -> ResourceKey | None:
    """The resource that a reference names; `None` where it names none by a literal reference."""
    target = reference.reference.strip() if reference is not None else ""
    if not target or target.startswith("#"):
        return None
    if target in names:
        return names[target]
    literal = _LITERAL.match(target)
    if literal:
        return literal[1], literal[2]
    urn = _URN.match(target)
    return (kind, urn[1]) if urn else None
