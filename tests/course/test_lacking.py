"""A course without a dose says what is missing, and which regimens stay possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from stepline.course.lacking import Lacking, lacking_of
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue

START = datetime(2020, 1, 6, 9)


def dose(number: int, drug: str, day: int, **known: object) -> Event:
    """A dose that was given on a day, of which nothing more is known than what is said."""
    when = START + timedelta(days=day)
    return Event(number, when, f"text//{drug}", drug, status=EventStatus.GIVEN, **known)  # type: ignore[arg-type]


def lacking(*events: Event) -> list[Lacking]:
    """What is lacking in each course of a record of these events."""
    index = RecordIndex(Record(Subject(1), events))
    regimens = packaged().regimens
    found = recognise(index, regimens, catalogue())
    return [lacking_of(course, index, regimens) for course in found]


def regimens(found: Lacking) -> set[str]:
    return {one.regimen for one in found.possible}


def missing(found: Lacking) -> set[str]:
    return {one.what for one in found.missing}


def test_prednisone_by_days_alone_may_be_high_doses_or_a_taper() -> None:
    (found,) = lacking(*(dose(n, "prednisone", n, product="PredniSONE") for n in range(3)))
    assert regimens(found) == {"prednisone-high-dose", "prednisone-taper"}
    assert missing(found) == {"dose", "route", "intent"}
    assert found.because == ("the dose is stated in no row, so no regimen can be told",)
    assert all("mg/kg" in one.provided and "route oral" in one.provided for one in found.possible)


def test_eye_drops_are_no_regimen_that_is_taken_by_mouth() -> None:
    (found,) = lacking(dose(1, "prednisolone", 0, route="ophthalmic", product="Ophth. Susp."))
    assert not found.possible
    assert found.because[1] == "what is known rules out every regimen of the library"
    assert found.products == ("Ophth. Susp.",)


def test_weekly_infusions_without_a_dose_are_not_monthly_ones() -> None:
    (found,) = lacking(*(dose(n, "ivig", 7 * n, route="iv") for n in range(6)))
    assert regimens(found) == {"ivig-400-weekly"}


def test_five_days_without_a_dose_may_be_the_induction_and_nothing_given_on_one_day() -> None:
    (found,) = lacking(*(dose(n, "ivig", n, route="iv") for n in range(5)))
    assert "ivig-2g-over-5d-monthly" in regimens(found)
    assert "ivig-400-weekly" not in regimens(found)


def test_replacement_that_is_said_to_be_one_is_no_immunomodulation() -> None:
    events = [dose(n, "ivig", 28 * n, route="iv", intent="replacement") for n in range(3)]
    (found,) = lacking(*events)
    assert regimens(found)
    assert all("replacement" in one for one in regimens(found))


def test_a_dose_that_is_told_rules_out_what_is_above_and_below() -> None:
    events = [dose(0, "weight", -1, value=Decimal(70), unit="kg")]
    events += [dose(1, "ivig", 0, value=Decimal(28), unit="g"), dose(2, "ivig", 7)]
    whole = [one for one in lacking(*events) if one.possible]
    assert all("ivig-1g-every-4-weeks" not in regimens(one) for one in whole)


def test_a_whole_course_lacks_nothing_that_decides() -> None:
    events = [
        dose(n, "ivig", 7 * n, value=Decimal("0.4"), unit="g/kg", route="iv",
             intent="immunomodulation")
        for n in range(6)
    ]  # fmt: skip
    (found,) = lacking(*events)
    assert found == Lacking()


def test_a_drug_without_a_regimen_says_that_the_library_has_none() -> None:
    (found,) = lacking(dose(1, "allopurinol", 0))
    assert found.because == ("the library has no regimen of allopurinol",)
    assert not found.has_regimens
