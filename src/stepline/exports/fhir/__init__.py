"""A plan as a FHIR R4 bundle, and back."""

from __future__ import annotations

from stepline.exports.fhir.bundling import bundle_bytes
from stepline.exports.fhir.reading import read_plan
from stepline.exports.fhir.told import ToldDose, ToldPlan, told

__all__ = ["ToldDose", "ToldPlan", "bundle_bytes", "read_plan", "told"]
