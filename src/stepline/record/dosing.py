"""What an author states as a dose: of one giving, of a day, of a course, of a taper, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stepline.core.errors import RecordRefused, Refused
from stepline.core.quantity import comparable
from stepline.record.amounts import Amount, check_plausible, check_unit, read_amount
from stepline.record.cell import Cell
from stepline.record.entry import Entry
from stepline.record.timing import Timing
from stepline.record.trouble import did_you_mean, one_of

SINGLE_UNITS = ("mg", "mg/kg", "mg/m2", "[IU]", "[IU]/kg", "ug")
RATE_UNITS = ("mg/d", "mg/kg/d", "mg/m2/d", "[IU]/d")
DOSE_UNITS = SINGLE_UNITS + RATE_UNITS
_STOPPED = frozenset({"stopped", "discontinued"})
_NOT_GIVEN = frozenset({"not given", "not-given", "never", "none", "absent"})
_FORMS = ("course_total", "dose", "daily", "up_to", "from", "to", "steps")


class Kind(StrEnum):
    """What a stated dose is the dose of."""

    SINGLE = "single"
    RATE = "rate"
    COURSE = "course"
    TAPER = "taper"
    UNKNOWN = "unknown"
    STOP = "stop"
    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class Dosing:
    """How much: `amount` is absent for an unknown dose; `floor` is where a taper ends."""

    kind: Kind
    amount: Amount | None = None
    floor: Amount | None = None
    up_to: bool = False


def read_dosing(entry: Entry, timing: Timing) -> Dosing:
    """The dose that an entry states, checked against what the drug can be given in."""
    dosing = _read(entry, timing)
    for amount in (dosing.amount, dosing.floor):
        if amount is not None:
            check_unit(amount, entry.concept, DOSE_UNITS)
            _check_metric(amount)
            _check_kind(amount, dosing.kind, entry)
            _check_plausible(amount, dosing.kind, entry)
    return dosing


def _check_metric(amount: Amount) -> None:
    """Pounds and ounces are masses too, and in a dose they are a mistake."""
    if "[lb" in amount.unit or "[oz" in amount.unit:
        raise RecordRefused.because(
            "unit-wrong",
            "A dose is not stated in pounds or ounces.",
            found=amount.unit,
            allowed=", ".join(DOSE_UNITS),
            mend="write the dose in mg or g, per kg where it is per body weight",
        )


def _read(entry: Entry, timing: Timing) -> Dosing:
    cell = entry.said
    if cell.is_mapping:
        return _read_form(cell)
    word = cell.text.lower()
    if word == "unknown":
        return Dosing(Kind.UNKNOWN)
    if word in _STOPPED:
        return Dosing(Kind.STOP)
    if word in _NOT_GIVEN:
        return Dosing(Kind.NOT_GIVEN)
    amount = read_amount(cell)
    if is_rate(amount):
        return Dosing(Kind.RATE, amount)
    if "over" in entry.fields:
        raise _ambiguous(entry)
    return Dosing(Kind.COURSE if timing.is_range else Kind.SINGLE, amount)


def _ambiguous(entry: Entry) -> Refused:
    """The reading that made 150 g over five days into 150 g a day (ismp-ivig-overdose)."""
    return RecordRefused.because(
        "dose-ambiguous",
        "A dose over several days can be the total of the course or the dose of each day.",
        place=entry.said.place,
        found=entry.said.text,
        allowed="{course_total: 2 g/kg} or {dose: 0.4 g/kg}",
        mend="say which",
    )


def _read_form(cell: Cell) -> Dosing:
    unknown = sorted(set(cell.fields) - set(_FORMS))
    if unknown:
        raise RecordRefused.because(
            "key-unknown",
            f"'{unknown[0]}' does not say how much.",
            place=cell.key_place(unknown[0]),
            found=unknown[0],
            allowed=one_of(_FORMS),
            mend=did_you_mean(unknown[0], _FORMS, "use one of them"),
        )
    if {"from", "to"} <= set(cell.fields):
        _check_steps(cell)
        return Dosing(Kind.TAPER, read_amount(cell.fields["from"]), read_amount(cell.fields["to"]))
    given = [form for form in ("course_total", "dose", "daily", "up_to") if form in cell.fields]
    if len(given) != 1:
        message = "A dose is stated once: as a course total, a dose, a daily dose or a taper."
        raise RecordRefused.because(
            "dose-unreadable", message, place=cell.place, allowed=one_of(_FORMS), mend="keep one"
        )
    return _read_one_form(given[0], cell.fields[given[0]])


def _check_steps(cell: Cell) -> None:
    """Steps that are known are doses of their own, and no part of an unknown taper."""
    steps = cell.fields.get("steps")
    if steps is not None and steps.text != "unknown":
        raise RecordRefused.because(
            "steps-known",
            "A taper written as one entry has unknown steps.",
            place=steps.place,
            found=steps.shown,
            allowed="unknown",
            mend="write each known step as an entry: {prednisone: 60 mg/d, from: M0, until: M1}",
        )


def _read_one_form(form: str, cell: Cell) -> Dosing:
    if cell.text == "unknown":
        return Dosing(Kind.UNKNOWN)
    amount = read_amount(cell)
    if form == "course_total":
        return Dosing(Kind.COURSE, amount)
    kind = Kind.RATE if form == "daily" or is_rate(amount) else Kind.SINGLE
    if form == "up_to" and amount.exact is not None:
        bound = Amount(amount.unit, high=amount.exact, notes=amount.notes)
        return Dosing(kind, bound, up_to=True)
    return Dosing(kind, amount)


def is_rate(amount: Amount) -> bool:
    """Whether the unit is per time."""
    return any(comparable(amount.unit, unit) for unit in RATE_UNITS)


def _check_kind(amount: Amount, kind: Kind, entry: Entry) -> None:
    must_be_rate = kind in (Kind.RATE, Kind.TAPER)
    if kind is Kind.TAPER and not is_rate(amount):
        return
    if is_rate(amount) == must_be_rate:
        return
    message = (
        "A daily dose is stated per day."
        if must_be_rate
        else "The total of a course, or one dose, is not stated per day."
    )
    allowed = ", ".join(RATE_UNITS if must_be_rate else SINGLE_UNITS)
    raise RecordRefused.because(
        "unit-wrong", message, place=entry.said.place, found=amount.unit, allowed=allowed,
        mend="say what the dose is the dose of",
    )  # fmt: skip


def _check_plausible(amount: Amount, kind: Kind, entry: Entry) -> None:
    bounded = {one.of for one in entry.concept.doses}
    wanted = {
        Kind.SINGLE: "dose",
        # Where only single doses are bounded, a whole course is held to the same bound.
        Kind.COURSE: "course" if "course" in bounded else "dose",
        Kind.RATE: "weekly" if amount.unit.endswith("/wk") else "daily",
        Kind.TAPER: "daily" if is_rate(amount) else "dose",
    }.get(kind, "")
    ranges = [one for one in entry.concept.doses if one.of == wanted]
    check_plausible(amount, entry.concept, ranges)
