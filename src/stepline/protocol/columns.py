"""Finds where a character of a YAML scalar's text stands in its file.

A scalar can be bare, quoted, folded over lines or a block, and its text was put on one line before
it was read. Every character of the text stands in the file in the same order, so the two are walked
side by side; spaces, line breaks and indentation match one another.
"""

from __future__ import annotations

from dataclasses import replace

from stepline.core.errors import Place


def placed_within(file_text: str, start: Place, text: str, column: int) -> Place:
    """The place of column `column` (from 1) of `text`, a scalar that begins at `start`."""
    if not start.line or not start.column:
        return start
    lines = file_text.splitlines(keepends=True)
    offset = sum(map(len, lines[: start.line - 1])) + start.column - 1
    found = _offset_of(file_text, offset, text[: max(column - 1, 0)])
    line = file_text.count("\n", 0, found)
    line_start = file_text.rfind("\n", 0, found) + 1
    return replace(start, line=line + 1, column=found - line_start + 1)


def _offset_of(source: str, offset: int, before: str) -> int:
    """The offset in `source` of the character after `before`."""
    offset, quote = _past_opening(source, offset)
    for sign in before:
        offset = _past_space(source, offset)
        if not sign.isspace():
            offset = _past_sign(source, offset, quote)
    return min(_past_space(source, offset), len(source))


def _past_opening(source: str, offset: int) -> tuple[int, str]:
    opening = source[offset : offset + 1]
    if opening in ("'", '"'):
        return offset + 1, opening
    if opening in ("|", ">"):
        return source.find("\n", offset) + 1 or offset, ""
    return offset, ""


def _past_space(source: str, offset: int) -> int:
    while offset < len(source) and source[offset].isspace():
        offset += 1
    return offset


def _past_sign(source: str, offset: int, quote: str) -> int:
    escaped = quote == '"' and source[offset : offset + 1] == "\\"
    doubled = quote == "'" and source[offset : offset + 2] == "''"
    return offset + 2 if escaped or doubled else offset + 1
