"""How texts are compared: what counts as the same name, and what counts as a word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The lower-case words of a text, without accents.

    Everything else separates words, except that `%` is the word percent. A word never matches
    inside another: `prednisone` is not in `methylprednisolone`.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_WORD.findall(bare.replace("%", " percent ")))


@lru_cache(maxsize=65536)
def same_name(text: str) -> str:
    """The form in which two spellings of one name are equal: `Anti-HBc` and `anti HBC`."""
    return " ".join(words(text))


def contains_phrase(text: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether the words of a phrase stand in a text, next to each other and in order."""
    size = len(phrase)
    return any(text[start : start + size] == phrase for start in range(len(text) - size + 1))
