"""OMOP CDM 5.4 tables as records."""

from __future__ import annotations

from stepline.sources.omop.reading import read_omop

__all__ = ["read_omop"]
