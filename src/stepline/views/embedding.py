"""The typeface inside a page, so that it looks the same on every machine and loads nothing."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from importlib.resources import files

WEIGHTS = {"Roboto-Regular.ttf": "400", "Roboto-Medium.ttf": "500"}


@lru_cache(maxsize=1)
def font_faces() -> str:
    """Style rules that carry the typeface as data."""
    return "\n".join(_face(name, weight) for name, weight in WEIGHTS.items())


def _face(name: str, weight: str) -> str:
    data = b64encode(files("font_roboto").joinpath("files", name).read_bytes()).decode()
    source = f"url(data:font/ttf;base64,{data}) format('truetype')"
    return f"@font-face{{font-family:Roboto;font-weight:{weight};src:{source}}}"
