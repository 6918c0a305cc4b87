"""Turns an engine's finding into what a reader is told."""

from __future__ import annotations

from collections.abc import Iterable

from stepline.core.evidence import Evidence
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import short_title
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.saying import say_time
from stepline.review.model import Because, Statement, Working
from stepline.vocabulary.catalogue import Catalogue


class Teller:
    """Says events of one record in words; it holds nothing but the record and the vocabulary."""

    def __init__(self, index: RecordIndex, catalogue: Catalogue) -> None:
        self._index, self._catalogue = index, catalogue

    def because(self, event_ids: Iterable[int]) -> tuple[Because, ...]:
        """The events of these ids, each once, in the record's order."""
        return tuple(map(self._one, self._index.events_of(event_ids)))

    def _one(self, event: Event) -> Because:
        return Because(
            event_id=event.event_id,
            concept=event.concept,
            title=self._title(event),
            value=_value(event),
            unit=event.unit if _has_amount(event) else "",
            time=say_time(self._index.record, event),
            note=event.note,
            quote=event.quote,
            source=event.source,
        )

    def _title(self, event: Event) -> str:
        if not event.concept:
            return event.code
        return short_title(self._catalogue.concept(event.concept))


def _has_amount(event: Event) -> bool:
    known = event.value, event.value_low, event.value_high
    return known != (None, None, None)


def _value(event: Event) -> str:
    if event.value is not None:
        return f"{event.value:f}"
    if event.value_low is not None and event.value_high is not None:
        return f"{event.value_low:f} to {event.value_high:f}"
    if event.value_high is not None:
        return f"up to {event.value_high:f}"
    if event.value_low is not None:
        return f"at least {event.value_low:f}"
    return event.text or (event.interpretation.value if event.interpretation else "")


def working_of(finding: Finding) -> Working:
    """The tree of a verdict."""
    parts = tuple(working_of(part) for part in finding.parts)
    return Working(finding.verdict, finding.text, finding.says, parts)


def deciding_missing(finding: Finding) -> tuple[Missing, ...]:
    """What was missed in the branches that left the verdict unknown."""
    if finding.verdict is not Verdict.UNKNOWN:
        return ()
    found = dict.fromkeys(finding.missing)
    for part in finding.parts:
        found.update(dict.fromkeys(deciding_missing(part)))
    return tuple(found)


def finding_of(
    teller: Teller,
    name: str,
    title: str,
    finding: Finding,
    says: str,
    evidence: tuple[Evidence, ...],
) -> Statement:
    """An engine's finding under a name, with what carries it."""
    return Statement(
        id=name,
        kind="finding",
        title=title,
        verdict=finding.verdict,
        says=says,
        because=teller.because(finding.all_events()),
        missing=deciding_missing(finding),
        evidence=evidence or finding.evidence,
        working=working_of(finding),
    )


def leaf_says(finding: Finding) -> str:
    """What the parts that decided the verdict saw, in one line."""
    if not finding.parts:
        return finding.says
    deciding = [p for p in finding.parts if p.verdict is finding.verdict] or list(finding.parts)
    said = dict.fromkeys(s for s in (leaf_says(part) for part in deciding) if s)
    return "; ".join(said) or finding.says
