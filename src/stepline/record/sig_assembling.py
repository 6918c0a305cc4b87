"""From the phrases of an instruction to its meaning: which go together, and which contradict."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from stepline.core.quantity import comparable
from stepline.record.sig_judging import DAY, MONTH, TWO_DAYS, WEEK
from stepline.record.sig_numbers import Doubt
from stepline.record.sig_phrases import PHRASES, Said
from stepline.record.sig_values import Between, Per, Sig, Taper


def assembled(phrases: Iterable[Any], drug: str) -> Sig:
    """The instruction of these phrases. Raises `Doubt`."""
    said = Said()
    for phrase in phrases:
        PHRASES[phrase.data](said, phrase.children)
    if "amount" not in said.slots and "count" not in said.slots:
        raise Doubt("dose-missing", "The text tells no amount and no count.")
    _take_turns(said)
    _nest(said)
    _settle(said)
    return _sig(said, drug)


def _sig(said: Said, drug: str) -> Sig:
    amount, unit = said.take("amount", (None, ""))
    count, form = said.take("count", (None, ""))
    strength, of_form = said.take("strength", (None, form))
    if form and of_form != form:
        raise Doubt("form-differs", "The text counts another form than the one it names.")
    return Sig(
        drug=drug,
        amount=amount,
        unit=unit,
        per=_basis(said),
        alternate=said.take("alternate", (None, ""))[0],
        count=count,
        form=of_form,
        strength=strength,
        route=said.take("route", ""),
        every=said.everys[0] if said.everys else None,
        times=said.take("times", 1),
        moments=tuple(sorted(said.take("moments", ()))),
        weekdays=said.take("weekdays", ()),
        days=said.take("days", ()),
        on_days=said.take("on days"),
        repeats=said.take("number of doses"),
        once="once" in said.slots,
        duration=said.take("duration"),
        lasting=said.take("lasting"),
        until=said.take("end", ""),
        as_needed="as needed" in said.slots,
        taper=_checked_taper(said.take("taper"), unit),
    )


def _checked_taper(taper: Taper | None, unit: str) -> Taper | None:
    """A taper whose steps can be taken from the dose."""
    if taper is None:
        return None
    steps = [step for step in (taper.by, taper.to) if step is not None and step.unit != "%"]
    if not unit or not all(comparable(step.unit, unit) for step in steps):
        raise Doubt("taper-unit", "The steps of the taper are not in a unit of the dose.")
    return taper


# ---------------------------------------------------------------- what goes together


def _take_turns(said: Said) -> None:
    """Two amounts by turns are a rhythm of two days: 40 mg alternating with 20 mg."""
    if "alternate" not in said.slots:
        return
    amount, other = said.take("amount", (None, "")), said.take("alternate")
    if amount[1] != other[1] or any(every not in (DAY, TWO_DAYS) for every in said.everys):
        raise Doubt("rhythm-twice", "The amounts take turns in another unit or rhythm.")
    if {"basis", "total", "times", "days", "on days", "taper", "once", "count"} & said.slots.keys():
        raise Doubt("rhythm-twice", "Amounts that take turns are single doses.")
    if amount == other:
        del said.slots["alternate"]
        said.everys[:] = [DAY]
        return
    said.everys[:] = [TWO_DAYS]


def _nest(said: Said) -> None:
    """Two rhythms are one only as days inside a cycle: daily for 5 days, every 4 weeks."""
    daily = DAY in said.everys and said.take("times", 1) == 1
    in_course = {"on days", "days", "duration"} & said.slots.keys()
    inside = "days" in said.slots or "on days" in said.slots
    if daily and in_course and (len(said.everys) > 1 or inside):
        said.everys.remove(DAY)
        said.slots["daily"] = True
    if len(said.everys) > 1:
        raise Doubt("rhythm-twice", "The text gives two rhythms.")
    _course_of_days(said)
    others = {"days", "on days", "number of doses", "duration", "weekdays"} & said.slots.keys()
    if "once" in said.slots and (said.everys or others):
        raise Doubt("rhythm-twice", "The text says once, and a rhythm.")
    if "weekdays" in said.slots and not said.everys:
        said.everys.append(WEEK)


def _course_of_days(said: Said) -> None:
    """A duration shorter than the cycle is the length of one course."""
    duration = said.take("duration")
    if duration is None or not said.everys:
        return
    if duration.longest_days >= said.everys[0].shortest_days or not duration.days:
        return
    number = Between(Decimal(duration.days), Decimal(duration.days))
    said.put("on days", number)
    del said.slots["duration"]


def _settle(said: Said) -> None:
    every = said.everys[0] if said.everys else None
    weekdays, times = said.take("weekdays", ()), said.take("times", 1)
    if weekdays and (every is None or every.days % 7 or every.days == 0 or times > 1):
        raise Doubt("rhythm-twice", "The weekdays do not fit the rhythm.")
    if times > 1 and (every not in (DAY, WEEK) or {"on days", "days"} & said.slots.keys()):
        raise Doubt("rhythm-unclear", "Several doses fit no day or week of the rhythm.")
    days = said.take("days")
    if days and every is not None and days[-1] - days[0] >= every.shortest_days:
        raise Doubt("rhythm-twice", "The days of the course are longer than its cycle.")
    if {"on days", "days"} <= said.slots.keys():
        raise Doubt("rhythm-twice", "The text gives the days of a course twice.")
    if said.take("moments") and every is not None and every.hours:
        raise Doubt("rhythm-unclear", "A time of day does not fit a rhythm of hours.")


def _basis(said: Said) -> Per:
    """What the amount stands for; where the text does not say, `NOT_STATED`."""
    stated: Per | None = said.take("basis")
    if "total" in said.slots:
        if stated or "daily" in said.slots:
            raise Doubt("basis-twice", "The text calls the amount a total and a single dose.")
        return _total(said)
    if stated in (Per.DAY, Per.WEEK, Per.MONTH):
        return _rate(said, stated)
    if stated is Per.DOSE or "daily" in said.slots:
        return Per.DOSE
    untimed = not said.everys and "duration" in said.slots and not said.take("as needed")
    named = {"moments", "once", "days", "number of doses"} & said.slots.keys()
    spread = "on days" in said.slots or "day range" in said.slots
    return Per.NOT_STATED if spread or (untimed and not named) else Per.DOSE


def _total(said: Said) -> Per:
    if said.take("times", 1) > 1 or said.everys == [DAY] or said.take("moments"):
        raise Doubt("basis-twice", "A total is not given several times.")
    return Per.COURSE


def _rate(said: Said, per: Per) -> Per:
    """An amount per day, week or month, with that rhythm, or a course of days."""
    own = {Per.DAY: DAY, Per.WEEK: WEEK}.get(per, MONTH)
    course = per is Per.DAY and {"on days", "days"} & said.slots.keys()
    if said.everys and said.everys != [own] and not course:
        raise Doubt(
            "basis-rhythm", "The amount is per day, week or month, and the rhythm is another."
        )
    if said.take("times", 1) > 1:
        return per if "divided" in said.slots else Per.NOT_STATED
    if said.everys == [own] and "weekdays" not in said.slots:
        said.everys.clear()
    return per
