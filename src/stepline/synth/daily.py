"""Daily and weekly drugs beside the walk: glucocorticoid up and down, immunosuppressants."""

from __future__ import annotations

from stepline.synth.body import Body
from stepline.synth.courses import Prescription
from stepline.synth.draws import Draws
from stepline.synth.parameters import numbers_of
from stepline.synth.treatment import Walk

_REGIMENS = {
    "methotrexate": "methotrexate-weekly",
    "azathioprine": "azathioprine-daily",
    "mycophenolate": "mycophenolate-daily",
}


def _at(name: str) -> float:
    return numbers_of("daily").numbers[name]


def _weeks(draws: Draws, name: str) -> int:
    """Days: so many whole weeks, drawn between two numbers of the file."""
    return 7 * draws.whole(round(_at(f"{name}-least")), round(_at(f"{name}-most")))


def glucocorticoid(draws: Draws, way: Walk, body: Body) -> list[Prescription]:
    """High doses until IVIG begins or six weeks have passed, then a taper; again on relapse."""
    begins = [0, *(one.day for one in way.relapses if one.cause != "reduction")]
    found: list[Prescription] = []
    for n, day in enumerate(begins):
        if found and day < found[-1].until + _at("again-after"):
            continue
        until = begins[n + 1] if n + 1 < len(begins) else way.days
        hold = _hold(draws, way) if n == 0 else _weeks(draws, "hold-again")
        found += _up_and_down(draws, body, day, hold, until)
    return [one for one in found if one.start < way.days]


def _hold(draws: Draws, way: Walk) -> int:
    first = way.ivig_days[0] if way.ivig_days else _weeks(draws, "hold-first")
    return min(first, round(_at("hold-most")))


def _up_and_down(draws: Draws, body: Body, day: int, hold: int, until: int) -> list[Prescription]:
    weight = body.weight(day)
    wanted = draws.between(_at("high-low"), _at("high-high")) * weight
    held = min(_at("high-most"), max(_at("high-least") * weight, wanted))
    full = max(_at("tablet") * round(held / _at("tablet")), _at("high-floor"))
    turn = min(day + hold, until)
    high = Prescription("prednisone-high-dose", day, "completed", until=turn, steps=((day, full),))
    if until - turn < _at("taper-room"):
        return [high]
    steps = _steps_down(draws, full, turn, until)
    end = min(until, steps[-1][0] + _weeks(draws, "floor"))
    taper = Prescription("prednisone-taper", turn, "completed", until=end, steps=tuple(steps))
    return [high, taper]


def _steps_down(draws: Draws, full: float, day: int, until: int) -> list[tuple[int, float]]:
    """Down to the floor in about half a year."""
    dose, steps = full, []
    weeks = draws.pick(numbers_of("daily").choices["taper-weeks"])
    fall = _at("fall-fast") if full > _at("fall-from") else _at("fall")
    while dose > _at("floor") and day < until - 14:
        dose = max(_at("floor"), dose - (fall if dose > _at("slow-from") else _at("fall")))
        steps.append((day, dose))
        day += 7 * weeks
    return steps


def immunosuppressants(draws: Draws, way: Walk, body: Body) -> list[Prescription]:
    """One agent after another, in the shares of a registry of all who ever had them."""
    at = way.people.numbers
    wanted = [
        name
        for name in ("methotrexate", "azathioprine", "mycophenolate")
        if draws.happens(at[f"{name}-share"])
    ]
    found: list[Prescription] = []
    room, ends = _at("agent-room"), numbers_of("daily").shares["agent-ends"]
    day = round(_at("first-day"))
    for n, name in enumerate(wanted):
        last = n == len(wanted) - 1
        until = way.days if last else day + _weeks(draws, "agent")
        if until - day < room or until > way.days:
            until = way.days
        if until - day < room:
            break
        reason = "unknown" if until == way.days else draws.one_of(ends)
        found.append(_agent(draws, name, day, until, reason, body))
        day = until + round(_at("between"))
    return found


def _agent(draws: Draws, name: str, day: int, until: int, reason: str, body: Body) -> Prescription:
    low, high, step = (_at(f"{name}-{part}") for part in ("low", "high", "step"))
    dose = draws.between(low, high)
    if name == "azathioprine":
        dose = max(_at("azathioprine-least"), step * round(dose * body.weight(day) / step))
    else:
        dose = step * round(dose / step)
    return Prescription(_REGIMENS[name], day, reason, until=until, steps=((day, dose),))
