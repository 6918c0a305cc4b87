"""The models of the library, by id."""

from __future__ import annotations

from functools import lru_cache

from stepline.core.errors import Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model


@lru_cache(maxsize=1)
def models() -> tuple[Model, ...]:
    """Every model of the library, in order of id."""
    from stepline.forecast.reading import read_packaged

    return read_packaged()


def model(model_id: str) -> Model:
    """The model of an id. Raises `ForecastRefused`: `model-unknown`, with the nearest ids."""
    from difflib import get_close_matches

    known = {one.id: one for one in models()}
    if model_id in known:
        return known[model_id]
    near = get_close_matches(model_id, known, 3, 0.3)
    raise ForecastRefused(
        [
            Problem(
                "model-unknown",
                "There is no such model in the library.",
                found=model_id,
                allowed=", ".join(near) or ", ".join(known),
                mend="name one of these, or the file of a model",
            )
        ]
    )
