"""Which model stands in for a drug and what it is given for, and why.

The choice is this project's reading of the models at hand (`stepline-design`); the reason is said
with every forecast, and any model of the drug may be named instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    from datetime import datetime

    from stepline.record.index import RecordIndex

IMMUNOGLOBULIN = ("ivig", "scig")
CHOICE = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Which model stands for an indication where none is named",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model and the reason."""

    model_id: str
    because: str


def model_for(
    drug: str, intent: str, *, after_rituximab: bool = False, under_the_skin: bool = False
) -> Chosen:
    """The model of a drug for an intent. Raises `ForecastRefused`: `model-missing`."""
    if drug == "rituximab":
        because = (
            "its exposure is that measured in autoimmune disease; the published sets are lower"
        )
        return Chosen("rituximab-calibrated", because)
    if drug not in IMMUNOGLOBULIN:
        raise ForecastRefused(
            [
                Problem(
                    "model-missing",
                    f"The library has no model of {drug}.",
                    found=drug,
                    allowed="ivig, scig, rituximab",
                )
            ]
        )
    if intent != "replacement":
        because = (
            "immunomodulation: no model in myositis was found; CIDP is treated with the same doses"
        )
        return Chosen("tortorici-2021-cidp", because)
    if after_rituximab and not under_the_skin:
        because = "replacement after rituximab: the one model fitted in that deficiency"
        return Chosen("cheng-2026", because)
    because = "replacement: a model that reports variability and residual error in full"
    return Chosen("navarro-mora-2022", because)


def drug_and_intent(index: RecordIndex, moment: datetime) -> tuple[str, str]:
    """The drug of the last course that a model can forecast, and what it was given for.

    Raises `ForecastRefused`: `nothing-to-forecast`.
    """
    from stepline.course.recognising import recognise
    from stepline.protocol.loading import packaged
    from stepline.vocabulary.catalogue import catalogue

    courses = recognise(index, packaged().regimens, catalogue())
    for drugs in (IMMUNOGLOBULIN, ("rituximab",)):
        known = [one for one in courses if one.drug in drugs and one.start <= moment]
        if known:
            return known[-1].drug, known[-1].intent
    raise ForecastRefused(
        [
            Problem(
                "nothing-to-forecast",
                "The record holds no course of a drug that a model forecasts.",
                allowed="ivig, scig, rituximab",
            )
        ]
    )
