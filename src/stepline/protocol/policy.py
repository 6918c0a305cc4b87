"""A local policy: definitions of a unit that come before those of the library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stepline.protocol.model import Definition, Pathway, Protocol


def with_policy(protocol: Protocol, definitions: Iterable[Definition]) -> Protocol:
    """The protocol in which these definitions stand for those of the same key, everywhere."""
    own = {definition.key: definition for definition in definitions}
    kept = (one for one in protocol.definitions if one.key not in own)
    pathways = tuple(_without(pathway, own.keys()) for pathway in protocol.pathways)
    return replace(protocol, definitions=(*kept, *own.values()), pathways=pathways)


def _without(pathway: Pathway, keys: Iterable[str]) -> Pathway:
    known = set(keys)
    kept = tuple(one for one in pathway.definitions if one.key not in known)
    return replace(pathway, definitions=kept)
