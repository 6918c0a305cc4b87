"""Which weight a plan doses by: asked for, said, dated, and never exchanged in silence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.dosing.plan_model import Plan
from tests.dosing.plans import MONTHLY, plan_of, says
from tests.dosing.values import codes

HEAVY = {"weight": "110kg", "height": "165cm", "sex": "female"}


def total(plan: Plan) -> str:
    """The course total in grams, to two digits."""
    return plan.course.course_total.say()


def inputs(plan: Plan) -> dict[str, object]:
    """What the plan says of its weight."""
    found = plan.request.as_json()["weighing"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("rule", "kilograms"),
    [("actual", "110"), ("ideal", "56.91"), ("ideal-robinson", "57.43"), ("adjusted", "78.15")],
)
def test_the_published_weights_dose_when_they_are_asked_for(rule: str, kilograms: str) -> None:
    plan = plan_of(MONTHLY, dosing_weight=rule, **HEAVY)
    found = inputs(plan)
    assert round(Decimal(str(found["value"])), 2) == Decimal(kilograms)
    assert abs(plan.course.course_total.value - Decimal(str(found["value"])) * 2) < Decimal("1e-9")
    assert found["reason"]
    assert bool(says(plan, "dosing-weight")) is (rule != "actual")


def test_overweight_shows_the_doses_side_by_side_and_exchanges_nothing() -> None:
    plan = plan_of(MONTHLY, **HEAVY)
    said = says(plan, "overweight")
    assert "220 g a course" in said
    assert "156.3 g a course" in said
    assert "113.8 g a course" in said
    assert total(plan) == "220 g"
    cited = [one for caution in plan.cautions if caution.code == "overweight"
             for one in caution.evidence]  # fmt: skip
    assert {one.status.value for one in cited} == {"verified", "unconfirmed"}


@pytest.mark.parametrize(
    ("body", "is_said"),
    [
        ({"weight": "60kg", "height": "160cm", "sex": "female"}, False),
        ({"weight": "76.8kg", "height": "160cm"}, True),
        ({"weight": "76.7kg", "height": "160cm"}, False),
        ({"weight": "62.9kg", "height": "160cm", "sex": "female"}, True),
        ({"weight": "110kg"}, False),
    ],
)
def test_overweight_begins_at_a_body_mass_index_of_30_or_above_120_percent_of_ideal(
    body: dict[str, str], is_said: bool
) -> None:
    assert bool(says(plan_of(MONTHLY, **body), "overweight")) is is_said


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"height": "160cm"}, ["sex-missing"]),
        ({"sex": "female"}, ["height-missing"]),
        ({"height": "150cm", "sex": "female"}, ["dosing-weight-unknown"]),
        ({"height": "160cm", "sex": "female", "age": "17 years"}, ["dosing-weight-unknown"]),
        ({"height": "160cm", "sex": "female", "pregnant": "yes"}, ["dosing-weight-unknown"]),
    ],
)
def test_where_the_formula_does_not_hold_no_other_weight_is_put_in(
    options: dict[str, str], expected: list[str]
) -> None:
    assert codes(lambda: plan_of(MONTHLY, dosing_weight="adjusted", **options)) == expected


def test_a_flat_dose_takes_no_weight_rule() -> None:
    made = lambda: plan_of("rituximab-1g-x2", dosing_weight="adjusted", **HEAVY)  # noqa: E731
    assert codes(made) == ["dosing-weight-unused"]


@pytest.mark.parametrize(
    ("day", "is_old"), [("2025-07-05", False), ("2025-07-04", True), ("2026-01-05", False)]
)
def test_a_weight_older_than_six_months_is_told_with_its_age(day: str, is_old: bool) -> None:
    plan = plan_of(MONTHLY, weight_on=day)
    assert bool(says(plan, "weight-old")) is is_old
    weight = inputs(plan)["inputs"]["weight"]  # type: ignore[index]
    assert weight["on"] == day
    assert weight["age_days"] == {"2025-07-05": 184, "2025-07-04": 185, "2026-01-05": 0}[day]


def test_a_surface_is_capped_only_where_the_unit_asks_for_it() -> None:
    body = {"weight": "110kg", "height": "165cm"}
    free, capped = (
        plan_of("rituximab-375-weekly-x4", **body, **more) for more in ({}, {"surface_cap": "2m2"})
    )
    assert round(free.doses[0].portion.exact.value) == 842
    assert capped.doses[0].portion.exact.value == 750
    assert "capped at 2 m2 as asked" in says(capped, "surface-formula").replace("m²", "m2")
    assert codes(lambda: plan_of(MONTHLY, surface_cap="2m2")) == ["surface-cap-unused"]


def test_a_weight_of_after_the_start_is_refused() -> None:
    assert codes(lambda: plan_of(MONTHLY, weight_on="2026-01-06")) == ["measured-after-start"]


def test_rates_rest_on_the_lower_weight_and_say_so() -> None:
    plan = plan_of(MONTHLY, product="octagam-10-eu", dosing_weight="adjusted", **HEAVY)
    run = plan.doses[0].portion.run
    assert run is not None
    assert run.steps[-1].ml_per_h is not None
    assert round(float(run.steps[-1].ml_per_h), 2) == round(78.1457 * 0.04 * 60, 2)
    assert "78.15 kg" in says(plan, "rate-weight")


@given(kilograms=st.integers(40, 120), tenths=st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_scaling_the_weight_scales_the_exact_dose_of_every_day(kilograms: int, tenths: int) -> None:
    one = plan_of(MONTHLY, weight=f"{kilograms}kg")
    other = plan_of(MONTHLY, weight=f"{Decimal(kilograms) + Decimal(tenths) / 10}kg")
    factor = (Decimal(kilograms) + Decimal(tenths) / 10) / Decimal(kilograms)
    for before, after in zip(one.doses, other.doses, strict=True):
        assert abs(after.portion.exact.value - before.portion.exact.value * factor) < Decimal(
            "1e-20"
        )
