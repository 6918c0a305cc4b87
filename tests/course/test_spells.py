"""Supplies of a daily drug, a weekly one and tapers are read whatever a row of them went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity
from stepline.course.model import Course
from stepline.course.planned import planned_events
from stepline.course.recognising import recognise
from stepline.course.supplies import as_spells, daily_rows
from stepline.dosing.bodysize import body_size
from stepline.dosing.plan_model import PlanRequest
from stepline.dosing.planning import make_plan
from stepline.dosing.rounding import Policy
from stepline.protocol.loading import packaged
from stepline.protocol.model import Basis, Regimen
from stepline.record.casefile import seed_case
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue
from tests.course.test_planned import is_in_band

START = datetime(2026, 1, 5)
DAY = timedelta(days=1)
BODY = Event(1, START - DAY * 10, "weight", "weight", Decimal(60), unit="kg")


def spell(number: int, first: int, last: int | None, dose: str, drug: str = "prednisone",
          unit: str = "mg/d") -> Event:  # fmt: skip
    """A dose from one day to another; an empty dose is not known, an end may not be known."""
    value = Decimal(dose) if dose else None
    end = START + DAY * last if last is not None else None
    return Event(number + 1, START + DAY * first, drug, drug, value, unit=unit, is_spell=True,
                 end_time=end)  # fmt: skip


def steps(*doses: str, days: int = 14, first: int = 0, after: int = 0) -> list[Event]:
    """Doses that follow on one another, each for so many days."""
    return [
        spell(after + n, first + (n - 1) * days, first + n * days, dose)
        for n, dose in enumerate(doses, 1)
    ]


def supplies(dose: str, count: int, days: int, drug: str = "azathioprine") -> list[Event]:
    """Equal supplies one after another."""
    return [spell(n, (n - 1) * days, n * days, dose, drug) for n in range(1, count + 1)]


def read(rows: list[Event], body: tuple[Event, ...] = (BODY,)) -> tuple[Course, ...]:
    """The courses of one person of 60 kg."""
    record = Record(Subject(1), in_order([*body, *rows]))
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def names(rows: list[Event]) -> list[str]:
    """The regimens that rows are read as."""
    return [course.regimen for course in read(rows)]


def kinds(course: Course) -> list[str]:
    """What differs, by name."""
    return [one.kind for one in course.deviations]


TAPER = ("90", "80", "70", "60", "50", "40", "30", "20", "15", "10", "5")


# ---------------------------------------------------------------- tapers


def test_four_weeks_and_then_steps_are_one_taper_with_its_shape() -> None:
    rows = [spell(1, 0, 28, "90"), *steps(*TAPER[1:], first=28, after=1)]
    (course,) = read(rows)
    assert course.regimen == "prednisone-taper"
    assert course.dose == "90 to 5 mg/d"
    # 85 mg less in 28 + 9 × 14 = 154 days is 85 × 7 / 154 = 3.86 mg a week
    assert (
        "from 90 to 5 mg/d in 154 days, 10 steps, 3.9 mg/d less a week on average" in course.because
    )
    assert kinds(course) == []


def test_a_dose_kept_for_twelve_weeks_is_its_own_course_before_the_taper() -> None:
    rows = [spell(1, 0, 84, "90"), *steps(*TAPER[1:], first=84, after=1)]
    found = read(rows)
    assert [one.regimen for one in found] == ["prednisone-high-dose", "prednisone-taper"]
    assert found[1].start == START + DAY * 84


@pytest.mark.parametrize(
    ("dose", "unit", "kind"),
    [("90", "g/d", "dose-odd"), ("900", "mg/d", "dose-odd"), ("90", "", "unit-missing")],
)
def test_a_dose_kept_for_twelve_weeks_is_its_own_course_also_when_it_is_miswritten(
    dose: str, unit: str, kind: str
) -> None:
    rows = [spell(1, 0, 84, dose, unit=unit), *steps(*TAPER[1:], first=84, after=1)]
    first, taper = read(rows)
    assert (first.regimen, taper.regimen) == ("prednisone-high-dose", "prednisone-taper")
    assert kinds(first) == [kind]
    assert taper.start == START + DAY * 84
    assert first.dose == f"{dose} {unit}".rstrip()  # what is written is never replaced


@pytest.mark.parametrize(("dose", "unit"), [("90", "g/d"), ("900", "mg/d"), ("90", "")])
def test_a_first_step_that_is_miswritten_stays_in_its_taper(dose: str, unit: str) -> None:
    rows = [spell(1, 0, 14, dose, unit=unit), *steps(*TAPER[1:], first=14, after=1)]
    (course,) = read(rows)
    assert course.regimen == "prednisone-taper"
    assert course.dose == "80 to 5 mg/d"


def test_a_dose_that_cannot_be_meant_is_read_as_what_one_slip_makes_of_it() -> None:
    (course,) = read([spell(1, 0, 60, "800")])
    assert course.regimen == "prednisone-high-dose"
    (odd,) = course.deviations
    assert (odd.kind, odd.says) == (
        "dose-odd", "800 mg/d does not fit; a tenth of it would fit",
    )  # fmt: skip


def test_without_a_weight_a_slip_within_a_dose_that_is_kept_begins_no_taper_before_it_falls() -> (
    None
):
    kept = [spell(1, 0, 84, "80"), spell(2, 84, 168, "800"), spell(3, 168, 178, "80")]
    found = read([*kept, *steps(*TAPER[2:], first=178, after=3)], ())
    assert [one.regimen for one in found] == ["prednisone-high-dose", "prednisone-taper"]
    assert found[1].start == START + DAY * 178


def test_a_dose_that_no_slip_explains_is_an_unnamed_course_as_it_is_written() -> None:
    (course,) = read([spell(1, 0, 60, "3000")])
    assert (course.regimen, course.dose, course.deviations) == ("", "3000 mg/d", ())


def test_a_number_without_a_unit_is_read_in_the_unit_of_all_that_can_be_meant() -> None:
    rows = [
        replace(one, unit=unit, interval="P7D")
        for one, unit in zip(
            supplies("25", 4, 84, "methotrexate"), ("mg", "g", "", "mg"), strict=True
        )
    ]
    (course,) = read(rows)
    assert course.regimen == "methotrexate-weekly"
    assert kinds(course) == ["dose-odd", "unit-missing"]


@pytest.mark.parametrize("dose", ["5", "12", "400", "0.8"])
def test_a_dose_that_can_be_meant_is_no_slip_though_another_would_fit(dose: str) -> None:
    assert names([spell(1, 0, 60, dose)]) == [""]


def test_a_taper_by_supplies_of_thirty_days_is_one_taper() -> None:
    assert names(steps(*TAPER[:6], days=30)) == ["prednisone-taper"]


def test_a_prednisolone_taper_keeps_its_first_dose_as_its_regimen_says() -> None:
    doses = ("60", "55", "50", "45", "40", "35", "30", "25")
    rows = [spell(1, 0, 42, "60"), *steps(*doses[1:], first=42, after=1)]
    rows = [replace(one, code="prednisolone", concept="prednisolone") for one in rows]
    assert names(rows) == ["prednisolone-taper-5-mg-every-2-weeks"]


def test_a_maximum_before_a_taper_is_a_course_of_its_own_in_the_published_case() -> None:
    found = recognise(RecordIndex(seed_case()), packaged().regimens, catalogue())
    regimens = [one.regimen for one in found if one.drug == "prednisone"]
    assert regimens == ["prednisone-high-dose", "prednisone-taper"]


def test_a_relapse_within_a_taper_is_a_new_course() -> None:
    down = steps("60", "50", "40", "30", "20")
    again = [spell(6, 70, 112, "60"), *steps("50", "40", "30", "20", "10", first=112, after=6)]
    assert names([*down, *again]) == [
        "prednisone-taper", "prednisone-high-dose", "prednisone-taper",
    ]  # fmt: skip


def test_a_small_rise_is_a_deviation_and_the_taper_goes_on() -> None:
    (course,) = read(steps("60", "50", "40", "30", "20", "25", "20", "15", "10", "5"))
    assert course.regimen == "prednisone-taper"
    assert kinds(course) == ["rise"]


def test_a_step_that_has_no_row_is_missing_and_not_made_up() -> None:
    rows = steps(*TAPER)
    del rows[4]
    (course,) = read(rows)
    assert course.regimen == "prednisone-taper"
    assert [(one.kind, one.says) for one in course.deviations] == [
        ("missing-step", "14 days without a supply")
    ]
    assert any("9 steps" in said for said in course.because)


def test_one_fall_within_the_band_is_a_change_of_dose_and_no_taper() -> None:
    (course,) = read([spell(1, 0, 84, "80"), spell(2, 84, 168, "60")])
    assert course.regimen == "prednisone-high-dose"
    assert [(one.kind, one.says) for one in course.deviations] == [
        ("dose-changed", "80 mg/d to 60 mg/d, kept 84 days")
    ]


def test_a_dose_that_is_changed_again_at_once_is_drift_and_one_that_is_kept_is_a_change() -> None:
    doses = [("100", 0, 84), ("125", 84, 91), ("100", 91, 98), ("150", 98, 266)]
    rows = [spell(n, a, b, dose, "azathioprine") for n, (dose, a, b) in enumerate(doses, 1)]
    (course,) = read(rows)
    assert course.regimen == "azathioprine-daily"
    assert kinds(course) == ["drift", "drift", "dose-changed"]


# ---------------------------------------------------------------- rows that went wrong


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize(
    ("factor", "told"),
    [("10", "a tenth of it"), ("0.1", "ten times it"), ("0.001", "a thousand times it")],
)
def test_a_slip_anywhere_within_a_taper_is_a_deviation_that_says_so(
    number: int, factor: str, told: str
) -> None:
    rows = steps(*TAPER)
    value = rows[number].value
    assert value is not None
    rows[number] = replace(rows[number], value=value * Decimal(factor))
    (course,) = read(rows)
    assert course.regimen == "prednisone-taper"
    assert kinds(course) == ["dose-odd"]
    assert told in course.deviations[0].says
    assert course.deviations[0].event_ids == (rows[number].event_id,)


def test_a_taper_that_goes_on_below_the_last_dose_of_its_regimen_says_so() -> None:
    (course,) = read(steps(*TAPER, "2.5", "1"))
    assert course.regimen == "prednisone-taper"
    assert kinds(course) == ["below-last", "below-last"]


@pytest.mark.parametrize("number", range(11))
def test_a_row_without_a_unit_anywhere_in_a_taper_is_a_deviation(number: int) -> None:
    rows = steps(*TAPER)
    rows[number] = replace(rows[number], unit="")
    (course,) = read(rows)
    assert (course.regimen, kinds(course)) == ("prednisone-taper", ["unit-missing"])


@pytest.mark.parametrize("number", range(11))
def test_a_row_that_stands_twice_is_a_deviation(number: int) -> None:
    rows = steps(*TAPER)
    rows.append(replace(rows[number], event_id=99))
    (course,) = read(rows)
    assert (course.regimen, kinds(course)) == ("prednisone-taper", ["doubled"])
    assert course.deviations[0].event_ids == (99,)


@pytest.mark.parametrize("days", [-3, -2, -1, 1, 2, 3])
def test_a_row_whose_date_is_up_to_three_days_off_changes_nothing(days: int) -> None:
    rows = steps(*TAPER)
    end = rows[5].end_time
    assert end is not None
    rows[5] = replace(rows[5], time=rows[5].time + DAY * days, end_time=end + DAY * days)
    assert [(one.regimen, kinds(one)) for one in read(rows)] == [("prednisone-taper", [])]


@pytest.mark.parametrize("unit", ["g/d", "ug/d"])
def test_a_unit_of_another_kind_is_odd_and_says_what_would_fit(unit: str) -> None:
    rows = supplies("120", 6, 84)
    rows[3] = replace(rows[3], unit=unit)
    (course,) = read(rows)
    assert (course.regimen, kinds(course)) == ("azathioprine-daily", ["dose-odd"])
    assert "thousand" in course.deviations[0].says


def test_two_supplies_that_were_left_out_twice_end_no_course() -> None:
    rows = supplies("120", 14, 84)
    kept = [one for n, one in enumerate(rows) if n not in (4, 5, 9, 10)]
    (course,) = read(kept)
    assert course.regimen == "azathioprine-daily"
    assert kinds(course) == ["gap", "gap"]


def test_a_year_without_the_drug_is_a_new_course() -> None:
    rows = [spell(1, 0, 84, "120", "azathioprine"), spell(2, 449, 533, "120", "azathioprine")]
    assert names(rows) == ["azathioprine-daily"] * 2


def test_a_low_dose_on_its_own_is_not_called_high_with_or_without_a_weight() -> None:
    rows = [spell(1, 0, 84, "5")]
    assert names(rows) == [""]
    assert [one.regimen for one in read(rows, body=())] == [""]


def test_a_weight_that_cannot_be_right_does_not_decide_and_is_told() -> None:
    weights = [
        Event(100 + n, START - DAY * (60 - 10 * n), "weight", "weight", Decimal(kg), unit="kg")
        for n, kg in enumerate(("61", "60", "62", "600"))
    ]
    (course,) = read([spell(1, 0, 84, "60")], body=tuple(weights))
    assert (course.regimen, kinds(course)) == ("prednisone-high-dose", ["weight-odd"])


def test_a_weight_that_was_measured_later_is_told() -> None:
    weight = replace(BODY, time=START + DAY * 30)
    (course,) = read([spell(1, 0, 84, "60")], body=(weight,))
    assert (course.regimen, kinds(course)) == ("prednisone-high-dose", ["weight-later"])


# ---------------------------------------------------------------- single doses day by day


def doses(days: list[tuple[int, str]], drug: str = "prednisone", hours: int = 24) -> list[Event]:
    """Single doses of milligrams on days, as often a day as `hours` asks for."""
    found: list[Event] = []
    for day, dose in days:
        for hour in range(0, 24, hours):
            time = START + DAY * day + timedelta(hours=hour)
            found.append(Event(len(found) + 2, time, drug, drug, Decimal(dose), unit="mg"))
    return found


def test_a_taper_given_day_by_day_is_read_as_the_taper() -> None:
    rows = doses([(day, TAPER[day // 14]) for day in range(14 * len(TAPER))])
    (course,) = read(rows)
    assert (course.regimen, course.dose) == ("prednisone-taper", "90 to 5 mg/d")
    assert sorted(course.event_ids) == [one.event_id for one in rows]
    assert course.end == rows[-1].time


def test_a_dose_taken_twice_a_day_is_added_up() -> None:
    rows = doses([(day, "1000") for day in range(60)], "mycophenolate", hours=12)
    (course,) = read(rows)
    assert (course.regimen, course.dose) == ("mycophenolate-daily", "2000 mg/d")


def test_a_dose_that_stands_twice_on_one_day_is_not_added_up() -> None:
    rows = doses([(day, "60") for day in range(60)])
    rows.append(replace(rows[20], event_id=99))
    (course,) = read(rows)
    assert course.regimen == "prednisone-high-dose"
    assert "doubled" in kinds(course)
    assert "dose-odd" not in kinds(course)


def test_a_daily_dose_told_at_visits_is_one_course_with_unknown_ends() -> None:
    rows = [
        replace(spell(n, 60 * n, None, "150", "azathioprine"), is_spell=False) for n in range(6)
    ]
    (course,) = read(rows)
    assert course.regimen == "azathioprine-daily"
    assert set(kinds(course)) == {"end-unknown"}
    assert course.end_exact is False


def test_two_first_supplies_of_which_one_has_another_unit_are_the_course_before_the_taper() -> None:
    rows = [spell(1, 0, 84, "90", unit="g/d"), spell(2, 84, 104, "90"),
            *steps(*TAPER[1:], first=104, after=2)]  # fmt: skip
    found = read(rows)
    assert [one.regimen for one in found] == ["prednisone-high-dose", "prednisone-taper"]
    assert kinds(found[0]) == ["dose-odd"]


def test_days_without_a_dose_are_counted_and_a_slip_on_one_day_is_told() -> None:
    rows = doses([(day, "600" if day == 20 else "60") for day in range(60) if day not in (7, 31)])
    (course,) = read(rows)
    assert course.regimen == "prednisone-high-dose"
    assert sorted(kinds(course)) == ["dose-odd", "gap", "gap"]


def test_pulses_and_weekly_tablets_are_no_daily_rows_and_doses_every_other_day_are() -> None:
    regimens = packaged().regimens
    other_days = doses([(day, "40") for day in range(0, 60, 2)])
    assert daily_rows(other_days, regimens) == (other_days, [])
    third_days = doses([(day, "40") for day in range(0, 60, 3)])
    assert daily_rows(third_days, regimens) == ([], third_days)
    weekly = [one for one in regimens if one.drug == "methotrexate"]
    rows = doses([(day, "15") for day in range(5)], "methotrexate")
    assert daily_rows(rows, weekly) == ([], rows)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["5", "10"])), max_size=40))
def test_joining_keeps_every_row_once_and_is_the_same_for_any_order(
    days: list[tuple[int, str]],
) -> None:
    rows = doses(days)
    joined = as_spells(in_order(rows))
    assert sorted(i for one in joined for i in one.ids) == [one.event_id for one in rows]
    assert joined == as_spells(in_order(reversed(rows)))


# ---------------------------------------------------------------- regimens laid out and read back

DAILY = [
    one
    for one in packaged().regimens
    if one.give.basis is Basis.PER_DAY or one.drug == "methotrexate"
]


def laid_out(regimen: Regimen, weight: Decimal, days: int, policy: Policy) -> list[Event]:
    """The stretches of a plan as spells without an order; the last, or only, one for `days`."""
    repeat = regimen.repeat
    is_weekly = repeat is not None and repeat.every is not None
    request = PlanRequest(
        regimen,
        date(2026, 1, 5),
        body_size(Quantity(Decimal(165), "cm"), Quantity(weight, "kg")),
        courses=1 if is_weekly else None,
        policy=policy,
        weekday=1 if repeat is not None and repeat.weekday else None,
        proposed=regimen.taper is not None,
    )
    try:
        plan = make_plan(request)
    except Refused:
        return []
    if not is_in_band(plan):
        return []
    rows = planned_events(plan, after=1, status=EventStatus.GIVEN)
    found = [replace(one, group="", intent="", is_spell=True) for one in rows]
    last = replace(found[-1], end_time=found[-1].time + DAY * days, end_exact=True, end_said="")
    every = str(repeat.every) if repeat is not None and repeat.every is not None else ""
    return [replace(one, interval=every) for one in (*found[:-1], last)]


def supplied(rows: list[Event], length: int) -> list[Event]:
    """Spells as supplies of at most `length` days."""
    found: list[Event] = []
    for one in rows:
        assert one.end_time is not None
        begin = one.time
        while begin < one.end_time:
            end = min(begin + DAY * length, one.end_time)
            found.append(replace(one, event_id=len(found) + 2, time=begin, end_time=end))
            begin += DAY * length
    return found


def by_day(rows: list[Event]) -> list[Event]:
    """Spells as a single dose every day."""
    single = [
        replace(one, unit=one.unit.removesuffix("/d"), is_spell=False, end_time=None, interval="")
        for one in supplied(rows, 1)
    ]
    return [replace(one, event_id=n) for n, one in enumerate(single, 2)]


@st.composite
def courses(draw: st.DrawFn) -> tuple[Regimen, Decimal, list[Event]]:
    """A regimen for any body as supplies or day by day, with at most one in ten rows missing."""
    regimen = draw(st.sampled_from(DAILY))
    weight = draw(st.integers(min_value=120, max_value=600)) / Decimal(4)
    policy = draw(st.sampled_from([Policy.NEAREST, Policy.DOWN]))
    rows = laid_out(regimen, weight, draw(st.integers(28, 600)), policy)
    length = draw(st.sampled_from([1, 28, 30, 84]))
    is_daily = length == 1 and not (rows and rows[0].interval)
    rows = by_day(rows) if is_daily else supplied(rows, max(length, 28))
    missing = draw(st.sets(st.integers(0, max(len(rows) - 1, 0)), max_size=len(rows) // 10))
    start = draw(st.integers(-3000, 3000))
    kept = [replace(one, time=one.time + DAY * start,
                    end_time=one.end_time + DAY * start if one.end_time else None)
            for n, one in enumerate(rows) if n not in missing]  # fmt: skip
    return regimen, weight, kept


@settings(max_examples=200, deadline=None)
@given(courses())
def test_a_regimen_laid_out_as_supplies_or_days_is_read_back_as_that_regimen(
    drawn: tuple[Regimen, Decimal, list[Event]],
) -> None:
    regimen, weight, rows = drawn
    if not rows:
        return
    body = replace(BODY, time=rows[0].time - DAY, value=weight)
    assert [one.regimen for one in read(rows, body=(body,))] == [regimen.id]


# ---------------------------------------------------------------- anything at all


@st.composite
def anything(draw: st.DrawFn) -> list[Event]:
    """Spells and single doses of any length, also backwards and without end, dose or unit."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(-50, 400),
                st.none() | st.integers(-60, 120),
                st.sampled_from(["", "0", "0.5", "5", "60", "55", "600", "-5"]),
                st.sampled_from(["mg/d", "mg", "g/d", "mg/kg/d", "", "mL"]),
                st.booleans(),
                st.sampled_from(["", "a", "b"]),
            ),
            min_size=1,
            max_size=25,
        )
    )
    found = []
    for number, (first, days, dose, unit, is_spell, group) in enumerate(drawn, 1):
        last = None if days is None or not is_spell else first + days
        row = spell(number, first, last, dose, unit=unit)
        found.append(replace(row, is_spell=is_spell, group=group))
    return found


