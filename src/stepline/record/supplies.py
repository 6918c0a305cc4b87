"""What was handed over or only remarked, kept apart from what was ordered and what was given."""

from __future__ import annotations

from stepline.record.model import Event, EventStatus

SUPPLY = "a supply, not a dose taken"
"""What the note of a supply begins with; its status is that of an order."""
OF_ORDER = "its dose is the order's"
"""In the note of a statement that rests on an order of the same source."""


def is_remark(event: Event) -> bool:
    """Whether a row only states that an order is taken: the order holds the dose."""
    return not event.is_spell and event.value is None and OF_ORDER in event.note


def is_supply(event: Event) -> bool:
    """Whether a row tells that a drug was handed over; nobody says that it was taken."""
    return event.status is EventStatus.ORDERED and event.note.startswith(SUPPLY)
