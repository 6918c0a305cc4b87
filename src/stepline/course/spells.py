"""Supplies of a drug, daily or of a repeated order, read as regimens and their tapers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from stepline.core.time import parse_period
from stepline.course import spell_points as points
from stepline.course.cycles import per_28_days, total_in
from stepline.course.model import Course
from stepline.course.spell_deviating import deviations_of
from stepline.course.spell_dividing import divided
from stepline.course.spell_meaning import with_meanings
from stepline.course.spell_modes import modes_of
from stepline.course.spell_states import Division
from stepline.course.supplies import Block, Supply, blocks_of, supplies_of
from stepline.course.tapering import shape_of
from stepline.protocol.model import Basis, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.saying import say_event
from stepline.record.totals import days_stated, is_of_a_time
from stepline.vocabulary.model import Concept


def from_spells(
    spells: Iterable[Event], index: RecordIndex, regimens: Sequence[Regimen], drug: Concept
) -> list[Course]:
    """The courses of a drug's spells, and of single doses that are taken every day."""
    found: list[Course] = []
    for stream in _streams(supplies_of(spells)):
        blocks = with_meanings(blocks_of(stream), regimens, index, drug)
        for run in divided(blocks, modes_of(blocks, regimens, index)):
            found.append(_course_of(run, index))
    return found


def _streams(supplies: list[Supply]) -> list[list[Supply]]:
    """Supplies in order; a stated order that others interrupt is read by itself."""
    places: dict[str, list[int]] = {}
    for number, one in enumerate(supplies):
        if one.event.group:
            places.setdefault(one.event.group, []).append(number)
    apart = {group for group, own in places.items() if own[-1] - own[0] + 1 > len(own)}
    main = [one for one in supplies if one.event.group not in apart]
    return [main, *([supplies[n] for n in places[group]] for group in places if group in apart)]


def _course_of(run: Division, index: RecordIndex) -> Course:
    supplies = [one for part in run.parts for one in part.block.supplies]
    first, final = supplies[0].event, _final(supplies).event
    regimen = run.mode.regimen
    return Course(
        course_id=0,
        regimen=regimen.id if regimen else "",
        drug=first.concept,
        title=regimen.title if regimen else say_event(index.record, first),
        intent=regimen.intent.value if regimen else first.intent,
        phase=regimen.phase.value if regimen else "",
        start=first.time,
        end=_end(final),
        event_ids=tuple(number for one in supplies for number in one.ids),
        start_exact=first.time_exact,
        end_exact=final.end_exact and final.end_time is not None,
        start_said=first.time_said,
        end_said=final.end_said,
        ongoing=final.end_said == "ongoing",
        interval=first.interval,
        dose=_dose(run),
        intensity=_intensity(first, index),
        daily=not first.interval or first.interval == "P1D",
        end_reason=final.reason,
        deviations=deviations_of(run),
        score=_score(run),
        because=_because(run),
    )


def _final(supplies: list[Supply]) -> Supply:
    """The supply that runs longest: one that goes on, else the one that ends last."""
    going = [one for one in supplies if one.event.end_said == "ongoing"]
    return max(going or supplies, key=lambda one: (one.last, one.event.time, one.event.event_id))


def _end(final: Event) -> datetime | None:
    """The end of the last supply; the last moment it is known to have run when it is not known."""
    if final.end_time is not None or final.end_said == "ongoing":
        return max(final.end_time, final.time) if final.end_time is not None else None
    return final.time


def _dose(run: Division) -> str:
    """The first and the last dose believed, where they differ; a maximum, or that none is known."""
    events = [part.block.event for part in run.parts if part.is_believed] or [
        part.block.event for part in run.parts
    ]
    known = [event for event in events if event.value is not None]
    if known and len(events) > 1 and known[0].value != known[-1].value:
        first, last = known[0], known[-1]
        own = "" if first.unit == last.unit else f" {first.unit}"
        return f"{first.value:f}{own} to {last.value:f} {last.unit}".rstrip()
    if known:
        return f"{known[0].value:f} {known[0].unit}".rstrip()
    if events[0].value_high is not None:
        return f"up to {events[0].value_high:f} {events[0].unit}"
    return "dose unknown"


def _intensity(first: Event, index: RecordIndex) -> Decimal | None:
    if first.concept not in ("ivig", "scig") or not first.interval:
        return None
    dose = total_in((first,), "g/kg", index)
    return per_28_days(dose, parse_period(first.interval)) if dose is not None else None


def _score(run: Division) -> Decimal:
    """The points without those of beginning, over the most that so many supplies can have."""
    if run.mode.regimen is None:
        return Decimal("0.00")
    each = points.DOSE_FITS + points.INTERVAL_FITS + points.INTENT_FITS
    most = each * sum(part.block.count for part in run.parts)
    share = Decimal(run.kept + run.closing) / most
    return min(max(share, Decimal(0)), Decimal(1)).quantize(Decimal("0.01"))


def _because(run: Division) -> tuple[str, ...]:
    """What speaks for the reading, and the sum of its points, part by part."""
    regimen = run.mode.regimen
    first = run.parts[0].block.event
    if regimen is None and is_of_a_time(first.note):
        says = "the amount is that of a whole time, and how it is divided is not stated"
        return (says,)
    if regimen is None:
        return ("no regimen of the library fits",)
    said = [_of_dose(run)]
    said.append(_rhythm(first, regimen))
    said.append(f"given for {first.intent}" if first.intent else "no intent is stated")
    again = [day for part in run.parts for day in _stated_again(part.block)]
    said.append(f"stated again {', '.join(again)}" if again else "")
    shape = shape_of(run)
    return tuple(one for one in (*said, shape.says() if shape else "", _sum(run)) if one)


def _stated_again(block: Block) -> list[str]:
    """The days on which the source states a supply of a block again."""
    notes = [one.event.note for one in block.supplies if one.event.note]
    return [day.isoformat() for note in notes for day in days_stated(note)]


def _rhythm(first: Event, regimen: Regimen) -> str:
    """The interval as the record states it; without one, a drug prescribed by the day is daily."""
    if first.interval:
        return f"every {parse_period(first.interval).say()}"
    is_daily = regimen.give.basis is Basis.PER_DAY or first.unit.endswith("/d")
    return "daily" if is_daily else "no interval is stated"


def _of_dose(run: Division) -> str:
    count = sum(part.block.count for part in run.parts)
    supplies = f"{count} supplies" if count > 1 else "one supply"
    believed = [part.worth for part in run.parts if part.is_believed]
    told = believed or [part.worth for part in run.parts]
    fits = "the dose is within the regimen's" if told[0].points > 0 else "the first dose is not"
    if not believed:
        fits = "a slip of the pen undone, the dose is within the regimen's"
    elif any(one.says == "cannot be told" for one in told):
        fits = "the dose in the regimen's unit cannot be told"
    elif any(one.kind == "dose-unknown" for one in told):
        fits = "the dose is not stated"
    return f"{supplies}, {_dose(run)}: {fits}"


def _sum(run: Division) -> str:
    parts = {
        "doses": sum(part.worth.points for part in run.parts),
        "gaps": sum(part.gap.points for part in run.parts),
        "changes": sum(part.step.points for part in run.parts),
        "a new course": run.began,
        "few steps": run.closing,
    }
    said = ", ".join(f"{name} {value:+d}" for name, value in parts.items() if value)
    return f"{run.points:+d} points: {said}"
