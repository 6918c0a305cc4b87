"""How made-up patients compare with published figures: the same figures, measured on them.

Response is the 2016 total improvement score of the values as recorded without noise. Import this
module lazily.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import fmean

from stepline.scores.tis import total_improvement
from stepline.scores.values import EnzymeReading, Pair
from stepline.synth.courses import Row
from stepline.synth.measures import ENZYMES
from stepline.synth.patient import Patient

_SCALES = {
    "physician": "physician-global",
    "patient": "patient-global",
    "extramuscular": "extramuscular-global",
    "haq": "haq",
    "mmt": "mmt8-150",
}
_NEAR = 28
"""Days by which a visit may lie from the day that is asked for."""

Values = Mapping[str, Row]


def measured(patients: Iterable[Patient]) -> dict[str, float]:
    """Every figure that is compared, in percent, points, years or g/L as its name says."""
    seen = [(one, _visits(one)) for one in patients]
    return {**_response(seen), **_courses([one for one, _ in seen]), **_immunity(seen)}


def _visits(patient: Patient) -> dict[int, Values]:
    found: dict[int, dict[str, Row]] = {}
    for row in patient.rows:
        if row.value is not None:
            found.setdefault(row.day, {})[row.concept] = row
    return {day: rows for day, rows in found.items() if "mmt8-150" in rows}


def _at(visits: Mapping[int, Values], day: int) -> Values | None:
    """The visit nearest to a day, the earlier of two; `None` where none is near."""
    near = min(visits, key=lambda one: (abs(one - day), one))
    return visits[near] if abs(near - day) <= _NEAR else None


def _first(patient: Patient, is_it: Callable[[str], bool]) -> int | None:
    return next((one.start for one in patient.truths if is_it(one.regimen)), None)


Seen = Sequence[tuple[Patient, Mapping[int, Values]]]


def _scores(seen: Seen, is_it: Callable[[str], bool], weeks: int) -> list[float]:
    """The score so many weeks after the first course of a kind, in all who were seen then."""
    found = []
    for patient, visits in seen:
        start = _first(patient, is_it)
        if start is None or start + 7 * weeks > patient.days:
            continue
        before, after = visits.get(start - 1), _at(visits, start + 7 * weeks)
        if before and after:
            found.append(_tis(before, after))
    return found


def _tis(before: Values, after: Values) -> float:
    pairs = {name: _pair(before[of], after[of]) for name, of in _SCALES.items()}
    enzymes = {
        name: EnzymeReading(*_both(before[name], after[name]), _number(before[name].limit))
        for name in ENZYMES
    }
    score = total_improvement(pairs, population="adult", mmt_max=Decimal(150), enzymes=enzymes)
    assert score.tis is not None
    return float(score.tis)


def _pair(before: Row, after: Row) -> Pair:
    return Pair(*_both(before, after))


def _both(before: Row, after: Row) -> tuple[Decimal, Decimal]:
    return _number(before.value), _number(after.value)


def _number(text: str | None) -> Decimal:
    assert text is not None
    return Decimal(text)


def _percent(true: int, of: int) -> float:
    return 100 * true / of if of else 0.0


def _response(seen: Seen) -> dict[str, float]:
    early = _scores(seen, _is_high_dose, 16)
    found = {
        f"ivig-16-weeks-tis-{low}": _percent(sum(tis >= low for tis in early), len(early))
        for low in (20, 40, 60)
    }
    found["ivig-16-weeks-mean"] = fmean(early)
    found["ivig-28-weeks-mean"] = fmean(_scores(seen, _is_high_dose, 28))
    found["rituximab-26-weeks-mean"] = fmean(_scores(seen, _is_rituximab, 26))
    late = _scores(seen, _is_rituximab, 44)
    found["rituximab-44-weeks-tis-20"] = _percent(sum(tis >= 20 for tis in late), len(late))
    return found


def _is_high_dose(regimen: str) -> bool:
    return regimen.startswith("ivig-2g")


def _is_rituximab(regimen: str) -> bool:
    return regimen.startswith("rituximab")


def _courses(patients: Sequence[Patient]) -> dict[str, float]:
    relapsed = sum(bool(one.relapses) for one in patients)
    found = {"relapsed-ever": _percent(relapsed, len(patients))}
    for drug in ("prednisone", "methotrexate", "azathioprine"):
        had = sum(any(truth.drug == drug for truth in one.truths) for one in patients)
        found[f"ever-{drug}"] = _percent(had, len(patients))
    return found


def _immunity(seen: Seen) -> dict[str, float]:
    """The lowest IgG as measured from four months after the first rituximab, by band."""
    lowest = [value for patient, _ in seen if (value := _nadir(patient)) is not None]
    bands = {"5-to-7": (5, 7), "3-to-5": (3, 5), "below-3": (0, 3)}
    return {
        f"igg-nadir-{name}": _percent(sum(low <= one < high for one in lowest), len(lowest))
        for name, (low, high) in bands.items()
    }


def _nadir(patient: Patient) -> float | None:
    start = _first(patient, _is_rituximab)
    if start is None:
        return None
    late = [
        float(row.value)
        for row in patient.rows
        if row.concept == "igg" and row.value and row.day > start + 120
    ]
    return min(late, default=None)
