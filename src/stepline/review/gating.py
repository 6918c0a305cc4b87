"""Judges the rules that stand before a step as if its drug were planned."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from stepline.engine.situation import DAY, Situation, day_of
from stepline.record.model import Event, EventStatus


def as_if_planned(drugs: Iterable[str], situation: Situation) -> Situation:
    """The situation with a dose of each drug planned for tomorrow that is not planned already.

    A rule such as hbv-before-rituximab speaks only where rituximab was given or is planned. Before
    an exit to rituximab is advised it must speak although neither is the case yet. Samples of today
    lie before the dose; nothing of the record is changed.
    """
    record = situation.index.record
    highest = max(map(attrgetter("event_id"), record.events), default=0)
    missing = [drug for drug in drugs if not situation.planned((drug,))]
    if not missing:
        return situation
    doses = [
        Event(
            event_id=highest + number,
            time=day_of(situation.moment) + DAY,
            code=f"STEPLINE//{drug}",
            concept=drug,
            text="dose not yet stated",
            status=EventStatus.PLANNED,
            note="supposed, to judge what must come before it",
        )
        for number, drug in enumerate(missing, 1)
    ]
    return situation.of(situation.index.supposing(doses))
