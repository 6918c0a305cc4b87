"""Writes plain values as YAML that people read: short mappings on a line, long texts folded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
"""Texts that look like numbers, of which YAML 1.1 and 1.2 take different ones for numbers."""
_WIDTH = 96
_SHORT = 80
"""Mappings and lists up to this many characters stand on one line; longer texts are folded."""


def yaml_text(value: object) -> str:
    """Mappings, sequences, text, numbers, `Decimal`, booleans and `None` as a YAML document.

    Words that YAML 1.1 would read as something else (`on`, dates) are quoted, so that every reader
    reads the same.
    """
    import yaml

    text: str = yaml.dump(
        _copied(value), Dumper=_writer(), sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return text


def _copied(value: object) -> object:
    """A copy, so that what stands twice is written twice and not as an alias."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value


@lru_cache(maxsize=1)
def _writer() -> Any:
    import yaml

    class Writer(yaml.SafeDumper):
        """PyYAML's dumper with lists indented below their key."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            del indentless
            return super().increase_indent(flow, indentless=False)

    Writer.add_representer(Decimal, _decimal)
    Writer.add_representer(str, _text)
    Writer.add_representer(dict, _mapping)
    Writer.add_representer(list, _sequence)
    return Writer


def _decimal(writer: Any, number: Decimal) -> Any:
    text = format(number, "f")
    text = text if "." in text else f"{text}.0"
    return writer.represent_scalar("tag:yaml.org,2002:float", text)


def _text(writer: Any, text: str) -> Any:
    style = ">" if len(text) > _SHORT else None
    style = "'" if _NUMBER.fullmatch(text) else style
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _mapping(writer: Any, value: dict[str, object]) -> Any:
    return writer.represent_mapping("tag:yaml.org,2002:map", value, flow_style=_is_short(value))


def _sequence(writer: Any, value: list[object]) -> Any:
    return writer.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_short(value))


def _is_short(value: object) -> bool:
    return len(str(value).replace("'", "")) <= _SHORT
