"""Made-up patients: the same for a seed, true to the library, and as the page says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stepline.core.errors import OutputRefused
from stepline.core.quantity import Quantity
from stepline.dosing.rounding import Policy, round_to_vials
from stepline.record.table import read_parquet, validate_table
from stepline.sources.opening import open_record
from stepline.synth.calibration import measured
from stepline.synth.giving import in_steps, schemes
from stepline.synth.parameters import NoiseLevel, chances
from stepline.synth.writing import Request, people, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "synth.md"


def request(patients: int, noise: NoiseLevel = NoiseLevel.DEFAULT) -> Request:
    return Request(patients, 7, noise)


def test_the_figures_of_the_page_are_those_measured() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Calibration")[2]
    told = {
        cells[1].strip(" `"): float(cells[5])
        for cells in (line.split("|") for line in table.splitlines() if line.startswith("| `"))
    }
    found = measured(one.patient for one in people(request(400, NoiseLevel.NONE)))
    assert told == {name: pytest.approx(value, abs=0.06) for name, value in found.items()}


def test_the_page_tells_every_chance() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for one in chances():
        cells = " | ".join(str(one.levels[level]) for level in NoiseLevel)
        assert f"| {one.says} | {one.of} | {cells} |" in text


def test_a_patient_does_not_depend_on_how_many_are_made() -> None:
    few, many = list(people(request(3))), list(people(request(9)))
    assert few == many[:3]


def test_noise_changes_the_record_and_not_the_disease() -> None:
    quiet = list(people(request(5, NoiseLevel.NONE)))
    loud = list(people(request(5, NoiseLevel.HEAVY)))
    assert [one.patient.levels for one in quiet] == [one.patient.levels for one in loud]
    assert [one.patient.relapses for one in quiet] == [one.patient.relapses for one in loud]
    assert [one.rows for one in quiet] != [one.rows for one in loud]


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(Request(4, 3, NoiseLevel.HEAVY, ("events", "fhir", "omop")), tmp_path / name)
    one, two = (
        {str(p.relative_to(tmp_path / n)): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("one", "two")
    )
    assert len(one) == 12
    assert one == two


def test_every_row_is_an_event_of_the_table(tmp_path: Path) -> None:
    write(request(20, NoiseLevel.HEAVY), tmp_path / "out")
    frame = pl.read_parquet(tmp_path / "out" / "events.parquet")
    good, held = validate_table(frame)
    assert held.is_empty()
    assert good.equals(frame)
    assert len(read_parquet(tmp_path / "out" / "events.parquet")) == 20


def test_without_noise_every_infusion_is_the_dose_of_the_regimen_within_a_vial() -> None:
    weekly = [
        (row, one.patient)
        for one in people(request(30, NoiseLevel.NONE))
        for truth in one.patient.truths
        if truth.regimen == "ivig-400-weekly"
        for row in one.patient.rows
        if row.concept == "ivig" and truth.start <= row.day <= truth.end
    ]
    assert weekly
    for row, patient in weekly:
        assert row.value is not None
        assert abs(float(row.value) - 0.4 * patient.body.weight(row.day)) <= 1.25 + 1e-9


def test_the_truth_names_regimens_of_the_library_or_none() -> None:
    names = {t.regimen for one in people(request(60)) for t in one.patient.truths}
    assert names <= {*schemes(), ""}
    assert "" in names


def test_a_folder_that_holds_something_is_refused_with_every_problem(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(OutputRefused) as refusal:
        write(Request(0, -1, NoiseLevel.NONE, ("hl7",)), tmp_path)
    codes = [one.code for one in refusal.value.problems]
    assert codes == ["request-wrong"] * 3 + ["folder-not-empty"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@given(amount=st.integers(100, 400_000), step=st.sampled_from([100, 1000, 2500]))
def test_doses_are_rounded_as_the_dosing_room_rounds_them(amount: int, step: int) -> None:
    assume(amount >= step)
    sizes, dose = [Quantity(Decimal(step), "mg")], Quantity(Decimal(amount), "mg")
    whole = round_to_vials([dose], sizes, Policy.NEAREST).days[0].given
    assert in_steps(amount, step) == float(whole.value)


def test_rows_of_omop_have_whole_numbers_of_their_own(tmp_path: Path) -> None:
    write(Request(3, 5, NoiseLevel.HEAVY, ("omop",)), tmp_path / "out")
    for table in ("drug_exposure", "measurement", "condition_occurrence"):
        ids = pl.read_csv(tmp_path / "out" / "omop" / f"{table}.csv")[f"{table}_id"]
        assert ids.dtype == pl.Int64
        assert ids.n_unique() == len(ids)


def test_what_is_written_is_read_again_and_daily_doses_with_it(tmp_path: Path) -> None:
    write(Request(2, 5, NoiseLevel.NONE, ("fhir", "omop")), tmp_path / "out")
    assert len(open_record(tmp_path / "out" / "omop")) == 2
    read = open_record(tmp_path / "out" / "fhir" / "synthetic-00000.ndjson")
    daily = [e for one in read for e in one.events if e.concept == "prednisone"]
    assert daily
    assert all(event.value is not None and event.unit == "mg/d" for event in daily)
