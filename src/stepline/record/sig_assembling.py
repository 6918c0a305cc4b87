"""From the phrases of an instruction to its meaning: which go together, and which contradict."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stepline.core.quantity import Quantity, comparable
from stepline.core.time import Period
from stepline.record.sig_judging import DAY, WEEK
from stepline.record.sig_values import Between, Per, Sig, Taper

_MASSES = {
    **dict.fromkeys(("mg", "milligram"), "mg"),
    **dict.fromkeys(("g", "gm", "gram"), "g"),
    **dict.fromkeys(("mcg", "ug", "microgram"), "ug"),
    **dict.fromkeys(("iu", "unit"), "[IU]"),
    "ml": "mL",
}
_ROUTES = {
    **dict.fromkeys(("po", "orally", "oral", "by mouth"), "oral"),
    **dict.fromkeys(("iv", "intravenous", "intravenously"), "intravenous"),
    **dict.fromkeys(("im", "intramuscular", "intramuscularly"), "intramuscular"),
}
_OFTEN = {"once": 1, "twice": 2, "thrice": 3}
_A_DAY = {"od": 1, "qd": 1, "bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4}
_SAID_EVERY = {
    "daily": "P1D", "every day": "P1D", "each day": "P1D", "weekly": "P7D", "every week": "P7D",
    "each week": "P7D", "fortnightly": "P14D", "every fortnight": "P14D",
    "every other week": "P14D", "monthly": "P1M", "every month": "P1M", "alternate days": "P2D",
    "every other day": "P2D", "qod": "P2D",
}  # fmt: skip
_UNITS = {
    "mon": "months", "mo": "months", "12": "months", "w": "weeks", "52": "weeks", "d": "days",
    "7": "days", "h": "hours", "min": "minutes",
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST = 1000


class Doubt(Exception):
    """Why a text is not read."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(slots=True)
class _Said:
    """The phrases found so far, each slot with one value."""

    slots: dict[str, Any] = field(default_factory=dict)
    everys: list[Period] = field(default_factory=list)

    def put(self, slot: str, value: Any) -> None:
        if self.slots.setdefault(slot, value) != value:
            raise Doubt("said-twice", f"The instruction says its {slot} twice, and differently.")

    def rhythm(self, every: Period, times: int = 1) -> None:
        if every not in self.everys:
            self.everys.append(every)
        if times > 1 or "times" in self.slots:
            self.put("times", times)

    def take(self, slot: str, default: Any = None) -> Any:
        return self.slots.get(slot, default)


def assembled(phrases: Iterable[Any], drug: str) -> Sig:
    """The instruction of these phrases. Raises `Doubt`."""
    said = _Said()
    for phrase in phrases:
        _PHRASES[phrase.data](said, phrase.children)
    if "amount" not in said.slots and "count" not in said.slots:
        raise Doubt("dose-missing", "The text tells no amount and no count.")
    _nest(said)
    _settle(said)
    return _sig(said, drug)


def _sig(said: _Said, drug: str) -> Sig:
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


def _nest(said: _Said) -> None:
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


def _course_of_days(said: _Said) -> None:
    """A duration shorter than the cycle is the length of one course."""
    duration = said.take("duration")
    if duration is None or not said.everys:
        return
    if duration.longest_days >= said.everys[0].shortest_days or not duration.days:
        return
    number = Between(Decimal(duration.days), Decimal(duration.days))
    said.put("on days", number)
    del said.slots["duration"]


def _settle(said: _Said) -> None:
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


def _basis(said: _Said) -> Per:
    """What the amount stands for; where the text does not say, `NOT_STATED`."""
    stated: Per | None = said.take("basis")
    if "total" in said.slots:
        if stated or "daily" in said.slots:
            raise Doubt("basis-twice", "The text calls the amount a total and a single dose.")
        return _total(said)
    if stated in (Per.DAY, Per.WEEK):
        return _rate(said, stated)
    if stated is Per.DOSE or "daily" in said.slots:
        return Per.DOSE
    untimed = not said.everys and "duration" in said.slots and not said.take("as needed")
    named = {"moments", "once", "days", "number of doses"} & said.slots.keys()
    spread = "on days" in said.slots or "day range" in said.slots
    return Per.NOT_STATED if spread or (untimed and not named) else Per.DOSE


def _total(said: _Said) -> Per:
    if said.take("times", 1) > 1 or said.everys == [DAY] or said.take("moments"):
        raise Doubt("basis-twice", "A total is not given several times.")
    return Per.COURSE


def _rate(said: _Said, per: Per) -> Per:
    """An amount per day or week, with a rhythm that is that day or week, or a course of days."""
    own = DAY if per is Per.DAY else WEEK
    course = per is Per.DAY and {"on days", "days"} & said.slots.keys()
    if said.everys and said.everys != [own] and not course:
        raise Doubt("basis-rhythm", "The amount is per day or week, and the rhythm is another.")
    if said.take("times", 1) > 1:
        return per if "divided" in said.slots else Per.NOT_STATED
    if said.everys == [own] and "weekdays" not in said.slots:
        said.everys.clear()
    return per


