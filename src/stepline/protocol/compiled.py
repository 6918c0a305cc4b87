"""The packaged protocol as one JSON file beside this module, so that starting costs milliseconds.

The YAML files are the truth; `compiled.json` is made from them by
`python -m stepline.protocol.compiling`, and a test proves the two equal. The file says what it was
made from: where the library has changed since, it is not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from types import ModuleType
from typing import Any

from stepline.protocol.model import Protocol

COMPILED = "compiled.json"
_KIND = ""
"""The key that says of what kind a JSON object is; no field has this name."""


def compiled(sources: Sequence[tuple[str, str]]) -> Protocol | None:
    """The protocol that was made from these files; `None` where there is none, or of others.

    `sources` are pairs of name and text.
    """
    file = files("stepline.protocol").joinpath(COMPILED)
    if not file.is_file():
        return None
    raw = json.loads(file.read_bytes())
    if raw["made from"] != digest(sources):
        return None
    protocol = _made(raw["protocol"])
    return protocol if isinstance(protocol, Protocol) else None


def encode(protocol: Protocol, sources: Sequence[tuple[str, str]]) -> bytes:
    """A protocol as JSON, the same bytes every time; `TypeError` for a value of a new kind."""
    raw = {"made from": digest(sources), "protocol": _plain(protocol)}
    return json.dumps(raw, indent=0, ensure_ascii=False).encode() + b"\n"


def digest(sources: Iterable[tuple[str, str]]) -> str:
    """SHA-256 of names and texts, and of what the classes of the model hold."""
    kinds = sorted((name, kind) for name, kind in _kinds().items() if is_dataclass(kind))
    shape = [(name, [field.name for field in fields(kind)]) for name, kind in kinds]
    return sha256(json.dumps([shape, *sources]).encode()).hexdigest()


def _plain(value: object) -> object:
    """A value as JSON has it: arrays are tuples, what is no text and no number is an object."""
    if value is None or isinstance(value, bool | int) or type(value) is str:
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, list):
        return {_KIND: "list", "of": [_plain(one) for one in value]}
    if isinstance(value, dict):
        return {_KIND: "dict", "of": [[_plain(name), _plain(one)] for name, one in value.items()]}
    if isinstance(value, Decimal):
        return {_KIND: "Decimal", "of": str(value)}
    if isinstance(value, Enum):
        return {_KIND: type(value).__name__, "of": value.value}
    if _kinds().get(type(value).__name__) is not type(value):
        raise TypeError(f"compiled.json does not know {type(value).__qualname__}")
    return {_KIND: type(value).__name__, **_told(value)}


def _told(value: Any) -> dict[str, object]:
    """The fields that are not what they are where nothing is said."""
    pairs = ((field, getattr(value, field.name)) for field in fields(value))
    return {
        field.name: _plain(one)
        for field, one in pairs
        if field.default is MISSING or type(one) is not type(field.default) or one != field.default
    }


def _made(raw: Any) -> Any:
    """The value that `_plain` made this of."""
    if isinstance(raw, list):
        return tuple([_made(one) for one in raw])
    if not isinstance(raw, dict):
        return raw
    kind = raw.pop(_KIND)
    if kind == "list":
        return [_made(one) for one in raw["of"]]
    if kind == "dict":
        return {_made(name): _made(one) for name, one in raw["of"]}
    if kind == "Decimal":
        return Decimal(raw["of"])
    own = _kinds()[kind]
    if issubclass(own, Enum):
        return own(raw["of"])
    return own(**{name: _made(one) for name, one in raw.items()})


@lru_cache(maxsize=1)
def _kinds() -> dict[str, type]:
    """The classes that a protocol consists of, by name."""
    from stepline.core import errors, evidence, quantity, time_period
    from stepline.protocol import criterion, ladder, model, monitoring

    modules = (errors, evidence, quantity, time_period, criterion, ladder, model, monitoring)
    own = [kind for module in modules for kind in _classes(module)]
    return {kind.__name__: kind for kind in own if is_dataclass(kind) or issubclass(kind, Enum)}


def _classes(module: ModuleType) -> list[type]:
    """The classes that a module itself defines."""
    found = [one for one in vars(module).values() if isinstance(one, type)]
    return [one for one in found if one.__module__ == module.__name__]