@settings(max_examples=200)
@given(anything())
def test_every_row_lands_in_one_course_whatever_the_rows_and_their_order(
    rows: list[Event],
) -> None:
    found = read(rows)
    assert sorted(i for one in found for i in one.event_ids) == [one.event_id for one in rows]
    record = Record(Subject(1), tuple(reversed([BODY, *rows])))
    assert recognise(RecordIndex(record), packaged().regimens, catalogue()) == found
    assert all(one.end is None or one.end >= one.start for one in found)


@pytest.mark.parametrize("length", [0, -30, 84])
def test_ten_thousand_spells_of_one_day_end(length: int) -> None:
    rows = [spell(n, 0, length, str(n % 97 + 1)) for n in range(1, 10_001)]
    assert sum(len(one.event_ids) for one in read(rows)) == 10_000


def test_ten_thousand_spells_inside_one_another_end() -> None:
    rows = [spell(n, n, 20_000 - n, str(n % 90 + 5)) for n in range(1, 10_001)]
    assert sum(len(one.event_ids) for one in read(rows)) == 10_000


def test_a_maximum_without_a_unit_is_no_dose() -> None:
    row = replace(spell(1, 0, 28, ""), value_high=Decimal(60), unit="")
    (course,) = read([row])
    assert (course.regimen, course.start) == ("", row.time)
