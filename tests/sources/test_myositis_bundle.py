"""The invented patient with dermatomyositis, as a reader of the record would check it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import pytest

from stepline.record.index import RecordIndex
from stepline.record.model import EventStatus, Interpretation, Record
from stepline.sources.fhir import read_file
from tests.sources.bundles import FIXTURES

PATH = FIXTURES / "myositis-bundle.json"


@pytest.fixture(scope="module")
def record() -> Record:
    (only,) = read_file(PATH)
    return only


def test_the_patient_is_marked_as_invented() -> None:
    document = json.loads(PATH.read_text())
    tags = {tag["code"] for tag in document["entry"][0]["resource"]["meta"]["tag"]}
    assert tags == {"HTEST"}


def test_nothing_that_names_her_is_read(record: Record) -> None:
    assert "CANARY" in PATH.read_text()
    assert "canary" not in repr(record).casefold()


def test_three_courses_of_five_days_with_a_lot_each(record: Record) -> None:
    doses = [e for e in RecordIndex(record).of("ivig") if e.status is EventStatus.GIVEN]
    assert len(doses) == 15
    assert {(e.value, e.unit) for e in doses} == {(Decimal(28), "g")}
    assert Counter(e.lot for e in doses) == {"SYN-A0117": 5, "SYN-A0244": 5, "SYN-B0031": 5}
    starts = [date(2026, 1, 12), date(2026, 2, 9), date(2026, 3, 9)]
    assert [e.time.date() for e in doses[::5]] == starts
    assert {e.intent for e in doses} == {"immunomodulation"}


def test_prednisone_runs_without_a_gap_and_goes_on(record: Record) -> None:
    spells = [e for e in RecordIndex(record).of("prednisone") if e.is_spell]
    assert [str(e.value) for e in spells] == ["70", "50", "30", "20", "40", "25", "15"]
    assert {e.unit for e in spells} == {"mg/d"}
    for day in (date(2024, 5, 13), date(2024, 5, 14), date(2026, 2, 8), date(2026, 3, 9)):
        noon = datetime(day.year, day.month, day.day, 12)
        assert [e.active_on(noon) for e in spells].count(True) == 1
    assert spells[-1].end_said == "ongoing"


def test_why_two_drugs_were_stopped(record: Record) -> None:
    index = RecordIndex(record)
    (methotrexate,) = index.of("methotrexate")
    assert (methotrexate.status, methotrexate.reason) == (EventStatus.STOPPED, "intolerance")
    assert (methotrexate.value, methotrexate.unit) == (Decimal(15), "mg")
    assert methotrexate.interval == "P1W"
    (azathioprine,) = index.of("azathioprine")
    assert (azathioprine.status, azathioprine.reason) == (EventStatus.STOPPED, "inefficacy")
    assert (azathioprine.value, azathioprine.unit) == (Decimal(150), "mg/d")


def test_enzymes_have_the_laboratory_s_own_limits(record: Record) -> None:
    index = RecordIndex(record)
    assert [str(e.value) for e in index.of("ldh")] == [
        "538", "301", "334", "472", "496", "318", "247", "228",
    ]  # fmt: skip
    assert {e.reference_high for e in index.of("ldh")} == {Decimal(250)}
    assert {e.reference_high for e in index.of("ck")} == {Decimal(200)}
    assert {(e.reference_low, e.reference_high) for e in index.of("aldolase")} == {
        (None, Decimal("7.7"))
    }


def test_hepatitis_b_and_igg_were_taken_before_the_first_infusion(record: Record) -> None:
    index = RecordIndex(record)
    first = next(e for e in index.of("ivig") if e.status is EventStatus.GIVEN)
    for concept in ("hbsag", "anti-hbc"):
        (event,) = index.of(concept)
        assert event.interpretation is Interpretation.NEGATIVE
        assert event.time < first.time
    (igg,) = index.of("igg")
    assert (igg.value, igg.unit, igg.note) == (Decimal(1020), "mg/dL", "1020 mg/dL is 10.2 g/L")


def test_the_diagnosis_is_known_by_its_month_and_polymyositis_is_refuted(record: Record) -> None:
    index = RecordIndex(record)
    (dermatomyositis,) = index.of("dermatomyositis")
    assert (dermatomyositis.time_said, dermatomyositis.end_said) == ("2024-03", "ongoing")
    (polymyositis,) = index.of("polymyositis")
    assert polymyositis.interpretation is Interpretation.NEGATIVE


def test_core_set_measures_are_numbers_at_three_visits(record: Record) -> None:
    index = RecordIndex(record)
    strength = [(e.value, e.unit) for e in index.of("mmt8-150")]
    assert strength == [(Decimal(n), "{score}") for n in (118, 134, 142)]
    for measure in ("physician-global", "patient-global", "haq", "extramuscular-global"):
        assert len(index.of(measure)) == 3


def test_one_value_was_taken_back_and_one_visit_is_not_read(record: Record) -> None:
    assert [row.code for row in record.quarantine] == ["taken-back"]
    assert "Not read: 1 Encounter." in record.notes
