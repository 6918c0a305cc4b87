"""What each phrase of an instruction says, gathered slot by slot."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stepline.core.quantity import Quantity
from stepline.core.time import Period
from stepline.record.sig_judging import DAY, WEEK
from stepline.record.sig_numbers import (
    MOST,
    Doubt,
    exact,
    form_of,
    interval_of,
    period_of,
    period_said,
    range_of,
    slashed,
    unit_of,
    whole,
    whole_range,
)
from stepline.record.sig_values import Per, Taper

_ROUTES = {
    **dict.fromkeys(("po", "orally", "oral", "by mouth"), "oral"),
    **dict.fromkeys(("iv", "intravenous", "intravenously"), "intravenous"),
    **dict.fromkeys(("im", "intramuscular", "intramuscularly"), "intramuscular"),
}
_OFTEN = {"once": 1, "twice": 2, "thrice": 3}
_A_DAY = {"od": 1, "qd": 1, "bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(slots=True)
class Said:
    """The phrases found so far, each slot with one value."""

    slots: dict[str, Any] = field(default_factory=dict)
    everys: list[Period] = field(default_factory=list)

    def put(self, slot: str, value: Any) -> None:
        """Fills a slot; raises `Doubt` where it has another value."""
        if self.slots.setdefault(slot, value) != value:
            raise Doubt("said-twice", f"The instruction says its {slot} twice, and differently.")

    def rhythm(self, every: Period, times: int = 1) -> None:
        """One more rhythm, of so many doses each."""
        if every not in self.everys:
            self.everys.append(every)
        if times > 1 or "times" in self.slots:
            self.put("times", times)

    def take(self, slot: str, default: Any = None) -> Any:
        """The value of a slot, or the default where it is empty."""
        return self.slots.get(slot, default)


def _amount(said: Said, parts: list[Any]) -> None:
    said.put("amount", (range_of(parts[0]), unit_of(parts[1], parts[2])))
    _per(said, parts[3])


def _counted(said: Said, parts: list[Any]) -> None:
    said.put("count", (range_of(parts[0]), form_of(parts[1])))
    _per(said, parts[2])


def _per(said: Said, tree: Any) -> None:
    if tree is None:
        return
    token = tree.children[0]
    if token.type == "PER_PERIOD":
        _per_period(said, str(token))
        return
    said.put("basis", Per[token.type.removeprefix("PER_")])


def _per_period(said: Said, text: str) -> None:
    """`2 g/kg per 4 weeks`: the total of each of these times."""
    number, unit = re.fullmatch(r"\D*(\d+) ?(\D+)", text).groups()  # type: ignore[union-attr]
    said.rhythm(period_of(int(number), unit))
    said.put("total", True)


def _counted_amount(said: Said, parts: list[Any]) -> None:
    _counted(said, [parts[0], parts[3], None])
    _product(said, parts[1:])


def _product(said: Said, parts: list[Any]) -> None:
    strength = Quantity(exact(parts[0]), unit_of(parts[1], None))
    said.put("strength", (strength, form_of(parts[2])))


def _route(said: Said, parts: list[Any]) -> None:
    said.put("route", _ROUTES.get(str(parts[0]), "subcutaneous"))
    if str(parts[0]).startswith("im"):
        said.put("route", "intramuscular")


def _every(said: Said, parts: list[Any]) -> None:
    said.rhythm(period_said(str(parts[0])))


def _interval(said: Said, parts: list[Any]) -> None:
    said.rhythm(interval_of(parts))


def _daily(said: Said, parts: list[Any]) -> None:
    said.rhythm(DAY, _A_DAY[str(parts[0])])


def _several(said: Said, parts: list[Any]) -> None:
    number, per = parts
    times = _OFTEN[str(number)] if hasattr(number, "type") else whole(number)
    if str(per).startswith("once"):
        raise Doubt("rhythm-twice", "The text gives two rhythms.")
    said.rhythm(DAY if per.type in ("DAILY", "PER_DAY") else WEEK, times)


def _x_times(said: Said, parts: list[Any]) -> None:
    """`2x/d`; `2x weekly` is twice a week to some and every two weeks to others."""
    if parts[1].type == "WEEKLY" and whole(parts[0]) != 1:
        _unclear(said, parts)
    _several(said, parts)


def _once(said: Said, parts: list[Any]) -> None:
    if str(parts[0]) in ("twice", "thrice"):
        raise Doubt("rhythm-unclear", "The text says how many times, and not in which time.")
    said.put("once", True)


def _apart(said: Said, parts: list[Any]) -> None:
    said.rhythm(period_of(whole(parts[0]), str(parts[1])))
    said.put("apart", True)


def _days(said: Said, parts: list[Any]) -> None:
    days = tuple(int(number) for number in re.findall(r"\d+", str(parts[0])))
    if list(days) != sorted(set(days)) or days[-1] > MOST:
        raise Doubt("days-wrong", "The days of the course do not rise.")
    said.put("days", days)


def _day_range(said: Said, parts: list[Any]) -> None:
    first, last = (int(number) for number in re.findall(r"\d+", str(parts[0])))
    if not first < last <= first + 31:
        raise Doubt("days-wrong", "The days of the course do not rise, or are too many.")
    said.put("days", tuple(range(first, last + 1)))
    said.put("day range", True)


def _weekdays(said: Said, parts: list[Any]) -> None:
    names = re.findall(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*", str(parts[0]))
    found = tuple(day for day in _WEEKDAYS if day[:3] in names)
    said.put("weekdays", found)


def _moment(said: Said, parts: list[Any]) -> None:
    text = str(parts[0])
    moment = "morning" if text == "mane" or "morning" in text else "night"
    said.slots["moments"] = said.take("moments", frozenset()) | {moment}


def _over(said: Said, parts: list[Any]) -> None:
    if len(parts) == 1 or str(parts[1]).startswith("day"):
        said.put("on days", whole_range(parts[0]))
        return
    period = period_of(whole(parts[0]), str(parts[1]))
    if period.months or period.days:
        raise Doubt("duration-unclear", "The amount is spread over weeks or months.")
    said.put("lasting", period)


def _on_days(said: Said, parts: list[Any]) -> None:
    said.put("on days", whole_range(parts[0]))


def _alternating(said: Said, parts: list[Any]) -> None:
    said.put("alternate", (range_of(parts[0]), unit_of(parts[1], parts[2])))


def _divided_over(said: Said, parts: list[Any]) -> None:
    """What is divided over days is their total."""
    _over(said, parts)
    if "lasting" not in said.slots:
        said.put("total", True)


def _for(said: Said, parts: list[Any]) -> None:
    period = slashed(parts[0]) if len(parts) == 1 else period_of(whole(parts[0]), str(parts[1]))
    if period.hours or period.minutes:
        raise Doubt("duration-unclear", "A duration of hours can be that of one dose.")
    said.put("duration", period)


def _repeats(said: Said, parts: list[Any]) -> None:
    said.put("number of doses", whole(parts[0]))


def _unclear(_: Said, __: list[Any]) -> None:
    raise Doubt("rhythm-unclear", "The rhythm has two meanings: twice in a time, or every second.")


def _divided(said: Said, parts: list[Any]) -> None:
    said.rhythm(DAY, whole(parts[0]))
    said.put("basis", Per.DAY)
    said.put("divided", True)


def _total_said(said: Said, _: list[Any]) -> None:
    said.put("total", True)


def _until(said: Said, parts: list[Any]) -> None:
    said.put("end", str(parts[0]).removeprefix("until "))


def _as_needed(said: Said, _: list[Any]) -> None:
    said.put("as needed", True)


def _taper(said: Said, parts: list[Any]) -> None:
    by, rest = _step(parts)
    interval, *goal = rest
    every = interval_of(interval.children)
    to = None
    if goal and goal[0] is not None:
        to = Quantity(exact(goal[0]), unit_of(goal[1], goal[2]))
    said.put("taper", Taper(by, every, to))


def _step(parts: list[Any]) -> tuple[Quantity, list[Any]]:
    if parts[1].type == "PERCENT":
        return Quantity(exact(parts[0]), "%"), parts[2:]
    return Quantity(exact(parts[0]), unit_of(parts[1], parts[2])), parts[3:]


PHRASES: dict[str, Callable[[Said, list[Any]], None]] = {
    "amount": _amount, "counted": _counted, "counted_amount": _counted_amount,
    "product": _product, "route": _route, "every": _every, "interval": _interval,
    "daily": _daily, "several": _several, "once": _once, "apart": _apart, "days": _days,
    "day_range": _day_range, "weekdays": _weekdays, "moment": _moment, "over": _over,
    "for_": _for, "doses": _repeats, "repeats": _repeats, "unclear": _unclear,
    "divided": _divided, "divided_over": _divided_over, "total": _total_said,
    "until": _until, "as_needed": _as_needed,
    "taper": _taper, "alternating": _alternating, "on_days": _on_days, "x_times": _x_times,
}  # fmt: skip
