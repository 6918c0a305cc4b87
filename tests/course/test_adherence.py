"""Planned against given: every expected number is worked out by hand beside its case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.quantity import Quantity
from stepline.course.adherence import adherence_of
from stepline.course.adherence_model import Adherence, Gap
from stepline.course.model import Course
from stepline.course.planned import planned_events
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue
from tests.support.plans import planned


def only(
    entries: list[object], regimen: str, until: str = "", *, carry_over: bool = False
) -> Adherence:
    """The adherence of the one course of a record, against the regimen it is read as."""
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    assert course.regimen == regimen
    last = date.fromisoformat(until) if until else None
    return adherence_of(
        course, index, packaged().regimen(regimen), until=last, carry_over=carry_over
    )


def weekly(days: list[int], amount: str = "0.4 g/kg") -> list[object]:
    """Infusions on days counted from Monday 5 January 2026."""
    first = date(2026, 1, 5)
    return [{"ivig": amount, "on": (first + timedelta(days=n)).isoformat()} for n in days]


def test_ten_weekly_doses_in_time_are_all_of_the_plan() -> None:
    found = only(weekly([7 * n for n in range(10)]), "ivig-400-weekly")
    assert (found.planned_doses, found.given_doses) == (10, 10)
    assert found.proportion_of_days_covered == found.medication_possession_ratio == 1
    assert found.relative_dose_intensity == found.relative_total_dose == 1
    assert found.window_days == 63  # nine weeks, up to the day before the last dose
    assert found.gaps == ()
    assert found.delays is not None
    assert (found.delays.late, found.delays.longest, found.delays.behind) == (0, 0, 0)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal("4.0"), "g/kg")


def test_a_missed_week_is_a_gap_of_seven_days_and_a_tenth_of_the_dose() -> None:
    found = only(weekly([7 * n for n in range(11) if n != 5]), "ivig-400-weekly")
    assert (found.planned_doses, found.given_doses) == (11, 10)
    assert found.gaps == (Gap(date(2026, 2, 9), date(2026, 2, 15)),)
    assert found.gaps[0].days == 7
    assert found.proportion_of_days_covered == Fraction(63, 70)
    assert found.relative_dose_intensity == Fraction(10, 11)  # 4 g/kg in 77 days, not in 70
    assert found.relative_total_dose == Fraction(10, 11)
    assert found.delays is not None
    assert (found.delays.late, found.delays.longest, found.delays.behind) == (1, 7, 7)
    assert found.delays.median == 0


def test_a_dose_two_days_late_moves_those_after_it_and_is_one_delay() -> None:
    found = only(weekly([0, 7, 16, 23, 30]), "ivig-400-weekly")
    assert found.delays is not None
    assert found.delays.days == (0, 2, 0, 0)
    assert found.delays.behind == 2
    assert found.relative_dose_intensity == Fraction(35, 37)
    assert found.gaps == (Gap(date(2026, 1, 19), date(2026, 1, 20)),)


def test_early_doses_cover_each_day_once_unless_they_are_carried_over() -> None:
    entries = weekly([0, 7, 12, 21, 28])
    plain = only(entries, "ivig-400-weekly")
    assert plain.days_covered == 26  # days 19 and 20 of 28 are without
    assert plain.medication_possession_ratio == Fraction(28, 28)
    carried = only(entries, "ivig-400-weekly", carry_over=True)
    assert carried.days_covered == 28
    assert plain.delays is not None
    assert plain.delays.early == 1


def test_up_to_a_day_what_is_not_given_by_then_counts() -> None:
    entries = weekly([0, 7, 14, 21])
    found = only(entries, "ivig-400-weekly", until="2026-03-01")  # day 55; doses due on 0 … 49
    assert (found.planned_doses, found.given_doses) == (8, 4)
    assert found.proportion_of_days_covered == Fraction(28, 56)
    assert found.relative_dose_intensity == Fraction(28, 56)
    assert found.gaps == (Gap(date(2026, 2, 2), date(2026, 3, 1)),)


def test_doses_after_the_day_looked_at_do_not_count() -> None:
    found = only(weekly([7 * n for n in range(10)]), "ivig-400-weekly", until="2026-01-25")
    assert (found.planned_doses, found.given_doses) == (3, 3)
    assert found.proportion_of_days_covered == 1


def test_a_regimen_of_six_courses_is_held_to_all_six() -> None:
    entries: list[object] = [
        {"ivig": "2 g/kg", "on": f"2026-0{month}-05..2026-0{month}-09"} for month in range(1, 5)
    ]
    found = only(entries, "ivig-2g-over-5d-monthly")
    assert (found.planned_doses, found.given_doses) == (6, 4)
    assert found.relative_total_dose == Fraction(4, 6)
    assert found.relative_dose_intensity == 1  # as long as it was given, it was given as planned
    so_far = only(entries, "ivig-2g-over-5d-monthly", until="2026-04-20")
    assert so_far.planned_doses == 4


def test_a_month_is_a_calendar_month() -> None:
    entries: list[object] = [
        {"ivig": "2 g/kg", "on": "2026-01-31..2026-02-04"},
        {"ivig": "2 g/kg", "on": "2026-02-28..2026-03-04"},
        {"ivig": "2 g/kg", "on": "2026-03-31..2026-04-04"},
    ]
    found = only(entries, "ivig-2g-over-5d-monthly")
    assert found.delays is not None
    assert found.delays.behind == 0


def test_grams_are_compared_with_the_weight_of_the_day() -> None:
    entries = [
        {"weight": "60 kg", "on": "2025-12-20"},
        {"weight": "80 kg", "on": "2026-02-01"},
        *weekly([7 * n for n in range(8)], "24 g"),
    ]
    found = only(entries, "ivig-400-weekly")
    # Four doses at 60 kg are 400 mg/kg, four at 80 kg are 300: 2.8 of 3.2 g/kg.
    assert found.relative_dose_intensity == Fraction(28, 32)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal(192), "g")


def test_a_dose_that_is_not_known_leaves_the_intensity_open_and_the_days_known() -> None:
    entries = weekly([7 * n for n in range(10)])
    entries[4] = {"ivig": "unknown", "on": "2026-02-02"}
    found = only(entries, "ivig-400-weekly")
    assert found.relative_dose_intensity is None
    assert found.proportion_of_days_covered == 1
    assert len(found.missing) == 1
    assert "the amount in mg/kg of 1 of 10 doses" in found.missing[0]
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least, total.unknown) == (None, Decimal("3.6"), 1)


def test_two_rituximab_doses_three_weeks_apart_are_a_week_late() -> None:
    found = only([{"rituximab": "1 g", "on": ["2026-01-05", "2026-01-26"]}], "rituximab-1g-x2")
    assert (found.planned_doses, found.given_doses) == (2, 2)
    assert found.delays is not None
    assert found.delays.days == (7,)
    assert found.relative_dose_intensity == Fraction(14, 21)
    assert found.relative_total_dose == 1
    assert found.proportion_of_days_covered is None
    assert any("how long one dose covers" in one for one in found.missing)


def test_a_daily_drug_with_a_break_is_covered_on_the_days_it_was_taken() -> None:
    entries: list[object] = [
        {"mycophenolate": "2 g/d", "from": "2026-01-01", "until": "2026-01-31"},
        {"mycophenolate": "2 g/d", "from": "2026-02-10", "until": "2026-02-28"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    found = adherence_of(course, index, packaged().regimen(course.regimen))
    assert (found.given_doses, found.planned_doses) == (50, 59)
    assert found.proportion_of_days_covered == Fraction(50, 59)
    assert found.gaps == (Gap(date(2026, 2, 1), date(2026, 2, 9)),)
    assert found.relative_dose_intensity == Fraction(50, 59)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal(100), "g")


def supplies(regimen: str, amount: int, unit: str, *stretches: tuple[str, str]) -> Adherence:
    """The adherence of supplies, as a dispensing record has them, that are one course."""
    known = packaged().regimen(regimen)
    every = str(known.repeat.every) if known.repeat and known.repeat.every else ""
    rows = [
        Event(
            number,
            datetime.fromisoformat(start),
            known.drug,
            known.drug,
            Decimal(amount),
            unit=unit,
            end_time=datetime.fromisoformat(end),
            is_spell=True,
            interval=every,
        )
        for number, (start, end) in enumerate(stretches, 1)
    ]
    ids = tuple(event.event_id for event in rows)
    course = Course(1, regimen, known.drug, "", "", "", rows[0].time, rows[-1].end_time, ids)
    return adherence_of(course, RecordIndex(Record(Subject(1), tuple(rows))), known)


def test_a_supply_that_begins_on_the_last_day_of_another_is_no_second_dose() -> None:
    dates = (("2026-01-05", "2026-03-30"), ("2026-03-30", "2026-06-22"))
    weekly_doses = supplies("methotrexate-weekly", 15, "mg", *dates)
    # 24 weeks have 25 Mondays, both ends included; 30 March counts once.
    assert (weekly_doses.given_doses, weekly_doses.planned_doses) == (25, 25)
    assert weekly_doses.relative_dose_intensity == 1
    daily_doses = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert (daily_doses.given_doses, daily_doses.planned_doses) == (169, 169)
    assert daily_doses.medication_possession_ratio == 1
    assert daily_doses.relative_dose_intensity == 1


def test_an_early_supply_is_more_in_hand_and_not_more_taken() -> None:
    dates = (("2026-01-01", "2026-01-30"), ("2026-01-21", "2026-02-19"))
    found = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert found.given_doses == 50
    assert found.medication_possession_ratio == Fraction(60, 50)
    assert found.relative_dose_intensity == 1
    assert any("a later one had begun" in one for one in found.missing)


def test_a_supply_within_another_leaves_open_what_was_taken() -> None:
    dates = (("2026-01-01", "2026-04-10"), ("2026-01-20", "2026-01-30"))
    found = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert (found.given_doses, found.relative_dose_intensity) == (None, None)
    assert found.proportion_of_days_covered is None
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least) == (None, Decimal(60))  # 19 and 11 days
    assert any("a later one had begun" in one for one in found.missing)


def test_a_spell_without_an_end_gives_no_ratio_and_says_so() -> None:
    entries: list[object] = [{"mycophenolate": "2 g/d", "from": "2026-01-01"}]
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    found = adherence_of(course, index, packaged().regimen(course.regimen))
    assert found.proportion_of_days_covered is None
    assert found.cumulative is not None
    assert found.cumulative.exact is None
    assert any("ended" in one for one in found.missing)


def test_a_spell_whose_days_are_a_bound_counts_one_dose_as_certain() -> None:
    spell = Event(
        1, datetime(2026, 1, 1), "mycophenolate", "mycophenolate", Decimal(2), unit="g/d",
        is_spell=True, time_exact=False, end_time=datetime(2026, 3, 1), end_exact=False,
    )  # fmt: skip
    course = Course(1, "", spell.concept, "", "", "", spell.time, spell.end_time, (1,))
    index = RecordIndex(Record(Subject(1), (spell,)))
    found = adherence_of(course, index, packaged().regimen("mycophenolate-daily"))
    assert (found.given_doses, found.proportion_of_days_covered) == (None, None)
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least, total.unknown) == (None, Decimal(2), 1)


def test_weekly_doses_moved_to_three_days_apart_stay_two() -> None:
    rows = tuple(
        Event(n, datetime(2026, 1, day), "ivig", "ivig", Decimal("0.4"), unit="g/kg")
        for n, day in enumerate((1, 11, 14, 22), 1)
    )
    course = Course(1, "", "ivig", "", "", "", rows[0].time, rows[-1].time, (1, 2, 3, 4))
    regimen = packaged().regimen("ivig-400-weekly")
    found = adherence_of(course, RecordIndex(Record(Subject(1), rows)), regimen)
    assert found.given_doses == 4
    assert found.delays is not None
    assert found.delays.days == (3, -4, 1)


def test_a_regimen_that_states_a_maximum_has_no_planned_dose() -> None:
    entries: list[object] = [
        {"weight": "60 kg", "on": "2026-01-01"},
        {"prednisone": "60 mg/d", "from": "2026-01-01", "until": "2026-01-31"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    course = recognise(index, packaged().regimens, catalogue())[0]
    found = adherence_of(course, index, packaged().regimen("prednisone-high-dose"))
    assert found.relative_dose_intensity is None
    assert found.relative_dose_intensity_at_least == Fraction(2, 3)  # 1 of up to 1.5 mg/kg/d
    assert found.proportion_of_days_covered == 1
    assert any("at most" in one for one in found.missing)


def test_a_course_without_a_regimen_has_its_total_and_says_what_is_missing() -> None:
    index = RecordIndex(record_from_entries(weekly([0, 50, 100], "1.9 g/kg"), file="test"))
    for course in recognise(index, packaged().regimens, catalogue()):
        found = adherence_of(course, index, None)
        assert found.planned_doses is None
        assert found.cumulative is not None
        assert any("what was planned" in one for one in found.missing)


def held(rows: list[Event], regimen: str) -> Adherence:
    """The adherence of the one course of some rows, against the regimen it is read as."""
    index = RecordIndex(Record(Subject(1), tuple(rows)))
    (course,) = recognise(index, packaged().regimens, catalogue())
    assert course.regimen == regimen
    return adherence_of(course, index, packaged().regimen(regimen))


def dose(number: int, day: int, drug: str, amount: str, *, ordered: bool = False) -> Event:
    """A dose on a day counted from 1 January 2026."""
    value, _, unit = amount.partition(" ")
    time = datetime(2026, 1, 1) + timedelta(days=day)
    status = EventStatus.ORDERED if ordered else EventStatus.GIVEN
    return Event(number, time, drug, drug, Decimal(value), unit=unit, status=status)


def test_a_daily_drug_that_is_recorded_dose_by_dose_counts_each_day() -> None:
    days = [day for day in range(30) if day != 9]
    rows = [dose(2 * day + half, day, "mycophenolate", "1 g") for day in days for half in (0, 1)]
    found = held(rows, "mycophenolate-daily")
    assert (found.given_doses, found.planned_doses) == (29, 30)
    assert found.gaps == (Gap(date(2026, 1, 10), date(2026, 1, 10)),)
    assert found.relative_dose_intensity == Fraction(29, 30)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal(58), "g")


def test_a_row_that_is_written_twice_is_given_once() -> None:
    rows = [dose(day, day, "ivig", "0.4 g/kg") for day in range(0, 70, 7)]
    found = held([*rows, dose(99, 14, "ivig", "0.4 g/kg")], "ivig-400-weekly")
    assert found.given_doses == 10
    assert found.relative_dose_intensity == 1
    assert found.cumulative is not None
    assert found.cumulative.exact == Decimal("4.0")


def test_a_dose_that_is_not_believed_is_not_counted_as_an_amount() -> None:
    rows = [dose(n, 7 * n, "ivig", "4 g/kg" if n == 5 else "0.4 g/kg") for n in range(10)]
    found = held(rows, "ivig-400-weekly")
    assert (found.given_doses, found.planned_doses) == (10, 10)
    assert found.relative_dose_intensity is None
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.at_least) == (None, Decimal("3.6"))
    assert any("1 of its 10 rows: what is written does not fit" in one for one in found.missing)


def test_a_supply_that_is_written_twice_is_taken_once() -> None:
    first, last = datetime(2026, 1, 1), datetime(2026, 1, 30)
    rows = [
        Event(n, first, "mycophenolate", "mycophenolate", Decimal(2), unit="g/d", is_spell=True,
              end_time=last)
        for n in (1, 2)
    ]  # fmt: skip
    found = held(rows, "mycophenolate-daily")
    assert found.given_doses == 30
    assert found.relative_dose_intensity == 1
    assert found.cumulative is not None
    assert found.cumulative.exact == 60


def test_an_order_that_stands_in_is_counted_and_told() -> None:
    rows = [dose(n, 7 * n, "ivig", "0.4 g/kg", ordered=n == 5) for n in range(10)]
    found = held(rows, "ivig-400-weekly")
    assert found.given_doses == 10
    assert found.relative_dose_intensity == 1
    assert found.missing == ("whether 1 of its 10 rows was given: only the order is recorded",)


def sized(weight: str, height: str, *doses: object) -> list[object]:
    """Doses of a body that was measured on 1 January 2026; an empty measure is not recorded."""
    measures = {"weight": weight, "height": height}
    return [*({k: v, "on": "2026-01-01"} for k, v in measures.items() if v), *doses]


RIM = "rituximab-1g-weekly-x2"


@pytest.mark.parametrize(
    ("second", "rate"),
    [
        # 170 cm and 70 kg are 1.818 m², and 750 mg/m² of them are 1.364 g: capped at 1 g.
        ("1 g", Fraction(1)),
        ("900 mg", Fraction(19, 20)),
    ],
)
def test_a_dose_that_is_capped_is_planned_at_the_cap(second: str, rate: Fraction) -> None:
    doses = [{"rituximab": "1 g", "on": "2026-01-05"}, {"rituximab": second, "on": "2026-01-12"}]
    found = only(sized("70 kg", "170 cm", *doses), RIM)
    assert found.relative_dose_intensity == found.relative_total_dose == rate


@pytest.mark.parametrize(
    ("weight", "height", "says"),
    [
        ("70 kg", "", "the planned amount of 2 of 2 doses: weight and height by then"),
        ("", "", "the planned amount of 2 of 2 doses: weight and height by then"),
        ("45 kg", "150 cm", "a surface above 1.5 m²"),  # it has 1.369 m²
    ],
)
def test_a_capped_dose_of_a_body_that_is_not_known_is_not_planned(
    weight: str, height: str, says: str
) -> None:
    doses = [{"rituximab": "1 g", "on": ["2026-01-05", "2026-01-12"]}]
    found = only(sized(weight, height, *doses), RIM)
    assert (found.relative_dose_intensity, found.relative_total_dose) == (None, None)
    assert says in " ".join(found.missing)
    # Two grams at most are planned for any body that the regimen is for.
    least = None if weight == "45 kg" else 1
    assert found.relative_dose_intensity_at_least == least


def test_a_body_that_was_measured_later_plans_nothing() -> None:
    doses = [{"rituximab": "1 g", "on": ["2025-12-20", "2025-12-27"]}]
    found = only(sized("70 kg", "170 cm", *doses), RIM)
    assert found.relative_dose_intensity is None
    assert any("by then" in one for one in found.missing)


@given(
    st.integers(300, 2500).map(lambda n: Decimal(n) / 10),
    st.integers(1, 60).map(lambda n: Decimal(n) / 10),
    st.integers(1, 500),
)
def test_a_daily_dose_by_weight_is_planned_up_to_its_cap(
    weight: Decimal, per_kg: Decimal, cap: int
) -> None:
    regimen = packaged().regimen("mycophenolate-daily")
    give = replace(regimen.give, dose=Quantity(per_kg, "mg/kg/d"),
                   capped_at=Quantity(Decimal(cap), "mg/d"))  # fmt: skip
    rows = (
        Event(1, datetime(2026, 1, 1), "weight", "weight", weight, unit="kg"),
        Event(2, datetime(2026, 1, 1), "mycophenolate", "mycophenolate", Decimal(100),
              unit="mg/d", is_spell=True, end_time=datetime(2026, 1, 10)),
    )  # fmt: skip
    course = Course(1, "", "mycophenolate", "", "", "", rows[1].time, rows[1].end_time, (2,))
    index = RecordIndex(Record(Subject(1), rows))
    found = adherence_of(course, index, replace(regimen, give=give))
    planned = min(Fraction(per_kg) * Fraction(weight), Fraction(cap))
    assert found.relative_dose_intensity == Fraction(100) / planned


def test_a_new_weight_changes_a_daily_dose_that_is_below_its_cap() -> None:
    regimen = packaged().regimen("mycophenolate-daily")
    give = replace(regimen.give, dose=Quantity(Decimal(10), "mg/kg/d"),
                   capped_at=Quantity(Decimal(750), "mg/d"))  # fmt: skip
    entries = [
        {"weight": "60 kg", "on": "2026-01-01"},
        {"weight": "90 kg", "on": "2026-01-06"},
        {"mycophenolate": "600 mg/d", "from": "2026-01-01", "until": "2026-01-10"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, (), catalogue())
    found = adherence_of(course, index, replace(regimen, give=give))
    assert found.relative_dose_intensity == Fraction(6000, 5 * 600 + 5 * 750)


TAPER = "prednisolone-taper-5-mg-every-2-weeks"


def stepwise(weight: str, *steps: tuple[int, int]) -> Adherence:
    """Daily doses in mg for so many days each, from 5 January 2026, of a body of that weight."""
    entries: list[object] = [{"weight": weight, "on": "2026-01-01"}] if weight else []
    day = date(2026, 1, 5)
    for amount, days in steps:
        last = day + timedelta(days=days - 1)
        said = {"from": day.isoformat(), "until": last.isoformat()}
        entries.append({"prednisolone": f"{amount} mg/d", **said})
        day = last + timedelta(days=1)
    return only(entries, TAPER)


def test_a_taper_of_stated_steps_is_planned_step_by_step() -> None:
    # 82 kg: 1 mg/kg is capped at 75 mg for six weeks, then 5 mg less every two weeks.
    found = stepwise("82 kg", (75, 42), (70, 14), (65, 14), (60, 14))
    assert found.relative_dose_intensity == found.relative_total_dose == 1
    assert (found.given_doses, found.planned_doses, found.missing) == (84, 84, ())
    slower = stepwise("82 kg", (75, 42), (70, 14), (65, 28))
    assert slower.relative_dose_intensity == Fraction(3150 + 980 + 1820, 3150 + 980 + 910 + 840)


def test_a_taper_begins_at_the_dose_of_its_body_in_whole_tablets() -> None:
    # 52 kg: 1 mg/kg is 52 mg, which 5 mg tablets make 50 mg of.
    found = stepwise("52 kg", (50, 42), (45, 14), (40, 14))
    assert found.relative_dose_intensity == 1


def test_what_follows_the_last_stated_step_is_not_planned_and_not_counted() -> None:
    # 40 kg: 40 mg for six weeks, 35 and 30 mg for two weeks each, 25 mg from day 71 on.
    steps = ((40, 42), (35, 14), (30, 14), (25, 14), (20, 14), (15, 28))
    found = stepwise("40 kg", *steps)
    assert found.relative_dose_intensity == 1
    assert found.given_doses == 126
    assert found.missing == (
        "what was planned from day 71 on: the steps are stated down to 25 mg a day",
    )


def test_a_taper_of_a_body_that_is_not_known_has_days_and_no_amounts() -> None:
    found = stepwise("", (50, 42), (45, 14), (40, 14))
    assert (found.given_doses, found.planned_doses) == (70, 70)
    assert found.proportion_of_days_covered == 1
    assert found.relative_dose_intensity is None
    assert any("weight is missing" in one for one in found.missing)


def test_a_taper_whose_steps_no_source_states_has_days_and_no_amounts() -> None:
    entries: list[object] = [
        {"weight": "60 kg", "on": "2026-01-01"},
        {"prednisone": "90 mg/d", "from": "2026-01-01", "until": "2026-01-28"},
        {"prednisone": "60 mg/d", "from": "2026-01-29", "until": "2026-02-25"},
        {"prednisone": "30 mg/d", "from": "2026-02-26", "until": "2026-03-25"},
        {"prednisone": "5 mg/d", "from": "2026-03-26", "until": "2026-04-22"},
    ]
    found = only(entries, "prednisone-taper")
    assert (found.given_doses, found.planned_doses) == (112, 112)
    assert (found.relative_dose_intensity, found.relative_dose_intensity_at_least) == (None, None)
    assert any("the plan" in one for one in found.missing)


PLANS = ["ivig-2g-over-5d-monthly", "ivig-400-weekly", "rituximab-1g-x2", "rituximab-375-weekly-x4"]


@pytest.mark.parametrize(
    "regimen",
    [one.id for one in packaged().regimens if one.id in PLANS],
)
def test_a_plan_given_as_planned_is_adhered_to_in_every_way(regimen: str) -> None:
    plan = planned(regimen)
    rows = planned_events(plan, status=EventStatus.GIVEN)
    index = RecordIndex(Record(Subject(1), rows))
    ids = tuple(event.event_id for event in rows)
    course = Course(1, regimen, rows[0].concept, "", "", "", rows[0].time, rows[-1].time, ids)
    found = adherence_of(course, index, plan, until=date(2026, 3, 1))
    assert found.planned_doses == found.given_doses
    assert found.relative_total_dose == 1
    assert found.missing == () or "how long" in found.missing[0]


@given(st.lists(st.integers(1, 20), min_size=2, max_size=30), st.booleans())
def test_covered_days_and_gaps_make_up_the_window(gaps: list[int], carry_over: bool) -> None:
    day = datetime(2026, 1, 1)
    rows = []
    for number, gap in enumerate(gaps, 1):
        rows.append(Event(number, day, "ivig", "ivig", Decimal("0.4"), unit="g/kg"))
        day += timedelta(days=gap + 1)
    index = RecordIndex(Record(Subject(1), tuple(rows)))
    ids = tuple(event.event_id for event in rows)
    course = Course(1, "ivig-400-weekly", "ivig", "", "", "", rows[0].time, rows[-1].time, ids)
    regimen = packaged().regimen("ivig-400-weekly")
    found = adherence_of(course, index, regimen, carry_over=carry_over)
    window, covered = found.window_days, found.days_covered
    assert window == (rows[-1].time - rows[0].time).days
    assert covered is not None
    assert covered + sum(gap.days for gap in found.gaps) == window
    if not carry_over:
        used = {e.time.date() + timedelta(days=n) for e in rows[:-1] for n in range(7)}
        assert covered == sum(one < rows[-1].time.date() for one in used)
    assert found.proportion_of_days_covered is not None
    assert found.medication_possession_ratio is not None
    assert found.proportion_of_days_covered <= 1
    assert found.proportion_of_days_covered <= found.medication_possession_ratio
