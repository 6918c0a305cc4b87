"""What is measured at a visit: core set measures, enzymes, immunoglobulins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stepline.synth.courses import Row
from stepline.synth.draws import Draws

_MORNING = 8 * 60
ENZYMES = ("ck", "aldolase", "ldh", "ast", "alt")
_LIMITS = {
    "ck": (150, 200, 207, 250),
    "aldolase": (7, 8),
    "ldh": (205, 215, 250),
    "ast": (35, 40),
    "alt": (35, 45, 48),
}
"""Upper limits of normal in U/L that laboratories print (`library/concepts/enzymes.yaml`)."""
_STEEP = {
    "ck": (1.7, 1.0),
    "aldolase": (0.9, 0.4),
    "ldh": (0.7, 0.3),
    "ast": (0.8, 0.5),
    "alt": (0.7, 0.5),
}
"""How steeply an enzyme follows activity: mean and spread of the natural logarithm."""
_ERROR = {"ck": 0.18, "aldolase": 0.12, "ldh": 0.08, "ast": 0.12, "alt": 0.14}


@dataclass(frozen=True, slots=True)
class Habitus:
    """How activity shows in one patient, and the limits of the patient's laboratory."""

    skin: float
    weakness: float
    disability: float
    complaint: float
    damage: float
    steep: Mapping[str, float]
    limits: Mapping[str, int]


def habitus(draws: Draws) -> Habitus:
    """How one patient shows the disease."""
    return Habitus(
        skin=draws.between(0.3, 1.15),
        weakness=draws.around(0.9, 0.35, 0.2, 1.6),
        disability=draws.around(0.8, 0.3, 0.1, 1.3),
        complaint=draws.around(1.0, 0.2, 0.5, 1.4),
        damage=draws.between(0.0, 0.08),
        steep={
            name: 2.718281828 ** (mean + spread * draws.normal())
            for name, (mean, spread) in _STEEP.items()
        },
        limits={name: draws.pick(_LIMITS[name]) for name in ENZYMES},
    )


def visit(draws: Draws, day: int, level: float, patient: Habitus) -> list[Row]:
    """The core set measures of one visit at this level of activity."""
    rows = [
        _scale(day, "physician-global", 9.2 * level + 0.35 * draws.normal(), 10, "cm"),
        _scale(
            day, "patient-global", 9.0 * level * patient.complaint + 0.8 * draws.normal(), 10, "cm"
        ),
        _scale(
            day, "extramuscular-global", 8.5 * level * patient.skin + 0.4 * draws.normal(), 10, "cm"
        ),
        _strength(draws, day, level, patient),
        _disability(draws, day, level, patient),
    ]
    rows += [_enzyme(draws, day, name, level, patient) for name in ENZYMES]
    return rows


def _scale(day: int, concept: str, value: float, most: float, unit: str) -> Row:
    held = min(most, max(0.0, value))
    return Row(day, _MORNING, concept, f"{held:.1f}", unit)


def _strength(draws: Draws, day: int, level: float, patient: Habitus) -> Row:
    lost = 75 * level * patient.weakness + 150 * patient.damage + 2.0 * draws.normal()
    return Row(day, _MORNING, "mmt8-150", f"{min(150, max(0, round(150 - lost)))}", "{score}")


def _disability(draws: Draws, day: int, level: float, patient: Habitus) -> Row:
    value = 3 * level * patient.disability + 2 * patient.damage + 0.12 * draws.normal()
    eighths = min(24, max(0, round(8 * value)))
    return Row(day, _MORNING, "haq", f"{eighths / 8:g}", "{score}")


def _enzyme(draws: Draws, day: int, name: str, level: float, patient: Habitus) -> Row:
    limit = patient.limits[name]
    times = 0.45 + patient.steep[name] * level * level
    value = limit * times * 2.718281828 ** (_ERROR[name] * draws.normal())
    written = f"{value:.1f}" if name == "aldolase" else f"{value:.0f}"
    return Row(day, _MORNING, name, written, "U/L", limit=str(limit))


def immunoglobulin(draws: Draws, day: int, own: float, given: float) -> Row:
    """IgG as measured: the patient's own and what was given, with an error of 4 %."""
    value = (own + given) * (1 + 0.04 * draws.normal())
    return Row(day, _MORNING, "igg", f"{max(value, 0.5):.1f}", "g/L")
