"""The one typeface of figures and printed pages: where its files are and how wide its words run.

Widths are upper bounds over Roboto (Apache-2.0, from its own advance widths) and Arial, so a label
that fits by this table fits in either.
"""

from __future__ import annotations

from importlib.resources import files

FAMILY = "Roboto, 'Source Sans 3', Arial, sans-serif"

_TWENTIETHS = {
    5: "'ijl|",
    6: " .,;:!I[]ft/\\’·‘",
    7: '"(){}`-r',
    8: "²³°“”",
    9: "*^",
    10: "vy?_J",
    11: "xzcsk<>=",
    12: "abdeghnopquL$+0123456789F×≤≥±−–µα",
    14: "ABEKPSTVXYZ#&~",
    15: "CDHNRUw",
    16: "GOQ",
    18: "%mM…",
    19: "Wm—@",
}
_WIDTHS = {letter: twentieths / 20 for twentieths, row in _TWENTIETHS.items() for letter in row}
_WIDEST = 1.0
_NOT_IN_FONT = str.maketrans({"→": "to", "\t": " ", "\n": " ", "\r": " "})


def font_paths() -> list[str]:
    """The folders that hold the typeface, for a renderer that reads no system font."""
    return [str(files("font_roboto") / "files")]


def width_of(words: str, size: float) -> float:
    """The most that words can run to at a size, in the unit of the size."""
    return size * sum(_WIDTHS.get(letter, _WIDEST) for letter in words)


def drawable(words: str) -> str:
    """Words as a figure can hold them: one line, no character that XML forbids."""
    return "".join(letter for letter in words.translate(_NOT_IN_FONT) if _allowed(ord(letter)))


def _allowed(code: int) -> bool:
    in_plane = 0x20 <= code < 0x7F or 0xA0 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return in_plane or 0x10000 <= code <= 0x10FFFF


def shortened(words: str, room: float, size: float) -> str:
    """The words, cut with an ellipsis where they do not fit; empty where nothing would be left."""
    if width_of(words, size) <= room:
        return words
    kept = words[: max(0, int(room / size * 5))]
    while kept and width_of(f"{kept.rstrip(' ,;')}…", size) > room:
        kept = kept[:-1]
    kept = kept.rstrip(" ,;")
    return f"{kept}…" if len(kept) >= 3 else ""


def wrapped(words: str, room: float, size: float, lines: int) -> list[str]:
    """The words in at most so many lines of a width; the last is cut where they do not fit."""
    found: list[str] = []
    rest = words.split()
    while rest and len(found) < lines - 1:
        count = _fitting(rest, room, size)
        found.append(shortened(" ".join(rest[:count]), room, size))
        rest = rest[count:]
    if rest:
        found.append(shortened(" ".join(rest), room, size))
    return [line for line in found if line]


def _fitting(words: list[str], room: float, size: float) -> int:
    """How many of the words fit in a line; at least one."""
    count = 1
    while count < len(words) and width_of(" ".join(words[: count + 1]), size) <= room:
        count += 1
    return count
