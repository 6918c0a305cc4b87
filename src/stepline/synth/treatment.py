"""The walk along the pathway: which regimen is given when, and why it ends.

The steps are those of the packaged pathway. Each step prescribes, says where the disease is pulled,
and names the step that follows; the walk ends at the last day of follow-up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stepline.synth.courses import Prescription, Relapse
from stepline.synth.disease import Pull, Traits
from stepline.synth.draws import Draws
from stepline.synth.parameters import Population

_MONTH = 30.4375


@dataclass(slots=True)
class Walk:
    """One patient on the way. `day` is where the walk has come to."""

    draws: Draws
    traits: Traits
    people: Population
    days: int
    day: int = 0
    prescribed: list[Prescription] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    relapses: list[Relapse] = field(default_factory=list)
    rituximab: list[int] = field(default_factory=list)
    ivig_days: list[int] = field(default_factory=list)
    inductions: int = 0

    def number(self, name: str) -> float:
        """A number of the population."""
        return self.people.numbers[name]

    def one_of(self, name: str) -> str:
        """One of the shares of the population."""
        return self.draws.one_of(self.people.shares[name])

    def pull(self, effect: float, weeks: float, day: int | None = None) -> None:
        """Treatment removes this share of the activity, with this time constant."""
        day = self.day if day is None else day
        self.pulls.append(Pull(day, self.traits.activity * (1 - effect), weeks))

    def cycles(self, regimen: str, cycles: int, apart: float, reason: str) -> None:
        """Prescribe cycles; the walk goes on where the next cycle would have been."""
        room = int((self.days - self.day) / apart) + 1
        if room < 1:
            self.day = self.days + 1
            return
        if room < cycles:
            cycles, reason = room, "unknown"
        self.prescribed.append(Prescription(regimen, self.day, reason, cycles=cycles))
        self.day = round(self.day + cycles * apart)

    def relapse(self, cause: str) -> None:
        """A relapse now; activity climbs back."""
        if self.day <= self.days:
            self.relapses.append(Relapse(self.day, cause))
            self.pull(0.1, self.number("weeks-to-flare"))


def walk(draws: Draws, traits: Traits, people: Population, days: int) -> Walk:
    """Everything that is prescribed to one patient, apart from daily drugs."""
    way = Walk(draws, traits, people, days)
    step = "conventional"
    while step and way.day <= days:
        step = STEPS[step](way)
    return way


def _conventional(way: Walk) -> str:
    weeks = way.number("conventional-weeks") * 2 ** (0.6 * way.draws.normal())
    way.pull(way.draws.between(0.0, 0.15), 6)
    if way.draws.happens(way.number("pulse-share")):
        way.prescribed.append(Prescription("methylprednisolone-1g-x3", 0, "completed", cycles=3))
    way.day = round(7 * min(60.0, max(10.0, weeks)))
    if way.draws.happens(way.number("conventional-suffices")):
        way.pull(way.draws.between(0.5, 0.9), 8, 14)
        way.day = way.days + 1
        return ""
    return "ivig-induction"


def _ivig_induction(way: Walk) -> str:
    regimen = way.one_of("induction")
    apart = _MONTH if regimen == "ivig-2g-over-5d-monthly" else 28.0
    way.inductions += 1
    way.ivig_days.append(way.day)
    way.pull(way.traits.ivig, way.number("weeks-to-act-ivig"))
    intolerant = way.draws.happens(way.number("ivig-intolerance"))
    responds = way.traits.ivig > 0.15
    if intolerant:
        way.cycles(regimen, way.draws.whole(2, 3), apart, "intolerance")
        way.pull(0.05, 6)
        return "rituximab-induction"
    if not responds:
        way.cycles(regimen, way.draws.whole(3, 6), apart, "inefficacy")
        return "rituximab-induction"
    again = way.inductions > 1
    way.cycles(regimen, way.draws.whole(3, 4) if again else 6, apart, "completed")
    return way.one_of("after-induction")


def _held(way: Walk, regimen: str, cycles: int, apart: int) -> str:
    """A maintenance that holds, or a relapse on the way."""
    years = cycles * apart / 365.25
    relapses = way.draws.happens(way.number("relapse-at-a-dose-that-held") * years)
    if relapses and cycles > 8:
        way.cycles(regimen, way.draws.whole(cycles // 2, cycles - 1), apart, "inefficacy")
        way.relapse("spontaneous")
        return "ivig-induction" if way.inductions < 2 else "rituximab-induction"
    way.cycles(regimen, cycles, apart, "completed")
    return "ivig-step-down"


def _weekly(way: Walk) -> str:
    return _held(way, "ivig-400-weekly", way.draws.whole(24, 30), 7)


def _every_four_weeks(way: Walk) -> str:
    return _held(way, "ivig-1g-every-4-weeks", way.draws.whole(6, 13), 28)


def _subcutaneous(way: Walk) -> str:
    return _held(way, "scig-200-weekly", way.draws.whole(26, 78), 7)


def _step_down(way: Walk) -> str:
    """The lowest dose; attempts to go below it; the response lost, or remission."""
    for _ in range(2):
        way.cycles("ivig-200-every-2-weeks", way.draws.whole(12, 26), 14, "completed")
        if way.day > way.days:
            return ""
        if way.draws.happens(way.number("loss-of-response") * 0.75):
            _end_last(way, "loss-of-response")
            way.relapse("loss-of-response")
            return "rituximab-induction"
        if not way.traits.relapses:
            _end_last(way, "remission")
            way.pull(min(0.97, way.traits.ivig + 0.1), 8)
            return ""
        _attempt(way)
    way.cycles("ivig-200-every-2-weeks", way.draws.whole(13, 40), 14, "loss-of-response")
    if way.day > way.days:
        return ""
    way.relapse("loss-of-response")
    return "rituximab-induction"


def _attempt(way: Walk) -> None:
    """The same dose at a longer interval, which no regimen of the library has; it fails."""
    every = way.draws.pick((42, 49))
    count = min(way.draws.whole(3, 4), (way.days - way.day) // every)
    if count < 3:
        return
    _end_last(way, "other")
    start = way.day + every - 14
    like = "ivig-200-every-2-weeks"
    way.prescribed.append(
        Prescription("", start, "inefficacy", like=like, cycles=count, every=every)
    )
    way.day = start + (count - 1) * every + 14
    way.relapse("reduction")
    way.pull(way.traits.ivig, way.number("weeks-to-act-ivig"), way.day + 7)


def _end_last(way: Walk, reason: str) -> None:
    last = way.prescribed[-1]
    way.prescribed[-1] = Prescription(last.regimen, last.start, reason, cycles=last.cycles)


_RITUXIMAB = {
    "rituximab-375-weekly-x4": (4, 7),
    "rituximab-1g-x2": (2, 14),
    "rituximab-500-x2": (2, 14),
    "rituximab-1g-weekly-x2": (2, 7),
}


def _rituximab_course(way: Walk, regimen: str, reason: str) -> None:
    cycles, apart = _RITUXIMAB[regimen]
    way.rituximab.append(way.day)
    after = 7 * way.number("weeks-before-rituximab-acts")
    way.pull(way.traits.rituximab, way.number("weeks-to-act-rituximab"), round(way.day + after))
    start = way.day
    if start + (cycles - 1) * apart <= way.days:
        way.prescribed.append(Prescription(regimen, start, reason, cycles=cycles))
    way.day = start


def _rituximab_induction(way: Walk) -> str:
    way.day += way.draws.whole(14, 42)
    if way.day + 28 > way.days:
        return ""
    regimen = way.one_of("rituximab")
    responds = way.traits.rituximab > 0.15
    _rituximab_course(way, regimen, "completed" if responds else "inefficacy")
    way.day += way.draws.whole(168, 210)
    return "rituximab-maintenance" if responds else ""


def _rituximab_maintenance(way: Walk) -> str:
    regimen = way.one_of("rituximab-maintenance")
    count = way.draws.whole(2, 6)
    if regimen == "rituximab-1g-x2":
        _repeated(way, regimen, count)
        return ""
    apart = 6 * _MONTH
    room = int((way.days - way.day) / apart) + 1
    if way.day > way.days or room < 2:
        return ""
    way.rituximab += [round(way.day + n * apart) for n in range(min(count, room))]
    way.cycles(regimen, count, apart, "remission")
    return ""


def _repeated(way: Walk, regimen: str, count: int) -> None:
    for n in range(count):
        if way.day + 14 > way.days:
            return
        if n and way.draws.happens(0.3):
            way.relapse("spontaneous")
        _rituximab_course(way, regimen, "completed")
        way.day += way.draws.whole(168, 240)


STEPS: Mapping[str, Callable[[Walk], str]] = {
    "conventional": _conventional,
    "ivig-induction": _ivig_induction,
    "ivig-400-weekly": _weekly,
    "ivig-1g-every-4-weeks": _every_four_weeks,
    "scig-200-weekly": _subcutaneous,
    "ivig-step-down": _step_down,
    "rituximab-induction": _rituximab_induction,
    "rituximab-maintenance": _rituximab_maintenance,
}
"""What happens in each step; a maintenance has the name of its regimen."""
