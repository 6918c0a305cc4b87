"""FHIR R4 bundles and NDJSON as records."""

from __future__ import annotations

from stepline.sources.fhir.reading import read_fhir, read_file

__all__ = ["read_fhir", "read_file"]
