"""Checks that what an entry quotes stands in the text that the case was read from."""

from __future__ import annotations

import re

from stepline.core.errors import Place, Problem

_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_GAP = re.compile(r"\s*(?:…|\.\.\.)\s*")


class SourceText:
    """The text a case rests on, with white space and typographic marks made alike."""

    def __init__(self, text: str) -> None:
        self._text = _alike(text)

    def holds(self, quote: str) -> bool:
        """Whether the quotation stands in the text; `…` in it skips words, in order."""
        position = 0
        for part in _GAP.split(_alike(quote)):
            position = self._text.find(part, position)
            if position < 0:
                return False
            position += len(part)
        return True


def _alike(text: str) -> str:
    return " ".join(text.translate(_MARKS).split())


def not_in_source(quote: str, source: str, place: Place) -> Problem:
    """The problem of a quotation that the source does not hold."""
    shown = quote if len(quote) <= 60 else quote[:60] + "…"
    return Problem(
        "quote-not-in-source",
        f"The quotation is not in {source}.",
        place,
        found=shown,
        allowed="words of the source in their order; … marks what is left out",
        mend="copy the words from the source",
    )
