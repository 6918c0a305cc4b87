"""Immunoglobulin G, infections, and the replacement that follows when both go wrong.

Own IgG loses a share after the first rituximab course, which differs from patient to patient, and
then a little every year; immunoglobulin that is given adds to what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepline.synth.courses import NO_DAY, Prescription
from stepline.synth.draws import Draws
from stepline.synth.giving import schemes
from stepline.synth.parameters import Population, bound
from stepline.synth.treatment import Walk

_BLOCK = 28


@dataclass(frozen=True, slots=True)
class Immunity:
    """Own IgG in g/L for each 28 days, and the days of infections with whether each was severe."""

    own: Sequence[float]
    infections: Sequence[tuple[int, bool]]
    low_since: int

    def igg(self, day: int) -> float:
        """The patient's own IgG on a day."""
        return self.own[min(max(day // _BLOCK, 0), len(self.own) - 1)]


def immunity(draws: Draws, way: Walk) -> Immunity:
    """IgG and infections over the follow-up."""
    at = way.people.numbers
    least, most = bound("igg-least"), bound("igg-most")
    start = draws.around(at["igg-mean"], at["igg-spread"], least, most)
    most_lost = bound("igg-lost-most")
    lost = draws.around(at["igg-early-fall"], at["igg-early-fall-spread"], 0, most_lost)
    own = [_own(start, lost, block * _BLOCK, way) for block in range(way.days // _BLOCK + 1)]
    infections = _infections(draws, own, way.people)
    return Immunity(own, infections, _low_since(own, infections, at["igg-low"]))


def _own(start: float, lost: float, day: int, way: Walk) -> float:
    if not way.rituximab or day < way.rituximab[0]:
        return start
    at = way.people.numbers
    years = (day - way.rituximab[0]) / 365.25
    early = start * lost * min(1.0, years / at["igg-early-fall-years"])
    return max(bound("igg-floor"), start - early - at["igg-fall-a-year"] * years)


def _infections(draws: Draws, own: Sequence[float], people: Population) -> list[tuple[int, bool]]:
    at = people.numbers
    found = []
    for block, igg in enumerate(own):
        rate = at["infections-a-year"] * at["infections-per-igg"] ** (
            igg - bound("igg-of-infections")
        )
        if draws.happens(rate * _BLOCK / 365.25):
            severe = draws.happens(at["severe" if igg > at["igg-low"] else "severe-when-low"])
            found.append((block * _BLOCK + draws.whole(0, _BLOCK - 1), severe))
    return found


def _low_since(own: Sequence[float], infections: Sequence[tuple[int, bool]], limit: float) -> int:
    """The day of the infection from which a low IgG is called low; `NO_DAY` where there is none."""
    low = [day for day, _ in infections if own[day // _BLOCK] < limit]
    number = round(bound("infections-low"))
    return low[number - 1] if len(low) >= number else NO_DAY


def replacement(draws: Draws, way: Walk, immune: Immunity) -> list[Prescription]:
    """Immunoglobulin every four weeks to the end of follow-up, where it is needed."""
    regimen = draws.one_of(way.people.shares["replacement"])
    least, most = bound("replacement-waits-least"), bound("replacement-waits-most")
    start = immune.low_since + draws.whole(round(least), round(most))
    if immune.low_since == NO_DAY or start + bound("replacement-room") > way.days:
        return []
    count = (way.days - start) // schemes()[regimen].every + 1
    return [Prescription(regimen, start, "unknown", cycles=count)]
