"""A plan of every regimen of the library, with what a ward would usually state."""

from __future__ import annotations

from functools import lru_cache

from stepline.dosing.plan_model import Plan
from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan
from stepline.protocol.loading import packaged
from stepline.protocol.model import Basis, Regimen

DOSE_UNKNOWN = tuple(
    regimen.id for regimen in packaged().regimens if regimen.give.basis is Basis.UNKNOWN
)
"""Regimens that no plan can be made from."""
PLANNED = tuple(regimen.id for regimen in packaged().regimens if regimen.id not in DOSE_UNKNOWN)
DAILY = tuple(regimen.id for regimen in packaged().regimens if regimen.give.basis is Basis.PER_DAY)


def planned(regimen_id: str, **given: object) -> Plan:
    """The plan of a regimen from 5 January 2026 for 60 kg and 165 cm, or what is stated."""
    usual = _usual(packaged().regimen(regimen_id))
    return make_plan(read_request({"regimen": regimen_id, **usual, **given}))


@lru_cache(maxsize=64)
def usual_plan(regimen_id: str) -> Plan:
    """The usual plan, made once."""
    return planned(regimen_id)


def _usual(regimen: Regimen) -> dict[str, object]:
    given: dict[str, object] = {
        "start": "2026-01-05",
        "weight": "60kg",
        "height": "165cm",
    }
    if regimen.drug == "ivig":
        given["product"] = "flebogamma-dif-10"
    if regimen.taper is not None:
        given["proposed"] = True
    if regimen.repeat is not None and regimen.repeat.weekday:
        given["weekday"] = "monday"
        given["courses"] = "12"
    return given
