"""What a file may name besides the vocabulary: regimens, rules and definitions of the library."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stepline.protocol.definitions import PLACEHOLDER
from stepline.protocol.faults import Known
from stepline.protocol.model import Definition, Protocol
from stepline.vocabulary.catalogue import Catalogue, catalogue


@dataclass(frozen=True, slots=True)
class Scope:
    """Ids that exist.

    `definition_keys` are the definitions that every file sees, `pathway_keys` those of pathways,
    which only their own pathway and the tapers of regimens see. `definitions` are those outside the
    files that are loaded, in full, to find circles.
    """

    regimens: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    definition_keys: frozenset[str] = frozenset()
    pathway_keys: frozenset[str] = frozenset()
    definitions: tuple[Definition, ...] = ()
    catalogue: Catalogue = field(default_factory=catalogue)

    @classmethod
    def of(cls, protocol: Protocol) -> Scope:
        """The scope of a whole protocol."""
        of_pathways = (one for pathway in protocol.pathways for one in pathway.definitions)
        return cls(
            frozenset(regimen.id for regimen in protocol.regimens),
            frozenset(rule.id for rule in protocol.rules),
            frozenset(definition.key for definition in protocol.definitions),
            frozenset(definition.key for definition in of_pathways),
            protocol.definitions,
        )

    def joined(self, other: Scope) -> Scope:
        """Both scopes together."""
        return Scope(
            self.regimens | other.regimens,
            self.rules | other.rules,
            self.definition_keys | other.definition_keys,
            self.pathway_keys | other.pathway_keys,
            self.definitions + other.definitions,
            self.catalogue,
        )

    def with_definitions(self, keys: frozenset[str]) -> Scope:
        """The scope inside a file that has definitions of its own."""
        return replace(self, definition_keys=self.definition_keys | keys)

    def known(self, *, over_any: bool = False) -> Known:
        """What a criterion may name here; `over_any` inside a definition of `X`."""
        return Known(self.catalogue, self.definition_keys, placeholder=over_any)


def is_over_any(argument: str) -> bool:
    """Whether a definition of this argument is one over any drug."""
    return argument == PLACEHOLDER
