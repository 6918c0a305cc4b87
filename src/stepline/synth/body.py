"""The body of a made-up patient: sex, age, height, and a weight that drifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepline.synth.draws import Draws
from stepline.synth.parameters import Population, bound

_BLOCK = 28
"""Days for which one weight holds."""


@dataclass(frozen=True, slots=True)
class Body:
    """Height in whole centimetres; weight in tenths of a kilogram for each 28 days."""

    sex: str
    age: int
    height: int
    weights: Sequence[int]

    def weight(self, day: int) -> float:
        """Kilograms on a day of follow-up."""
        return self.weights[min(max(day // _BLOCK, 0), len(self.weights) - 1)] / 10

    def surface(self, day: int) -> float:
        """Square metres by Mosteller, √(cm·kg/3600)."""
        return float((self.weight(day) * self.height / 3600) ** 0.5)


def born(draws: Draws, people: Population, days: int) -> Body:
    """A body for so many days of follow-up."""
    at = people.numbers
    sex = "female" if draws.happens(at["female-share"]) else "male"
    age = round(
        draws.around(at["age-mean"], at["age-spread"], bound("age-least"), bound("age-most"))
    )
    shortest, tallest = bound("height-least"), bound("height-most")
    height = draws.around(at[f"height-{sex}"], at["height-spread"], shortest, tallest)
    bmi = draws.around(at["bmi-mean"], at["bmi-spread"], bound("bmi-least"), bound("bmi-most"))
    weight = bmi * (height / 100) ** 2
    usual, weights = weight, []
    for _ in range(days // _BLOCK + 1):
        weights.append(round(10 * weight))
        drift = at["weight-drift"] * draws.normal() * weight
        weight = weight + drift + bound("weight-return") * (usual - weight)
        weight = min(bound("weight-most"), max(bound("weight-least"), weight))
    return Body(sex, age, round(height), weights)
