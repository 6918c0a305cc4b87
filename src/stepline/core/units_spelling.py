"""How people write units, and the UCUM text that they mean.

`spelled_out` is pure text: it changes spellings, never meanings. Where a reading could be doubted
(`IU/L`, `K/uL`, `lb`) it leaves a note; where a text has two clinical readings it refuses.
"""

from __future__ import annotations

import re

from stepline.core.errors import QuantityRefused

_CHARACTERS = str.maketrans(
    {"µ": "u", "μ": "u", "²": "2", "³": "3", "·": ".", "⋅": ".", "×": "x", "−": "-", "*": "*"}
)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

_WHOLE = {
    "points": "{score}",
    "point": "{score}",
    "score": "{score}",
    "inr": "{INR}",
    "percent": "%",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/{1.73m2}": "mL/min/{1.73_m2}",
}
_ATOMS = {
    "mcg": "ug",
    "µg": "ug",
    "gm": "g",
    "gram": "g",
    "grams": "g",
    "Kg": "kg",
    "kgs": "kg",
    "kilogram": "kg",
    "milligram": "mg",
    "milligrams": "mg",
    "ml": "mL",
    "dl": "dL",
    "ul": "uL",
    "fl": "fL",
    "l": "L",
    "mcL": "uL",
    "mcl": "uL",
    "cc": "mL",
    "litre": "L",
    "liter": "L",
    "mmHg": "mm[Hg]",
    "°C": "Cel",
    "℃": "Cel",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "year": "a",
    "years": "a",
    "yr": "a",
    "yrs": "a",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "hrs": "h",
    "minute": "min",
    "minutes": "min",
    "mins": "min",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "[iU]": "[IU]",
    "m[iU]": "m[IU]",
    "u[iU]": "u[IU]",
    "k[iU]": "k[IU]",
    "copies": "{copies}",
    "cells": "{cells}",
}
_NOTED_WHOLE = {
    "IU/L": "U/L",
    "UI/L": "U/L",
    "IU/l": "U/L",
    "UI/l": "U/L",
    "u/l": "U/L",
    "U/l": "U/L",
    "u/L": "U/L",
    "iu/l": "U/L",
    "ui/l": "U/L",
    "K/uL": "10*3/uL",
    "K/mcL": "10*3/uL",
    "M/uL": "10*6/uL",
    "Thousand/uL": "10*3/uL",
    "thou/uL": "10*3/uL",
}
_NOTED_ATOMS = {
    "IU": "[IU]",
    "UI": "[IU]",
    "mIU": "m[IU]",
    "mUI": "m[IU]",
    "kIU": "k[IU]",
    "uIU": "u[IU]",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "in": "[in_i]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "°F": "[degF]",
}
_SILENT_WHOLE = frozenset({"U/l", "u/L", "u/l"})
_TWO_READINGS = {
    "G/L": ("grams or thousand millions per litre", "write g/L or 10*9/L"),
    "G/l": ("grams or thousand millions per litre", "write g/L or 10*9/L"),
    "Mg": ("milligrams or megagrams (UCUM)", "write mg"),
    "MG": ("milligrams or megagauss (UCUM)", "write mg"),
    "G": ("grams or gauss (UCUM)", "write g"),
    "ML": ("millilitres or megalitres (UCUM)", "write mL"),
    "KG": ("kilograms or kilogauss", "write kg"),
    "gr": ("grams or grains", "write g"),
    "M": ("a month, a metre, a minute or a mole per litre", "write mo, m, min or mol/L"),
    "m/d": ("metres or a number of times a day", "write mg/d, or /d"),
    "C": ("degrees Celsius or coulombs (UCUM)", "write Cel"),
    "F": ("degrees Fahrenheit or farads (UCUM)", "write [degF]"),
    "u": ("units or atomic mass (UCUM)", "write U"),
    "st": ("stones or cubic metres (UCUM)", "write kg"),
    "'": ("minutes, feet or minutes of arc (UCUM)", "write min or [ft_i]"),
    "''": ("seconds, inches or seconds of arc (UCUM)", "write s or [in_i]"),
}
_POWER_OF_TEN = re.compile(r"^(?:x ?)?10(?:\*|\^|\*\*|[eE])(\d{1,2})(?=$|[/.{])")
_TEN_E = re.compile(r"^x10([0-9]{1,2})(?=/)")
_RAISED = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_PER_DAYS = re.compile(r"/(\d{1,3}) ?(d|days?|wk|weeks?|h|hours?)(?![A-Za-z])")
_ATOM = re.compile(r"\{[^{}]*\}|[^/.(){}]+|[/.()]")


def spelled_out(text: str) -> tuple[str, tuple[str, ...]]:
    """The UCUM text meant by a written unit, and notes on readings that could be doubted.

    `mg/kg/day` becomes `mg/kg/d`, `g/28d` becomes `g/(28.d)`, `x10E9/L` becomes `10*9/L`;
    `IU/L` becomes `U/L` with a note. A text that UCUM reads differently from a ward (`Mg`, `G/L`)
    raises `QuantityRefused`. The result is not checked to be a unit.
    """
    written = text.strip()
    tidy = _tidied(written)
    if tidy.lower() in _WHOLE:
        return _WHOLE[tidy.lower()], ()
    if tidy in _NOTED_WHOLE:
        meant = _NOTED_WHOLE[tidy]
        return meant, () if tidy in _SILENT_WHOLE else (f"'{written}' read as {meant}",)
    _refuse_two_readings(written, tidy)
    parts = [part for part in _ATOM.findall(tidy) if part]
    meant = "".join(_NOTED_ATOMS.get(part, _ATOMS.get(part, part)) for part in parts)
    doubted = any(part in _NOTED_ATOMS for part in parts)
    return meant, (f"'{written}' read as {meant}",) if doubted else ()


def _tidied(text: str) -> str:
    raised = _RAISED.sub(lambda found: "10*" + found[1].translate(_SUPERSCRIPT), text)
    plain = raised.translate(_CHARACTERS)
    plain = re.sub(r"\s+(?:daily|a day)$", "/d", plain)
    plain = re.sub(r"\s+(?:weekly|a week)$", "/wk", plain)
    plain = re.sub(r"\s*\bper\b\s*", "/", plain)
    plain = re.sub(r"\s*([/.])\s*", r"\1", plain)
    plain = re.sub(r"^x\s+", "x", plain)
    plain = re.sub(r"(?<=1\.73) (?=m2)", "", plain)
    plain = _TEN_E.sub(r"10*\1", _POWER_OF_TEN.sub(r"10*\1", plain))
    return _PER_DAYS.sub(lambda found: f"/({found[1]}.{_ATOMS.get(found[2], found[2])})", plain)


def _refuse_two_readings(written: str, tidy: str) -> None:
    for candidate in (tidy, *_ATOM.findall(tidy)):
        if candidate in _TWO_READINGS:
            readings, mend = _TWO_READINGS[candidate]
            raise QuantityRefused.because(
                "unit-ambiguous",
                f"The unit '{candidate}' has two readings: {readings}.",
                found=written,
                mend=mend,
            )
