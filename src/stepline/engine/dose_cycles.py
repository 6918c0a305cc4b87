"""Cycles of a drug: how many, how much each, how far apart, and the intensity of a course."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from stepline.course.cycles import cycles_of
from stepline.engine.amounts import Amount, Elapsed, added, exact, unknown
from stepline.engine.dose_rows import per_kilogram
from stepline.engine.finding import Missing
from stepline.engine.picking import spoken_names
from stepline.engine.situation import Situation, select
from stepline.protocol import criterion as c
from stepline.record.model import Event
from stepline.record.saying import say


def count_cycles(
    drugs: c.Names, window: c.Window, situation: Situation, only: frozenset[int] = frozenset()
) -> Amount:
    """How many cycles were given in a window; unknown while a repeated dose has no count.

    `only` limits the count to these events, the doses of a step's own courses.
    """
    given = [e for e in situation.given(drugs) if not only or e.event_id in only]
    chosen = select(given, window, situation)
    if isinstance(chosen, Missing):
        return unknown("1", chosen)
    certain, possible = chosen
    moments = [e for e in certain if not e.is_spell]
    uncounted = [e for e in certain if e.is_spell and e.interval] + possible
    counted = Decimal(sum(len(cycles_of(of_one)) for of_one in _by_drug(moments)))
    ids = tuple(e.event_id for e in moments)
    if not uncounted:
        return exact(counted, "1", ids, f"{counted} cycles of {spoken_names(drugs)}")
    says = f"some doses of {spoken_names(drugs)} are recorded without a count"
    missing = Missing(spoken_names(drugs), "bounded", says)
    return Amount(counted, None, "1", events=ids, says=says, missing=(missing,))


def _by_drug(doses: list[Event]) -> list[list[Event]]:
    found: dict[str, list[Event]] = {}
    for dose in doses:
        found.setdefault(dose.concept, []).append(dose)
    return list(found.values())


def cycle_per_kilogram(drug: str, situation: Situation) -> Amount:
    """The dose of the last cycle in g/kg, with the weight known then where grams were recorded."""
    given = situation.given((drug,))
    if not given:
        missing = Missing(drug, "not-recorded", f"no dose of {drug} is recorded", (drug,))
        return unknown("g/kg", missing)
    if given[-1].is_spell:
        return per_kilogram(given[-1], situation)
    last = cycles_of([event for event in given if not event.is_spell])[-1]
    return added([per_kilogram(event, situation) for event in last], "g/kg")


def shortest_interval(node: c.ShortestInterval, situation: Situation) -> Elapsed | Amount:
    """The two doses closest together in a window, as the time between them."""
    chosen = select(situation.given((node.drug,)), node.window, situation)
    if isinstance(chosen, Missing):
        return unknown("d", chosen)
    doses = [event for event in chosen[0] if not event.is_spell]
    pairs = [pair for pair in pairwise(doses) if _apart_is_known(*pair)]
    if not pairs:
        why = f"two dated doses of {node.drug} are not recorded"
        return unknown("d", Missing(node.drug, "not-recorded", why, (node.drug,)))
    first, second = min(pairs, key=lambda pair: (pair[1].time - pair[0].time, pair[0].event_id))
    record = situation.index.record
    says = f"{node.drug} on {say(record, first.time)} and on {say(record, second.time)}"
    ids = (first.event_id, second.event_id)
    if len(pairs) == len(doses) - 1 and not chosen[1]:
        return Elapsed(first.time, first.time, second.time, ids, says)
    missing = Missing(node.drug, "time-uncertain", f"other doses of {node.drug} have no exact time")
    return Elapsed(first.time, second.time, second.time, ids, says, (missing,))


def _apart_is_known(first: Event, second: Event) -> bool:
    """Whether the time between two doses is known: both are dated, or counted from one moment."""
    together = bool(first.group) and first.group == second.group
    return together or (first.time_exact and second.time_exact)


def intensity(drug: str, situation: Situation) -> Amount:
    """Grams per kilogram per 28 days of the latest course of a drug begun by now."""
    begun = [
        course
        for course in situation.courses
        if course.drug == drug and course.start <= situation.moment
    ]
    if not begun:
        return unknown("g/kg", Missing(drug, "not-recorded", f"no course of {drug} is recognised"))
    course = begun[-1]
    if course.intensity is None:
        why = f"the intensity of {course.title} cannot be computed"
        return unknown("g/kg", Missing(drug, "not-computable", why))
    says = f"{course.title}: {course.intensity} g/kg per 28 days"
    return exact(course.intensity, "g/kg", course.event_ids[:1], says)
