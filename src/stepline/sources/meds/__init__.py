"""MEDS tables as records."""

from __future__ import annotations

from stepline.sources.meds.reading import read_meds

__all__ = ["read_meds"]
