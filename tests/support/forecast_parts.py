"""Parts of a body from the models of the library, for one typical person."""

from __future__ import annotations

from stepline.forecast.body import Part
from stepline.forecast.individual import individual
from stepline.forecast.models import model

PEOPLE = {
    "weight": 70,
    "age": 60,
    "female": 0,
    "progressor": 0,
    "lean-body-mass": 56.54,
    "igg": 10,
    "cd19-count": 100,
    "body-surface": 1.8,
    "male": 0,
    "course": 1,
}


def part(model_id: str, **apart: float) -> Part:
    """A model with this person's parameters; those that are named replace them."""
    one = model(model_id)
    return Part(one, individual(one, PEOPLE) | {k.replace("_", "-"): v for k, v in apart.items()})
