"""Checks of a regimen whose parts were all read: do its numbers agree, and can they be meant?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from stepline.core.quantity import Quantity, comparable, order
from stepline.core.time import parse_period
from stepline.protocol.building import Bench
from stepline.protocol.model import Basis, Cap, Give, Regimen
from stepline.protocol.problems import Path
from stepline.vocabulary.model import PlausibleRange

_WEEK = parse_period("P7D")


def check_regimen(regimen: Regimen, path: Path, bench: Bench) -> None:
    """Report what in a regimen contradicts itself, exceeds its limits or cannot be meant."""
    _check_days(regimen, path, bench)
    _check_caps(regimen, path, bench)
    _check_repeat(regimen, path, bench)
    _check_taper(regimen, path, bench)
    _check_methotrexate(regimen, path, bench)
    _check_plausible(regimen, path, bench)


def _check_days(regimen: Regimen, path: Path, bench: Bench) -> None:
    """A dose "over 5 days" has been read as each day's and given five times (ISMP 2015)."""
    give = regimen.give
    if give.basis is not Basis.PER_DOSE or give.over_days == 1 or give.dose is None:
        return
    total = _times(give.dose, give.over_days)
    bench.problems.add(
        "dose-per-day-or-course",
        (*path, "give", "dose"),
        f"{give.dose} over {give.over_days} days can be read as each day's dose ({total} in all) "
        f"or as the course's.",
        found=f"dose: {give.dose}, over: {give.over_days} days",
        allowed=f"course_total: {give.dose} with over: {give.over_days} consecutive days",
        mend="Write course_total for the whole course; the dose of each day is worked out.",
    )


def _check_caps(regimen: Regimen, path: Path, bench: Bench) -> None:
    offsets = regimen.repeat.offsets if regimen.repeat else ()
    for cap in regimen.never_above:
        for basis, dose, says in _amounts(regimen.give, offsets):
            if basis is cap.basis and comparable(dose.unit, cap.dose.unit):
                _check_cap(cap, dose, says, path, bench)


def _check_cap(cap: Cap, dose: Quantity, says: str, path: Path, bench: Bench) -> None:
    if order(dose, cap.dose) > 0:
        bench.problems.add(
            "dose-above-cap",
            (*path, "give"),
            f"This gives {says}, more than the {cap.dose} that is never to be exceeded.",
            found=says,
            allowed=f"up to {cap.dose} ({cap.basis.value})",
            mend="Lower the dose or the days, or correct never_above.",
        )


def _amounts(give: Give, offsets: tuple[int, ...]) -> list[tuple[Basis, Quantity, str]]:
    """What one course gives, on each basis on which it can be told."""
    if give.dose is None:
        return []
    return [
        amount
        for dose in (give.dose, give.capped_at)
        if dose is not None
        for amount in _told(give, dose, offsets)
    ]


def _told(
    give: Give, dose: Quantity, offsets: tuple[int, ...]
) -> Iterator[tuple[Basis, Quantity, str]]:
    yield give.basis, dose, str(dose)
    if give.basis is Basis.PER_DOSE:
        days = len(offsets) or give.over_days
        total = _times(dose, days)
        yield Basis.COURSE_TOTAL, total, f"{dose} × {days} = {total}"


def _check_repeat(regimen: Regimen, path: Path, bench: Bench) -> None:
    repeat = regimen.repeat
    if repeat is None or repeat.every is None or not repeat.offsets:
        return
    if repeat.offsets[-1] >= repeat.every.longest_days:
        bench.problems.add(
            "repeat-contradicts",
            (*path, "repeat"),
            f"The last dose of a course is on day {repeat.offsets[-1]}, when the next has begun.",
            found=f"on: D{repeat.offsets[-1]}, every: {repeat.every}",
            allowed="courses that end before the next one begins",
            mend="Lengthen every, or shorten the course.",
        )


def _check_taper(regimen: Regimen, path: Path, bench: Bench) -> None:
    taper = regimen.taper
    if taper is None or not comparable(taper.start.unit, taper.floor.unit):
        return
    if order(taper.floor, taper.start) >= 0:
        bench.problems.add(
            "taper-not-falling",
            (*path, "taper", "to"),
            f"The taper ends at {taper.floor}, which is not below its start, {taper.start}.",
            found=str(taper.floor),
            allowed=f"below {taper.start}",
            mend="Exchange the two doses, or correct one.",
        )


def _check_methotrexate(regimen: Regimen, path: Path, bench: Bench) -> None:
    """Daily dosing has killed (NPSA), so the weekday belongs to the regimen."""
    repeat = regimen.repeat
    weekly = repeat is not None and repeat.every == _WEEK and not repeat.offsets
    if regimen.drug != "methotrexate" or regimen.give.basis is Basis.UNKNOWN:
        return
    if weekly and repeat and repeat.weekday and regimen.give.basis is Basis.PER_DOSE:
        return
    bench.problems.add(
        "methotrexate-not-weekly",
        (*path, "repeat" if repeat else "give"),
        "Methotrexate is given once a week, on a weekday that the order names.",
        found=f"{regimen.give.basis.value}, every: {(repeat and repeat.every) or 'not said'}",
        allowed="give: {dose: 15 mg}, repeat: {every: P7D, weekday: true}",
        mend="Write a single dose, every: P7D and weekday: true.",
    )


def _check_plausible(regimen: Regimen, path: Path, bench: Bench) -> None:
    """Bounds against slips (mg for g), not clinical limits; they are the vocabulary's."""
    catalogue = bench.scope.catalogue
    if regimen.drug not in catalogue or regimen.give.dose is None:
        return
    for bounds in catalogue.concept(regimen.drug).doses:
        for of, dose, says in _plausible_amounts(regimen):
            if of == bounds.of and comparable(dose.unit, bounds.unit):
                _check_bounds(bounds, dose, says, path, bench)


def _plausible_amounts(regimen: Regimen) -> list[tuple[str, Quantity, str]]:
    names = {Basis.PER_DOSE: "dose", Basis.PER_DAY: "daily", Basis.COURSE_TOTAL: "course"}
    offsets = regimen.repeat.offsets if regimen.repeat else ()
    return [(names[basis], dose, says) for basis, dose, says in _amounts(regimen.give, offsets)]


def _check_bounds(
    bounds: PlausibleRange, dose: Quantity, says: str, path: Path, bench: Bench
) -> None:
    low, high = Quantity(bounds.low, bounds.unit), Quantity(bounds.high, bounds.unit)
    if order(dose, low) < 0 or order(dose, high) > 0:
        bench.problems.add(
            "dose-implausible",
            (*path, "give"),
            f"{says} cannot be meant as a {bounds.of} of this drug.",
            found=says,
            allowed=f"{low} to {high} ({bounds.of}; {bounds.evidence.source})",
            mend="Check the unit and the decimal point.",
        )


def _times(dose: Quantity, days: int) -> Quantity:
    return _tidy(dose.value * Decimal(days), dose.unit)


def _tidy(value: Decimal, unit: str) -> Quantity:
    """A quantity without trailing zeros, for a sentence."""
    return Quantity(Decimal(f"{value.normalize():f}"), unit)
