"""What was measured in patients under immunoglobulin, beside what the models give.

A part of `docs/reference/forecast-figures.md`. Trials print a mean over people, products and doses,
so that no figure can agree to its digits: the row shows where the models lie, and a remark says
what the comparison rests on. Figures of 70 kg, in g/L.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from stepline.forecast.individual import individual
from stepline.forecast.models import model
from stepline.forecast.modes import Modes, half_lives, modes
from stepline.forecast.steady import Repeated, steady_concentrations

WEIGHT = 70.0
MONTH = 365.25 / 12
OWN = 4.0
"""The endogenous IgG in g/L that most of the models fix."""
INTRAVENOUS: Mapping[str, dict[str, float]] = {
    "landersdorfer-2013": {},
    "tortorici-2019-pid": {"weight": WEIGHT},
    "luo-2020": {"weight": WEIGHT},
    "zhang-2020": {"weight": WEIGHT},
    "navarro-mora-2022": {"weight": WEIGHT},
    "li-2022": {"lean-body-mass": 54.68},
}
"""Adults in replacement, fitted with infusions into a vein; all but the first know body size."""
SUBCUTANEOUS = ("landersdorfer-2013", "luo-2020", "zhang-2020", "navarro-mora-2022", "li-2022")


@dataclass(frozen=True)
class Target:
    """One figure: what was measured, as printed, by whom, ours per model, and what it rests on."""

    what: str
    printed: str
    source: str
    ours: Callable[[str], float]
    says: str
    models: tuple[str, ...] = tuple(INTRAVENOUS)


def values(name: str) -> dict[str, float]:
    """The parameters of a typical person."""
    known = INTRAVENOUS.get(name, {"weight": WEIGHT})
    return individual(model(name), known)


def typical(name: str) -> Modes:
    """The modes of a typical person."""
    return modes(model(name).structure, values(name))


def vein(name: str, grams: float, days: float, *, since: float = 0.0) -> float:
    """Infused IgG in steady state, so many days after an infusion of three hours began."""
    dose = Repeated(grams, days, 3 / 24)
    return float(steady_concentrations(typical(name), dose, np.array([since]))[0])


def skin(name: str, grams: float, days: float) -> tuple[float, float]:
    """Lowest and highest IgG of the interval under the skin, in steady state."""
    dose = Repeated(grams * values(name)["f"], days, depot=True)
    found = steady_concentrations(typical(name), dose, np.linspace(0, days, 201))
    return float(found.min()), float(found.max())


def _slope(name: str) -> float:
    return vein(name, 0.1 * WEIGHT, MONTH)


def _slope_skin(name: str) -> float:
    return skin(name, 0.1 * WEIGHT * 7 / MONTH, 7)[0]


def _needed(name: str) -> float:
    return 100 / values(name)["f"]


def _lowest(days: float) -> Callable[[str], float]:
    """The lowest total IgG at an interval over that of the same weekly dose every week."""
    return lambda name: (
        (skin(name, 0.1 * WEIGHT * days / 7, days)[0] + OWN)
        / (skin(name, 0.1 * WEIGHT, 7)[0] + OWN)
    )


def _highest(days: float) -> Callable[[str], float]:
    return lambda name: (
        (skin(name, 0.1 * WEIGHT * days / 7, days)[1] + OWN)
        / (skin(name, 0.1 * WEIGHT, 7)[1] + OWN)
    )


def _area(name: str) -> float:
    """Mean infused IgG of 137 % under the skin over that of 100 % into a vein."""
    return 1.37 * values(name)["f"]


def _half_life(name: str) -> float:
    return float(half_lives(typical(name))[0, 0])


def _load(name: str) -> float:
    """Infused IgG two weeks after 0.4 g/kg on five days."""
    from stepline.forecast.doses import doses
    from stepline.forecast.linear import one_course
    from stepline.forecast.moves import moves

    given = doses(np.arange(5.0), 0.4 * WEIGHT, 6 / 24)
    return float(one_course(typical(name), moves(given, np.array([14.0])))[0])


DOSE = "0.4 g/kg, the middle of 0.2 to 0.8; with 4 g/L endogenous"
TARGETS = (
    Target("trough, every 4 weeks", "8.10 to 8.65", "panzyga-phase-3",
           lambda one: vein(one, 28, 28) + OWN, DOSE),
    Target("trough, every 3 weeks", "11.0 to 12.2", "panzyga-phase-3",
           lambda one: vein(one, 28, 21) + OWN, DOSE),
    Target("highest, every 4 weeks", "17.42 ± 3.34", "panzyga-phase-3",
           lambda one: vein(one, 28, 28, since=3 / 24) + OWN, DOSE),
    Target("highest, every 3 weeks", "21.82 ± 5.83", "panzyga-phase-3",
           lambda one: vein(one, 28, 21, since=3 / 24) + OWN, DOSE),
    Target("half-life, d", "36.1 (18.5 to 65.9)", "panzyga-phase-3", _half_life,
           "ours of infused IgG; a half-life of total IgG is longer"),
    Target("trough for each 100 mg/kg a month, into a vein", "1.21", "berger-2013", _slope,
           "every calendar month"),
    Target("trough for each 100 mg/kg, into a vein", "0.73", "lee-2020-trough", _slope,
           "a regression over 28 studies"),
    Target("trough for each 100 mg/kg a month, under the skin", "0.84", "berger-2013", _slope_skin,
           "every week", SUBCUTANEOUS),
    Target("dose under the skin for an equal area, %", "137 to 153", "–", _needed,
        "four products, not named in what was read; ours: 1 / absorbed", SUBCUTANEOUS),
    Target("area of 137 % under the skin over that into a vein", "0.89", "–", _area,
        "its trial, and which way the ratio goes, are not in what was read", SUBCUTANEOUS),
    Target("lowest every 2 weeks over every week", "0.92 to 1.08", "sidhu-2014", _lowest(14),
           "100 mg/kg a week under the skin; total IgG", SUBCUTANEOUS),
    Target("lowest every 4 weeks over every week", "0.86 to 0.95", "sidhu-2014", _lowest(28),
           "as above; printed for 3 to 4 weeks", SUBCUTANEOUS),
    Target("highest every 4 weeks over every week", "1.07 to 1.26", "sidhu-2014", _highest(28),
           "as above; printed for 3 to 4 weeks", SUBCUTANEOUS),
    Target("rise two weeks after 2 g/kg", "7.8 ± 5.6", "kuitwaard-2009", _load,
           "measured in Guillain-Barré syndrome; the model is of CIDP", ("tortorici-2021-cidp",)),
)  # fmt: skip

NOT_COMPARED = (
    "- Troughs of Gammagard and Gamunex (9.6 to 11.4 g/L): their doses are not in what was read.",
    "- A half-life of 6 d after transplantation of marrow: no model of the library is of that.",
    "- Half-lives of 8.9 d (infused) and 55 d (total) of one trial: a half-life must say of what.",
    "- Infections for each g/L of trough: no model of the library predicts infections.",
)


def table() -> str:
    """The part of the page, with a trailing line end."""
    lines = [
        "## Immunoglobulin G: measured in patients, and where the models lie",
        "",
        "| figure | printed | source | ours, lowest to highest | models | rests on |",
        "| --- | ---: | --- | ---: | ---: | --- |",
    ]
    for one in TARGETS:
        found = sorted(one.ours(name) for name in one.models)
        ends = f"{found[0]:.2f}" if len(found) == 1 else f"{found[0]:.2f} to {found[-1]:.2f}"
        count = len(found)
        lines.append(
            f"| {one.what} | {one.printed} | {one.source} | {ends} | {count} | {one.says} |"
        )
    return "\n".join([*lines, "", "Not compared:", "", *NOT_COMPARED]) + "\n"
