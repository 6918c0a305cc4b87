"""What is measured at a visit: core set measures, enzymes, immunoglobulins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stepline.synth.courses import Row
from stepline.synth.draws import Draws
from stepline.synth.parameters import numbers_of

_MORNING = 8 * 60
_E = 2.718281828
ENZYMES = ("ck", "aldolase", "ldh", "ast", "alt")


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
    at, limits = numbers_of("measures").numbers, numbers_of("measures").choices
    return Habitus(
        skin=draws.between(at["skin-least"], at["skin-most"]),
        weakness=_factor(draws, "weakness"),
        disability=_factor(draws, "disability"),
        complaint=_factor(draws, "complaint"),
        damage=draws.between(0.0, at["damage-most"]),
        steep={
            name: _E ** (at[f"{name}-steep-mean"] + at[f"{name}-steep-spread"] * draws.normal())
            for name in ENZYMES
        },
        limits={name: draws.pick(limits[f"{name}-limit"]) for name in ENZYMES},
    )


def _factor(draws: Draws, name: str) -> float:
    at = numbers_of("measures").numbers
    return draws.around(*(at[f"{name}-{part}"] for part in ("mean", "spread", "least", "most")))


def visit(draws: Draws, day: int, level: float, patient: Habitus) -> list[Row]:
    """The core set measures of one visit at this level of activity."""
    rows = [
        _scale(draws, day, "physician-global", level, 1.0),
        _scale(draws, day, "patient-global", level, patient.complaint),
        _scale(draws, day, "extramuscular-global", level, patient.skin),
        _strength(draws, day, level, patient),
        _disability(draws, day, level, patient),
    ]
    rows += [_enzyme(draws, day, name, level, patient) for name in ENZYMES]
    return rows


def _scale(draws: Draws, day: int, concept: str, level: float, factor: float) -> Row:
    at = numbers_of("measures").numbers
    value = at[concept] * level * factor + at[f"{concept}-error"] * draws.normal()
    return Row(day, _MORNING, concept, f"{min(10, max(0.0, value)):.1f}", "cm")


def _strength(draws: Draws, day: int, level: float, patient: Habitus) -> Row:
    at = numbers_of("measures").numbers
    lost = at["mmt8-lost"] * level * patient.weakness
    lost = lost + at["mmt8-lost-to-damage"] * patient.damage + at["mmt8-error"] * draws.normal()
    return Row(day, _MORNING, "mmt8-150", f"{min(150, max(0, round(150 - lost)))}", "{score}")


def _disability(draws: Draws, day: int, level: float, patient: Habitus) -> Row:
    at = numbers_of("measures").numbers
    value = at["haq"] * level * patient.disability + at["haq-of-damage"] * patient.damage
    value += at["haq-error"] * draws.normal()
    eighths = min(24, max(0, round(8 * value)))
    return Row(day, _MORNING, "haq", f"{eighths / 8:g}", "{score}")


def _enzyme(draws: Draws, day: int, name: str, level: float, patient: Habitus) -> Row:
    at = numbers_of("measures").numbers
    limit = patient.limits[name]
    times = at["enzyme-at-rest"] + patient.steep[name] * level * level
    value = limit * times * _E ** (at[f"{name}-error"] * draws.normal())
    written = f"{value:.1f}" if name == "aldolase" else f"{value:.0f}"
    return Row(day, _MORNING, name, written, "U/L", limit=str(limit))


def immunoglobulin(draws: Draws, day: int, own: float, given: float) -> Row:
    """IgG as measured: the patient's own and what was given, with an error."""
    at = numbers_of("measures").numbers
    value = (own + given) * (1 + at["igg-error"] * draws.normal())
    return Row(day, _MORNING, "igg", f"{max(value, at['igg-least']):.1f}", "g/L")


def left_of(infused: Sequence[int], day: int) -> float:
    """IgG in g/L that is left on a day of the infusions on the days before."""
    at = numbers_of("measures").numbers
    each, half, gone = (at[f"igg-{name}"] for name in ("of-an-infusion", "half-life", "gone"))
    return float(sum(each * 0.5 ** ((day - n) / half) for n in infused if 0 < day - n < gone))
