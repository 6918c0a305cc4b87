"""Infusion rates: published durations, caps, gaps in ladders, and what holds of any of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity
from stepline.dosing.products import (
    Choice,
    infuse_product,
    ladder_named,
    product,
    products,
    rate_of,
    vials_of,
)
from stepline.dosing.rates import Cap, Fluid, Infusion, Ladder, Rung, infuse, regular_ladder
from tests.dosing.values import codes, q

SIXTY = q("60 kg")
DM = Choice("dermatomyositis")
AT_RISK = Choice("dermatomyositis", risks=("thrombosis",))
LADDER = Ladder(
    (
        Rung(q("0.01 mL/kg/min"), Fraction(30)),
        Rung(q("0.02 mL/kg/min"), Fraction(30)),
        Rung(q("0.04 mL/kg/min"), None),
    )
)
TEN_PERCENT = q("100 mg/mL")


def octagam(grams: str, choice: Choice = DM) -> Infusion:
    return infuse_product(product("octagam-10-eu"), q(grams), choice, weight=SIXTY)


@pytest.mark.parametrize(
    ("grams", "minutes"),
    [("24 g", "137.5"), ("40 g", "204.2"), ("60 g", "287.5"), ("12 g", "87.5")],
)
def test_ten_percent_immunoglobulin_in_dermatomyositis_takes_the_published_time(
    grams: str, minutes: str
) -> None:
    infusion = octagam(grams)
    assert infusion.minutes is not None
    assert f"{float(infusion.minutes):.1f}" == minutes
    assert infusion.status is Status.DERIVED


def test_at_risk_the_stricter_of_two_roundings_of_the_cap_holds() -> None:
    infusion = octagam("24 g", AT_RISK)
    assert infusion.minutes == Fraction(490, 3)
    assert infusion.cap is not None
    assert infusion.cap.rate == q("0.03 mL/kg/min")


def test_steps_are_millilitres_an_hour_and_minutes() -> None:
    steps = octagam("24 g").steps
    assert [(step.ml_per_h, step.minutes) for step in steps] == [
        (Fraction(36), Fraction(30)),
        (Fraction(72), Fraction(30)),
        (Fraction(144), Fraction("77.5")),
    ]
    assert octagam("24 g").volume_ml == 240


@pytest.mark.parametrize(
    ("dose", "first", "later"),
    [("1000 mg", "4.25", "3.25"), ("612 mg", "3.25", "2.28"), ("500 mg", "2.92", "2.00")],
)
def test_rituximab_takes_the_published_hours(dose: str, first: str, later: str) -> None:
    for infusion, hours in (("first", first), ("later", later)):
        found = infuse_product(product("rituximab-iv"), q(dose), Choice(infusion=infusion))
        assert found.minutes is not None
        assert f"{float(found.minutes) / 60:.2f}" == hours


def test_rituximab_volumes_need_the_dilution_and_minutes_do_not() -> None:
    choice = Choice(infusion="first")
    bare = infuse_product(product("rituximab-iv"), q("1000 mg"), choice)
    bag = infuse_product(product("rituximab-iv"), q("1000 mg"), choice, diluted_to=q("2 mg/mL"))
    assert bare.volume_ml is None
    assert bag.volume_ml == 500
    assert bare.minutes == bag.minutes


@pytest.mark.parametrize("dilution", ["0.9 mg/mL", "10 mg/mL"])
def test_rituximab_is_diluted_to_between_1_and_4(dilution: str) -> None:
    choice = Choice(infusion="first")
    assert codes(
        lambda: infuse_product(
            product("rituximab-iv"), q("1000 mg"), choice, diluted_to=q(dilution)
        )
    ) == ["dilution-outside"]


def test_the_rate_of_one_indication_is_not_lent_to_another() -> None:
    assert codes(lambda: rate_of(product("gammagard-liquid"), DM)) == ["rate-unknown"]
    assert codes(lambda: rate_of(product("privigen"), DM)) == ["rate-unknown"]
    assert codes(lambda: rate_of(product("octagam-10-eu"), Choice())) == ["indication-missing"]
    assert codes(lambda: rate_of(product("mabthera-sc-1400"), Choice())) == ["rate-unknown"]
    assert codes(lambda: rate_of(product("rituximab-iv"), Choice())) == ["infusion-missing"]


def test_an_unnamed_indication_takes_the_general_rate_and_says_where_it_is_stricter() -> None:
    infusion = octagam("24 g", Choice("polymyositis"))
    assert any("names no rate for polymyositis" in note for note in infusion.notes)
    assert any("0.04 mL/kg/min in dermatomyositis" in note for note in infusion.notes)


def test_a_risk_that_nothing_knows_is_refused_and_not_ignored() -> None:
    assert codes(lambda: octagam("24 g", Choice("dermatomyositis", risks=("trombosis",)))) == [
        "risk-unknown"
    ]


def test_a_known_risk_without_a_cap_in_the_label_is_said() -> None:
    flebogamma, choice = product("flebogamma-dif-10"), Choice("gbs", risks=("thrombosis",))
    found = infuse_product(flebogamma, q("24 g"), choice, weight=SIXTY)
    assert any("not known here; state a cap" in note for note in found.notes)


def test_a_ladder_with_a_gap_gives_bounds_and_no_minutes() -> None:
    kiovig = infuse_product(product("kiovig"), q("24 g"), DM, weight=SIXTY)
    assert kiovig.minutes is None
    assert kiovig.steps == ()
    assert (kiovig.at_least, kiovig.at_most) == (Fraction("123.75"), Fraction(480))


def test_where_only_the_highest_rate_is_known_there_is_no_longest_time() -> None:
    found = infuse_product(product("octagam-5"), q("24 g"), DM, weight=SIXTY)
    assert (found.minutes, found.at_least, found.at_most) == (None, Fraction(200), None)


def test_a_cap_at_the_first_rate_closes_the_gap() -> None:
    choice = Choice("dermatomyositis", cap=q("0.5 mL/kg/h"))
    kiovig = infuse_product(product("kiovig"), q("24 g"), choice, weight=SIXTY)
    assert kiovig.minutes == 480


def test_stated_steps_are_unconfirmed_and_still_under_the_caps() -> None:
    choice = Choice("dermatomyositis", risks=("renal",), ladder=LADDER)
    found = octagam("24 g", choice)
    assert found.minutes == Fraction(490, 3)
    assert found.status is Status.UNCONFIRMED
    assert "The steps are the prescriber's." in found.notes


def test_five_percent_takes_twice_the_volume_of_ten() -> None:
    five = infuse_product(product("flebogamma-dif-5"), q("24 g"), DM, weight=SIXTY)
    ten = infuse_product(product("flebogamma-dif-10"), q("24 g"), DM, weight=SIXTY)
    assert (five.volume_ml, ten.volume_ml) == (Fraction(480), Fraction(240))


def test_all_that_a_rate_needs_is_asked_for_at_once() -> None:
    assert codes(lambda: infuse(Fluid(q("24 mL")), LADDER)) == [
        "amount-not-mass",
        "weight-missing",
        "concentration-missing",
    ]
    wrong = Ladder((Rung(q("5 mg"), None),))
    assert codes(lambda: infuse(Fluid(q("24 g"), q("10 %")), wrong)) == [
        "concentration-wrong",
        "rate-unit-wrong",
    ]


def test_a_ladder_that_never_ends_a_step_is_refused() -> None:
    stuck = Ladder((Rung(q("50 mg/h"), None), Rung(q("100 mg/h"), None)))
    assert codes(lambda: infuse(Fluid(q("1 g")), stuck)) == ["ladder-wrong"]
    assert codes(lambda: infuse(Fluid(q("1 g")), Ladder(()))) == ["ladder-wrong"]
    assert codes(
        lambda: regular_ladder(q("50 mg/h"), q("0 mg/h"), Fraction(30), q("400 mg/h"))
    ) == ["ladder-wrong"]


def test_rates_by_mass_and_by_volume_are_one_ladder() -> None:
    by_mass = Ladder(
        (
            Rung(q("1 mg/kg/min"), Fraction(30)),
            Rung(q("120 mg/kg/h"), Fraction(30)),
            Rung(q("14400 mg/h"), None),
        )
    )
    fluid = Fluid(q("24 g"), TEN_PERCENT)
    one, other = (infuse(fluid, ladder, weight=SIXTY) for ladder in (LADDER, by_mass))
    assert one.steps == other.steps


def test_regimens_find_the_rituximab_ladder_by_its_name() -> None:
    assert ladder_named("rituximab-ladder", "first").ladder.rungs[0].rate == q("50 mg/h")
    assert ladder_named("rituximab-ladder", "later").ladder.rungs[0].rate == q("100 mg/h")
    assert codes(lambda: ladder_named("rituximab-ladder")) == ["ladder-unknown"]


@given(
    st.decimals("1", "200", places=1),
    st.decimals("3", "200", places=1),
    st.decimals("0.005", "0.2", places=3),
)
def test_all_of_it_runs_in_and_never_faster_than_the_cap(
    grams: Decimal, kilograms: Decimal, cap: Decimal
) -> None:
    rate = Quantity(cap, "mL/kg/min")
    fluid = Fluid(Quantity(grams, "g"), TEN_PERCENT)
    weight = Quantity(kilograms, "kg")
    capped = infuse(fluid, LADDER, weight=weight, caps=[Cap(rate, "stated")])
    free = infuse(fluid, LADDER, weight=weight)
    assert sum(step.mg for step in capped.steps) == Fraction(grams) * 1000
    assert all(
        step.ml_per_h is not None and step.ml_per_h <= Fraction(cap * kilograms * 60)
        for step in capped.steps
    )
    assert capped.minutes is not None
    assert free.minutes is not None
    assert capped.minutes >= free.minutes


@pytest.mark.parametrize("product_id", ["octagam-10-us", "gammagard-liquid"])
def test_vials_that_no_source_gives_are_not_guessed(product_id: str) -> None:
    assert codes(lambda: vials_of(product(product_id))) == ["vials-unknown"]


def test_a_product_of_another_name_is_refused_with_the_nearest() -> None:
    assert codes(lambda: product("octagam")) == ["product-unknown"]


def test_both_strengths_of_a_brand_are_products_of_their_own() -> None:
    strengths = {one.id: one.concentration for one in products() if "dif" in one.id}
    assert len({fact.value for fact in strengths.values() if fact}) == 2
