"""What hepatitis B serology says over time: a state machine with its table written out.

Two memories are kept, one for HBsAg and one for anti-HBc. A reading moves one of them by `SURFACE`
or `CORE`, and `STATES` reads both together. Three things can never be undone by a later reading: a
positive HBsAg, a positive anti-HBc of the patient's own, and a positive HBV DNA. A positive
anti-HBc that immunoglobulin may have brought moves the memory to `passive` and no further.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What one test answered. `passive`: positive, and immunoglobulin may have brought it."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PASSIVE = "passive"
    UNCLEAR = "unclear"


class Memory(StrEnum):
    """What all answers of one test amount to. `cleared`: positive once, negative since."""

    UNTESTED = "untested"
    UNCLEAR = "unclear"
    NEGATIVE = "negative"
    PASSIVE = "passive"
    POSITIVE = "positive"
    CLEARED = "cleared"


class State(StrEnum):
    """What is known of hepatitis B."""

    NEVER_TESTED = "never-tested"
    INCOMPLETE = "incomplete"
    NEGATIVE = "negative"
    PASSIVE = "passive-anti-hbc-possible"
    RESOLVED = "resolved"
    CHRONIC = "hbsag-positive"


_U, _X, _N = Memory.UNTESTED, Memory.UNCLEAR, Memory.NEGATIVE
_P, _Y, _C = Memory.PASSIVE, Memory.POSITIVE, Memory.CLEARED

SURFACE: dict[tuple[Memory, Answer], Memory] = {
    (_U, Answer.NEGATIVE): _N,
    (_U, Answer.POSITIVE): _Y,
    (_U, Answer.UNCLEAR): _X,
    (_X, Answer.NEGATIVE): _N,
    (_X, Answer.POSITIVE): _Y,
    (_X, Answer.UNCLEAR): _X,
    (_N, Answer.NEGATIVE): _N,
    (_N, Answer.POSITIVE): _Y,
    (_N, Answer.UNCLEAR): _X,
    (_Y, Answer.NEGATIVE): _C,
    (_Y, Answer.POSITIVE): _Y,
    (_Y, Answer.UNCLEAR): _Y,
    (_C, Answer.NEGATIVE): _C,
    (_C, Answer.POSITIVE): _Y,
    (_C, Answer.UNCLEAR): _C,
}
"""HBsAg, and HBV DNA in the same way."""

CORE: dict[tuple[Memory, Answer], Memory] = {
    (_U, Answer.NEGATIVE): _N,
    (_U, Answer.POSITIVE): _Y,
    (_U, Answer.PASSIVE): _P,
    (_U, Answer.UNCLEAR): _X,
    (_X, Answer.NEGATIVE): _N,
    (_X, Answer.POSITIVE): _Y,
    (_X, Answer.PASSIVE): _P,
    (_X, Answer.UNCLEAR): _X,
    (_N, Answer.NEGATIVE): _N,
    (_N, Answer.POSITIVE): _Y,
    (_N, Answer.PASSIVE): _P,
    (_N, Answer.UNCLEAR): _X,
    (_P, Answer.NEGATIVE): _N,
    (_P, Answer.POSITIVE): _Y,
    (_P, Answer.PASSIVE): _P,
    (_P, Answer.UNCLEAR): _P,
    (_Y, Answer.NEGATIVE): _Y,
    (_Y, Answer.POSITIVE): _Y,
    (_Y, Answer.PASSIVE): _Y,
    (_Y, Answer.UNCLEAR): _Y,
}
"""Anti-HBc."""

STATES: dict[tuple[Memory, Memory], State] = {
    (_U, _U): State.NEVER_TESTED,
    (_U, _X): State.INCOMPLETE,
    (_U, _N): State.INCOMPLETE,
    (_U, _P): State.PASSIVE,
    (_U, _Y): State.INCOMPLETE,
    (_X, _U): State.INCOMPLETE,
    (_X, _X): State.INCOMPLETE,
    (_X, _N): State.INCOMPLETE,
    (_X, _P): State.PASSIVE,
    (_X, _Y): State.INCOMPLETE,
    (_N, _U): State.INCOMPLETE,
    (_N, _X): State.INCOMPLETE,
    (_N, _N): State.NEGATIVE,
    (_N, _P): State.PASSIVE,
    (_N, _Y): State.RESOLVED,
    (_Y, _U): State.CHRONIC,
    (_Y, _X): State.CHRONIC,
    (_Y, _N): State.CHRONIC,
    (_Y, _P): State.CHRONIC,
    (_Y, _Y): State.CHRONIC,
    (_C, _U): State.RESOLVED,
    (_C, _X): State.RESOLVED,
    (_C, _N): State.RESOLVED,
    (_C, _P): State.RESOLVED,
    (_C, _Y): State.RESOLVED,
}
"""HBsAg first, anti-HBc second. Anti-HBc alone, without HBsAg, leaves chronic disease open."""


@dataclass(frozen=True, slots=True)
class Serology:
    """The answers of one day; `None` where a test was not done."""

    hbsag: Answer | None = None
    anti_hbc: Answer | None = None
    dna: Answer | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of each test."""

    surface: Memory = Memory.UNTESTED
    core: Memory = Memory.UNTESTED
    dna: Memory = Memory.UNTESTED

    def after(self, day: Serology) -> Known:
        """What is remembered after the answers of a day."""
        return Known(
            SURFACE[self.surface, day.hbsag] if day.hbsag else self.surface,
            CORE[self.core, day.anti_hbc] if day.anti_hbc else self.core,
            SURFACE[self.dna, day.dna] if day.dna else self.dna,
        )

    @property
    def state(self) -> State:
        """The state. Virus in the blood is infection, whatever the antibodies say."""
        read = STATES[self.surface, self.core]
        if self.dna is Memory.POSITIVE:
            return State.CHRONIC
        if self.dna is Memory.CLEARED and read is not State.CHRONIC:
            return State.RESOLVED
        return read


def joined(answers: list[Answer]) -> Answer | None:
    """One answer from several of a day: the one that says most; the order does not matter."""
    ranking = (Answer.POSITIVE, Answer.PASSIVE, Answer.UNCLEAR, Answer.NEGATIVE)
    return next((answer for answer in ranking if answer in answers), None)
