"""What is asked of the chain from rituximab to IgG, and how its options are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.core.errors import Place, Problem
from stepline.core.quantity import Quantity, convert, parse_number, parse_quantity
from stepline.dosing.refusing import Gathering
from stepline.forecast.asking import read_span
from stepline.forecast.body import Part
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.measuring import SameDay
from stepline.forecast.model import Model, Structure
from stepline.forecast.production import production_stated
from stepline.forecast.result import DRAWS, SEED
from stepline.forecast.whatif_model import Aim
from stepline.forecast.whatif_reading import read_target

REPLETE = Quantity(Decimal(10), "/uL")
"""Repletion of B cells, as the sources of the models define it (NDT 2020 abstract P0286)."""
IGG, CELLS = "igg", "cd19-count"
UNITS: Mapping[str, str] = {IGG: "g/L", CELLS: "/uL"}
_NAMES = {"igg": IGG, "cd19": CELLS, "cd19-count": CELLS}
_MONTH_DAYS = Decimal("30.4375")
_MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class ChainAsked:
    """The question beside the doses.

    `baselines` are values from before treatment by concept, in `UNITS`; `production` is what ties
    IgG to B cells, `None` where nobody states it; `level` (g/L) is the IgG that is to be kept;
    `cells_limit` is in /uL; `every` (d) is the interval of a replacement.
    """

    models: tuple[Model, ...] = ()
    covariates: Mapping[str, Decimal] = field(default_factory=dict)
    baselines: Mapping[str, Decimal] = field(default_factory=dict)
    production: Part | None = None
    level: Decimal | None = None
    cells_limit: Decimal = REPLETE.value
    every: int = 28
    until: timedelta | None = None
    as_of: datetime | None = None
    same_day: SameDay = SameDay.UNKNOWN
    draws: int = DRAWS
    seed: int = SEED


def read_baselines(text: str) -> dict[str, Decimal]:
    """Values from before treatment: `9.2 g/L`, `igg 9.2 g/L, cd19 180 /uL`.

    Raises `ForecastRefused`: `baseline-wrong`; and what quantities raise.
    """
    gathering, found = Gathering(), {}
    for part in re.split(r"[;,]\s+", text.strip()):
        name, value = _named(part)
        quantity = gathering.attempt(
            lambda name=name, value=value: _positive(value, UNITS[name]),  # type: ignore[misc]
            "--baseline",
        )
        if quantity is not None:
            found[name] = quantity
    if gathering.problems:
        raise ForecastRefused(gathering.problems)
    return found


def _named(part: str) -> tuple[str, str]:
    head, _, rest = part.strip().partition(" ")
    known = _NAMES.get(head.lower())
    return (IGG, part) if known is None else (known, rest)


def _positive(text: str, unit: str) -> Decimal:
    value = convert(parse_quantity(text)[0], unit).value
    if value <= 0:
        message = "A value from before treatment is more than 0."
        raise ForecastRefused.because("baseline-wrong", message, found=text[:20])
    return value


def read_limit(text: str) -> Decimal:
    """A count of B cells in /uL. Raises `ForecastRefused`: `limit-wrong`; and as quantities do."""
    value = convert(parse_quantity(text)[0], UNITS[CELLS]).value
    if value <= 0:
        message = "The limit of B cells is more than 0."
        raise ForecastRefused.because("limit-wrong", message, found=text[:20], allowed="10 /uL")
    return value


def read_level(text: str) -> Decimal:
    """The IgG to keep in g/L, of `igg trough >= 4 g/L`. Raises `ForecastRefused`: `target-wrong`.

    And what `read_target` and quantities raise.
    """
    target = read_target(text)
    fits = target.concept == IGG and target.aim is Aim.TROUGH and target.at_least
    if fits and target.limit.value > 0:
        return convert(target.limit, UNITS[IGG]).value
    raise ForecastRefused.because(
        "target-wrong",
        "A replacement is held against the least IgG before it.",
        place=Place(path="--target"),
        found=text[:60],
        allowed="'igg trough >= 4 g/L'",
    )


def read_ahead(text: str) -> timedelta:
    """How far ahead, in days, weeks or months of 30.4375 days: `18mo`.

    Raises `ForecastRefused`: `span-wrong`.
    """
    found = re.fullmatch(r"([0-9]{1,3})\s*(?:mo|months?)", text.strip())
    if found is None or not 0 < int(found[1]) <= _MOST_MONTHS:
        try:
            return read_span(text)
        except ForecastRefused as refusal:
            message = "How far ahead is said in days, weeks or months, up to ten years."
            allowed = "18mo, 52w, 90d"
            every = (replace(one, message=message, allowed=allowed) for one in refusal.problems)
            raise ForecastRefused(every) from None
    return timedelta(days=round(int(found[1]) * _MONTH_DAYS))


def read_production(
    model: Model | None, share: str | None, rate: str | None, slow: str | None
) -> Part | None:
    """What ties IgG to B cells: a model of it, or what is stated; `None` where neither is.

    Raises `ForecastRefused` with every problem: `production-twice`, `production-incomplete`,
    `production-wrong`, `structure-wrong`; and what quantities raise.
    """
    stated = {"share-short-lived": share, "k-production": rate, "k-slow": slow}
    given = {name: text for name, text in stated.items() if text is not None}
    if model is not None:
        return _of_model(model, tuple(given))
    if not given:
        return None
    gathering = Gathering()
    for name in ("share-short-lived", "k-production"):
        if name not in given:
            gathering.add(_incomplete(name))
    values = {
        name: gathering.attempt(lambda n=name, t=text: _rate(n, t), f"--{name}")  # type: ignore[misc]
        for name, text in given.items()
    }
    if gathering.problems:
        raise ForecastRefused(gathering.problems)
    numbers = {name: float(value) for name, value in values.items() if value is not None}
    return production_stated(
        numbers["share-short-lived"], numbers["k-production"], numbers.get("k-slow", 0.0)
    )


def _rate(name: str, text: str) -> Decimal:
    if name == "share-short-lived" and not text.rstrip().endswith("%"):
        return parse_number(text)
    unit = "1" if name == "share-short-lived" else "/d"
    return convert(parse_quantity(text)[0], unit).value


def _incomplete(name: str) -> Problem:
    example = {"share-short-lived": "0.3", "k-production": "0.02/d"}[name]
    return Problem(
        "production-incomplete",
        f"What ties IgG to B cells lacks its {name}; no published value stands in for it.",
        Place(path=f"--{name}"),
        mend=f"state it as for this patient, such as --{name} {example}",
    )


def _of_model(model: Model, given: tuple[str, ...]) -> Part:
    problems = []
    if given:
        options = ", ".join(f"--{name}" for name in given)
        message = "Production is stated, and a model of it is named as well."
        place = Place(path="--production")
        problems.append(Problem("production-twice", message, place, options, mend="leave one out"))
    if model.structure is not Structure.PRODUCTION:
        message = f"The model {model.id} says nothing of the production of IgG."
        place = Place(path="--production")
        allowed = "igg-production-ms"
        problems.append(Problem("structure-wrong", message, place, model.id, allowed))
    if problems:
        raise ForecastRefused(problems)
    return Part(model, individual(model, {}))
