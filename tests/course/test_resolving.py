"""Rows of a record as doses in their normal form, and orders told against givings."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.course.dose import Confidence, Dose, Standing, dose_row, say_dose
from stepline.course.reconciled import Reconciled, reconciled
from stepline.course.resolving import doses_of
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.record.supplies import SUPPLY
from stepline.sources.opening import open_record
from stepline.vocabulary.catalogue import catalogue
from tests.sources.bundles import dosage, read, request
from tests.support.shared import shared

FIRST = datetime(2026, 1, 5)
GIVEN, ORDERED = EventStatus.GIVEN, EventStatus.ORDERED


def doses(drug: str, *entries: dict[str, object]) -> tuple[Dose, ...]:
    """The doses of a drug in a record in short form."""
    record = record_from_entries(list(entries), file="test")
    return doses_of(RecordIndex(record), drug, catalogue())


def resolved(*events: Event) -> tuple[Dose, ...]:
    """The doses of rows as a source wrote them, all of one drug."""
    return doses_of(RecordIndex(Record(Subject(1), events)), events[0].concept, catalogue())


WEIGHT: dict[str, object] = {"weight": "60 kg", "on": "2025-12-20"}
ENTRIES: dict[str, tuple[str, list[dict[str, object]], str]] = {
    "grams are milligrams": (
        "ivig",
        [{"ivig": "24 g", "on": "2026-01-05"}],
        "24000 mg per dose; given 2026-01-05; stated: the row states it",
    ),
    "grams per kilogram stay so, and without a weight they say what they need": (
        "ivig",
        [{"ivig": "0.4 g/kg", "on": "2026-01-05"}],
        (
            "400 mg/kg per dose; given 2026-01-05; stated: the row states it; "
            "missing: a weight that is fresh on that day"
        ),
    ),
    "with a weight nothing is missing": (
        "ivig",
        [WEIGHT, {"ivig": "0.4 g/kg", "on": "2026-01-05"}],
        "400 mg/kg per dose; given 2026-01-05; stated: the row states it",
    ),
    "a weight of two years ago does not count": (
        "ivig",
        [{"weight": "60 kg", "on": "2024-01-01"}, {"ivig": "0.4 g/kg", "on": "2026-01-05"}],
        (
            "400 mg/kg per dose; given 2026-01-05; stated: the row states it; "
            "missing: a weight that is fresh on that day"
        ),
    ),
    "a daily dose is a stretch": (
        "prednisone",
        [{"prednisone": "20 mg/d", "from": "2026-01-05", "until": "2026-02-01"}],
        "20 mg per day; given 2026-01-05 to 2026-02-01; stated: the row states it",
    ),
    "a weekly dose without an end is a stretch with an interval": (
        "methotrexate",
        [{"methotrexate": "15 mg", "from": "2026-01-05", "until": "ongoing", "every": "P7D"}],
        "15 mg per dose every P7D; given 2026-01-05, ongoing; stated: the row states it",
    ),
    "an unknown dose stays unknown": (
        "methotrexate",
        [{"methotrexate": "unknown", "from": "2026-01-05", "until": "2026-03-01"}],
        (
            "amount unknown; given 2026-01-05 to 2026-03-01; unknown: nothing tells it; "
            "missing: the amount"
        ),
    ),
}


@pytest.mark.parametrize(("drug", "entries", "says"), ENTRIES.values(), ids=ENTRIES.keys())
def test_an_entry_of_a_case_file_has_a_normal_form(
    drug: str, entries: list[dict[str, object]], says: str
) -> None:
    assert [say_dose(dose) for dose in doses(drug, *entries)] == [says]


def row(number: int = 1, **more: object) -> Event:
    """A row of rituximab, without an amount."""
    base = Event(number, FIRST, "rituximab", "rituximab", status=GIVEN)
    return replace(base, **more)  # type: ignore[arg-type]


ROWS: dict[str, tuple[Event, str]] = {
    "a number without a unit is no dose": (
        row(value=Decimal(1000)),
        ("amount unknown; given 2026-01-05; unknown: nothing tells it; "
        "missing: the unit of the amount"),
    ),
    "a rate of an infusion is no dose": (
        row(value=Decimal(50), unit="mL/h"),
        ("amount unknown; given 2026-01-05; unknown: nothing tells it; "
        "missing: an amount in a unit of dose"),
    ),
    "a quantity of 0 says so": (
        row(note="dose unknown: quantity is 0; for 30 days"),
        ("amount unknown; given 2026-01-05; unknown: nothing tells it; "
        "missing: the amount: quantity is 0"),
    ),
    "pieces times strength are derived": (
        row(value=Decimal(1), unit="g", certainty=Status.DERIVED,
            note="2 × 500 mg from quantity and drug_strength"),
        "1000 mg per dose; given 2026-01-05; derived: pieces times their strength",
    ),
    "a supply is no dose, whatever its words": (
        row(status=ORDERED, note=SUPPLY, text="1 g stat"),
        "amount unknown; dispensed 2026-01-05; unknown: nothing tells it; missing: the amount",
    ),
    "the text of a giving tells its amount": (
        row(text="1 g IV"),
        "1000 mg per dose; intravenous; given 2026-01-05; derived: read from the text",
    ),
    "an order in words has its rhythm": (
        row(status=ORDERED, is_spell=True, text="375 mg/m2 weekly x4", end_said="ongoing"),
        ("375 mg/m2 per dose every P7D; ordered 2026-01-05, ongoing; "
        "derived: read from the text; missing: a weight and a height that are fresh on that day"),
    ),
    "of several steps in one row the amounts are the bounds": (
        row(status=ORDERED, is_spell=True, end_said="ongoing",
            text="40 mg po daily for 5/7 then 20 mg po daily"),
        ("20 to 40 mg per dose every P1D; oral; ordered 2026-01-05, ongoing; "
        "derived: read from the text; missing: which step ran when"),
    ),
    "several doses a day stay several": (
        row(status=ORDERED, is_spell=True, end_said="ongoing", text="500 mg bd"),
        ("500 mg per dose 2 times every P1D; ordered 2026-01-05, ongoing; "
        "derived: read from the text"),
    ),
    "15 mg/week of a drug that is given once a week is its dose": (
        row(concept="methotrexate", status=ORDERED, is_spell=True, end_said="ongoing",
            text="15 mg/week"),
        "15 mg per dose every P7D; ordered 2026-01-05, ongoing; derived: read from the text",
    ),
    "a row of a giving with a weekly text holds the dose of one giving": (
        row(concept="methotrexate", text="15 mg weekly"),
        "15 mg per dose every P7D; given 2026-01-05; derived: read from the text",
    ),
    "the amount of a week of any other drug is not divided": (
        row(concept="scig", status=ORDERED, is_spell=True, end_said="ongoing", text="10 g/week"),
        ("10000 mg per week; ordered 2026-01-05, ongoing; derived: read from the text; "
        "missing: how the total is divided over its days"),
    ),
    "the amount of a month is not divided": (
        row(concept="ivig", status=ORDERED, is_spell=True, end_said="ongoing",
            text="IVIG 40 g/month"),
        ("40000 mg per month; ordered 2026-01-05, ongoing; derived: read from the text; "
        "missing: how the total is divided over its days"),
    ),
    "nor is that of four weeks": (
        row(concept="ivig", status=ORDERED, is_spell=True, end_said="ongoing",
            text="40 g per 4 weeks"),
        ("40000 mg per course every P28D; ordered 2026-01-05, ongoing; "
        "derived: read from the text; missing: how the total is divided over its days"),
    ),
    "the total of a course is not divided, in one row of a giving either": (
        row(concept="ivig", text="2 g/kg over 5 days"),
        ("2000 mg/kg per course; given 2026-01-05; derived: read from the text; total-by-amount; "
        "missing: how the total is divided over its days; a weight that is fresh on that day"),
    ),
    "a total on one day is that day's": (
        row(concept="ivig", text="total 30 g over 1 day"),
        "30000 mg per course; given 2026-01-05; derived: read from the text",
    ),
    "days of one stated dose are added up": (
        row(concept="ivig", status=ORDERED, is_spell=True, end_said="ongoing",
            text="20 g daily for 5 days every 4 weeks"),
        ("100000 mg per course every P28D; ordered 2026-01-05, ongoing; "
        "derived: read from the text"),
    ),
    "every other day has a mean a day": (
        row(concept="prednisone", status=ORDERED, is_spell=True, end_said="ongoing",
            text="25 mg every other day"),
        ("25 mg per dose every P2D; ordered 2026-01-05, ongoing; derived: read from the text; "
        "alternate-days, 12.5 mg per day on average"),
    ),
    "a stated interval of two days has it too": (
        row(concept="prednisone", is_spell=True, end_said="ongoing", value=Decimal(25),
            unit="mg", interval="P2D"),
        ("25 mg per dose every P2D; given 2026-01-05, ongoing; stated: the row states it; "
        "alternate-days, 12.5 mg per day on average"),
    ),
    "two amounts by turns are their mean": (
        row(concept="prednisone", status=ORDERED, is_spell=True, end_said="ongoing",
            text="40/20 mg alternate days"),
        ("30 mg per day; ordered 2026-01-05, ongoing; derived: read from the text; "
        "alternate-days"),
    ),
    "one giving of two amounts by turns is one of them": (
        row(concept="prednisone", text="40/20 mg alternate days"),
        "20 to 40 mg per dose; given 2026-01-05; derived: read from the text; alternate-days",
    ),
    "od is said to be once a day": (
        row(concept="prednisone", status=ORDERED, is_spell=True, end_said="ongoing",
            text="40 mg od"),
        ("40 mg per dose every P1D; ordered 2026-01-05, ongoing; derived: read from the text; "
        "od-daily"),
    ),
    "od is asked of a drug that is given into the eye": (
        row(status=ORDERED, is_spell=True, end_said="ongoing", text="500 mg od"),
        ("amount unknown; ordered 2026-01-05, ongoing; ambiguous: read from the text; "
        "missing: The letters od are once a day to some and the right eye to others."),
    ),
    "a text with two meanings gives no amount and asks": (
        row(status=ORDERED, is_spell=True, text="2 g over 2 days every 4 weeks",
            end_said="ongoing"),
        ("amount unknown; ordered 2026-01-05, ongoing; ambiguous: read from the text; "
        "missing: The amount can be the total of the course or the dose of each day."),
    ),
    "a dose of a stretch without a rhythm is ambiguous": (
        row(value=Decimal(500), unit="mg", is_spell=True, end_said="ongoing"),
        ("500 mg; given 2026-01-05, ongoing; ambiguous: the row states it; "
        "missing: how often it is given"),
    ),
    "what was not given has no amount and misses none": (
        row(status=EventStatus.NOT_GIVEN),
        "amount unknown; not-given 2026-01-05; unknown: nothing tells it",
    ),
    "an upper bound stays one": (
        row(value_high=Decimal(20), unit="mg"),
        "up to 20 mg per dose; given 2026-01-05; stated: the row states its bounds",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "says"), ROWS.values(), ids=ROWS.keys())
def test_a_row_of_a_source_has_a_normal_form(event: Event, says: str) -> None:
    assert [say_dose(dose) for dose in resolved(event)] == [says]


def test_milligrams_of_a_dose_by_weight_come_from_the_fresh_weight() -> None:
    (dose,) = doses("ivig", WEIGHT, {"ivig": "0.4 g/kg", "on": "2026-01-05"})
    assert dose_row(dose)["mg"] == ["24000", "24000"]


def test_grams_with_a_weight_nearby_are_told_by_weight_too() -> None:
    (dose,) = doses("ivig", WEIGHT, {"ivig": "25 g", "on": "2026-01-05"})
    assert dose_row(dose)["mg_per_kg"] == ["416.6667", "416.6667"]


def test_two_weeks_apart_is_two_doses_and_how_many_more_is_asked() -> None:
    order = request(dosageInstruction=[dosage(text="20 mg two weeks apart")])
    found = doses_of(RecordIndex(read(order)), "prednisone", catalogue())
    assert [say_dose(one) for one in found] == [
        f"20 mg per dose; ordered {day}; derived: read from the text; "
        "missing: How many doses are given is not said."
        for day in ("2026-01-05", "2026-01-19")
    ]


def test_a_relative_calendar_is_never_told_in_dates_and_an_unknown_day_has_no_weight() -> None:
    weight: dict[str, object] = {"weight": "60 kg", "on": "M0"}
    found = doses("ivig", weight, {"ivig": "0.4 g/kg", "on": "M1"},
                  {"ivig": "0.4 g/kg", "on": {"after": "M2"}})  # fmt: skip
    assert [(one.when, one.in_mg is not None) for one in found] == [
        ("M1", True),
        ("after M2", False),
    ]
    assert found[1].missing == ("a weight that is fresh on that day", "the day of it")


def test_a_stop_and_a_plan_are_no_doses() -> None:
    rows = (row(1, status=EventStatus.PLANNED, value=Decimal(1), unit="g"),
            row(2, status=EventStatus.STOPPED))  # fmt: skip
    assert resolved(*rows) == ()


# ---------------------------------------------------------------- told against one another


def dose(number: int, day: int, status: EventStatus, amount: str = "1", group: str = "") -> Event:
    """So many grams of rituximab on a day."""
    at = FIRST + timedelta(days=day)
    value = Decimal(amount) if amount else None
    return row(number, time=at, value=value, unit="g" if amount else "", status=status, group=group)


def counted(*events: Event) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: count for name, count in reconciled(resolved(*events)).counts.items() if count}


def test_what_was_ordered_and_given_is_counted_apart_from_what_was_not() -> None:
    events = (
        dose(1, 0, ORDERED),
        dose(2, 1, GIVEN),
        dose(3, 14, ORDERED),
        dose(4, 180, GIVEN),
        dose(5, 200, ORDERED),
        dose(6, 201, GIVEN, "0.5"),
        dose(7, 300, ORDERED, ""),
        dose(8, 300, GIVEN),
        dose(9, 400, EventStatus.NOT_GIVEN, ""),
    )
    assert counted(*events) == {
        "ordered and given": 3,
        "ordered, giving not recorded": 1,
        "given without order": 1,
        "amounts differ": 1,
        "amounts not comparable": 1,
        "not given": 1,
    }


def test_a_thousand_milligrams_are_the_gram_that_was_ordered() -> None:
    given = replace(dose(2, 0, GIVEN, "1000"), unit="mg")
    assert counted(dose(1, 0, ORDERED), given) == {"ordered and given": 1}


def test_an_ordered_stretch_has_the_givings_within_it() -> None:
    stretch = row(1, status=ORDERED, value=Decimal(1), unit="g", is_spell=True, interval="P14D",
                  end_time=FIRST + timedelta(days=20))  # fmt: skip
    events = (stretch, dose(2, 0, GIVEN), dose(3, 14, GIVEN), dose(4, 90, GIVEN))
    assert counted(*events) == {"ordered and given": 1, "given without order": 1}


DRAWN = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from([GIVEN, ORDERED, EventStatus.NOT_GIVEN, EventStatus.REPORTED]),
        st.sampled_from(["", "0.5", "1"]),
        st.sampled_from(["", "a", "b"]),
        st.booleans(),
    ),
    max_size=20,
)
Drawn = list[tuple[int, EventStatus, str, str, bool]]


def told(drawn: Drawn) -> tuple[Dose, ...]:
    """The doses of drawn rows."""
    rows = [
        replace(dose(n, day, status, amount, group), is_spell=is_spell, interval="P7D" * is_spell)
        for n, (day, status, amount, group, is_spell) in enumerate(drawn)
    ]
    return resolved(*rows) if rows else ()


@given(DRAWN, st.randoms(use_true_random=False))
def test_reconciling_loses_nothing_and_neither_order_nor_repetition_changes_it(
    drawn: Drawn, chance: random.Random
) -> None:
    own = told(drawn)
    found = reconciled(own)
    assert found.doses == own
    assert reconciled(found.doses) == found
    mixed = list(own)
    chance.shuffle(mixed)
    assert reconciled(mixed) == found


@given(DRAWN)
def test_each_order_and_each_giving_is_told_once(drawn: Drawn) -> None:
    found: Reconciled = reconciled(told(drawn))
    single = [one for one in found.orders if not one.ordered.is_stretch]
    in_reach = [
        abs(answer.start.toordinal() - one.ordered.start.toordinal()) <= 3
        or (answer.group and answer.group == one.ordered.group)
        for one in single
        for answer in one.given
    ]
    assert all(in_reach)
    assert all(len(one.given) <= 1 for one in single)


@given(st.decimals("0.001", "100", places=3), st.sampled_from(["", "/kg", "/m2", "/d", "/kg/d"]))
def test_the_same_amount_in_another_unit_is_the_same_dose(grams: Decimal, below: str) -> None:
    forms = [
        resolved(row(value=grams * times, unit=unit + below))
        for unit, times in (("g", 1), ("mg", 1000), ("ug", 1_000_000))
    ]
    assert forms[0] == forms[1] == forms[2]
    assert forms[0][0].amount == grams * 1000


@pytest.fixture
def ten_of_mimic(tmp_path: Path) -> Path:
    """The first ten subjects of the MIMIC-IV demo."""
    rows = pl.scan_parquet(shared("data/meds/mimic_iv_demo_meds_events.parquet")).collect()
    first = rows["subject_id"].unique().sort()[:10].to_list()
    rows.filter(pl.col("subject_id").is_in(first)).write_parquet(tmp_path / "ten.parquet")
    return tmp_path / "ten.parquet"


def test_given_rows_of_mimic_have_no_amount_that_they_do_not_tell(ten_of_mimic: Path) -> None:
    assert _seen(ten_of_mimic) > 100


def test_supplies_and_orders_of_omop_have_no_amount_that_they_do_not_tell() -> None:
    assert _seen(shared("data/omop/Synthea27Nj_5.4.zip")) > 100


def _seen(path: Path) -> int:
    """How many doses were seen; each without an amount says what is missing."""
    known = catalogue()
    seen = 0
    for record in open_record(path):
        index = RecordIndex(record)
        rows = {event.event_id: event for event in record.events}
        for concept in index.concepts:
            if not known.concept(concept).is_drug:
                continue
            for one in doses_of(index, concept, known):
                seen += 1
                event = rows[one.event_ids[0]]
                tells = event.value is not None or bool(event.text)
                assert tells or one.amount is None
                if one.low is None and one.high is None:
                    assert one.confidence in (Confidence.UNKNOWN, Confidence.AMBIGUOUS)
                    assert one.missing or one.standing is Standing.NOT_GIVEN
    return seen
