"""Event tables: what NONMEM makes of them, what each row means, and what is refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.forecast.event_forecast import event_concentrations
from stepline.forecast.event_table import read_events
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model
from stepline.forecast.models import model
from stepline.forecast.reading import read_models
from tests.support.shared import shared

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "nonmem-depot.yaml"
HEADER = "ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,LAGT,BIOAV,DUR2,RAT2"


def depot() -> Model:
    return read_models(ORACLE)[0]


def table(*rows: str) -> bytes:
    """Rows of TIME,EVID,AMT,CMT,RATE,II,ADDL,SS,LAGT,BIOAV,DUR2,RAT2, the last ones left out."""
    usual = ["0", "0", "0", "0", "0", "0", "0", "0", "0", "1", "2", "10"]
    filled = []
    for row in rows:
        cells = row.split(",")
        filled.append(",".join(["1", *cells, *usual[len(cells) :]]))
    return "\n".join([HEADER, *filled, ""]).encode()


def followed(*rows: str) -> np.ndarray:
    return event_concentrations(depot(), read_events(table(*rows), "t.csv", depot()))


def codes(content: bytes, one: Model | None = None) -> list[tuple[int, str]]:
    with pytest.raises(ForecastRefused) as refused:
        read_events(content, "t.csv", one or depot())
    return [(problem.place.line, problem.code) for problem in refused.value.problems]


def test_every_scenario_is_what_nonmem_prints_to_its_five_digits() -> None:
    content = shared("data/pk/nonmem-dosing-events.csv").read_bytes()
    text = shared("data/pk/nonmem-dosing-concentrations.csv").read_text(encoding="utf-8")
    printed = list(csv.DictReader(text.splitlines()))
    events = read_events(content, "events.csv", depot())
    ours = event_concentrations(depot(), events)
    wanted = np.array([float(row["CP"]) for row in printed])
    assert [row["ID"] for row in printed] == list(events.ids)
    assert len(set(events.ids)) == 13
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=0)


def test_rows_at_one_moment_count_in_their_order() -> None:
    seen = followed("0,1,100,2", "0,0", "5,0", "5,1,100,2", "5,0")
    assert seen[0] == seen[1] == 5000
    assert seen[2] < 5000
    assert seen[3] == seen[4] == pytest.approx(seen[2] + 5000)


def test_two_doses_at_once_are_one_of_both() -> None:
    twice = followed("0,1,60,2", "0,1,40,2", "7,0")
    once = followed("0,1,100,2", "0,0", "7,0")
    np.testing.assert_allclose(twice[1:], once[1:], rtol=1e-14)


def test_a_pending_dose_comes_before_the_row_of_its_moment_whatever_binary_fractions_do() -> None:
    """0.1 + 0.1 + 0.1 is more than 0.3 in binary; the third dose is there at 0.3 all the same."""
    seen = followed("0,1,100,2,0,0.1,3", "0.1,0", "0.2,0", "0.3,0")
    assert np.all(np.diff(seen) > 4900)


def test_additional_doses_are_those_doses_written_out() -> None:
    short = followed("1,1,100,1,20,6,3", "30,0")
    long = followed(*(f"{t},1,100,1,20" for t in (1, 7, 13, 19)), "30,0")
    assert short[-1] == pytest.approx(long[-1], rel=1e-13)


def test_a_reset_empties_all_turns_infusions_off_and_cancels_what_is_pending() -> None:
    seen = followed("0,1,100,2,1,24,9", "0,1,50,1,0,0,0,0,0", "10,3", "20,0", "30,0", "300,0")
    assert np.all(seen[2:] == 0)


def test_a_reset_with_a_dose_is_a_new_start() -> None:
    seen = followed("0,1,100,2,1,24,9", "10,4,80,1", "20,0")
    alone = followed("0,1,80,1", "10,0")
    assert seen[-1] == pytest.approx(alone[-1], rel=1e-13)


def test_time_may_start_anew_at_a_reset() -> None:
    seen = followed("0,1,100,2,0,24,9", "30,0", "0,4,100,2", "30,0", "31,0")
    np.testing.assert_allclose(seen[3], followed("0,1,100,2", "30,0")[-1], rtol=1e-13)


def test_a_steady_state_replaces_what_was_there_and_a_second_adds() -> None:
    first = followed("0,1,500,2,50,12,3", "5,1,100,2,0,24,0,1", "9,0")
    alone = followed("5,1,100,2,0,24,0,1", "9,0")
    np.testing.assert_allclose(first[1:], alone, rtol=1e-13)
    both = followed("5,1,100,2,0,24,0,1", "5,1,50,1,0,12,0,2", "9,0")
    other = followed("5,1,50,1,0,12,0,1", "9,0")
    np.testing.assert_allclose(both[[1, 2]], alone + other, rtol=1e-13)


def test_a_constant_infusion_at_steady_state_ends_at_its_row() -> None:
    """Rate over clearance, 22/1.1 per L times 1000; then elimination alone."""
    seen = followed("0,1,0,2,22,0,0,1", "10,0")
    assert seen[0] == pytest.approx(20_000)
    assert seen[1] == pytest.approx(20_000 * np.exp(-1.1 / 20 * 10), rel=1e-12)


@given(
    interval=st.floats(2, 48),
    length=st.sampled_from([0.0, 1.0, 5.0, 30.0, 70.0]),
    lag=st.floats(0, 100),
    compartment=st.sampled_from([1, 2]),
    extra=st.integers(0, 3),
)
def test_a_steady_state_is_what_the_same_lagged_doses_lead_to(
    interval: float, length: float, lag: float, compartment: int, extra: int
) -> None:
    """Also where an infusion outlasts its interval, and a lag does."""
    one = replace(depot(), columns={**depot().columns, "depot-lag": "LAGT"})
    rate = 100 / length if length else 0.0
    before = int(np.ceil((900 + lag + length) / interval))
    start = before * interval
    tail = f"{lag!r},1,2,10"
    looks = [start + x for x in (0.0, 0.4 * interval, 1.7 * interval, lag + 1, 100.0)]
    rows = [f"{look!r},0" for look in sorted(looks)[1:]]
    steady = table(f"{start!r},1,100,{compartment},{rate!r},{interval!r},{extra},1,{tail}", *rows)
    written = table(f"0,1,100,{compartment},{rate!r},{interval!r},{before + extra},0,{tail}", *rows)
    ours, wanted = (
        event_concentrations(one, read_events(content, "t.csv", one))[1:]
        for content in (steady, written)
    )
    np.testing.assert_allclose(ours, wanted, rtol=1e-6)


def test_subjects_do_not_touch_one_another() -> None:
    """Each scenario of the table alone, in any company, is what it is among all."""
    lines = shared("data/pk/nonmem-dosing-events.csv").read_bytes().splitlines()
    together = read_events(b"\n".join(lines), "all.csv", depot())
    seen = event_concentrations(depot(), together)
    for first, last in together.spans:
        alone = read_events(b"\n".join([lines[0], *lines[1 + first : 1 + last]]), "a", depot())
        np.testing.assert_array_equal(event_concentrations(depot(), alone), seen[first:last])


def test_an_infusion_of_no_duration_is_a_bolus_and_said_so() -> None:
    content = table("0,1,100,2,-2,0,0,0,0,1,0", "1,0")
    events = read_events(content, "t.csv", depot())
    assert events.notes == ("1 infusion of no duration: read as bolus.",)
    np.testing.assert_allclose(
        event_concentrations(depot(), events), followed("0,1,100,2", "1,0"), rtol=1e-14
    )


def test_columns_count_in_any_case_and_order_and_missing_cells_are_none() -> None:
    content = b"amt,Time,id,rat2,dur2,bioav,lagt\n100,0,A,.,.,1,.\n.,4,A,.,.,1,\n"
    events = read_events(content, "t.csv", depot())
    assert events.evid.tolist() == [1, 0]
    assert event_concentrations(depot(), events)[0] == 0


def test_a_hundred_thousand_doses_are_followed() -> None:
    rows = "".join(f"1,{t},1,10,2,0,0,0,0,0,1,2,10\n" for t in range(100_000))
    events = read_events(f"{HEADER}\n{rows}".encode(), "t.csv", depot())
    seen = event_concentrations(depot(), events)
    # After many half-lives the peak is the geometric sum of doses an hour apart.
    assert seen[-1] == pytest.approx(500 / -np.expm1(-1.1 / 20), rel=1e-12)


def test_every_mistake_of_a_table_is_told_at_once_with_its_line() -> None:
    found = codes(
        table(
            "0,1,100,2",
            "1,7,0",
            "2,1,-5,2",
            "3,1,0,2",
            "4,1,100,3",
            "5,1,100,2,-3",
            "6,1,100,2,0,0,4",
            "7,1,100,2,0,24,0",
            "8,1,100,2,0,0,0,1",
            "9,1,100,2,0,24,0,3",
            "8,0",
            "10,0,100",
            "11,1,100,2,0,0,0,0,-1",
            "12,1,100,2,0,0,0,0,0,-1",
            "13,1,100,2,-1,0,0,0,0,1,2,0",
        )
    )
    assert found == [
        (3, "evid-unknown"),
        (4, "amount-wrong"),
        (5, "amount-wrong"),
        (6, "compartment-unknown"),
        (7, "rate-wrong"),
        (8, "interval-wrong"),
        (9, "interval-wrong"),
        (10, "steady-state-wrong"),
        (11, "steady-state-wrong"),
        (12, "time-backwards"),
        (13, "row-unused"),
        (14, "lag-wrong"),
        (15, "share-wrong"),
        (16, "rate-wrong"),
    ]


def test_a_cell_that_cannot_be_read_hides_no_mistake_of_another_row() -> None:
    """And its own row is told once: nothing is concluded from what could not be read."""
    found = codes(table("0,x,100,2,0,24,1", "5,0", "4,0", "6,1,100,7"))
    assert found == [(2, "number-wrong"), (4, "time-backwards"), (5, "compartment-unknown")]


@pytest.mark.parametrize("cell", ["abc", "1,5", "nan", "inf", "1e400", "1_0", "12:30"])
def test_a_cell_that_is_no_number_is_told_with_its_line(cell: str) -> None:
    content = f'{HEADER}\n1,"{cell}",0,0,0,0,0,0,0,0,1,2,10\n'.encode()
    assert codes(content) == [(2, "number-wrong")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table-unreadable"),
        (b"ID,TIME,AMT\n", "table-unreadable"),
        (b"\xff\xfe", "table-unreadable"),
        (b'ID,TIME,AMT\n1,"0,3\n', "table-unreadable"),
        (b"ID,AMT\n1,3\n", "column-missing"),
        (b"ID,TIME,AMT,amt\n1,0,3,3\n", "column-twice"),
        (b"ID,TIME,AMT\n1,0\n", "row-length"),
        (b"ID,TIME,AMT\n1,0,1\n2,0,1\n1,5,1\n", "subject-scattered"),
        (b"ID,TIME,AMT,II,ADDL\n1,0,1,1e-9,999999999\n1,9,.,.,.\n", "doses-too-many"),
        (b"ID,TIME,AMT,RATE,SS,II\n1,0,1,1e-9,1,1e-9\n", "doses-too-many"),
        (b"ID,TIME,AMT,RATE\n1,0,1,-1\n", "rate-unmodelled"),
    ],
)
def test_a_table_that_cannot_be_followed_is_refused(content: bytes, code: str) -> None:
    assert {one for _, one in codes(content, model("landersdorfer-2013"))} == {code}


def test_a_mistake_in_every_row_is_counted_not_repeated_for_ever() -> None:
    found = codes(table(*(["0,9"] * 5000)))
    assert len(found) == 21
