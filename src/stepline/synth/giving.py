"""From prescriptions to doses: the regimens of the library, dated, weighed and rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.rounding import Policy, round_to_vials
from stepline.protocol.loading import packaged
from stepline.protocol.model import Basis, Regimen
from stepline.synth.body import Body
from stepline.synth.courses import NO_DAY, Prescription, Row, Truth
from stepline.synth.draws import Draws
from stepline.synth.parameters import numbers_of

_MORNING = 9 * 60
_MONTH = 365.25 / 12
"""Days of a month of the mean year."""
_PRODUCTS = {"ivig": "privigen", "rituximab": "rituximab-iv"}


@dataclass(frozen=True, slots=True)
class Scheme:
    """A regimen as whole numbers: milligrams (or per kilogram, per m²) of one day of giving.

    `doses` is how many a course has; 0 where it goes on. `apart` is in days.
    """

    regimen: str
    drug: str
    intent: str
    phase: str
    route: str
    amount: float
    per: str
    days: int
    every: int
    months: int
    offsets: tuple[int, ...]
    doses: int
    most: float
    interval: str

    @property
    def apart(self) -> float:
        """Days from one dose to the next; a month has its mean length."""
        if len(self.offsets) > 1:
            return self.offsets[1] - self.offsets[0]
        return self.months * _MONTH or self.every


@lru_cache(maxsize=1)
def schemes() -> Mapping[str, Scheme]:
    """Every packaged regimen with a stated dose, by id."""
    return {one.id: _scheme(one) for one in packaged().regimens if one.give.dose}


def _scheme(regimen: Regimen) -> Scheme:
    give, repeat = regimen.give, regimen.repeat
    assert give.dose is not None
    amount, per = _milligrams(give.dose)
    days = give.over_days if give.basis is Basis.COURSE_TOTAL else 1
    every = repeat.every if repeat else None
    return Scheme(
        regimen=regimen.id,
        drug=regimen.drug,
        intent=regimen.intent.value,
        phase=regimen.phase.value,
        route=regimen.route,
        amount=amount / days,
        per=per,
        days=days,
        every=every.days if every else 0,
        months=every.months if every else 0,
        offsets=repeat.offsets if repeat else (),
        doses=_doses(regimen),
        most=_milligrams(give.capped_at)[0] if give.capped_at else 0.0,
        interval=str(every) if every else "P1D",
    )


def _doses(regimen: Regimen) -> int:
    repeat = regimen.repeat
    return (len(repeat.offsets) or repeat.courses or 0) if repeat else 0


def _milligrams(dose: Quantity) -> tuple[float, str]:
    for unit, per in (
        ("mg", ""),
        ("mg/kg", "kg"),
        ("mg/m2", "m2"),
        ("mg/d", ""),
        ("mg/kg/d", "kg"),
    ):
        if _is_in(dose.unit, unit):
            return float(in_unit(dose, unit)), per
    raise AssertionError(dose.unit)


def _is_in(unit: str, wanted: str) -> bool:
    from stepline.core.quantity import comparable

    return comparable(unit, wanted)


@dataclass(slots=True)
class Care:
    """Who gives doses: the chances of what goes otherwise than prescribed."""

    draws: Draws
    body: Body
    first: date
    days: int
    chances: Mapping[str, float]
    writes_intent: bool
    per_kilogram: bool
    caps_weight: bool

    def weight(self, day: int) -> float:
        """The weight that a dose is worked out with."""
        weight = self.body.weight(day)
        return min(_at("weight-cap"), weight) if self.caps_weight else weight


def care_of(draws: Draws, body: Body, first: date, days: int, chances: Mapping[str, float]) -> Care:
    """The habits of the unit that treats one patient."""
    return Care(
        draws,
        body,
        first,
        days,
        chances,
        writes_intent=not draws.happens(chances["intent-missing"]),
        per_kilogram=draws.happens(chances["per-kilogram"]),
        caps_weight=draws.happens(chances["weight-cap"]),
    )


def given(prescription: Prescription, care: Care) -> tuple[list[Row], Truth | None]:
    """The rows of the doses that were given, and the course that they are."""
    rows = _daily(prescription, care) if prescription.steps else _infusions(prescription, care)
    if not rows:
        return [], None
    if prescription.reason not in ("unknown", "completed"):
        rows[-1] = rows[-1]._replace(reason=prescription.reason)
    return rows, _truth(prescription, rows)


def _truth(prescription: Prescription, rows: list[Row]) -> Truth:
    scheme = schemes()[prescription.regimen or prescription.like]
    last = max(row.end if row.is_spell else row.day for row in rows)
    phase = scheme.phase if prescription.regimen else ""
    return Truth(
        prescription.regimen,
        scheme.intent,
        phase,
        rows[0].day,
        last,
        prescription.reason,
        scheme.drug,
    )


# ---------------------------------------------------------------- infusions


def _infusions(prescription: Prescription, care: Care) -> list[Row]:
    scheme = schemes()[prescription.regimen or prescription.like]
    rows: list[Row] = []
    for day in _cycle_days(prescription, scheme, care):
        if day > care.days:
            break
        rows += _cycle(scheme, day, care)
    return [row for row in rows if row.day <= care.days]


def _cycle_days(prescription: Prescription, scheme: Scheme, care: Care) -> list[int]:
    planned = [_planned(prescription, scheme, n, care) for n in range(prescription.cycles)]
    found = []
    for n, day in enumerate(planned):
        is_end = n in (0, len(planned) - 1)
        missed = care.draws.happens(care.chances["cycle-missed"])
        late = care.draws.happens(care.chances["dose-late"])
        days = care.draws.whole(1, 3)
        if missed and not is_end:
            continue
        found.append(day + (days if late and n else 0))
    return found


def _planned(prescription: Prescription, scheme: Scheme, n: int, care: Care) -> int:
    if prescription.every:
        return prescription.start + n * prescription.every
    if scheme.offsets:
        return prescription.start + (scheme.offsets[n] if n < len(scheme.offsets) else 0)
    if scheme.months:
        return _months_after(care.first, prescription.start, n * scheme.months)
    return prescription.start + n * scheme.every


def _months_after(first: date, day: int, months: int) -> int:
    from stepline.core.time import Period

    start = datetime.fromordinal(first.toordinal() + day)
    return Period(months=months).after(start).toordinal() - first.toordinal() if months else day


def _cycle(scheme: Scheme, day: int, care: Care) -> list[Row]:
    amount = _amount(scheme, day, care)
    days = [day + n for n in range(scheme.days)]
    if scheme.days >= _at("day-off-from") and care.draws.happens(care.chances["day-off"]):
        days = [*days[:2], *(one + 1 for one in days[2:])]
    is_split = care.draws.happens(care.chances["dose-split"])
    if is_split and scheme.days == 1 and scheme.drug == "ivig":
        return [_dose(scheme, one, amount / 2, care) for one in (day, day + 1)]
    return [_dose(scheme, one, amount, care) for one in days]


def _amount(scheme: Scheme, day: int, care: Care) -> float:
    """Milligrams of one day, as they are given."""
    size = {"kg": care.weight(day), "m2": care.body.surface(day)}.get(scheme.per, 1.0)
    amount = scheme.amount * size
    if scheme.most:
        amount = min(amount, scheme.most)
    step = numbers_of("giving").numbers.get(f"{scheme.drug}-step")
    return in_steps(amount, step) if step else amount


def in_steps(amount: float, step: float) -> float:
    """Milligrams in whole steps, one at least."""
    whole = max(int(amount // step) - 1, 0) * step
    return whole + _nearest(max(round(amount - whole, 6), step), step)


@lru_cache(maxsize=65536)
def _nearest(amount: float, step: float) -> float:
    """The whole steps nearest to an amount of one step and more, by the rounding of the house."""
    dose, size = Quantity(Decimal(str(amount)), "mg"), Quantity(Decimal(str(step)), "mg")
    return float(round_to_vials([dose], [size], Policy.NEAREST).days[0].given.value)


def _at(name: str) -> float:
    return numbers_of("giving").numbers[name]


def _dose(scheme: Scheme, day: int, amount: float, care: Care) -> Row:
    value, unit = _written(scheme, day, amount, care)
    return Row(
        day,
        _MORNING,
        scheme.drug,
        value,
        unit,
        status="given",
        route=scheme.route,
        intent=scheme.intent if care.writes_intent else "",
        product=_PRODUCTS.get(scheme.drug, ""),
    )


def _written(scheme: Scheme, day: int, amount: float, care: Care) -> tuple[str, str]:
    if scheme.drug not in ("ivig", "scig"):
        return f"{amount:.0f}", "mg"
    if care.per_kilogram:
        return f"{amount / 1000 / care.body.weight(day):.2f}", "g/kg"
    return f"{amount / 1000:g}", "g"


# ---------------------------------------------------------------- daily drugs


def _daily(prescription: Prescription, care: Care) -> list[Row]:
    """One row a prescription: a new one where the dose changes or the supply ends."""
    scheme = schemes()[prescription.regimen]
    rows: list[Row] = []
    ends = [day for day, _ in prescription.steps[1:]] + [prescription.until]
    for (day, dose), end in zip(prescription.steps, ends, strict=True):
        rows += _supplies(scheme, day, end, dose, care)
    return rows


def _supplies(scheme: Scheme, day: int, end: int, dose: float, care: Care) -> list[Row]:
    rows = []
    while day < min(end, care.days):
        stop = min(day + round(_at("supply")), end, care.days)
        rows.append(_spell(scheme, day, stop, dose, care))
        day = stop
    return rows


def _spell(scheme: Scheme, day: int, end: int, dose: float, care: Care) -> Row:
    weekly = scheme.every == 7
    return Row(
        day,
        _MORNING,
        scheme.drug,
        f"{dose:g}",
        "mg" if weekly else "mg/d",
        status="given",
        route=scheme.route,
        intent=scheme.intent if care.writes_intent else "",
        end=end,
        interval=scheme.interval if weekly else "",
        is_spell=True,
    )


__all__ = ["NO_DAY", "Care", "Scheme", "care_of", "given", "in_steps", "schemes"]
