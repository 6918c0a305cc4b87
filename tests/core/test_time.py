"""Periods, moments and calendars: what is the same, what is not, and what cannot be told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import TimeRefused
from stepline.core.time import (
    Period,
    RelativeCalendar,
    When,
    days_between,
    parse_date,
    parse_period,
)

moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31))
counts = st.integers(0, 400)


def test_a_month_is_not_28_days_nor_30_nor_31() -> None:
    month = parse_period("P1M")
    assert all(month != parse_period(f"P{days}D") for days in (28, 29, 30, 31))
    assert (month.shortest_days, month.longest_days) == (28, 31)


def test_weeks_are_seven_days_and_stay_written_as_weeks() -> None:
    assert parse_period("P4W") == parse_period("P28D")
    assert hash(parse_period("P4W")) == hash(parse_period("P28D"))
    assert (str(parse_period("P4W")), str(parse_period("P28D"))) == ("P4W", "P28D")
    assert parse_period("P1Y") == parse_period("P12M")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("P28D", "28 days"),
        ("P1D", "1 day"),
        ("P1M", "1 month"),
        ("P12W", "12 weeks"),
        ("P1Y6M", "1 year 6 months"),
        ("P18M", "18 months"),
        ("PT30M", "30 minutes"),
        ("P1DT12H", "1 day 12 hours"),
        ("P1W3D", "10 days"),
        ("P0D", "0 days"),
    ],
)
def test_a_period_is_said_as_it_was_written(text: str, said: str) -> None:
    assert parse_period(text).say() == said


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-P1D", "period-negative"),
        ("P", "period-unreadable"),
        ("PT", "period-unreadable"),
        ("P1", "period-unreadable"),
        ("1M", "period-unreadable"),
        ("p1m", "period-unreadable"),
        ("P1M ago", "period-unreadable"),
        ("P٣D", "period-unreadable"),
        ("", "period-unreadable"),
        ("P0.5M", "period-fraction"),
        ("P1.5D", "period-fraction"),
        ("P99999D", "period-too-long"),
        ("P" + "9" * 400 + "D", "period-too-long"),
        ("P300Y", "period-too-long"),
    ],
)
def test_what_is_no_period_is_refused(text: str, code: str) -> None:
    with pytest.raises(TimeRefused) as refusal:
        parse_period(text)
    (problem,) = refusal.value.problems
    assert problem.code == code
    assert len(problem.found) <= 41


def test_a_period_in_words_is_told_its_iso_spelling() -> None:
    for text, mend in (("28 days", "P28D"), ("6 months", "P6M"), ("12wk", "P12W")):
        with pytest.raises(TimeRefused, match=f"write {mend}"):
            parse_period(text)


def test_a_negative_period_cannot_be_built() -> None:
    with pytest.raises(TimeRefused):
        Period(days=-1)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2026-01-31", "P2M", "2026-03-31"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-12-15", "P1M", "2027-01-15"),
        ("2026-01-31", "P1M1D", "2026-03-01"),
        ("2026-01-31", "P4W", "2026-02-28"),
    ],
)
def test_months_clamp_to_the_last_day_and_days_follow(start: str, period: str, end: str) -> None:
    assert parse_period(period).after(datetime.fromisoformat(start)) == datetime.fromisoformat(end)


def test_repeats_are_counted_from_the_anchor_and_do_not_drift() -> None:
    anchor, month = datetime(2026, 1, 31), parse_period("P1M")
    cycles = [month.times(count).after(anchor) for count in range(4)]
    assert [moment.day for moment in cycles] == [31, 28, 31, 30]
    assert month.after(month.after(anchor)) == datetime(2026, 3, 28)


def test_a_period_past_the_end_of_time_is_refused() -> None:
    with pytest.raises(TimeRefused, match=r"is not a date"):
        parse_period("P100Y").after(datetime(9950, 1, 1))
    with pytest.raises(TimeRefused):
        parse_period("P2M").before(datetime(1, 1, 1))


@given(moments, counts, counts)
def test_months_and_days_move_as_the_calendar_library_moves_them(
    moment: datetime, months: int, days: int
) -> None:
    period = Period(months, days)
    assert period.after(moment) == moment + relativedelta(months=months) + timedelta(days=days)
    assert period.before(moment) == moment - relativedelta(months=months) - timedelta(days=days)


@given(moments, st.integers(0, 4000), st.integers(0, 23))
def test_an_exact_period_is_undone_by_its_opposite(moment: datetime, days: int, hours: int) -> None:
    period = Period(days=days, hours=hours)
    assert period.before(period.after(moment)) == moment


@given(moments, counts)
def test_a_calendar_period_lands_within_its_bounds(moment: datetime, months: int) -> None:
    period = Period(months)
    assert period.shortest_days <= days_between(moment, period.after(moment)) <= period.longest_days


@given(moments, counts)
def test_a_month_back_misses_by_no_more_than_three_days(moment: datetime, months: int) -> None:
    period = Period(months)
    assert 0 <= days_between(period.before(period.after(moment)), moment) <= 3


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 23), st.integers(0, 59))
def test_the_iso_text_of_a_period_is_read_back(
    months: int, days: int, hours: int, minutes: int
) -> None:
    period = Period(months, days, hours, minutes)
    assert parse_period(period.iso()) == period


def test_calendar_days_count_midnights() -> None:
    assert days_between(datetime(2026, 1, 1, 23, 50), datetime(2026, 1, 2, 0, 10)) == 1
    assert days_between(datetime(2026, 1, 2), datetime(2026, 1, 1)) == -1


def test_a_date_is_its_midnight_exactly() -> None:
    when = parse_date("2026-01-05")
    assert when == When.exact(datetime(2026, 1, 5), "2026-01-05")
    assert when.is_exact


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_a_partial_date_is_bounded_by_its_month_or_year(text: str, first: str, last: str) -> None:
    when = parse_date(text)
    assert (when.time, when.said, when.is_exact) == (datetime.fromisoformat(first), text, False)
    assert when.earliest == when.time
    assert when.latest == datetime.fromisoformat(last) - timedelta(microseconds=1)


def test_an_offset_keeps_the_clock_of_its_place_and_says_so() -> None:
    when = parse_date("2026-01-05T00:30:00+02:00")
    assert when.time == datetime(2026, 1, 5, 0, 30)
    assert "clock of its place" in when.note
    assert parse_date("2026-01-05T14:30").note == ""
    assert parse_date("2026-01-05T14:30Z").time == datetime(2026, 1, 5, 14, 30)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-31", "date-impossible"),
        ("2026-13", "date-impossible"),
        ("2026-01-05T25:00", "date-impossible"),
        ("2026-01-05T14:30:00+99:00", "date-impossible"),
        ("1026-01-01", "date-out-of-range"),
        ("1026", "date-out-of-range"),
        ("2101-01-01", "date-out-of-range"),
        ("01/02/2026", "date-ambiguous"),
        ("1.2.2026", "date-ambiguous"),
        ("26-01-05", "date-short-year"),
        ("5/1/26", "date-short-year"),
        ("yesterday", "date-unreadable"),
        ("2026-1-5", "date-unreadable"),
        ("2026-01-05 tomorrow", "date-unreadable"),
        ("٢٠٢٦-01-05", "date-unreadable"),
        ("", "date-unreadable"),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(TimeRefused) as refusal:
        parse_date(text)
    assert [problem.code for problem in refusal.value.problems] == [code]


@given(st.text(max_size=25))
def test_no_text_escapes_as_anything_but_a_refusal(text: str) -> None:
    for reader in (parse_date, parse_period, RelativeCalendar().parse):
        try:
            reader(text)
        except TimeRefused:
            continue


JANUARY, FEBRUARY = datetime(2026, 1, 1), datetime(2026, 2, 1)


@pytest.mark.parametrize(
    ("when", "other", "expected"),
    [
        (When.exact(JANUARY), FEBRUARY, True),
        (When.exact(FEBRUARY), JANUARY, False),
        (When.exact(JANUARY), JANUARY, False),
        (When.no_later_than(JANUARY), FEBRUARY, True),
        (When.no_later_than(FEBRUARY), JANUARY, None),
        (When.no_later_than(JANUARY), JANUARY, None),
        (When.no_earlier_than(JANUARY), JANUARY, False),
        (When.no_earlier_than(JANUARY), FEBRUARY, None),
        (When.about(JANUARY), FEBRUARY, None),
        (When.no_later_than(JANUARY), When.no_earlier_than(FEBRUARY), True),
        (When.no_later_than(FEBRUARY), When.no_earlier_than(JANUARY), None),
        (When.no_earlier_than(FEBRUARY), When.no_later_than(JANUARY), False),
    ],
)
def test_bounds_answer_before_where_they_can(
    when: When, other: datetime | When, expected: bool | None
) -> None:
    assert when.before(other) is expected
    assert when.at_or_after(other) is (None if expected is None else not expected)


@st.composite
def whens(draw: st.DrawFn) -> When:
    days = sorted(draw(st.lists(st.integers(0, 6), min_size=3, max_size=3)))
    low, place, high = (JANUARY + timedelta(days=day) for day in days)
    earliest = draw(st.sampled_from([low, None]))
    latest = draw(st.sampled_from([high, None]))
    return When(place, earliest, latest)


def _possible(when: When) -> list[datetime]:
    days = [JANUARY + timedelta(days=day) for day in range(-2, 9)]
    low, high = when.earliest or days[0], when.latest or days[-1]
    return [day for day in days if low <= day <= high]


@given(whens(), whens())
def test_before_is_what_all_moments_within_the_bounds_agree_on(one: When, other: When) -> None:
    answers = {left < right for left in _possible(one) for right in _possible(other)}
    verdict = one.before(other)
    assert verdict is (answers.pop() if len(answers) == 1 else None)
    assert other.after(one) is verdict


def test_a_moment_outside_its_own_bounds_is_refused() -> None:
    with pytest.raises(TimeRefused):
        When(JANUARY, FEBRUARY, None)


def test_a_bounded_moment_moves_with_its_bounds() -> None:
    moved = When.no_earlier_than(JANUARY).moved(parse_period("P1M").after, "a month after")
    assert moved == When(FEBRUARY, FEBRUARY, None, "a month after")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M0", "2000-01-01"),
        ("M6", "2000-07-01"),
        ("M-1", "1999-12-01"),
        ("Y2", "2002-01-01"),
        ("W3", "2000-01-22"),
        ("D14", "2000-01-15"),
        ("D-7", "1999-12-25"),
        ("-D7", "1999-12-25"),
        ("M6+3d", "2000-07-04"),
        ("M6 + 2 weeks", "2000-07-15"),
        ("M6-2d", "2000-06-29"),
    ],
)
def test_relative_moments_count_from_day_zero(text: str, expected: str) -> None:
    assert RelativeCalendar().parse(text) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("text", ["", "M", "6M", "month 6", "M6.5", "-M-1", "M6+3", "M6+3d+1d"])
def test_what_is_no_relative_moment_is_refused(text: str) -> None:
    with pytest.raises(TimeRefused, match=r"not a moment counted from day zero"):
        RelativeCalendar().parse(text)


def test_a_moment_a_century_away_is_refused() -> None:
    with pytest.raises(TimeRefused, match=r"a century"):
        RelativeCalendar().parse("M99999")


@pytest.mark.parametrize("said", ["M0", "D14", "M1", "M6", "M6+3d", "M24", "D-7", "M11+30d"])
def test_a_relative_moment_is_said_as_it_is_read(said: str) -> None:
    assert RelativeCalendar().say(RelativeCalendar().parse(said)) == said


@given(st.dates(datetime(1990, 1, 1).date(), datetime(2090, 1, 1).date()), st.integers(-900, 30000))
def test_what_is_said_of_a_day_is_read_back_as_that_day(zero: object, days: int) -> None:
    calendar = RelativeCalendar(datetime.fromisoformat(str(zero)))
    day = calendar.day_zero + timedelta(days=days)
    assert calendar.parse(calendar.say(day)) == day
