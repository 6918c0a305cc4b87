"""What guarding a plan asks and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stepline.core.evidence import Evidence
from stepline.dosing.plan_model import Caution
from stepline.engine.finding import Verdict
from stepline.review.model import Statement


@dataclass(frozen=True, slots=True)
class Override:
    """A prescriber's reason to go on although a rule of the library holds."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule that holds of a plan, or cannot be excluded.

    `foreseen` is the day on which it would hold if the plan were followed; `None` where it does
    now. `override` is the reason for which a rule that refuses is passed over.
    """

    statement: Statement
    foreseen: date | None = None
    override: Override | None = None

    @property
    def holds(self) -> bool:
        """Whether the rule holds, and not only cannot be excluded."""
        return self.statement.verdict is Verdict.TRUE

    @property
    def refuses(self) -> bool:
        """Whether this refuses the plan."""
        is_grave = self.holds and self.statement.severity == "refuse"
        return is_grave and self.foreseen is None and self.override is None

    @property
    def message(self) -> str:
        """What a reader is told: the rule's sentence, and what would settle it."""
        one = self.statement
        says = f"If this plan is followed, by {self.foreseen}: {one.says}" * bool(self.foreseen)
        asks = f" To settle it: {'; '.join(one.asks)}." * bool(one.asks)
        return f"{one.title}. {says or one.says}{asks}"


@dataclass(frozen=True, slots=True)
class FromRecord:
    """A body measure as the record holds it: the last value, and whether it still answers.

    `age_days` is from its day to the first day of the plan; `fresh_for` how long it answers.
    `certainty` tells an inferred value from a measured one; `because` gives the reasoning.
    """

    concept: str
    value: Decimal
    unit: str
    said_on: str
    age_days: int
    fresh_for: str
    is_stale: bool
    certainty: Evidence
    because: str = ""
    event_id: int = 0
    source: str = ""

    @property
    def text(self) -> str:
        """The value as a person types it."""
        return f"{self.value:f} {self.unit}"

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "value": float(self.value),
            "unit": self.unit,
            "on": self.said_on,
            "age_days": self.age_days,
            "fresh_for": self.fresh_for or None,
            "stale": self.is_stale,
            "status": self.certainty.status.value,
            "because": self.because or None,
            "event": self.event_id,
            "source": self.source or None,
        }


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guarding found. Without a record, `as_of` is `None` and nothing was judged.

    `judged` are the ids of the rules that concern the order, held or not.
    """

    guards: tuple[Guard, ...] = ()
    cautions: tuple[Caution, ...] = ()
    judged: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    body: tuple[FromRecord, ...] = ()
    as_of: datetime | None = None
    as_of_said: str = ""
    evidence: tuple[Evidence, ...] = field(default=())

    @property
    def refuses(self) -> bool:
        """Whether the plan is refused."""
        return any(guard.refuses for guard in self.guards)
