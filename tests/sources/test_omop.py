"""OMOP CDM 5.4: what the tables tell becomes a row; a dose they do not tell stays unknown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from stepline.core.errors import SourceRefused
from stepline.core.evidence import Status
from stepline.record.model import EventStatus, Record
from stepline.sources.opening import open_record

PERSON = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n7,8532,1980,2,3\n"
CONCEPT = (
    "concept_id,concept_name,vocabulary_id,concept_code\n"
    "1,methotrexate 2.5 MG Oral Tablet,RxNorm,105585\n"
    "2,milligram,UCUM,mg\n3,LDH,LOINC,2532-0\n4,unit per liter,UCUM,U/L\n"
)
DRUGS = (
    "drug_exposure_id,person_id,drug_concept_id,drug_type_concept_id,drug_exposure_start_date,"
    "drug_exposure_end_date,quantity,days_supply\n"
)
STRENGTH = "drug_concept_id,amount_value,amount_unit_concept_id,numerator_value,denominator_value\n"


def exported(folder: Path, **tables: str) -> Path:
    for name, text in {"person": PERSON, "concept": CONCEPT, **tables}.items():
        (folder / f"{name.upper()}.csv").write_text(text)
    return folder


def read(folder: Path, **tables: str) -> Record:
    (record,) = open_record(exported(folder, **tables))
    return record


def test_a_quantity_of_zero_is_an_unknown_dose_and_not_a_dose_of_zero(tmp_path: Path) -> None:
    drugs = DRUGS + "1,7,1,32869,2026-01-05,2026-02-02,0,28\n"
    record = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH)
    (event,) = record.events
    assert (event.concept, event.value, event.unit) == ("methotrexate", None, "")
    assert "dose unknown: quantity is 0, drug_strength gives no amount" in event.note
    assert "The dose is unknown in 1 of 1 drug exposures." in record.notes


def test_what_was_given_is_the_count_times_the_strength_and_says_so(tmp_path: Path) -> None:
    drugs = DRUGS + "1,7,1,32818,2026-01-05,2026-01-05,6,\n"
    record = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH + "1,2.5,2,,\n")
    (event,) = record.events
    assert (event.value, event.unit, event.status) == (Decimal(15), "mg", EventStatus.GIVEN)
    assert event.certainty is Status.DERIVED
    assert "6 × 2.5 mg" in event.note


def test_a_supply_of_known_strength_is_still_no_dose_that_was_taken(tmp_path: Path) -> None:
    drugs = DRUGS + "1,7,1,32869,2026-01-05,2026-02-02,24,28\n"
    record = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH + "1,2.5,2,,\n")
    (event,) = record.events
    assert (event.value, event.status) == (None, EventStatus.ORDERED)
    assert "a supply, not a dose taken" in event.note


def test_a_product_of_two_ingredients_has_no_strength_of_its_own(tmp_path: Path) -> None:
    drugs = DRUGS + "1,7,1,32818,2026-01-05,2026-01-05,6,\n"
    strength = STRENGTH + "1,2.5,2,,\n1,5,2,,\n"
    (event,) = read(tmp_path, drug_exposure=drugs, drug_strength=strength).events
    assert event.value is None


def test_an_implausible_dose_is_quarantined_with_its_table_and_row(tmp_path: Path) -> None:
    drugs = DRUGS + "1,7,1,32818,2026-01-05,2026-01-05,6,\n2,7,1,32818,2026-01-06,,900000,\n"
    record = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH + "1,2.5,2,,\n")
    (held,) = record.quarantine
    assert (held.code, held.place) == ("value-implausible", "drug_exposure row 3")
    assert len(record.events) == 1


MEASUREMENTS = (
    "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,"
    "unit_concept_id,operator_concept_id,range_high\n"
)


def test_a_measurement_keeps_its_unit_and_its_limit(tmp_path: Path) -> None:
    rows = MEASUREMENTS + "1,7,3,2026-01-05,518,4,4172703,250\n"
    (event,) = read(tmp_path, measurement=rows).events
    assert (event.concept, event.value, event.unit) == ("ldh", Decimal(518), "U/L")
    assert event.reference_high == 250


def test_a_value_below_a_limit_is_bounded_and_not_the_limit(tmp_path: Path) -> None:
    rows = MEASUREMENTS + "1,7,3,2026-01-05,5,4,4171756,\n"
    (event,) = read(tmp_path, measurement=rows).events
    assert (event.value, event.value_high) == (None, Decimal(5))


def test_a_value_without_a_unit_is_held_and_not_guessed(tmp_path: Path) -> None:
    record = read(tmp_path, measurement=MEASUREMENTS + "1,7,3,2026-01-05,518,,,\n")
    assert [one.code for one in record.quarantine] == ["unit-missing"]


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [f"{n},7,3,2026-01-05,{500 + n},4,,\n" for n in (1, 2, 3)]
    folders = [tmp_path / name for name in ("a", "b")]
    values = []
    for folder, order in zip(folders, (rows, rows[::-1]), strict=True):
        folder.mkdir()
        record = read(folder, measurement=MEASUREMENTS + "".join(order))
        values.append([(event.event_id, event.value) for event in record.events])
    assert values[0] == values[1]


def test_a_zip_is_read_as_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cdm"
    folder.mkdir()
    exported(folder, measurement=MEASUREMENTS + "1,7,3,2026-01-05,518,4,,250\n")
    packed = tmp_path / "cdm.bin"
    with ZipFile(packed, "w") as archive:
        for one in folder.iterdir():
            archive.write(one, f"export/{one.name}")
        archive.writestr("__MACOSX/export/._PERSON.csv", "junk")
    (record,) = open_record(packed)
    assert record.events[0].value == 518


def test_a_year_alone_is_no_birthday(tmp_path: Path) -> None:
    person = "person_id,gender_concept_id,year_of_birth\n7,8507,1980\n"
    record = read(tmp_path, person=person)
    assert (record.subject.sex, record.subject.birth) == ("male", None)
    assert "The day of birth is not recorded." in record.notes


def test_every_missing_column_is_told_at_once(tmp_path: Path) -> None:
    folder = exported(
        tmp_path, measurement="measurement_id,person_id\n", drug_exposure="person_id\n"
    )
    with pytest.raises(SourceRefused) as refusal:
        open_record(folder)
    told = {one.place.file: one.message for one in refusal.value.problems}
    assert told.keys() == {"DRUG_EXPOSURE.csv", "MEASUREMENT.csv"}
    assert "measurement_date" in told["MEASUREMENT.csv"]


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cdm.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SourceRefused):
        open_record(path)


def test_a_zip_with_a_damaged_table_is_refused_and_not_half_read(tmp_path: Path) -> None:
    path = tmp_path / "cdm.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("PERSON.csv", PERSON)
    path.write_bytes(path.read_bytes().replace(b"1980", b"1981"))
    with pytest.raises(SourceRefused) as refusal:
        open_record(path)
    assert refusal.value.problems[0].code == "zip-unreadable"


SIG = DRUGS.replace("days_supply", "days_supply,sig,route_source_value")


@pytest.mark.parametrize(
    ("sig", "value", "unit", "interval"),
    [
        ("15 mg once a week", "15", "mg", "P7D"),
        ("take 6 tablets once a week", "15.0", "mg", "P7D"),
        ("6 x 2.5 mg tablets every 2 weeks", "15.0", "mg", "P14D"),
        ("10 mg 2 weekly", None, "", ""),
        ("15 mg od", None, "", ""),
        ("15 mg over 2 days", None, "", ""),
        ("as directed", None, "", ""),
    ],
)
def test_the_sig_of_an_order_is_its_dose_where_it_has_one_meaning(
    tmp_path: Path, sig: str, value: str | None, unit: str, interval: str
) -> None:
    drugs = SIG + f"1,7,1,32838,2026-01-05,2026-02-02,24,28,{sig},oral\n"
    record = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH + "1,2.5,2,,\n")
    (event,) = record.events
    assert (event.value, event.unit, event.interval) == (
        Decimal(value) if value else None, unit, interval,
    )  # fmt: skip
    assert (event.status, event.text) == (EventStatus.ORDERED, sig)


PREDNISONE = CONCEPT + "5,predniSONE 5 MG Oral Tablet,RxNorm,312617\n"


@pytest.mark.parametrize(
    ("sig", "value", "unit", "interval", "said"),
    [
        ("15 mg/week", "15", "mg/wk", "", "the dose is the total of a week"),
        ("10 mg three times a week", "30", "mg/wk", "", "dose from the text"),
        ("10 mg on mon and thu", "20", "mg/wk", "", "dose from the text"),
        ("15 mg on mondays", "15", "mg", "P7D", "dose from the text"),
        ("40 mg/month", "40", "mg", "P1M", "the dose is the total of a month"),
        ("20 mg in total over 2 days every 4 weeks", "20", "mg", "P28D", "over 2 days"),
        ("10 mg alternating with 5 mg", "7.5", "mg/d", "", "alternate-days"),
    ],
)
def test_the_sig_of_an_order_may_be_a_total_and_is_not_divided(
    tmp_path: Path, sig: str, value: str, unit: str, interval: str, said: str
) -> None:
    drugs = SIG + f"1,7,5,32838,2026-01-05,2026-02-02,24,28,{sig},\n"
    (event,) = read(tmp_path, drug_exposure=drugs, concept=PREDNISONE).events
    assert (event.value, event.unit, event.interval) == (Decimal(value), unit, interval)
    assert said in event.note


def test_the_total_of_one_course_is_one_dose_and_no_dose_a_day(tmp_path: Path) -> None:
    sig = "60 mg in total over 3 days"
    drugs = SIG + f"1,7,5,32838,2026-01-05,2026-01-07,24,28,{sig},\n"
    (event,) = read(tmp_path, drug_exposure=drugs, concept=PREDNISONE).events
    assert (event.value, event.unit, event.is_spell) == (Decimal(60), "mg", False)
    assert "the dose is the total of a course over 3 days" in event.note


def test_a_week_of_methotrexate_is_its_one_dose(tmp_path: Path) -> None:
    drugs = SIG + "1,7,1,32838,2026-01-05,2026-02-02,24,28,15 mg/week,\n"
    (event,) = read(tmp_path, drug_exposure=drugs).events
    assert (event.value, event.unit, event.interval) == (Decimal(15), "mg", "P7D")
    assert "given once a week" in event.note


def test_the_sig_of_a_giving_tells_its_dose_where_quantity_does_not(tmp_path: Path) -> None:
    drugs = SIG + "1,7,1,38000180,2026-01-05,2026-01-05,0,1,15 mg weekly,\n"
    (event,) = read(tmp_path, drug_exposure=drugs).events
    assert (event.value, event.unit, event.interval) == (Decimal(15), "mg", "")
    assert event.status is EventStatus.GIVEN


def test_the_label_of_a_supply_is_no_dose(tmp_path: Path) -> None:
    drugs = SIG + "1,7,1,32869,2026-01-05,2026-02-02,24,28,15 mg once a week,oral\n"
    (event,) = read(tmp_path, drug_exposure=drugs, drug_strength=STRENGTH).events
    assert event.value is None


def test_an_order_for_once_is_a_moment_with_its_dose(tmp_path: Path) -> None:
    drugs = SIG + "1,7,1,32838,2026-01-05,2026-01-05,,,30 mg once,oral\n"
    (event,) = read(tmp_path, drug_exposure=drugs).events
    assert (event.value, event.unit, event.is_spell) == (Decimal(30), "mg", False)
    assert (event.status, event.certainty) == (EventStatus.ORDERED, Status.DERIVED)


def test_a_row_that_is_mapped_to_nothing_is_told_by_its_source_concept(tmp_path: Path) -> None:
    head = MEASUREMENTS.replace("range_high", "measurement_source_concept_id")
    rows = "1,7,0,2026-01-05,518,4,,3\n2,7,0,2026-01-05,518,4,,77\n3,7,0,2026-01-05,518,4,,0\n"
    record = read(tmp_path, measurement=head + rows)
    assert [one.concept for one in record.events] == ["ldh", "", ""]


@pytest.mark.parametrize(
    ("words", "reason"),
    [("Lack of efficacy", "inefficacy"), ("no adverse effects", ""), ("other", ""), ("", "")],
)
def test_a_stop_reason_is_a_reason_where_it_names_one(
    tmp_path: Path, words: str, reason: str
) -> None:
    head = DRUGS.replace("days_supply", "days_supply,stop_reason")
    rows = head + f"1,7,1,32818,2026-01-05,2026-01-05,6,,{words}\n"
    (event,) = read(tmp_path, drug_exposure=rows, drug_strength=STRENGTH + "1,2.5,2,,\n").events
    assert event.reason == reason
