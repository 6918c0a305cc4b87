"""Eras and lines agree with a count of single days, whatever the exposures and their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import RecordRefused, TimeRefused
from stepline.course.era_rules import (
    CombinationRules,
    EraRules,
    Inside,
    Repeat,
    SameDay,
    drug_free_days,
)
from stepline.course.eras import Era, Exposure, eras_of
from stepline.course.lines import Line, lines_of

FIRST = date(2026, 1, 1)
UNTIL = FIRST + timedelta(days=80)

days = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def exposures(draw: st.DrawFn) -> Exposure:
    """One exposure of one of four drugs: with an end, ongoing, or of an end that is not known."""
    start = draw(days)
    end = draw(st.one_of(st.none(), st.integers(0, 25).map(lambda n: start + timedelta(days=n))))
    ongoing = end is None and draw(st.booleans())
    return Exposure(draw(st.sampled_from("ABCD")), start, end, ongoing, draw(st.integers(0, 99)))


histories = st.lists(exposures(), max_size=14)
era_rules = st.builds(
    lambda gap, grace, inclusive, unknown, shortest: EraRules(
        gap_days=gap,
        grace_after_last=min(gap, grace),
        end_inclusive=inclusive,
        unknown_end_days=unknown,
        minimum_era_days=shortest,
    ),
    st.integers(0, 12),
    st.integers(0, 5),
    st.booleans(),
    st.integers(1, 9),
    st.integers(1, 4),
)
combination_rules = st.builds(
    CombinationRules,
    minimum_overlap=st.integers(1, 12),
    same_day_switch=st.sampled_from(SameDay),
    inside=st.sampled_from(Inside),
    repeat_after_gap=st.sampled_from(Repeat),
)


# ---------------------------------------------------------------- the oracle: one day at a time


def days_with(drug: str, history: list[Exposure], rules: EraRules) -> set[date]:
    """Every day on which a drug is used, by stepping from day to day."""
    used = set()
    for one in history:
        if one.drug != drug:
            continue
        day = one.start
        used.add(day)
        while day < UNTIL + timedelta(days=40):
            day += timedelta(days=1)
            if one.ongoing:
                is_used = day <= UNTIL
            elif one.end is None:
                is_used = (day - one.start).days < rules.unknown_end_days
            else:
                is_used = day <= one.end if rules.end_inclusive else day < one.end
            if is_used:
                used.add(day)
    return used


def spans_by_day(drug: str, history: list[Exposure], rules: EraRules) -> list[tuple[date, date]]:
    """The first and last day of each era, before grace, found from its days alone."""
    found: list[tuple[date, date]] = []
    for day in sorted(days_with(drug, history, rules)):
        if found and (day - found[-1][1]).days - 1 <= rules.gap_days:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def lines_by_day(
    eras: tuple[Era, ...], rules: CombinationRules
) -> list[tuple[set[str], date, date]]:
    """The lines by looking at all pairs of eras, and then at every day."""

    def lies_within(one: Era, other: Era) -> bool:
        is_equal = (one.start, one.end) == (other.start, other.end)
        return not is_equal and other.start <= one.start and one.end <= other.end

    if rules.inside is Inside.ABSORBED:
        eras = tuple(
            era
            for era in eras
            if era.days >= rules.minimum_overlap or not any(lies_within(era, o) for o in eras)
        )
    used: dict[date, set[str]] = {}
    for era in eras:
        last = era.end
        for later in eras:
            if era.start < later.start <= era.end < later.end:
                shared = (era.end - later.start).days + 1
                is_same_day = shared == 1 and rules.same_day_switch is SameDay.SWITCH
                if shared < rules.minimum_overlap or is_same_day:
                    last = min(last, later.start - timedelta(days=1))
        for n in range((last - era.start).days + 1):
            used.setdefault(era.start + timedelta(days=n), set()).add(era.drug)
    found: list[tuple[set[str], date, date]] = []
    for day in sorted(used):
        if found and found[-1][0] == used[day] and (day - found[-1][2]).days == 1:
            found[-1] = (used[day], found[-1][1], day)
        else:
            found.append((used[day], day, day))
    return found


@given(histories, era_rules)
def test_eras_are_what_counting_single_days_gives(history: list[Exposure], rules: EraRules) -> None:
    found = eras_of(history, rules, UNTIL)
    for drug in "ABCD":
        own = [era for era in found if era.drug == drug]
        expected = [
            (first, last)
            for first, last in spans_by_day(drug, history, rules)
            if (last - first).days + 1 + rules.grace_after_last >= rules.minimum_era_days
        ]
        recorded = [(era.start, era.end - timedelta(days=era.grace_days)) for era in own]
        if rules.grace_after_last == 0:
            assert recorded == [
                span for span in expected if (span[1] - span[0]).days + 1 >= rules.minimum_era_days
            ]
        else:
            assert set(recorded) <= set(expected)
        used = days_with(drug, history, rules)
        for era in own:
            assert era.covered_days == sum(era.start <= day <= era.end for day in used)
            assert era.covered_days + era.gap_days + era.grace_days == era.days


@given(histories, era_rules, combination_rules)
def test_lines_are_what_looking_at_every_day_gives(
    history: list[Exposure], rules: EraRules, combining: CombinationRules
) -> None:
    eras = eras_of(history, rules, UNTIL)
    found = lines_of(eras, replace(combining, repeat_after_gap=Repeat.NEW))
    expected = lines_by_day(eras, combining)
    assert [(set(line.drugs), line.start, line.end) for line in found] == expected


@given(histories, era_rules, combination_rules, st.integers(1, 9), st.randoms())
def test_the_order_of_the_rows_changes_nothing(
    history: list[Exposure],
    rules: EraRules,
    combining: CombinationRules,
    shortest: int,
    chance: object,
) -> None:
    combining = replace(combining, minimum_line_days=shortest)
    for choices in (rules, replace(rules, carry_over=True)):
        first = eras_of(history, choices, UNTIL)
        mixed = list(history)
        chance.shuffle(mixed)  # type: ignore[attr-defined]
        assert eras_of(mixed, choices, UNTIL) == first
        backwards = tuple(reversed(first))
        assert lines_of(backwards, combining) == lines_of(first, combining)


@given(histories, era_rules)
def test_eras_of_one_drug_are_parted_by_more_than_the_gap(
    history: list[Exposure], rules: EraRules
) -> None:
    found = eras_of(history, replace(rules, carry_over=True), UNTIL)
    for drug in "ABCD":
        own = [era for era in found if era.drug == drug]
        for before, after in pairwise(own):
            last = before.end - timedelta(days=before.grace_days)
            assert (after.start - last).days - 1 > rules.gap_days
            assert after.start > before.end


@given(histories, era_rules)
def test_eras_of_eras_are_the_eras(history: list[Exposure], rules: EraRules) -> None:
    once = replace(rules, grace_after_last=0, end_inclusive=True)
    eras = eras_of(history, once, UNTIL)
    again = eras_of([Exposure(e.drug, e.start, e.end) for e in eras], once, UNTIL)
    assert [(e.drug, e.start, e.end) for e in again] == [(e.drug, e.start, e.end) for e in eras]


@given(histories, st.integers(0, 20), st.integers(0, 20))
def test_a_wider_gap_never_makes_more_eras(history: list[Exposure], gap: int, more: int) -> None:
    narrow = eras_of(history, EraRules(gap_days=gap), UNTIL)
    wide = eras_of(history, EraRules(gap_days=gap + more), UNTIL)
    assert len(wide) <= len(narrow)
    assert sum(e.covered_days for e in wide) == sum(e.covered_days for e in narrow)
    for era in narrow:
        assert any(o.drug == era.drug and o.start <= era.start and era.end <= o.end for o in wide)


@given(histories, era_rules, combination_rules, st.integers(-5000, 5000))
def test_moving_every_day_moves_every_result(
    history: list[Exposure], rules: EraRules, combining: CombinationRules, by: int
) -> None:
    shift = timedelta(days=by)
    moved = [
        replace(one, start=one.start + shift, end=one.end + shift if one.end else None)
        for one in history
    ]
    eras, later = eras_of(history, rules, UNTIL), eras_of(moved, rules, UNTIL + shift)
    assert [replace(e, start=e.start + shift, end=e.end + shift) for e in eras] == list(later)
    lines = lines_of(eras, combining)
    expected = [replace(one, start=one.start + shift, end=one.end + shift) for one in lines]
    assert list(lines_of(later, combining)) == expected


@given(histories)
def test_carry_over_keeps_every_day_of_supply(history: list[Exposure]) -> None:
    supplies = [one for one in history if one.end is not None]
    found = eras_of(supplies, EraRules(carry_over=True), UNTIL)
    supplied = sum((one.end - one.start).days + 1 for one in supplies if one.end)
    assert sum(era.covered_days for era in found) == supplied


@given(histories)
def test_carry_over_is_a_stock_that_is_used_up_day_by_day(history: list[Exposure]) -> None:
    supplies = [one for one in history if one.end is not None]
    found = eras_of(supplies, EraRules(gap_days=0, carry_over=True), UNTIL)
    for drug in "ABCD":
        stock, used = 0, set()
        for n in range(500):
            day = FIRST + timedelta(days=n)
            begun = [one for one in supplies if one.drug == drug and one.start == day]
            stock += sum((one.end - one.start).days + 1 for one in begun if one.end)
            if stock:
                stock -= 1
                used.add(day)
        own = [era for era in found if era.drug == drug]
        covered = {e.start + timedelta(days=n) for e in own for n in range(e.days)}
        assert covered == used


@given(histories, era_rules, combination_rules, st.integers(2, 12))
def test_what_is_left_out_is_all_that_short_lines_lose(
    history: list[Exposure], rules: EraRules, combining: CombinationRules, shortest: int
) -> None:
    eras = eras_of(history, rules, UNTIL)
    combining = replace(combining, repeat_after_gap=Repeat.NEW)
    every = lines_of(eras, combining)
    kept = lines_of(eras, replace(combining, minimum_line_days=shortest))
    assert all(line.days >= shortest for line in kept)
    for line in every:
        covering = [one for one in kept if one.start <= line.start and line.end <= one.end]
        if line.days >= shortest:
            assert [set(one.drugs) for one in covering] == [set(line.drugs)]
        else:
            assert all(set(one.drugs) <= set(line.drugs) for one in covering)


@given(histories)
def test_lines_do_not_overlap_and_say_how_they_follow(history: list[Exposure]) -> None:
    found = lines_of(eras_of(history, EraRules(gap_days=3), UNTIL), CombinationRules())
    for before, after in pairwise(found):
        assert before.end < after.start
        is_again = set(before.drugs) == set(after.drugs)
        assert (after.change == "again") == is_again
    assert [line.change for line in found[:1]] == ["first"] * len(found[:1])


def test_ten_thousand_exposures_of_one_day_are_worked_out() -> None:
    history = [
        Exposure("ABC"[n % 3], FIRST + timedelta(days=n * 7 % 10_000), None) for n in range(10_000)
    ]
    single = eras_of(history, EraRules(gap_days=0))
    assert sum(era.covered_days for era in single) == 10_000
    lines = lines_of(single, CombinationRules(minimum_overlap=1))
    assert sum(line.days for line in lines) == 10_000


def test_ten_thousand_drugs_that_all_overlap_are_cut_by_the_next() -> None:
    """Each begins a day after the one before and shares 20 days with 20 others: none combine."""
    eras = [
        Era(f"{n:05}", FIRST + timedelta(days=n), FIRST + timedelta(days=n + 20), 21, 0, 0, 1)
        for n in range(10_000)
    ]
    found = lines_of(eras, CombinationRules(minimum_overlap=30))
    assert [line.drugs for line in found] == [(f"{n:05}",) for n in range(10_000)]


@pytest.mark.parametrize(
    ("difference", "inclusive", "below", "expected"),
    [(30, True, False, 29), (30, False, False, 30), (30, True, True, 28), (0, True, True, 0)],
)
def test_a_difference_of_dates_is_told_in_drug_free_days(
    difference: int, inclusive: bool, below: bool, expected: int
) -> None:
    assert drug_free_days(difference, end_inclusive=inclusive, below=below) == expected


def test_every_exposure_that_cannot_be_used_is_named_at_once() -> None:
    bad = [
        Exposure("A", FIRST + timedelta(days=9), FIRST, event_id=4),
        Exposure("B", FIRST, None, ongoing=True, event_id=5),
    ]
    with pytest.raises(RecordRefused) as refusal:
        eras_of(bad, EraRules())
    codes = [(one.code, one.place.path) for one in refusal.value.problems]
    assert codes == [("end-before-start", "event 4"), ("ongoing-without-day", "event 5")]


@pytest.mark.parametrize(
    ("make", "codes"),
    [
        (lambda: EraRules(gap_days=-1, minimum_era_days=0), ["days-out-of-range"] * 2),
        (lambda: EraRules(gap_days=10, grace_after_last=11), ["grace-longer-than-gap"]),
        (lambda: CombinationRules(minimum_overlap=0, minimum_line_days=0),
         ["days-out-of-range"] * 2),
    ],
)  # fmt: skip
def test_choices_out_of_range_are_refused_all_at_once(
    make: Callable[[], object], codes: list[str]
) -> None:
    with pytest.raises(TimeRefused) as refusal:
        make()
    assert [one.code for one in refusal.value.problems] == codes


def test_a_line_of_one_drug_is_no_combination() -> None:
    assert not Line(FIRST, FIRST, ("A",)).is_combination
    assert Line(FIRST, FIRST, ("A", "B")).is_combination
