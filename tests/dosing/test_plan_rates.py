"""Rates, observation and vials of a plan: what product, indication and brand make of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.core.quantity import in_unit
from stepline.dosing.products import product, products
from stepline.vocabulary.catalogue import catalogue
from tests.dosing.plans import MONTHLY, plan_of, says, told
from tests.dosing.values import codes, q

SEED = "flebogamma-dif-10"


@pytest.mark.parametrize(("risk", "minutes"), [("", "137.5"), ("thrombosis", "163.3")])
def test_24_g_of_the_published_product_stop_at_the_cap_of_dermatomyositis(
    risk: str, minutes: str
) -> None:
    run = plan_of(MONTHLY, product=SEED, **({"risk": risk} if risk else {})).doses[0].portion.run
    assert run is not None
    assert run.exact is not None
    assert run.exact.minutes is not None
    assert f"{float(run.exact.minutes):.1f}" == minutes
    assert run.infusion.cap is not None
    assert "other labels" in run.infusion.cap.because or risk
    assert run.infusion.status is Status.UNCONFIRMED


@pytest.mark.parametrize("one", [one for one in products() if one.drug == "ivig" and one.rates])
def test_no_immunoglobulin_runs_above_4_mg_per_kg_a_minute_in_dermatomyositis(one: object) -> None:
    for rate in one.rates:  # type: ignore[attr-defined]
        if "dermatomyositis" in rate.indications:
            assert rate.highest.value == q("0.04 mL/kg/min")
            return
    assert one.id == "gammagard-liquid"  # type: ignore[attr-defined]


def test_the_remembered_ladder_of_other_indications_is_marked_so() -> None:
    other = next(rate for rate in product(SEED).rates if rate.indications == ("other",))
    rates = [str(rung.rate.value) for rung in other.ladder.rungs]
    assert rates == ["0.01", "0.02", "0.04", "0.06", "0.08"]
    assert {rung.minutes for rung in other.ladder.rungs[:-1]} == {30}
    assert Status.UNCONFIRMED in {one.status for one in other.ladder.evidence}


def test_half_the_strength_says_that_the_volume_is_twice_that_of_10_percent() -> None:
    weak = plan_of(MONTHLY, product="flebogamma-dif-5")
    assert "480 mL, 2 times the 240 mL of a 100 mg/mL product" in says(weak, "volume-differs")


@pytest.mark.parametrize(
    ("options", "minutes"),
    [
        ({}, [60, 20, 20, 20, 20]),
        ({"previous_product": SEED}, [20] * 5),
        ({"previous_product": "privigen"}, [60, 20, 20, 20, 20]),
        ({"previous_product": "privigen", "infusion": "later"}, [60, 20, 20, 20, 20]),
        ({"infusion": "later"}, [20] * 5),
    ],
)
def test_first_infusions_and_switched_brands_are_watched_for_an_hour(
    options: dict[str, str], minutes: list[int]
) -> None:
    plan = plan_of(MONTHLY, product=SEED, courses="1", **options)
    found = plan.as_json()["doses"]
    assert [dose["observation"]["minutes"] for dose in found] == minutes  # type: ignore[attr-defined]
    switched = options.get("previous_product") == "privigen"
    assert bool(says(plan, "brand-switched")) is switched


def test_a_switched_brand_of_rituximab_climbs_the_first_ladder() -> None:
    plan = plan_of("rituximab-1g-x2", infusion="later")
    assert [dose.portion.run.infusion.minutes for dose in plan.doses if dose.portion.run] == [
        195,
        195,
    ]


@pytest.mark.parametrize(
    ("regimen", "options"),
    [
        (
            MONTHLY,
            {"product": SEED, "height": "150cm", "weight": "90kg", "weight_on": "2025-01-01"},
        ),
        ("prednisone-taper", {"proposed": "yes"}),
        ("ivig-2g-over-2d-every-4-weeks", {"weight": "100kg", "vial": "5g"}),
    ],
)
def test_every_warning_cites_a_source_of_its_kind_and_memory_is_unconfirmed(
    regimen: str, options: dict[str, str]
) -> None:
    cited = [one for caution in plan_of(regimen, **options).cautions for one in caution.evidence]
    assert cited
    for one in cited:
        assert catalogue().source(one.source).kind == one.kind
        if one.source in ("stepline-memory", "stepline-design", "droracle"):
            assert one.status is Status.UNCONFIRMED


def test_a_previous_product_of_another_drug_says_nothing_and_is_refused() -> None:
    made = lambda: plan_of(MONTHLY, product=SEED, previous_product="rituximab-iv")  # noqa: E731
    assert codes(made) == ["previous-product-unused"]


def test_12_g_from_5_g_vials_name_both_choices_for_a_person() -> None:
    plan = plan_of("ivig-200-every-2-weeks", vial="5g")
    assert "10 g (−16.7 %) or 15 g (+25 %): a person decides" in says(plan, "rounding-large")
    fine = plan_of("ivig-200-every-2-weeks", vial="2g")
    assert says(fine, "rounding-large") == ""
    assert plan.rounding is not None
    assert [choice.given for choice in plan.rounding.choices] == [q("10 g"), q("15 g")]


@given(
    kilograms=st.integers(30, 150),
    brand=st.sampled_from(["flebogamma-dif-10", "octagam-10-eu", "octagam-5", "privigen"]),
    policy=st.sampled_from(["course", "nearest", "down", "exact"]),
)
@settings(max_examples=30, deadline=None)
def test_no_brand_weight_or_policy_brings_a_course_above_2_g_per_kg(
    kilograms: int, brand: str, policy: str
) -> None:
    options = {"weight": f"{kilograms}kg", "product": brand, "policy": policy, "courses": "1"}
    refused, plan = told(lambda: plan_of("ivig-2g-over-2d-every-4-weeks", **options))
    assert plan is not None, refused
    given_mg = sum(in_unit(dose.portion.amount, "mg") for dose in plan.doses)
    assert given_mg <= kilograms * 2000
    assert sum(in_unit(dose.portion.exact, "mg") for dose in plan.doses) == kilograms * 2000


def test_a_day_above_80_g_is_remarked_as_unconfirmed_guidance() -> None:
    plan = plan_of("ivig-2g-over-2d-every-4-weeks", weight="100kg")
    assert "100 g in one day" in says(plan, "large-single-dose")
    assert says(plan_of("ivig-2g-over-2d-every-4-weeks"), "large-single-dose") == ""


def test_150_g_a_day_for_5_days_at_75_kg_is_refused() -> None:
    assert codes(lambda: plan_of(MONTHLY, weight="75kg", dose="150g")) == ["course-exceeded"]
    right = plan_of(MONTHLY, weight="75kg", course_total="150g")
    assert [dose.portion.exact.say() for dose in right.of_course(1)] == ["30 g"] * 5
    assert right.course.course_total.say() == "150 g"
