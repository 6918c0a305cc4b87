"""A CSV table cut into pieces that can be read one by one, each with the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

_QUOTE, _LINE = b'"', b"\n"


def csv_pieces(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """Pieces of about so many bytes, cut where a row ends; at least one.

    A line break within quotes ends no row: the quotes before it are odd in number. Where quotes
    are never even the rest is one piece.
    """
    header = stream.readline()
    yield_once = True
    rest = b""
    while block := stream.read(size):
        rest += block
        end = _last_end(rest)
        if end:
            yield header + rest[:end]
            rest, yield_once = rest[end:], False
    if rest or yield_once:
        yield header + rest


def _last_end(text: bytes) -> int:
    """After the last line break outside quotes; 0 where there is none."""
    end = text.rfind(_LINE) + 1
    odd = text.count(_QUOTE, 0, end) % 2 == 1
    while end and odd:
        before = text.rfind(_LINE, 0, end - 1) + 1
        odd ^= text.count(_QUOTE, before, end) % 2 == 1
        end = before
    return end


def separator_of(piece: bytes) -> str:
    """Comma or tab, whichever the header has more of."""
    head = piece.split(_LINE, 1)[0]
    return "\t" if head.count(b"\t") > head.count(b",") else ","
