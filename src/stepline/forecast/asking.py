"""Reads single options of a forecast: covariates, how far ahead, a baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from stepline.core.errors import Place, Problem, Refused
from stepline.core.quantity import Quantity, convert, parse_number, parse_quantity
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import COVARIATES

_YES_NO = ("male", "female", "antibody-deficiency", "progressor")
_LONGEST_DAYS = 3660


def read_covariates(texts: Iterable[str]) -> dict[str, Decimal]:
    """Covariates of `igm=0.21` or `weight=154lb`; a number alone is in the unit of `COVARIATES`.

    Raises `ForecastRefused` with every problem: `covariate-unknown`, `covariate-wrong`, and those
    of quantities.
    """
    found, problems = {}, []
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip()
        place = Place(path="--covariate")
        if name not in COVARIATES:
            message = "There is no such covariate."
            allowed = ", ".join(COVARIATES)
            problems.append(Problem("covariate-unknown", message, place, name[:40], allowed))
            continue
        try:
            found[name] = _covariate(name, value.strip())
        except Refused as refusal:
            problems += [one.at(place) for one in refusal.problems]
    if problems:
        raise ForecastRefused(problems)
    return found


def _covariate(name: str, text: str) -> Decimal:
    unit = COVARIATES[name]
    if name in _YES_NO:
        if text not in ("0", "1"):
            message = f"Whether {name} holds is 1 or 0."
            raise ForecastRefused.because(
                "covariate-wrong", message, found=text[:20], allowed="1, 0"
            )
        return Decimal(text)
    value = _number(text, unit)
    if value <= 0:
        message = f"The {name} is more than 0."
        raise ForecastRefused.because("covariate-wrong", message, found=text[:20])
    return value


def _number(text: str, unit: str) -> Decimal:
    if not unit or re.fullmatch(r"-?[0-9.]+", text):
        return parse_number(text)
    return convert(parse_quantity(text)[0], unit).value


def read_span(text: str) -> timedelta:
    """How far ahead, in days or weeks: `12w`, `90d`. Raises `ForecastRefused`: `span-wrong`."""
    found = re.fullmatch(r"([0-9]{1,4})\s*(d|days?|w|weeks?)", text.strip())
    days = int(found[1]) * (7 if found[2].startswith("w") else 1) if found else 0
    if not 0 < days <= _LONGEST_DAYS:
        raise ForecastRefused.because(
            "span-wrong",
            "How far ahead is said in days or weeks, up to ten years.",
            place=Place(path="--until"),
            found=text[:20],
            allowed="12w, 90d",
        )
    return timedelta(days=days)


def read_baseline(text: str) -> Quantity:
    """A value from before treatment, with its unit. Raises `ForecastRefused`: `baseline-wrong`."""
    quantity = parse_quantity(text)[0]
    if quantity.value < 0:
        message = "A value from before treatment is 0 or more."
        place = Place(path="--baseline")
        raise ForecastRefused.because("baseline-wrong", message, place=place, found=text[:20])
    return quantity