# ---------------------------------------------------------------- the phrases


def _amount(said: _Said, parts: list[Any]) -> None:
    said.put("amount", (_range(parts[0]), _unit(parts[1], parts[2])))
    _per(said, parts[3])


def _counted(said: _Said, parts: list[Any]) -> None:
    said.put("count", (_range(parts[0]), _form(parts[1])))
    _per(said, parts[2])


def _per(said: _Said, tree: Any) -> None:
    if tree is not None:
        said.put("basis", Per[tree.children[0].type.removeprefix("PER_")])


def _counted_amount(said: _Said, parts: list[Any]) -> None:
    _counted(said, [parts[0], parts[3], None])
    _product(said, parts[1:])


def _product(said: _Said, parts: list[Any]) -> None:
    strength = Quantity(_exact(parts[0]), _unit(parts[1], None))
    said.put("strength", (strength, _form(parts[2])))


def _route(said: _Said, parts: list[Any]) -> None:
    said.put("route", _ROUTES.get(str(parts[0]), "subcutaneous"))
    if str(parts[0]).startswith("im"):
        said.put("route", "intramuscular")


def _every(said: _Said, parts: list[Any]) -> None:
    said.rhythm(_period_said(str(parts[0])))


def _interval(said: _Said, parts: list[Any]) -> None:
    said.rhythm(_interval_of(parts))


def _daily(said: _Said, parts: list[Any]) -> None:
    said.rhythm(DAY, _A_DAY[str(parts[0])])


def _several(said: _Said, parts: list[Any]) -> None:
    number, per = parts
    times = _OFTEN[str(number)] if hasattr(number, "type") else _whole(number)
    if str(per).startswith("once"):
        raise Doubt("rhythm-twice", "The text gives two rhythms.")
    said.rhythm(DAY if per.type in ("DAILY", "PER_DAY") else WEEK, times)


def _once(said: _Said, parts: list[Any]) -> None:
    if str(parts[0]) in ("twice", "thrice"):
        raise Doubt("rhythm-unclear", "The text says how many times, and not in which time.")
    said.put("once", True)


def _apart(said: _Said, parts: list[Any]) -> None:
    said.rhythm(_period(_whole(parts[0]), str(parts[1])))
    said.put("apart", True)


def _days(said: _Said, parts: list[Any]) -> None:
    days = tuple(int(number) for number in re.findall(r"\d+", str(parts[0])))
    if list(days) != sorted(set(days)) or days[-1] > _MOST:
        raise Doubt("days-wrong", "The days of the course do not rise.")
    said.put("days", days)


def _day_range(said: _Said, parts: list[Any]) -> None:
    first, last = (int(number) for number in re.findall(r"\d+", str(parts[0])))
    if not first < last <= first + 31:
        raise Doubt("days-wrong", "The days of the course do not rise, or are too many.")
    said.put("days", tuple(range(first, last + 1)))
    said.put("day range", True)


