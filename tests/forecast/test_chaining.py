"""The chain for one person: what holds a level holds it, and own values count."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from stepline.forecast.chain_asking import ChainAsked, read_ahead, read_baselines, read_level
from stepline.forecast.chain_driving import ChainDriving
from stepline.forecast.chain_level import INFUSION_DAYS
from stepline.forecast.chain_parts import models_for
from stepline.forecast.chaining import ChainForecast, chain_forecast
from stepline.forecast.chains import IGG, chain
from stepline.forecast.doses import doses
from stepline.forecast.driving import Driving, Given, Known
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.production import production_stated

START = datetime(2026, 1, 5)
WEIGHT = {"weight": Known("weight", Decimal(70), "stated")}


def forecast(igg_before: str, level: str, igg_doses: tuple[Given, ...] = ()) -> ChainForecast:
    production = production_stated(0.5, 0.03)
    chosen = models_for((), production)
    given = tuple(Given(START + timedelta(days=day), Decimal(1000)) for day in (0, 14))
    drug = Driving(START, START, START + timedelta(days=548), given)
    driving = ChainDriving(
        drug,
        igg_doses,
        known={one.id: WEIGHT for one in chosen.listed},
        own={"igg": Known("baseline", Decimal(igg_before), "stated")},
    )
    asked = ChainAsked(production=production, level=Decimal(level), draws=100)
    return chain_forecast(driving, chosen, asked)


def lowest_with(one: ChainForecast, grams: float) -> float:
    """The least IgG before each infusion and at the end, solved anew."""
    assert one.level is not None
    hold = one.level.hold
    assert hold is not None
    starts = np.arange(hold.start, hold.until, hold.every)
    seen = np.append(starts[starts >= hold.held_from], hold.until)
    found = chain(one.body, seen, one.driving.drug.arrays(), doses(starts, grams, INFUSION_DAYS))
    return float(found.series[IGG].min())


def test_the_dose_holds_the_level_and_a_smaller_one_does_not() -> None:
    one = forecast("7.8", "6")
    assert one.level is not None
    assert one.level.hold is not None
    grams = one.level.hold.grams
    assert grams is not None
    assert lowest_with(one, grams + 0.02) >= 6
    assert lowest_with(one, grams - 0.1) < 6


def test_igg_below_the_level_from_the_start_is_said_and_given_time_to_build_up() -> None:
    one = forecast("5", "6")
    assert one.level is not None
    assert one.level.is_below_now
    assert one.level.crossing == 0
    assert one.level.hold is not None
    assert one.level.hold.held_from == 4 * 28


def test_infusions_that_go_on_are_counted_before_a_dose_is_added() -> None:
    bare = forecast("7.8", "6").level
    monthly = tuple(
        Given(START + timedelta(days=day), Decimal(6), is_ahead=True) for day in range(120, 548, 28)
    )
    helped = forecast("7.8", "6", monthly).level
    assert bare is not None
    assert helped is not None
    assert bare.hold is not None
    assert helped.hold is None or (helped.hold.grams or 0) < (bare.hold.grams or 0)


def test_series_begin_at_the_persons_own_values() -> None:
    one = forecast("7.8", "6")
    assert one.series["igg"].line[0] == pytest.approx(7.8)
    assert one.own["cd19-count"].says == "of the model, not measured"


def test_a_later_start_moves_nothing_but_the_dates() -> None:
    one = forecast("7.8", "6")
    drug = one.driving.drug
    week = timedelta(days=7)
    later = replace(
        drug,
        zero=drug.zero + week,
        as_of=drug.as_of + week,
        until=drug.until + week,
        doses=tuple(replace(dose, time=dose.time + week) for dose in drug.doses),
    )
    asked = ChainAsked(production=one.models.production, level=Decimal(6), draws=100)
    moved = chain_forecast(replace(one.driving, drug=later), one.models, asked)
    assert moved.cells == one.cells
    assert moved.level == one.level


def test_baselines_are_read_by_name_and_bare_is_igg() -> None:
    assert read_baselines("9.2 g/L") == {"igg": Decimal("9.2")}
    both = {"igg": Decimal("9.2"), "cd19-count": Decimal(180)}
    assert read_baselines("IgG 920 mg/dL, cd19 0.18 10*9/L") == both


def test_how_far_ahead_is_read_in_months_too() -> None:
    assert read_ahead("18mo") == timedelta(days=548)
    assert read_ahead("12w") == timedelta(weeks=12)
    with pytest.raises(ForecastRefused, match="days, weeks or months"):
        read_ahead("121mo")


def test_a_level_is_the_least_igg_before_an_infusion() -> None:
    assert read_level("igg trough >= 400 mg/dL") == 4
    for other in ("igg peak <= 4 g/L", "igg trough <= 4 g/L", "igm trough >= 1 g/L"):
        with pytest.raises(ForecastRefused, match="least IgG before it"):
            read_level(other)
