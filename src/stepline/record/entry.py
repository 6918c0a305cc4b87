"""One entry of a record as written: what it is about, what is said of it, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stepline.core.errors import Place, RecordRefused, Refused
from stepline.core.evidence import Status
from stepline.record.cell import Cell
from stepline.record.model import Event, EventStatus
from stepline.record.trouble import Trouble, did_you_mean, one_of
from stepline.record.words import (
    ABOUT_KEYS,
    DOSE_KEYS,
    INTENTS,
    MODIFIERS,
    PROVENANCE_KEYS,
    REASONS,
    ROUTES,
    STATUSES,
    TIME_KEYS,
    VALUE_KEYS,
)
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import Concept, ConceptKind

DRUG_KINDS = (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)
WORD_KINDS = (ConceptKind.CONDITION, ConceptKind.ASSESSMENT)
UNDATED = datetime(1, 1, 1)
"""The time of an event that has not been placed yet; no finished event keeps it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry says. `said` is the cell of its concept; `fields` are its other keys."""

    concept: Concept
    said: Cell
    fields: Mapping[str, Cell]
    place: Place
    status: EventStatus

    @property
    def is_dose(self) -> bool:
        """Whether it is about a drug or a class of drugs."""
        return self.concept.kind in DRUG_KINDS

    def text(self, key: str) -> str:
        """What a key says, or nothing."""
        cell = self.fields.get(key)
        return cell.text if cell is not None else ""


def read_entry(cell: Cell, trouble: Trouble, status: EventStatus | None = None) -> Entry | None:
    """An entry whose keys are all known and fit its concept; `None` when it cannot be read."""
    if not cell.is_mapping:
        mend = "write it as {ldh: 518 U/L, at: M0}"
        message = "An entry says what it is about and when."
        trouble.add("entry-unreadable", message, cell.place, found=cell.shown, mend=mend)
        return None
    heads = [key for key in cell.fields if key not in MODIFIERS]
    if not heads:
        message = "The entry does not say what it is about."
        mend = "name a drug, test, condition or assessment of the vocabulary"
        trouble.add("concept-missing", message, cell.place, mend=mend)
        return None
    found = _one_concept(cell, heads, trouble)
    return _fitted(cell, found[0], found[1], status, trouble) if found else None


def _one_concept(cell: Cell, heads: list[str], trouble: Trouble) -> tuple[str, Concept] | None:
    """The one key that names a concept; every other key that is no modifier is reported."""
    named, strange = [], []
    refused = False
    for key in heads:
        try:
            concept = catalogue().find(key)
        except Refused as refusal:
            trouble.keep(refusal, cell.key_place(key))
            refused = True
            continue
        if concept is None:
            strange.append(key)
        else:
            named.append((key, concept))
    if not named and not refused:
        trouble.keep(unknown_concept(strange[0]), cell.key_place(strange.pop(0)))
    allowed = _keys_for(named[0][1]) if len(named) == 1 else MODIFIERS
    for key in strange:
        _report_unknown_key(key, cell, allowed, trouble)
    if len(named) > 1:
        message = f"One entry is about one thing, not about {' and '.join(k for k, _ in named)}."
        place = cell.key_place(named[1][0])
        trouble.add("concept-twice", message, place, mend="write an entry for each")
    return named[0] if len(named) == 1 and not refused else None


def _report_unknown_key(key: str, cell: Cell, allowed: frozenset[str], trouble: Trouble) -> None:
    otherwise = "leave it out, or say it in note"
    if key[:1].isdigit():
        otherwise = "write decimals with a point, and quote a text that holds a comma"
    trouble.add(
        "key-unknown",
        f"'{key}' is not something that an entry says.",
        cell.key_place(key),
        found=key,
        allowed=one_of(allowed),
        mend=did_you_mean(key, allowed, otherwise),
    )


def _fitted(
    cell: Cell, head: str, concept: Concept, status: EventStatus | None, trouble: Trouble
) -> Entry:
    fields = {key: value for key, value in cell.fields.items() if key in MODIFIERS}
    allowed = _keys_for(concept)
    for key in sorted(set(fields) - allowed):
        message = f"'{key}' says nothing about {concept.id}."
        trouble.add(
            "key-not-here",
            message,
            cell.key_place(key),
            found=key,
            allowed=one_of(allowed),
            mend="leave it out, or say it in note",
        )
    default = EventStatus.GIVEN if concept.kind in DRUG_KINDS else EventStatus.REPORTED
    return Entry(concept, cell.fields[head], fields, cell.place, status or default)


def _keys_for(concept: Concept) -> frozenset[str]:
    common = TIME_KEYS | PROVENANCE_KEYS | ABOUT_KEYS
    if concept.kind in DRUG_KINDS:
        return (common | DOSE_KEYS) - {"value", "outcome", "change"}
    if concept.kind in WORD_KINDS:
        return common
    return common | VALUE_KEYS


def base_event(entry: Entry, trouble: Trouble) -> Event:
    """What every row of an entry has in common; its time and value come later."""
    inferred = entry.text("status") == "inferred"
    if inferred and not entry.text("because"):
        trouble.add(
            "inferred-without-reason",
            "An inferred value gives its reasoning.",
            entry.fields["status"].place,
            found="inferred",
            mend="add because: and the reasoning",
        )
    return Event(
        event_id=0,
        time=UNDATED,
        code=f"STEPLINE//{entry.concept.id}",
        concept=entry.concept.id,
        status=_status(entry, trouble),
        route=_word(entry, "route", ROUTES, trouble),
        intent=_word(entry, "intent", INTENTS, trouble),
        product=entry.text("product"),
        lot=entry.text("lot"),
        reason=_reason(entry, trouble),
        certainty=Status.DERIVED if inferred else Status.VERIFIED,
        note=_note(entry, trouble),
        quote=" ".join(entry.text("says").split()),
        source=str(entry.place),
    )


def _status(entry: Entry, trouble: Trouble) -> EventStatus:
    cell = entry.fields.get("status")
    if cell is None or cell.text == "inferred":
        return entry.status
    found = STATUSES.get(cell.text)
    if found is None:
        allowed = [*STATUSES, "inferred"]
        _unknown_word("status", cell, allowed, trouble)
        return entry.status
    return found


def _word(entry: Entry, key: str, allowed: frozenset[str], trouble: Trouble) -> str:
    """A word of a closed list; unknown is written as nothing."""
    cell = entry.fields.get(key)
    if cell is None or cell.text == "unknown":
        return ""
    if cell.text not in allowed:
        _unknown_word(key, cell, allowed, trouble)
    return cell.text


def _reason(entry: Entry, trouble: Trouble) -> str:
    for key in ("stopped", "reason"):
        cell = entry.fields.get(key)
        if cell is not None:
            if cell.text not in REASONS:
                _unknown_word(key, cell, REASONS, trouble)
            return cell.text
    return ""


def _unknown_word(
    key: str, cell: Cell, allowed: list[str] | frozenset[str], trouble: Trouble
) -> None:
    otherwise = "write other and say it in note" if "other" in allowed else "use one of them"
    trouble.add(
        "word-unknown",
        f"'{cell.shown}' is not a word for {key}.",
        cell.place,
        found=cell.shown,
        allowed=one_of(allowed),
        mend=did_you_mean(cell.text, allowed, otherwise),
    )


def _note(entry: Entry, trouble: Trouble) -> str:
    """Everything said beside the value, in a fixed order, for a reader."""
    parts = [_subject_of(entry, key, trouble) for key in ("of", "attributed_to")]
    parts += [
        f"{key}: {entry.text(key)}"
        for key in ("severity", "which", "count", "value", "reaction", "repeated", "assay")
        if key in entry.fields
    ]
    parts += [f"in words: {entry.text('in_words')}"] if "in_words" in entry.fields else []
    parts += [f"by {entry.text('by')}"] if "by" in entry.fields else []
    parts += [f"reached {entry.text('reached')}"] if "reached" in entry.fields else []
    parts += [f"the steps are {entry.text('steps')}"] if "steps" in entry.fields else []
    parts += [f"written '{entry.text('written')}'"] if "written" in entry.fields else []
    parts += [entry.text("because"), entry.text("note")]
    return "; ".join(" ".join(part.split()) for part in parts if part)


def _subject_of(entry: Entry, key: str, trouble: Trouble) -> str:
    cell = entry.fields.get(key)
    if cell is None:
        return ""
    word = key.replace("_", " ")
    found = trouble.attempt(cell, lambda: known_concept(cell.text))
    return f"{word} {found.id}" if found else ""


def known_concept(text: str) -> Concept:
    """The concept that a text names; `RecordRefused` (`concept-unknown`) when there is none."""
    found = catalogue().find(text)
    if found is None:
        raise unknown_concept(text)
    return found


def unknown_concept(text: str) -> Refused:
    """The refusal of a name that is not in the vocabulary, with the nearest names."""
    near = ", ".join(catalogue().suggest(text))
    return RecordRefused.because(
        "concept-unknown",
        f"'{text}' is not in the vocabulary.",
        found=text,
        allowed="a concept of the vocabulary (stepline library search)",
        mend=f"did you mean {near}?" if near else "use a word of the vocabulary",
    )


def joined(*notes: str) -> str:
    """Notes as one text, without empty ones."""
    return "; ".join(note for note in notes if note)
