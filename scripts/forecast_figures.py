"""Prints `docs/reference/forecast-figures.md`: what our models give beside what others printed.

    .venv/bin/python -m scripts.forecast_figures [--check]

A figure agrees when it is the printed one to the printed digits. A figure that does not is listed
in `MISSES` with its reason; a test fails when one joins the list, or leaves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np

from scripts.forecast_targets import table
from stepline.forecast.doses import Doses, doses
from stepline.forecast.individual import individual
from stepline.forecast.linear import one_course
from stepline.forecast.models import model
from stepline.forecast.modes import Modes, half_lives, modes
from stepline.forecast.moves import moves
from stepline.forecast.steady import Repeated, steady_concentrations

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "forecast-figures.md"
HOUR = 1 / 24
DERIVED, PUBLISHED = "derived", "published"


@dataclass(frozen=True)
class Row:
    """One figure: whose, of what, as printed, and how it is computed here."""

    model: str
    what: str
    printed: str
    ours: Callable[[], float]
    kind: str = DERIVED

    @property
    def key(self) -> str:
        return f"{self.model}: {self.what}"

    @property
    def agrees(self) -> bool:
        """Whether ours is the printed figure to its digits."""
        step = Decimal(1).scaleb(int(Decimal(self.printed).as_tuple().exponent))
        return abs(self.ours() - float(self.printed)) <= float(step) * 0.5 * (1 + 1e-6)

    @property
    def shown(self) -> str:
        """Ours with one digit more than printed."""
        digits = max(-int(Decimal(self.printed).as_tuple().exponent) + 1, 0)
        return f"{self.ours():.{digits}f}"


def of(model_id: str, **covariates: float) -> Modes:
    """The modes of a typical person."""
    one = model(model_id)
    named = {key.replace("_", "-"): value for key, value in covariates.items()}
    return modes(one.structure, individual(one, named))


def steady(one: Modes, grams: float, days: float, hours: float, *, at_peak: bool = False) -> float:
    """Peak or trough of exogenous drug at steady state."""
    dose = Repeated(grams, days, hours * HOUR)
    since = np.array([dose.duration if at_peak else 0.0])
    return float(steady_concentrations(one, dose, since)[0])


def at(one: Modes, given: Doses, day: float) -> float:
    """What is there on a day."""
    return float(one_course(one, moves(given, np.array([day])))[0])


IGG: Mapping[str, tuple[dict[str, float], tuple[str, str, str, str]]] = {
    "landersdorfer-2013": ({}, ("11.89", "4.84", "6.94", "46.4")),
    "tortorici-2019-pid": ({"weight": 70}, ("13.34", "4.17", "6.26", "22.9")),
    "luo-2020": ({"weight": 70}, ("10.52", "4.18", "6.02", "37.8")),
    "zhang-2020": ({"weight": 70}, ("11.64", "4.79", "6.85", "47.8")),
    "navarro-mora-2022": ({"weight": 70}, ("12.58", "3.94", "5.87", "24.5")),
    "li-2022": ({"lean_body_mass": 54.68}, ("10.48", "2.58", "4.01", "18.4")),
    "dumas-2019": ({"weight": 70}, ("14.69", "7.74", "11.27", "30.2")),
    "cheng-2026": (
        {"weight": 70, "antibody_deficiency": 0, "igm": 0.21},
        ("9.58", "1.97", "2.89", "28.0"),
    ),
    "cheng-2026 with antibody deficiency": (
        {"weight": 70, "antibody_deficiency": 1, "igm": 0.21},
        ("12.17", "4.54", "6.39", "48.8"),
    ),
    "tortorici-2021-cidp": ({"weight": 70}, ("7.50", "0.85", "1.49", "11.1")),
    "li-2024a-mmn": ({"lean_body_mass": 54.68}, ("5.69", "1.13", "1.94", "12.0")),
}
"""0.4 g/kg at 70 kg over 3 h: peak and trough every 28 days, trough every 21, half-life; g/L, d."""


def igg() -> list[Row]:
    """Steady states of immunoglobulin G and terminal half-lives."""
    rows = []
    for name, (covariates, printed) in IGG.items():
        one = of(name.partition(" ")[0], **covariates)
        rows += [
            Row(
                name,
                "peak, 28 g every 28 d",
                printed[0],
                partial(steady, one, 28, 28, 3, at_peak=True),
            ),
            Row(name, "trough, 28 g every 28 d", printed[1], partial(steady, one, 28, 28, 3)),
            Row(name, "trough, 28 g every 21 d", printed[2], partial(steady, one, 28, 21, 3)),
            Row(name, "terminal half-life", printed[3], partial(_half_life, one)),
        ]
    return rows


def _half_life(one: Modes) -> float:
    return float(half_lives(one)[0, 0])


def cidp() -> list[Row]:
    """Immunomodulation at 82 kg: 2 g/kg over five days or two, then 1 g/kg."""
    name = "tortorici-2021-cidp"
    one = of(name, weight=82)
    load = doses(np.arange(5.0), [0.4 * 82] * 5, 6 * HOUR)
    rows = [
        Row(name, "end of 0.4 g/kg × 5 d", "25.4", partial(at, one, load, 4 + 6 * HOUR)),
        Row(name, "day 14 after the load", "10.3", partial(at, one, load, 14)),
        Row(name, "day 21 after the load", "6.64", partial(at, one, load, 21)),
        Row(name, "peak, 1 g/kg every 21 d", "21.0", partial(steady, one, 82, 21, 6, at_peak=True)),
        Row(name, "trough, 1 g/kg every 21 d", "4.04", partial(steady, one, 82, 21, 6)),
    ]
    two = [partial(_two_days, one, 82.0, 28.0, since) for since in (1 + 6 * HOUR, 0.0)]
    rows += [
        Row(name, "peak, 2 g/kg over 2 d every 28 d", "35.7", two[0]),
        Row(name, "trough, 2 g/kg over 2 d every 28 d", "4.80", two[1]),
    ]
    for days, trough in ((21, "4.03"), (28, "2.31"), (35, "1.40"), (42, "0.87"), (56, "0.35")):
        what = f"trough, 1 g/kg every {days} d, interval changed"
        rows.append(Row(name, what, trough, partial(steady, one, 82, days, 3)))
    for days, peak in ((21, "21.3"), (56, "17.6")):
        what = f"peak, 1 g/kg every {days} d, interval changed"
        rows.append(Row(name, what, peak, partial(steady, one, 82, days, 3, at_peak=True)))
    return rows


def _two_days(one: Modes, grams: float, days: float, since: float) -> float:
    """Two infusions of 6 h on following days at steady state: superposed, days since the first."""
    dose = Repeated(grams, days, 6 * HOUR)
    parts = np.array([since, (since - 1) % days])
    return float(steady_concentrations(one, dose, parts).sum())


def rituximab() -> list[Row]:
    """1 g twice, two weeks apart, and 675 mg four times a week apart; 4.25 h infusions."""
    rows = []
    lioger = {"body_surface": 1.8, "male": 0, "igg": 10, "cd19_count": 100, "course": 1}
    sets = {
        "rituximab-calibrated": ({}, ("396.2", "80.3", "477.5", "8021.9"), PUBLISHED),
        "lioger-2017": (lioger, ("233", "44", "277", "4435"), DERIVED),
        "candelaria-2018": ({"body_surface": 1.8}, ("292", "57", "349", "6667"), DERIVED),
        "chen-2021": ({"body_surface": 1.8}, ("265", "37", "301", "4004"), DERIVED),
    }
    for name, (covariates, printed, kind) in sets.items():
        one = of(name, **covariates)
        # Yoo 2017 prints 3.8 h to the maximum; the derived figures are of infusions of 4.25 h.
        long = (3.8 if kind is PUBLISHED else 4.25) * HOUR
        twice = doses([0, 14], [1000, 1000], long)
        whats = ("Cmax after 1 g", "before the second 1 g", "Cmax after the second")
        for what, figure, day in zip(whats, printed, (long, 14, 14 + long), strict=False):
            rows.append(Row(name, what, figure, partial(at, one, twice, day), kind))
        rows.append(Row(name, "AUC of 1 g twice", printed[3], partial(_area, one, 2000), kind))
    raised = of("lioger-2017", **{**lioger, "igg": 20})
    rows.append(Row("lioger-2017", "AUC at IgG 20 g/L", "3136", partial(_area, raised, 2000)))
    weekly = doses([0, 7, 14, 21], [675] * 4, 4.25 * HOUR)
    for name, first, fourth, area in (
        ("lioger-2017", "157", "248", "5987"),
        ("candelaria-2018", "197", "328", "9000"),
    ):
        one = of(name, **sets[name][0])
        last = 21 + 4.25 * HOUR
        rows += [
            Row(name, "Cmax after 675 mg", first, partial(at, one, weekly, 4.25 * HOUR)),
            Row(name, "Cmax after the fourth", fourth, partial(at, one, weekly, last)),
            Row(name, "AUC of 675 mg four times", area, partial(_area, one, 2700)),
        ]
    for name, printed_half in (("lioger-2017", "18.5"), ("candelaria-2018", "21.2")):
        ours = partial(_half_life, of(name, **sets[name][0]))
        rows.append(Row(name, "terminal half-life", printed_half, ours, PUBLISHED))
    return rows


def _area(one: Modes, milligrams: float) -> float:
    """Area under the curve to infinity: each mode of a share leaves share over rate."""
    return float(milligrams * (one.shares[0] / one.rates[0]).sum() / one.volume[0])


MISSES: Mapping[str, str] = {
    "tortorici-2021-cidp: day 21 after the load": "0.1 %; the hour of the day was not stated",
    "tortorici-2021-cidp: trough, 2 g/kg over 2 d every 28 d": "0.1 %; as above",
    "rituximab-calibrated: Cmax after 1 g": "a mean of 45 patients, fitted as a whole",
    "rituximab-calibrated: before the second 1 g": "as above",
    "rituximab-calibrated: Cmax after the second": "as above; a geometric mean",
    "rituximab-calibrated: AUC of 1 g twice": "printed to the last sample, ours to infinity",
    "lioger-2017: terminal half-life": "at the reference covariates; theirs is of their patients",
    "candelaria-2018: terminal half-life": "as above",
}
"""Figures that are not the printed ones to the printed digits, with the reason we know of."""


def rows() -> list[Row]:
    """Every figure, in the order of the page."""
    return [*igg(), *cidp(), *rituximab()]


def page() -> str:
    """The page as text."""
    parts = [HEAD]
    for title, some in (
        ("Immunoglobulin G: 0.4 g/kg at 70 kg over 3 h, steady state, without endogenous", igg()),
        ("Immunoglobulin G in CIDP at 82 kg: loads over 6 h, and the interval changed", cidp()),
        ("Rituximab: concentrations in mg/L, areas in mg·d/L", rituximab()),
    ):
        parts.append(f"## {title}\n\n| model | figure | printed | ours | apart | printed where |")
        parts.append("| --- | --- | ---: | ---: | ---: | --- |")
        parts += [_line(one) for one in some]
        parts.append("")
    agree = sum(one.agrees for one in rows())
    parts.append(
        f"{agree} of {len(rows())} figures are the printed ones to their digits. The others:\n"
    )
    parts += [f"- {key}: {reason}." for key, reason in MISSES.items()]
    return "\n".join([*parts, "", table()])


def _line(one: Row) -> str:
    apart = 100 * (one.ours() / float(one.printed) - 1)
    said = "=" if one.agrees else f"{apart:+.2f} %"
    where = "in a paper" if one.kind == PUBLISHED else "calculated elsewhere"
    return f"| {one.model} | {one.what} | {one.printed} | {one.shown} | {said} | {where} |"


HEAD = """# Forecast figures: ours beside those of others

Made by `python -m scripts.forecast_figures` from the models of the library; a test fails while
stale.
Most figures to compare with were calculated elsewhere from the same published parameters, so that
they prove the arithmetic and not the model. Those printed in a paper were measured; the calibrated
set of rituximab was fitted to its four, which therefore say nothing for it. Typical values of a
population; not for the care of a patient.
"""


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
