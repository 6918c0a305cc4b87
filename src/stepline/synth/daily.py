"""Daily and weekly drugs beside the walk: glucocorticoid up and down, immunosuppressants."""

from __future__ import annotations

from stepline.synth.body import Body
from stepline.synth.courses import Prescription
from stepline.synth.draws import Draws
from stepline.synth.treatment import Walk

_FLOOR = 5.0
_AGENTS = {
    "methotrexate": ("methotrexate-weekly", 10.0, 25.0, 2.5),
    "mycophenolate": ("mycophenolate-daily", 2000.0, 3000.0, 500.0),
}


def glucocorticoid(draws: Draws, way: Walk, body: Body) -> list[Prescription]:
    """High doses until IVIG begins or six weeks have passed, then a taper; again on relapse."""
    begins = [0, *(one.day for one in way.relapses if one.cause != "reduction")]
    found: list[Prescription] = []
    for n, day in enumerate(begins):
        if found and day < found[-1].until + 28:
            continue
        until = begins[n + 1] if n + 1 < len(begins) else way.days
        hold = _hold(draws, way) if n == 0 else 7 * draws.whole(6, 8)
        found += _up_and_down(draws, body, day, hold, until)
    return [one for one in found if one.start < way.days]


def _hold(draws: Draws, way: Walk) -> int:
    first = way.ivig_days[0] if way.ivig_days else 7 * draws.whole(6, 10)
    return min(first, 300)


def _up_and_down(draws: Draws, body: Body, day: int, hold: int, until: int) -> list[Prescription]:
    weight = body.weight(day)
    full = min(100.0, max(0.75 * weight, draws.between(0.8, 1.4) * weight))
    full = max(5 * round(full / 5), 30)
    turn = min(day + hold, until)
    high = Prescription(
        "prednisone-high-dose", day, "completed", until=turn, steps=((day, float(full)),)
    )
    if until - turn < 84:
        return [high]
    steps = _steps_down(draws, float(full), turn, until)
    end = min(until, steps[-1][0] + 7 * draws.whole(4, 26))
    taper = Prescription("prednisone-taper", turn, "completed", until=end, steps=tuple(steps))
    return [high, taper]


def _steps_down(draws: Draws, full: float, day: int, until: int) -> list[tuple[int, float]]:
    """Down to 5 mg a day in about half a year, in falls of 5 or 10 mg."""
    dose, steps = full, []
    weeks = draws.pick((2, 2, 3))
    fall = 10.0 if full > 60 else 5.0
    while dose > _FLOOR and day < until - 14:
        dose = max(_FLOOR, dose - (fall if dose > 30 else 5.0))
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
    day = 7
    for n, name in enumerate(wanted):
        last = n == len(wanted) - 1
        until = way.days if last else day + 7 * draws.whole(16, 60)
        if until - day < 56 or until > way.days:
            until = way.days
        if until - day < 56:
            break
        reason = "unknown" if until == way.days else draws.one_of(_REASONS)
        found.append(_agent(draws, name, day, until, reason, body))
        day = until + 7
    return found


_REASONS = {"inefficacy": 0.6, "intolerance": 0.4}


def _agent(draws: Draws, name: str, day: int, until: int, reason: str, body: Body) -> Prescription:
    if name == "azathioprine":
        dose = max(50.0, 25 * round(draws.between(1.8, 2.5) * body.weight(day) / 25))
        return Prescription("azathioprine-daily", day, reason, until=until, steps=((day, dose),))
    regimen, low, high, step = _AGENTS[name]
    dose = step * round(draws.between(low, high) / step)
    return Prescription(regimen, day, reason, until=until, steps=((day, dose),))
