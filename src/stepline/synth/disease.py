"""Disease activity from 0 to 1: where treatment pulls it, and how it follows.

`dA/dt = (target - A) / tau`, in steps of one week, with a small random walk beside. Targets come
from the treatment; that responders and those who do not respond differ is drawn once a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepline.synth.draws import Draws
from stepline.synth.parameters import Population, bound


@dataclass(frozen=True, slots=True)
class Traits:
    """What a patient is like.

    `ivig` and `rituximab` are the shares of activity that each removes; `relapses` says whether
    this patient relapses when a treatment is reduced.
    """

    activity: float
    ivig: float
    rituximab: float
    relapses: bool
    condition: str


@dataclass(frozen=True, slots=True)
class Pull:
    """From a day on, activity tends to `target` with a time constant of `weeks`."""

    day: int
    target: float
    weeks: float


def traits(draws: Draws, people: Population) -> Traits:
    """The traits of one patient."""
    at = people.numbers
    return Traits(
        activity=draws.around(
            *(at["activity-mean"], at["activity-spread"]),
            *(bound("activity-least"), bound("activity-most")),
        ),
        ivig=_effect(draws, people, "ivig"),
        rituximab=_effect(draws, people, "rituximab"),
        relapses=draws.happens(at["relapse-on-reduction"]),
        condition=draws.one_of(people.shares["condition"]),
    )


def _effect(draws: Draws, people: Population, drug: str) -> float:
    at = people.numbers
    responds = draws.happens(at[f"{drug}-responders"])
    least, most = bound("effect-least"), bound("effect-most")
    full = draws.around(at[f"{drug}-effect"], at[f"{drug}-effect-spread"], least, most)
    little = draws.between(bound("no-effect-least"), bound("no-effect-most"))
    return full if responds else little


def activity(
    draws: Draws, start: float, pulls: Sequence[Pull], days: int, wobble: float
) -> list[float]:
    """Activity in each week of follow-up."""
    waiting = sorted(pulls, key=lambda pull: pull.day, reverse=True)
    now = Pull(0, start, bound("activity-at-first"))
    level, weeks = start, []
    for week in range(days // 7 + 2):
        while waiting and waiting[-1].day <= week * 7:
            now = waiting.pop()
        level += (now.target - level) / now.weeks + wobble * draws.normal()
        level = min(1.0, max(bound("activity-floor"), level))
        weeks.append(level)
    return weeks
