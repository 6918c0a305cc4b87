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
    """The words, cut between two of them where they do not fit; empty where nothing is left.

    A number is never cut, nor left without the word after it: `1.5 mg` must not become `1…`.
    """
    if width_of(words, size) <= room:
        return words
    kept = words.split()[: max(1, int(room / size * 5))]
    while kept and (_is_number(kept[-1]) or _cut_width(kept, size) > room):
        kept = kept[:-1]
    if kept:
        return f"{' '.join(kept).rstrip(' ,;:')}…"
    return _cut_word(words.strip().partition(" ")[0], room, size)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() and word[-1:].isdigit()


def _cut_width(words: list[str], size: float) -> float:
    return width_of(f"{' '.join(words).rstrip(' ,;:')}…", size)


def _cut_word(word: str, room: float, size: float) -> str:
    """A word that is too long alone; one that holds a digit is left out whole."""
    if any(letter.isdigit() for letter in word):
        return ""
    count = min(len(word), max(0, int(room / size * 5)))
    while count and width_of(f"{word[:count]}…", size) > room:
        count -= 1
    return f"{word[:count]}…" if count >= 3 else ""


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
