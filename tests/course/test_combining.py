"""Which courses ran together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import RecordRefused
from stepline.course.combining import Combination, combinations_of
from stepline.course.era_rules import CombinationRules, EraRules
from stepline.course.exposing import exposures_of, undated_of
from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue


def course(
    number: int, drug: str, start: str, end: str | None, regimen: str = "", *, exact: bool = True
) -> Course:
    last = datetime.fromisoformat(end) if end else None
    return Course(
        number, regimen, drug, drug, "", "", datetime.fromisoformat(start), last, (number,),
        ongoing=end is None, start_exact=exact, end_exact=exact,
    )  # fmt: skip


def together(*courses: Course, until: str = "2026-12-31", overlap: int = 30) -> list[Combination]:
    rules = CombinationRules(minimum_overlap=overlap)
    return list(combinations_of(courses, EraRules(), rules, date.fromisoformat(until)))


def test_mycophenolate_beside_immunoglobulin_is_a_combination_for_as_long_as_both_ran() -> None:
    (found,) = together(
        course(1, "mycophenolate", "2026-01-01", "2026-06-30"),
        course(2, "ivig", "2026-03-01", "2026-09-30"),
    )
    assert (found.start, found.end) == (date(2026, 3, 1), date(2026, 6, 30))
    assert (found.drugs, found.courses) == (("ivig", "mycophenolate"), (1, 2))


def test_a_change_of_regimen_ends_no_combination() -> None:
    (found,) = together(
        course(1, "prednisone", "2026-01-01", "2026-12-31"),
        course(2, "ivig", "2026-01-01", "2026-05-05", "ivig-2g-over-5d-monthly"),
        course(3, "ivig", "2026-06-01", "2026-11-01", "ivig-400-weekly"),
    )
    assert found.courses == (1, 2, 3)
    assert (found.start, found.end) == (date(2026, 1, 1), date(2026, 11, 1))
    assert "ivig-2g-over-5d-monthly, ivig-400-weekly" in found.says


def test_an_ongoing_partner_runs_to_the_last_day_known() -> None:
    (found,) = together(
        course(1, "mycophenolate", "2026-01-01", None),
        course(2, "ivig", "2026-02-01", None),
        until="2026-05-01",
    )
    assert found.ongoing
    assert found.end == date(2026, 5, 1)


def test_an_ongoing_course_without_a_last_day_is_refused() -> None:
    with pytest.raises(RecordRefused) as refusal:
        combinations_of([course(1, "ivig", "2026-01-01", None)], EraRules(), CombinationRules())
    assert [one.code for one in refusal.value.problems] == ["ongoing-without-day"]


def test_a_course_of_which_no_day_is_known_is_in_no_combination() -> None:
    found = together(
        course(1, "azathioprine", "2026-01-01", "2026-01-01", exact=False),
        course(2, "ivig", "2026-01-01", "2026-06-01"),
        overlap=1,
    )
    assert found == []


def test_a_short_overlap_is_a_switch_and_no_combination() -> None:
    courses = (
        course(1, "ivig", "2026-01-01", "2026-04-10"),
        course(2, "rituximab", "2026-04-01", "2026-08-01"),
    )
    assert together(*courses) == []
    assert len(together(*courses, overlap=10)) == 1


def test_the_drugs_of_the_case_before_day_zero_lie_in_no_era() -> None:
    index = RecordIndex(seed_case())
    undated = [event.concept for event in undated_of(index, packaged().regimens, catalogue())]
    assert undated == ["azathioprine", "methotrexate", "methylprednisolone", "prednisone"]
    placed = {one.drug for one in exposures_of(index, packaged().regimens, catalogue())}
    assert placed == {"ivig", "prednisone", "rituximab"}


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ivig", "methotrexate", "prednisone"]),
        st.integers(1, 60),
        st.sampled_from([None, 7, 28]),
        st.sampled_from(["given", "ordered", "not-given", "stopped"]),
    ),
    max_size=20,
)


@given(ROWS)
def test_eras_and_courses_rest_on_the_same_rows(
    rows: list[tuple[str, int, int | None, str]],
) -> None:
    first, units = (
        datetime(2026, 1, 1),
        {"ivig": "g/kg", "methotrexate": "mg", "prednisone": "mg/d"},
    )
    events = tuple(
        Event(
            number, first + timedelta(days=day), drug, drug,
            Decimal(15) if status != "stopped" else None, unit=units[drug],
            status=EventStatus(status), is_spell=days is not None,
            end_time=first + timedelta(days=day + days) if days else None,
        )
        for number, (drug, day, days, status) in enumerate(rows, 1)
    )  # fmt: skip
    index = RecordIndex(Record(Subject(1), events))
    regimens = packaged().regimens
    of_eras = {one.event_id for one in exposures_of(index, regimens, catalogue())}
    courses = recognise(index, regimens, catalogue())
    of_courses = {number for course in courses for number in course.event_ids}
    again = {n for c in courses for d in c.deviations if d.kind == "doubled" for n in d.event_ids}
    assert of_courses - again <= of_eras <= of_courses


def test_a_class_names_its_drugs() -> None:
    entries: list[object] = [
        {"prednisone": "20 mg/d", "from": "2026-01-01", "until": "2026-02-01"},
        {"ivig": "0.4 g/kg", "on": "2026-01-01"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    found = exposures_of(index, packaged().regimens, catalogue(), ("glucocorticoid",))
    assert [one.drug for one in found] == ["prednisone"]


def test_the_case_ran_immunoglobulin_beside_its_taper() -> None:
    index = RecordIndex(seed_case())
    courses = recognise(index, packaged().regimens, catalogue())
    last = index.record.last_moment
    assert last is not None
    found = combinations_of(courses, EraRules(), CombinationRules(), last.date())
    assert [one.drugs for one in found] == [("ivig", "prednisone")]
    assert not found[0].end_known
