"""The walk along the pathway: which regimen is given when, and why it ends.

The steps are those of the packaged pathway. Each step prescribes, says where the disease is pulled,
and names the step that follows; the walk ends at the last day of follow-up. Numbers stand in
`library/synth/treatment.yaml`; intervals and numbers of doses are those of the regimens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stepline.synth.courses import Prescription, Relapse
from stepline.synth.disease import Pull, Traits
from stepline.synth.draws import Draws
from stepline.synth.giving import schemes
from stepline.synth.parameters import Population, numbers_of

_PULSE = "methylprednisolone-1g-x3"
_LOWEST = "ivig-200-every-2-weeks"


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

    def whole(self, name: str) -> int:
        """A whole number between the two that the file has of this name."""
        return self.draws.whole(round(_at(f"{name}-least")), round(_at(f"{name}-most")))

    def between(self, name: str) -> float:
        """A number between the two that the file has of this name."""
        return self.draws.between(_at(f"{name}-least"), _at(f"{name}-most"))

    def pull(self, effect: float, weeks: float, day: int | None = None) -> None:
        """Treatment removes this share of the activity, with this time constant."""
        day = self.day if day is None else day
        self.pulls.append(Pull(day, self.traits.activity * (1 - effect), weeks))

    def cycles(self, regimen: str, cycles: int, reason: str) -> None:
        """Prescribe cycles; the walk goes on where the next cycle would have been."""
        apart = schemes()[regimen].apart
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
            self.pull(_at("flare-effect"), self.number("weeks-to-flare"))


def walk(draws: Draws, traits: Traits, people: Population, days: int) -> Walk:
    """Everything that is prescribed to one patient, apart from daily drugs."""
    way = Walk(draws, traits, people, days)
    step = "conventional"
    while step and way.day <= days:
        step = STEPS[step](way)
    return way


def _at(name: str) -> float:
    return numbers_of("treatment").numbers[name]


def _conventional(way: Walk) -> str:
    doublings = _at("conventional-spread") * way.draws.normal()
    weeks = way.number("conventional-weeks") * 2**doublings
    way.pull(way.between("conventional-effect"), _at("conventional-acts"))
    if way.draws.happens(way.number("pulse-share")):
        count = schemes()[_PULSE].doses
        way.prescribed.append(Prescription(_PULSE, 0, "completed", cycles=count))
    way.day = round(7 * min(_at("conventional-most"), max(_at("conventional-least"), weeks)))
    if way.draws.happens(way.number("conventional-suffices")):
        way.pull(way.between("suffices-effect"), _at("suffices-acts"), round(_at("suffices-from")))
        way.day = way.days + 1
        return ""
    return "ivig-induction"


def _ivig_induction(way: Walk) -> str:
    regimen = way.one_of("induction")
    way.inductions += 1
    way.ivig_days.append(way.day)
    way.pull(way.traits.ivig, way.number("weeks-to-act-ivig"))
    intolerant = way.draws.happens(way.number("ivig-intolerance"))
    if intolerant:
        way.cycles(regimen, way.whole("ivig-intolerant"), "intolerance")
        way.pull(_at("ivig-intolerant-effect"), _at("ivig-intolerant-acts"))
        return "rituximab-induction"
    if way.traits.ivig <= _at("responds-from"):
        way.cycles(regimen, way.whole("ivig-fails"), "inefficacy")
        return "rituximab-induction"
    again = way.inductions > 1
    count = way.whole("ivig-again") if again else round(_at("ivig-first"))
    way.cycles(regimen, count, "completed")
    return way.one_of("after-induction")


def _held(way: Walk, regimen: str, name: str) -> str:
    """A maintenance that holds, or a relapse on the way."""
    cycles = way.whole(name)
    years = cycles * schemes()[regimen].apart / 365.25
    relapses = way.draws.happens(way.number("relapse-at-a-dose-that-held") * years)
    if relapses and cycles > _at("held-relapse-after"):
        way.cycles(regimen, way.draws.whole(cycles // 2, cycles - 1), "inefficacy")
        way.relapse("spontaneous")
        is_first = way.inductions < _at("inductions")
        return "ivig-induction" if is_first else "rituximab-induction"
    way.cycles(regimen, cycles, "completed")
    return "ivig-step-down"


def _weekly(way: Walk) -> str:
    return _held(way, "ivig-400-weekly", "weekly")


def _every_four_weeks(way: Walk) -> str:
    return _held(way, "ivig-1g-every-4-weeks", "four-weekly")


def _subcutaneous(way: Walk) -> str:
    return _held(way, "scig-200-weekly", "subcutaneous")


def _step_down(way: Walk) -> str:
    """The lowest dose; attempts to go below it; the response lost, or remission."""
    for _ in range(round(_at("lowest-attempts"))):
        way.cycles(_LOWEST, way.whole("lowest"), "completed")
        if way.day > way.days:
            return ""
        if way.draws.happens(way.number("loss-of-response") * _at("lowest-years")):
            _end_last(way, "loss-of-response")
            way.relapse("loss-of-response")
            return "rituximab-induction"
        if not way.traits.relapses:
            _end_last(way, "remission")
            effect = min(_at("remission-most"), way.traits.ivig + _at("remission-more"))
            way.pull(effect, _at("remission-acts"))
            return ""
        _attempt(way)
    way.cycles(_LOWEST, way.whole("lowest-last"), "loss-of-response")
    if way.day > way.days:
        return ""
    way.relapse("loss-of-response")
    return "rituximab-induction"


def _attempt(way: Walk) -> None:
    """The same dose at a longer interval, which no regimen of the library has; it fails."""
    every = way.draws.pick(numbers_of("treatment").choices["attempt-days"])
    count = min(way.whole("attempt"), (way.days - way.day) // every)
    if count < _at("attempt-least"):
        return
    _end_last(way, "other")
    apart = schemes()[_LOWEST].every
    start = way.day + every - apart
    way.prescribed.append(
        Prescription("", start, "inefficacy", like=_LOWEST, cycles=count, every=every)
    )
    way.day = start + (count - 1) * every + apart
    way.relapse("reduction")
    after = way.day + round(_at("attempt-answer"))
    way.pull(way.traits.ivig, way.number("weeks-to-act-ivig"), after)


def _end_last(way: Walk, reason: str) -> None:
    last = way.prescribed[-1]
    way.prescribed[-1] = Prescription(last.regimen, last.start, reason, cycles=last.cycles)


def _rituximab_course(way: Walk, regimen: str, reason: str) -> None:
    scheme = schemes()[regimen]
    way.rituximab.append(way.day)
    after = 7 * way.number("weeks-before-rituximab-acts")
    way.pull(way.traits.rituximab, way.number("weeks-to-act-rituximab"), round(way.day + after))
    start = way.day
    if start + (scheme.doses - 1) * scheme.apart <= way.days:
        way.prescribed.append(Prescription(regimen, start, reason, cycles=scheme.doses))
    way.day = start


def _rituximab_induction(way: Walk) -> str:
    way.day += way.whole("rituximab-waits")
    if way.day + _at("rituximab-room") > way.days:
        return ""
    regimen = way.one_of("rituximab")
    responds = way.traits.rituximab > _at("responds-from")
    _rituximab_course(way, regimen, "completed" if responds else "inefficacy")
    way.day += way.whole("rituximab-then")
    return "rituximab-maintenance" if responds else ""


def _rituximab_maintenance(way: Walk) -> str:
    regimen = way.one_of("rituximab-maintenance")
    count = way.whole("rituximab-times")
    if schemes()[regimen].doses:
        _repeated(way, regimen, count)
        return ""
    apart = schemes()[regimen].apart
    room = int((way.days - way.day) / apart) + 1
    if way.day > way.days or room < _at("rituximab-fewest"):
        return ""
    way.rituximab += [round(way.day + n * apart) for n in range(min(count, room))]
    way.cycles(regimen, count, "remission")
    return ""


def _repeated(way: Walk, regimen: str, count: int) -> None:
    for n in range(count):
        if way.day + _at("repeated-room") > way.days:
            return
        if n and way.draws.happens(_at("repeated-relapse")):
            way.relapse("spontaneous")
        _rituximab_course(way, regimen, "completed")
        way.day += way.whole("repeated")


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
