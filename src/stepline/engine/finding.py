"""What an engine answers: a verdict with its working."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stepline.core.evidence import Evidence


class Verdict(StrEnum):
    """Kleene's three values."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was not there: what, why it counts as missing, and what would settle it.

    `why` is one of `not-recorded`, `stale`, `confounded`, `bounded`, `time-uncertain`,
    `no-reference-range`, `not-computable`, `no-definition`.
    """

    what: str
    why: str
    says: str
    settle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion's verdict at a moment, with the events it used and what it missed.

    `text` is the criterion in the author's words, `says` what was seen ("ldh 518 U/L at M0, above
    the upper limit of normal (flag)"), `events` the ids it rests on, `parts` the working of its
    parts, in order.
    """

    verdict: Verdict
    text: str
    says: str = ""
    events: tuple[int, ...] = ()
    missing: tuple[Missing, ...] = ()
    parts: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def all_events(self) -> tuple[int, ...]:
        """The ids of every event used here or below, each once, in order."""
        found = set(self.events)
        for part in self.parts:
            found.update(part.all_events())
        return tuple(sorted(found))

    def all_missing(self) -> tuple[Missing, ...]:
        """Everything missed here or below, each once, in order of first mention."""
        found = dict.fromkeys(self.missing)
        for part in self.parts:
            found.update(dict.fromkeys(part.all_missing()))
        return tuple(found)
