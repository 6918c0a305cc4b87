"""OMOP CDM 5.4 tables as records."""

from __future__ import annotations

from stepline.sources.omop.parts import OmopParts, read_omop

__all__ = ["OmopParts", "read_omop"]
