"""What is stated of one person's production of IgG after B cells are depleted."""

from __future__ import annotations

import math
from decimal import Decimal

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.forecast.body import Part
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model, Parameter, Structure

STATED = Evidence("stated-by-the-user", Kind.DESIGN, Status.LOCAL, "Stated for this forecast.")


def production_stated(share_short_lived: float, k_production: float, k_slow: float = 0.0) -> Part:
    """Production of which a share is made by short-lived cells that B cells feed.

    production = start × ((1 - share)·S + share·P), dP/dt = k_production·(B/B0 - P) and
    dS/dt = -k_slow·(1 - B/B0)·S, rates per day; S and P are 1 at the start. The form is
    this project's, not published. Raises `ForecastRefused` with every problem: `production-wrong`.
    """
    stated = {
        "share-short-lived": (share_short_lived, 1.0, "0 to 1"),
        "k-production": (k_production, math.inf, "0 or more per day"),
        "k-slow": (k_slow, math.inf, "0 or more per day"),
    }
    problems = [
        Problem("production-wrong", f"The {name} cannot be used.", found=f"{x:g}", allowed=allowed)
        for name, (x, most, allowed) in stated.items()
        if not (math.isfinite(x) and 0 <= x <= most)
    ]
    if problems:
        raise ForecastRefused(problems)
    values = {name: float(x) for name, (x, _, _) in stated.items()}
    return Part(_model(values), values)


def _model(values: dict[str, float]) -> Model:
    units = {"k-production": "/d", "k-slow": "/d"}
    return Model(
        id="igg-production-stated",
        version="1.0.0",
        title="Production of IgG after depletion of B cells, as stated",
        drugs=("rituximab",),
        measures="igg",
        structure=Structure.PRODUCTION,
        amount_unit="g",
        result_unit="g/L",
        label="stated",
        says="What B cells feed and how fast it falls was stated by the user; no model says it.",
        parameters={
            name: Parameter(name, Decimal(repr(x)), units.get(name, ""), STATED)
            for name, x in values.items()
        },
        residual=None,
        population="one person",
        subjects=None,
        routes=(),
        driven_by="cd19-count",
        evidence=(STATED,),
    )
