"""A record as it was known at a moment: nothing later is seen by anything that judges or draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from stepline.core.evidence import Status
from stepline.record.model import Event, EventStatus, Record
from stepline.record.totals import stated_by


def known_at(record: Record, moment: datetime) -> Record:
    """The record without what happened after a moment.

    A spell that ends later still runs, so its end, and why it ended, are not known yet. Planned
    doses stay: the record does not tell when they were planned.
    """
    kept = tuple(_as_known(event, moment) for event in record.events if _is_known(event, moment))
    return replace(record, events=kept)


def _stated_by(event: Event, moment: datetime) -> Event:
    note = stated_by(event.note, moment.date())
    return event if note == event.note else replace(event, note=note)


def _is_known(event: Event, moment: datetime) -> bool:
    return event.time <= moment or event.status is EventStatus.PLANNED


def _as_known(event: Event, moment: datetime) -> Event:
    if event.is_spell and event.note:
        event = _stated_by(event, moment)
    if event.end_time is None or event.end_time <= moment:
        return event
    if event.status is EventStatus.PLANNED:
        return event
    stopped = event.status is EventStatus.STOPPED
    return replace(
        event,
        end_time=None,
        end_exact=True,
        end_said="ongoing",
        reason="",
        status=EventStatus.REPORTED if stopped else event.status,
        certainty=Status.DERIVED,
    )
