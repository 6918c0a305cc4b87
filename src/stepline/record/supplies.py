"""What was handed over, kept apart from what was ordered and what was given."""

from __future__ import annotations

from stepline.record.model import Event, EventStatus

SUPPLY = "a supply, not a dose taken"
"""What the note of a supply begins with; its status is that of an order."""


def is_supply(event: Event) -> bool:
    """Whether a row tells that a drug was handed over; nobody says that it was taken."""
    return event.status is EventStatus.ORDERED and event.note.startswith(SUPPLY)
