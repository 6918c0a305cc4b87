"""Which effects can be forecast: those with a published model, and no other."""

from __future__ import annotations

from collections.abc import Mapping

from stepline.core.errors import Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model, Structure
from stepline.forecast.models import models

_ENZYMES = (
    "no model of an enzyme under immunoglobulin in myositis has been published; in one series"
    " (gottfried-2000) CK did not follow the response"
)
_STRENGTH = (
    "trials in myositis report who responded, and no model of it against IgG has been published"
)

REASONS: Mapping[str, str] = {
    **dict.fromkeys(("ck", "aldolase", "ldh", "ast", "alt"), _ENZYMES),
    **dict.fromkeys(("mmt8-80", "mmt8-150", "tis", "skin"), _STRENGTH),
    "incat": "the concentration of half the effect is not published (tortorici-2021)",
}
"""Why a measure is not forecast."""


def response_model(measure: str) -> Model:
    """The published model of how a measure responds.

    Raises `ForecastRefused`: `effect-unknown`, with the reason why the measure is not forecast.
    """
    known = {one.measures: one for one in models() if one.structure is Structure.INDIRECT_RESPONSE}
    if measure in known:
        return known[measure]
    why = REASONS.get(measure, "no model of it has been published that the library holds")
    raise ForecastRefused(
        [
            Problem(
                "effect-unknown",
                f"How {measure} responds cannot be forecast: {why}.",
                found=measure,
                allowed=", ".join(sorted(known)),
                mend="follow the measured values; no effect is invented",
            )
        ]
    )
