"""What the safety statements share: reading definitions of one name, values, and days to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.time import Period
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import read
from stepline.engine.reference import judge
from stepline.engine.situation import Situation, day_of, find
from stepline.protocol import criterion as c
from stepline.protocol.model import Definition
from stepline.protocol.walking import walk
from stepline.record.model import Event
from stepline.review.due_starts import answers
from stepline.review.model import Statement
from stepline.review.stating import Teller

DESIGN = Evidence("stepline-design", Kind.DESIGN, Status.DERIVED, "how the review reads a record")


@dataclass(frozen=True, slots=True)
class Ground:
    """A record at a moment, and who tells its events."""

    situation: Situation
    teller: Teller

    def family(self, name: str) -> tuple[Definition, ...]:
        """The definitions of one name, in the order of the library."""
        found = self.situation.definitions.values()
        return tuple(one for one in found if one.name == name and not one.parameter)

    def judged(self, definition: Definition) -> Finding:
        """The verdict of a definition now, with its working."""
        return judge(definition.criterion, self.situation)

    def has(self, *names: str) -> bool:
        """Whether the record says anything of one of these by now."""
        return self.situation.speaks_of(names)

    def rows(self, *names: str) -> list[Event]:
        """What is recorded of these by now and says something, in order."""
        return [event for event in self.situation.known(names) if answers(event)]

    def values(self, name: str) -> list[Event]:
        """The rows of a test that hold a number."""
        return [event for event in self.situation.known((name,)) if event.value is not None]

    def heights(self, events: Sequence[Event], unit: str) -> list[Decimal]:
        """How high each value is, so that they compare: converted where their units differ."""
        if {event.unit for event in events} == {unit}:
            return [event.value or Decimal(0) for event in events]
        amounts = [read(event, unit, self.situation, quiet=True) for event in events]
        return [amount.low or Decimal(0) for amount in amounts]

    def say(self, event: Event) -> str:
        """One event in a line."""
        return self.situation.index.say(event)

    def statement(
        self,
        name: str,
        title: str,
        verdict: Verdict,
        says: str,
        *,
        because: Iterable[int] = (),
        missing: Sequence[Missing] = (),
        evidence: Sequence[Evidence] = (),
        note: str = "",
    ) -> Statement:
        """A safety statement with what carries it."""
        return Statement(
            id=name,
            kind="safety",
            title=title,
            verdict=verdict,
            says=says,
            because=self.teller.because(because),
            missing=tuple(dict.fromkeys(missing)),
            evidence=tuple(dict.fromkeys(evidence)) or (DESIGN,),
            note=note,
        )


def evidence_of(definitions: Iterable[Definition]) -> tuple[Evidence, ...]:
    """The sources of several definitions, each once."""
    return tuple(dict.fromkeys(one for each in definitions for one in each.evidence))


def period_in(definition: Definition) -> Period | None:
    """The period that a definition compares with, where it names one."""
    parts = (part for part in walk(definition.criterion) if isinstance(part, c.Duration))
    return next((part.period for part in parts), None)


def last_dose_day(drug: str, situation: Situation) -> datetime | None:
    """The day of the last dose, where it is known to the day."""
    found = find(c.LastOf((drug,)), situation)
    if isinstance(found, Missing) or found.earliest is None or found.earliest != found.latest:
        return None
    return day_of(found.earliest)


def never(what: str, *settle: str) -> Missing:
    """Something that nobody wrote down."""
    return Missing(what, "not-recorded", f"no {what} is recorded", settle or (what,))


def last_in(rows: Sequence[Event], before: datetime | None) -> Event | None:
    """The last row that surely lies before a moment."""
    if before is None:
        return rows[-1] if rows else None
    surely = [r for r in rows if (r.time if r.time_exact else r.time_latest or before) < before]
    return surely[-1] if surely else None