def _weekdays(said: _Said, parts: list[Any]) -> None:
    names = re.findall(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*", str(parts[0]))
    found = tuple(day for day in _WEEKDAYS if day[:3] in names)
    said.put("weekdays", found)


def _moment(said: _Said, parts: list[Any]) -> None:
    text = str(parts[0])
    moment = "morning" if text == "mane" or "morning" in text else "night"
    said.slots["moments"] = said.take("moments", frozenset()) | {moment}


def _over(said: _Said, parts: list[Any]) -> None:
    if len(parts) == 1 or str(parts[1]).startswith("day"):
        said.put("on days", _whole_range(parts[0]))
        return
    period = _period(_whole(parts[0]), str(parts[1]))
    if period.months or period.days:
        raise Doubt("duration-unclear", "The amount is spread over weeks or months.")
    said.put("lasting", period)


def _divided_over(said: _Said, parts: list[Any]) -> None:
    """What is divided over days is their total."""
    _over(said, parts)
    if "lasting" not in said.slots:
        said.put("total", True)


def _for(said: _Said, parts: list[Any]) -> None:
    period = _slashed(parts[0]) if len(parts) == 1 else _period(_whole(parts[0]), str(parts[1]))
    if period.hours or period.minutes:
        raise Doubt("duration-unclear", "A duration of hours can be that of one dose.")
    said.put("duration", period)


def _repeats(said: _Said, parts: list[Any]) -> None:
    said.put("number of doses", _whole(parts[0]))


def _unclear(_: _Said, __: list[Any]) -> None:
    raise Doubt("rhythm-unclear", "The rhythm has two meanings: twice in a time, or every second.")


def _divided(said: _Said, parts: list[Any]) -> None:
    said.rhythm(DAY, _whole(parts[0]))
    said.put("basis", Per.DAY)
    said.put("divided", True)


def _total_said(said: _Said, _: list[Any]) -> None:
    said.put("total", True)


def _until(said: _Said, parts: list[Any]) -> None:
    said.put("end", str(parts[0]).removeprefix("until "))


def _as_needed(said: _Said, _: list[Any]) -> None:
    said.put("as needed", True)


def _taper(said: _Said, parts: list[Any]) -> None:
    by, rest = _step(parts)
    interval, *goal = rest
    every = _interval_of(interval.children)
    to = None
    if goal and goal[0] is not None:
        to = Quantity(_exact(goal[0]), _unit(goal[1], goal[2]))
    said.put("taper", Taper(by, every, to))


def _step(parts: list[Any]) -> tuple[Quantity, list[Any]]:
    if parts[1].type == "PERCENT":
        return Quantity(_exact(parts[0]), "%"), parts[2:]
    return Quantity(_exact(parts[0]), _unit(parts[1], parts[2])), parts[3:]


_PHRASES: dict[str, Callable[[_Said, list[Any]], None]] = {
    "amount": _amount, "counted": _counted, "counted_amount": _counted_amount,
    "product": _product, "route": _route, "every": _every, "interval": _interval,
    "daily": _daily, "several": _several, "once": _once, "apart": _apart, "days": _days,
    "day_range": _day_range, "weekdays": _weekdays, "moment": _moment, "over": _over,
    "for_": _for, "doses": _repeats, "repeats": _repeats, "unclear": _unclear,
    "divided": _divided, "divided_over": _divided_over, "total": _total_said,
    "until": _until, "as_needed": _as_needed,
    "taper": _taper,
}  # fmt: skip


# ---------------------------------------------------------------- numbers, units, periods


def _range(tree: Any) -> Between:
    low, high = tree.children
    numbers = Between(Decimal(low), Decimal(high if high is not None else low))
    if numbers.low > numbers.high or numbers.high == 0 or len(str(low)) > 20:
        raise Doubt("number-wrong", "A number is nothing, too long, or a range runs downwards.")
    return numbers


def _exact(tree: Any) -> Decimal:
    numbers = _range(tree)
    if numbers.low != numbers.high:
        raise Doubt("number-wrong", "A range stands where one number is needed.")
    return numbers.low


def _whole(tree: Any) -> int:
    number = _exact(tree)
    if number != int(number) or number > _MOST:
        raise Doubt("number-wrong", "A number that counts is not whole, or too large.")
    return int(number)


def _whole_range(tree: Any) -> Between:
    numbers = _range(tree)
    ends = (numbers.low, numbers.high)
    if any(end != int(end) for end in ends) or numbers.low < 1 or numbers.high > _MOST:
        raise Doubt("number-wrong", "A number that counts is not whole, or too large.")
    return numbers


def _unit(mass: Any, body: Any) -> str:
    unit = _MASSES.get(str(mass)) or _MASSES[str(mass).removesuffix("s")]
    if body is None:
        return unit
    return f"{unit}/kg" if str(body).endswith("kg") else f"{unit}/m2"


def _form(form: Any) -> str:
    return {"tab": "tablet", "cap": "capsule", "via": "vial"}[str(form)[:3]]


def _interval_of(parts: list[Any]) -> Period:
    *number, last = parts
    if number:
        return _period(_whole(number[0]), str(last))
    if last.type == "UNIT":
        return _period(1, str(last))
    return _slashed(last) if last.type == "SLASHED" else _period_said(str(last))


def _period_said(text: str) -> Period:
    """`weekly`, `q4w`, `6 hourly`."""
    iso = _SAID_EVERY.get(re.sub("^(?:once|on) ", "", text))
    if iso == "P1M":
        return _period(1, "months")
    if iso:
        return _period(int(iso[1:-1]), "days")
    found = re.fullmatch(r"q? ?(\d+) ?(\w+)", text)
    assert found is not None
    return _period(int(found[1]), found[2])


def _slashed(text: Any) -> Period:
    """`5/7` days, `2/52` weeks, `3/12` months."""
    number, _, unit = str(text).replace(" ", "").partition("/")
    return _period(int(number), unit)


def _period(number: int, unit: str) -> Period:
    if not 0 < number <= _MOST:
        raise Doubt("number-wrong", "A length of time is nothing, or too long.")
    name = next(name for start, name in _UNITS.items() if unit.startswith(start))
    if name == "weeks":
        return Period(days=7 * number, written=f"P{number}W")
    return {
        "months": Period(months=number),
        "days": Period(days=number),
        "hours": Period(hours=number),
        "minutes": Period(minutes=number),
    }[name]
