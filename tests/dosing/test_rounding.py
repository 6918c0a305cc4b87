"""Rounding to vials, against the worked example and against trying everything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.rounding import Caps, Policy, Rounding, round_course, round_to_vials
from tests.dosing.values import codes, q

FLEBOGAMMA = [q("5 g"), q("10 g"), q("20 g")]
OCTAGAM = [q("2 g"), *FLEBOGAMMA, q("30 g")]
RITUXIMAB = [q("100 mg"), q("500 mg")]
FIVE_DAYS = [q("24 g")] * 5
TEN_PERCENT = Fraction(1, 10)


def given_each_day(rounding: Rounding) -> list[str]:
    return [str(day.given) for day in rounding.days]


def test_a_course_is_rounded_as_a_whole() -> None:
    rounding = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.COURSE)
    assert given_each_day(rounding) == ["25 g", "25 g", "25 g", "25 g", "20 g"]
    assert rounding.given == q("120 g")
    assert rounding.error_percent == 0
    assert rounding.vial_count == 9


def test_each_day_alone_is_nearest_at_25_and_down_at_20() -> None:
    nearest = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.NEAREST)
    down = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.DOWN)
    assert (nearest.given, down.given) == (q("125 g"), q("100 g"))
    assert nearest.error_percent == Fraction(25, 6)
    assert down.days[0].error_percent == Fraction(-50, 3)


def test_rounding_never_crosses_a_cap_of_the_course_or_of_a_day() -> None:
    whole = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.NEAREST, caps=Caps(course=q("120 g")))
    daily = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.NEAREST, caps=Caps(day=q("24 g")))
    assert whole.given == q("120 g")
    assert given_each_day(daily) == ["20 g"] * 5


def test_what_cannot_be_met_is_said_with_the_nearest_amounts() -> None:
    rounding = round_to_vials([q("12 g")], FLEBOGAMMA, Policy.NEAREST, tolerance=TEN_PERCENT)
    assert not rounding.is_met
    assert [str(choice.given) for choice in rounding.nearest] == ["10 g", "15 g"]
    assert "10 g (−16.7 %) or 15 g (+25 %)" in rounding.unmet[0]
    assert rounding.as_json()["met"] is False


def test_smaller_vials_meet_what_larger_ones_cannot() -> None:
    rounding = round_to_vials([q("12 g")], OCTAGAM, Policy.NEAREST, tolerance=TEN_PERCENT)
    assert given_each_day(rounding) == ["12 g"]


def test_rituximab_is_600_mg_in_whole_vials_or_612_with_a_rest() -> None:
    nearest = round_to_vials([q("612 mg")], RITUXIMAB, Policy.NEAREST)
    exact = round_to_vials([q("612 mg")], RITUXIMAB, Policy.EXACT)
    assert nearest.given == q("600 mg")
    assert (exact.given, exact.waste, exact.vial_count) == (q("612 mg"), q("88 mg"), 3)


def test_within_a_tolerance_the_fewest_vials_win() -> None:
    sizes = [q("1 g"), q("20 g")]
    within = round_to_vials([q("22 g")], sizes, Policy.WITHIN, tolerance=TEN_PERCENT)
    nearest = round_to_vials([q("22 g")], sizes, Policy.NEAREST)
    assert (within.given, within.vial_count) == (q("20 g"), 1)
    assert (nearest.given, nearest.vial_count) == (q("22 g"), 3)


def test_no_day_is_left_without_its_dose() -> None:
    rounding = round_to_vials([q("1 g"), q("1 g")], FLEBOGAMMA, Policy.COURSE)
    assert given_each_day(rounding) == ["5 g", "5 g"]
    capped = round_to_vials([q("1 g")], FLEBOGAMMA, Policy.COURSE, caps=Caps(day=q("4 g")))
    assert "no whole vial" in capped.unmet[0]


def test_an_order_above_its_cap_is_refused_and_not_rounded_down() -> None:
    assert codes(
        lambda: round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.DOWN, caps=Caps(q("23 g"), q("119 g")))
    ) == ["dose-above-cap", "dose-above-cap"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert codes(lambda: round_to_vials([q("2 g/kg")], [q("-5 g"), q("5 mL")], Policy.WITHIN)) == [
        "dose-not-mass",
        "vial-not-positive",
        "vial-not-mass",
        "tolerance-missing",
    ]
    assert codes(lambda: round_to_vials([], [], Policy.COURSE)) == ["days-wrong", "vials-missing"]


def test_a_total_in_thirds_is_split_exactly() -> None:
    rounding = round_course(q("100 g"), 3, [q("1 g")], Policy.COURSE, caps=Caps(course=q("100 g")))
    assert given_each_day(rounding) == ["34 g", "33 g", "33 g"]
    assert rounding.error_percent == 0


def test_vials_without_a_coarse_common_measure_are_refused() -> None:
    sizes = [q("5 g"), q("4.999 g")]
    assert codes(lambda: round_to_vials(FIVE_DAYS, sizes, Policy.COURSE)) == ["vials-incompatible"]


def amounts_by_trying(sizes: tuple[int, ...], top: int) -> dict[int, int]:
    """Every whole-vial amount up to a top, with the fewest vials, by trying every count."""
    found: dict[int, int] = {}
    for counts in product(*(range(top // size + 1) for size in sizes)):
        amount = sum(size * count for size, count in zip(sizes, counts, strict=True))
        if 0 < amount <= top:
            found[amount] = min(found.get(amount, sum(counts)), sum(counts))
    return found


def every_course(
    doses: tuple[int, ...], amounts: dict[int, int], caps: tuple[int | None, int | None]
) -> Iterator[tuple[int, ...]]:
    day_cap, course_cap = caps
    allowed = [one for one in amounts if day_cap is None or one <= day_cap]
    for course in product(allowed, repeat=len(doses)):
        if course_cap is None or sum(course) <= course_cap:
            yield course


def best_by_trying(
    policy: Policy,
    doses: tuple[int, ...],
    sizes: tuple[int, ...],
    tolerance: Fraction | None,
    caps: tuple[int | None, int | None],
) -> tuple[int, ...]:
    amounts = amounts_by_trying(sizes, max(doses) + 3 * max(sizes))
    ranked = []
    for course in every_course(doses, amounts, caps):
        off = [abs(a - d) for a, d in zip(course, doses, strict=True)]
        vials, total = sum(amounts[a] for a in course), abs(sum(course) - sum(doses))
        last = tuple(-a for a in course)
        inside = tolerance is None or all(
            o <= tolerance * d for o, d in zip(off, doses, strict=True)
        )
        below = all(a <= d for a, d in zip(course, doses, strict=True))
        if policy is Policy.COURSE:
            if tolerance is None or total <= tolerance * sum(doses):
                ranked.append((total, sum(course), max(off), sum(off), vials, last))
        elif inside and policy is Policy.WITHIN:
            ranked.append((vials, sum(off), last))  # type: ignore[arg-type]
        elif inside and (policy is Policy.NEAREST or below):
            ranked.append((sum(off), vials, last))  # type: ignore[arg-type]
    return tuple(-a for a in min(ranked)[-1]) if ranked else ()


def random_case(
    rng: random.Random,
) -> tuple[
    Policy, tuple[int, ...], tuple[int, ...], Fraction | None, tuple[int | None, int | None]
]:
    days = rng.choice((1, 1, 1, 1, 2, 2, 2, 3))
    vials = (4, 5, 6, 7) if days == 3 else (2, 3, 4, 5, 6, 7, 10)
    sizes = tuple(rng.sample(vials, rng.randint(1, 2 if days == 3 else 3)))
    doses = tuple(rng.randint(1, 14 if days < 3 else 7) for _ in range(days))
    if rng.random() < 0.6:
        doses = (doses[0],) * days
    policy = rng.choice((Policy.COURSE, Policy.NEAREST, Policy.DOWN, Policy.WITHIN))
    tolerance = Fraction(rng.randint(0, 60), 100) if rng.random() < 0.5 else None
    if policy is Policy.WITHIN:
        tolerance = tolerance or Fraction(1, 5)
    day_cap = max(doses) + rng.randint(0, 5) if rng.random() < 0.4 else None
    course_cap = sum(doses) + rng.randint(0, 5) if rng.random() < 0.4 else None
    return policy, doses, sizes, tolerance, (day_cap, course_cap)


@pytest.mark.parametrize("part", range(10))
def test_the_search_agrees_with_trying_everything(part: int) -> None:
    rng = random.Random(f"vials {part}")
    for _ in range(1000):
        policy, doses, sizes, tolerance, caps = random_case(rng)
        day, course = (None if cap is None else q(f"{cap} g") for cap in caps)
        rounding = round_to_vials(
            [q(f"{dose} g") for dose in doses],
            [q(f"{vial} g") for vial in sizes],
            policy,
            tolerance=tolerance,
            caps=Caps(day, course),
        )
        found = tuple(int(day.given.value) for day in rounding.days)
        assert found == best_by_trying(policy, doses, sizes, tolerance, caps), (
            policy, doses, sizes, tolerance, caps,
        )  # fmt: skip


@given(
    st.decimals("0.5", "80", places=2),
    st.integers(1, 5),
    st.sampled_from(Policy),
    st.sampled_from([FLEBOGAMMA, OCTAGAM]),
)
def test_vials_always_add_up_to_what_is_given_and_wasted(
    grams: Decimal, days: int, policy: Policy, sizes: list[Quantity]
) -> None:
    tolerance = Fraction(1, 4) if policy is Policy.WITHIN else None
    rounding = round_to_vials([Quantity(grams, "g")] * days, sizes, policy, tolerance=tolerance)
    for day in rounding.days:
        opened = sum(in_unit(vial, "g") * count for vial, count in day.vials)
        assert opened == in_unit(day.given, "g") + in_unit(day.waste, "g")
        assert day.vials
        assert policy is not Policy.EXACT or day.given.value == grams


def test_a_restated_unit_gives_the_same_vials() -> None:
    grams = round_to_vials(FIVE_DAYS, FLEBOGAMMA, Policy.COURSE)
    milligrams = round_to_vials([q("24000 mg")] * 5, FLEBOGAMMA, Policy.COURSE)
    assert [[count for _, count in day.vials] for day in grams.days] == [
        [count for _, count in day.vials] for day in milligrams.days
    ]
