"""How what a review foresees is put into words, the same in a terminal, on a page and on paper."""

from __future__ import annotations

from stepline.forecast.result import figure
from stepline.review.foreseeing_igg import BASIS
from stepline.review.foreseen import Compared, Foreseen, Foresight
from stepline.views.words import evidence_line

COMPARED = ("when", "measured", "forecast", "90 % of measurements", "in it", "forecast from")
"""The heads of the table of measured values against what was forecast before them."""

MISSING = ("what", "why it is not known", "what would settle it")


def model_line(one: Foreseen) -> str:
    """The model with its version, its label, how its figures are known, and why it was chosen."""
    statuses = ", ".join(one.statuses)
    said = f"Model {one.model} {one.version}, {one.label}; evidence {statuses}. {one.says}".strip()
    chosen = f" Chosen for {one.because}." if one.because else ""
    shows = f" Shows {BASIS[one.basis]}." if one.basis in BASIS else ""
    return f"{said}{chosen}{shows}"


def compared_rows(one: Foreseen) -> list[list[str]]:
    """A row a measured value."""
    return [_row(each, one.unit) for each in one.compared]


def _row(one: Compared, unit: str) -> list[str]:
    band = "no band"
    if one.low is not None and one.high is not None:
        true = "" if one.with_error else ", without error of measuring"
        band = f"{figure(one.low)} to {figure(one.high)}{true}"
    return [
        one.time_said,
        f"{measured_said(one)} {unit}",
        f"{figure(one.expected)} {unit}",
        band,
        {True: "yes", False: "no", None: "cannot be told"}[one.is_within],
        _basis(one.earlier),
    ]


def measured_said(one: Compared) -> str:
    """The number as it was measured; `below 0.5` where only a limit is known."""
    return f"{one.measured:f}" if one.measured is not None else f"below {one.below:f}"


def _basis(earlier: int) -> str:
    if earlier == 0:
        return "doses alone"
    return "doses and the value before" if earlier == 1 else f"doses and {earlier} values before"


def compared_line(one: Compared, unit: str) -> str:
    """One measured value in a line."""
    when, measured, forecast, band, within, basis = _row(one, unit)
    where = {"yes": "in it", "no": "NOT in it"}.get(within, "")
    said = f"{when}: measured {measured}, forecast {forecast}"
    if where:
        said = f"{said} ({band}), {where}"
    return f"{said}; from {basis}."


def missing_rows(one: Foreseen) -> list[list[str]]:
    """What is missing, why, and what would settle it."""
    return [[m.what, m.says, ", ".join(m.settle)] for m in one.missing]


def refused_lines(foresight: Foresight) -> list[str]:
    """What is not forecast, and why."""
    return [f"{one.what[:1].upper()}{one.what[1:]}. {one.says}" for one in foresight.refused]


def foreseen_lines(foresight: Foresight) -> list[str]:
    """Everything that is foreseen in lines for a terminal."""
    lines = []
    for one in foresight.drugs:
        said = " ".join(one.sentences) or "It cannot be said."
        lines.append(f"{one.title}: {said} {model_line(one)}")
        lines += [compared_line(each, one.unit) for each in one.compared]
        lines += [f"NOT KNOWN {m.says} To settle it: {', '.join(m.settle)}." for m in one.missing]
        lines += [f"Note: {note}" for note in one.notes]
    return [*lines, *refused_lines(foresight), foresight.creed]


def source_lines(one: Foreseen) -> list[str]:
    """Each source of a model once."""
    return list(dict.fromkeys(evidence_line(evidence) for evidence in one.evidence))
