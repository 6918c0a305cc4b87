"""Reads what a person asks of other regimens: a grid of doses and intervals, a target."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from stepline.core.errors import Place, Problem
from stepline.core.quantity import Quantity, in_unit, parse_quantity
from stepline.dosing.refusing import Gathering
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.whatif_model import Aim, Candidate, Target

_MOST = 200
_KEYS = ("dose", "interval", "days")
_SIGNS = {">=": True, "≥": True, "<=": False, "≤": False}
_TARGET = re.compile(r"\s*(\S+)\s+(trough|peak)\s*(>=|≥|<=|≤)\s*(.+)")
_ABOVE = re.compile(r"\s*(\S+)\s+above\s+(.+?)\s+for\s+(.+?%)(?:\s+of the time)?\s*")
_INTERVAL = re.compile(r"([0-9]{1,3})\s*(d|w|days?|weeks?)?")


def read_candidates(texts: Sequence[str]) -> tuple[Candidate, ...]:
    """The grid of `dose=0.2,0.4g/kg`, `interval=2w,3w` and `days=5`, doses first.

    A unit after the last of several holds for all. Raises `ForecastRefused`: `what-if-unreadable`,
    `what-if-missing`, `interval-wrong`, `days-wrong`, `what-if-too-many`, and those of quantities.
    """
    gathering = Gathering()
    said = {}
    for part in (part for text in texts for part in text.split()):
        key, sign, value = part.partition("=")
        if not sign or key not in _KEYS or not value:
            gathering.add(_unreadable(part))
        else:
            said[key] = value
    for key in ("dose", "interval"):
        if key not in said and not gathering.problems:
            message = f"Other regimens need their {key}."
            example = "dose=0.2,0.4g/kg" if key == "dose" else "interval=3w,4w"
            gathering.add(Problem("what-if-missing", message, mend=f"add {example}"), "--what-if")
    doses = gathering.attempt(lambda: _doses(said.get("dose", "")), "--what-if") or []
    intervals = gathering.attempt(lambda: _many(said.get("interval", "")), "--what-if") or []
    days = gathering.attempt(lambda: _days(said.get("days", "1")), "--what-if") or 1
    if len(doses) * len(intervals) > _MOST:
        message = f"At most {_MOST} regimens are compared at once."
        found = str(len(doses) * len(intervals))
        gathering.add(Problem("what-if-too-many", message, found=found), "--what-if")
    if gathering.problems:
        raise ForecastRefused(gathering.problems)
    return tuple(Candidate(dose, interval, days) for dose in doses for interval in intervals)


def _unreadable(part: str) -> Problem:
    return Problem(
        "what-if-unreadable",
        "This does not say which regimens to compare.",
        Place(path="--what-if"),
        part[:40],
        "dose=0.2,0.4g/kg interval=2w,3w,4w, and days=5 for a course over several days",
    )


def _doses(text: str) -> list[Quantity]:
    if not text:
        return []
    parts = text.split(",")
    unit = re.sub(r"^[0-9.]+", "", parts[-1]).strip()
    written = [part if re.search(r"[a-zA-Z]", part) else f"{part} {unit}" for part in parts]
    return [parse_quantity(one)[0] for one in written]


def _many(text: str) -> list[int]:
    if not text:
        return []
    parts = text.split(",")
    unit = re.sub(r"^[0-9]+", "", parts[-1]).strip()
    return [_interval(part if re.search(r"[a-z]", part) else f"{part}{unit}") for part in parts]


def _interval(text: str) -> int:
    found = _INTERVAL.fullmatch(text.strip())
    if found is None or not found[2] or not 0 < int(found[1]) <= 365:
        message = "An interval is a number of days or weeks."
        raise ForecastRefused.because("interval-wrong", message, found=text[:20], allowed="4w, 21d")
    return int(found[1]) * (7 if found[2].startswith("w") else 1)


def _days(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= 10:
        return int(text)
    message = "A course is given over 1 to 10 days."
    raise ForecastRefused.because("days-wrong", message, found=text[:20], allowed="1 to 10")


def read_target(text: str) -> Target:
    """`igg trough >= 6 g/L`, `igg peak <= 25 g/L`, `igg above 6 g/L for 90 %`.

    Raises `ForecastRefused`: `target-unreadable`, and those of quantities.
    """
    if found := _TARGET.fullmatch(text):
        limit = parse_quantity(found[4])[0]
        return Target(found[1].lower(), Aim(found[2]), limit, _SIGNS[found[3]])
    if found := _ABOVE.fullmatch(text):
        limit, share = parse_quantity(found[2])[0], read_share(found[3])
        return Target(found[1].lower(), Aim.TIME_ABOVE, limit, share=share)
    raise ForecastRefused.because(
        "target-unreadable",
        "This is no target that a regimen can be held against.",
        place=Place(path="--target"),
        found=text[:60],
        allowed="'igg trough >= 6 g/L', 'igg peak <= 25 g/L', 'igg above 6 g/L for 90 %'",
    )


def read_share(text: str) -> Fraction:
    """A percentage above 0 and up to 100. Raises `ForecastRefused`: `share-wrong`."""
    quantity = parse_quantity(text)[0]
    if quantity.unit != "%" or not 0 < quantity.value <= 100:
        message = "This should be a percentage."
        raise ForecastRefused.because("share-wrong", message, found=text[:20], allowed="80%")
    return in_unit(quantity, "1")
