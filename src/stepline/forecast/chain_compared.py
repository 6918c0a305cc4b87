"""Other regimens of rituximab in the same person, from the same day on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.forecast.chain_asking import ChainAsked
from stepline.forecast.chain_driving import of_chain_plan
from stepline.forecast.chain_parts import Models
from stepline.forecast.chaining import ChainForecast, Return, chain_forecast
from stepline.forecast.result import Band

if TYPE_CHECKING:
    from stepline.dosing.plan_model import Plan


@dataclass(frozen=True, slots=True)
class Compared:
    """What a regimen comes to, in days from its first dose; `days_below` of the typical person."""

    regimen: str
    milligrams: Decimal
    gone: float | None
    cells: Return | None
    days_below: float | None
    lowest: Band | None
    crossing: float | None


def compare(plans: Sequence[Plan], chosen: Models, asked: ChainAsked) -> tuple[Compared, ...]:
    """One row a plan, in their order. Raises what `chain_forecast` raises."""
    return tuple(
        row_of(
            plan.request.regimen.id,
            chain_forecast(of_chain_plan(plan, chosen, asked, is_dated=False), chosen, asked),
        )
        for plan in plans
    )


def row_of(regimen: str, one: ChainForecast) -> Compared:
    """The row of a forecast."""
    total = sum((dose.amount for dose in one.driving.drug.doses), Decimal(0))
    level = one.level
    return Compared(
        regimen,
        total,
        one.gone,
        one.cells,
        _days_below(one),
        one.lowest[1] if one.lowest else None,
        level.crossing if level else None,
    )


def _days_below(one: ChainForecast) -> float | None:
    if one.cells is None:
        return None
    end = float(one.times[-1])
    return sum((end if each.end is None else each.end) - each.start for each in one.cells.below)
