"""Body size: published vectors, limits of validity, and slips of unit."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity
from stepline.dosing.bodysize import BodySize, body_mass_index, body_size, has_changed
from stepline.dosing.surface import SurfaceMethod, body_surface, body_surfaces
from stepline.dosing.weights import (
    Person,
    WeightMethod,
    WeightRule,
    body_weight,
    body_weights,
    dosing_weight,
)
from tests.dosing.values import codes, q, size

SURFACES = [
    ("160 cm", "60 kg", "1.6330 1.6221 1.6405 1.6489 1.6558 1.5827"),
    ("165 cm", "60 kg", "1.6583 1.6587 1.6607 1.6704 1.6711 1.6153"),
    ("170 cm", "60 kg", "1.6833 1.6949 1.6804 1.6916 1.6862 1.6476"),
    ("170 cm", "75 kg", "1.8819 1.8636 1.8947 1.8975 1.9051 1.8192"),
    ("165 cm", "110 kg", "2.2454 2.1460 2.3007 2.2818 2.3237 2.1141"),
]
WEIGHTS = [
    ("160 cm", "60 kg", "female", "52.38 54.09 55.43"),
    ("165 cm", "110 kg", "female", "56.91 57.43 78.15"),
    ("180 cm", "100 kg", "male", "74.99 72.65 85.00"),
    ("175 cm", "100 kg", "male", "70.46 68.91 82.28"),
]
GROWN = Decimal(44)


@pytest.mark.parametrize(("height", "weight", "printed"), SURFACES)
def test_surfaces_are_the_published_ones_to_every_printed_digit(
    height: str, weight: str, printed: str
) -> None:
    surfaces = body_surfaces(size(height, weight))[:6]
    assert [f"{one.value:.4f}" for one in surfaces] == printed.split()


def test_surfaces_come_in_the_stated_order() -> None:
    assert [one.method.value for one in body_surfaces(size("160 cm", "60 kg"))] == [
        "mosteller", "du-bois", "haycock", "gehan-george", "boyd", "fujimoto", "takahira",
    ]  # fmt: skip


@given(st.integers(50, 220), st.integers(5, 150))
def test_boyd_in_grams_equals_its_form_in_kilograms(cm: int, kg: int) -> None:
    body = BodySize(Quantity(Decimal(cm), "cm"), Quantity(Decimal(kg), "kg"))
    value = body_surface(body, SurfaceMethod.BOYD).value
    assert value is not None
    grams_free = 0.0333 * kg ** (0.6157 - 0.0188 * math.log10(kg)) * cm**0.3
    assert float(value) == pytest.approx(grams_free, rel=2e-3)


@given(st.sampled_from(SurfaceMethod))
def test_a_surface_does_not_depend_on_the_units_of_the_body(method: SurfaceMethod) -> None:
    metric = body_surface(size("160.02 cm", "45.359237 kg"), method)
    imperial = body_surface(size("63 in", "100 lb"), method)
    assert metric.value == imperial.value


def test_a_surface_without_a_height_is_unknown_and_says_what_is_missing() -> None:
    for surface in body_surfaces(body_size(None, q("60 kg"))):
        assert surface.value is None
        assert surface.missing == ("height",)


@pytest.mark.parametrize(("height", "weight", "sex", "printed"), WEIGHTS)
def test_ideal_and_adjusted_weights_are_the_published_ones(
    height: str, weight: str, sex: str, printed: str
) -> None:
    person = Person(sex, GROWN, pregnant=False)
    found = body_weights(size(height, weight), person)
    assert [f"{one.value:.2f}" for one in found[1:]] == printed.split()
    assert all(one.limits == () for one in found)


@pytest.mark.parametrize(
    ("height", "weight", "printed"), [("160 cm", "60 kg", "23.4"), ("165 cm", "110 kg", "40.4")]
)
def test_body_mass_index(height: str, weight: str, printed: str) -> None:
    index = body_mass_index(size(height, weight))
    assert index is not None
    assert f"{index.value:.1f}" == printed


def test_below_sixty_inches_an_ideal_weight_is_unknown_and_says_so() -> None:
    person = Person("female", GROWN, pregnant=False)
    below = body_weight(size("152.3 cm", "60 kg"), person, WeightMethod.DEVINE)
    at = body_weight(size("152.4 cm", "60 kg"), person, WeightMethod.DEVINE)
    assert below.value is None
    assert "152.4 cm" in below.limits[0]
    assert at.value == Decimal("45.5")


@pytest.mark.parametrize(
    ("person", "word"),
    [
        (Person("female", Decimal(17), pregnant=False), "18"),
        (Person("female", GROWN, pregnant=True), "pregnancy"),
    ],
)
def test_children_and_pregnancy_have_no_ideal_weight(person: Person, word: str) -> None:
    for method in (WeightMethod.DEVINE, WeightMethod.ROBINSON, WeightMethod.ADJUSTED):
        found = body_weight(size("160 cm", "60 kg"), person, method)
        assert found.value is None
        assert word in " ".join(found.limits)


def test_what_is_not_excluded_is_said_beside_the_value() -> None:
    found = body_weight(size("160 cm", "60 kg"), Person("female"), WeightMethod.DEVINE)
    assert found.value is not None
    assert len(found.limits) == 2


def test_without_a_sex_no_ideal_weight_is_made_up() -> None:
    found = body_weight(size("160 cm", "60 kg"), Person(age=GROWN), WeightMethod.ADJUSTED)
    assert found.value is None
    assert found.missing == ("sex",)


def test_adjusting_an_underweight_body_is_remarked_since_it_raises_the_dose() -> None:
    person = Person("female", GROWN, pregnant=False)
    found = body_weight(size("170 cm", "45 kg"), person, WeightMethod.ADJUSTED)
    assert found.value is not None
    assert found.value > 45
    assert "raises" in found.limits[0]


def test_a_rule_says_which_weight_it_led_to_and_why() -> None:
    person = Person("female", GROWN, pregnant=False)
    rule = WeightRule.ADJUSTED_ABOVE_120_PERCENT
    thin = dosing_weight(size("160 cm", "60 kg"), person, rule)
    large = dosing_weight(size("165 cm", "110 kg"), person, rule)
    assert (thin.used.method, large.used.method) == (WeightMethod.ACTUAL, WeightMethod.ADJUSTED)
    assert "114.5 %" in thin.reason
    assert "193.3 %" in large.reason


def test_a_rule_that_cannot_be_applied_never_falls_back_to_the_actual_weight() -> None:
    rule = WeightRule.ADJUSTED_ABOVE_120_PERCENT
    found = dosing_weight(size("145 cm", "90 kg"), Person("female", GROWN, pregnant=False), rule)
    assert found.used.value is None


@pytest.mark.parametrize(
    ("height", "weight", "word"),
    [
        ("63 cm", "60 kg", "63 in"),
        ("70 cm", "60 kg", "70 in"),
        ("160 in", "60 kg", "160 cm"),
        ("1.6 cm", "60 kg", "1.6 m"),
        ("160 m", "60 kg", "160 cm"),
        ("210 cm", "410 kg", "410 lb"),
        ("190 cm", "300 kg", "300 lb"),
        ("160 cm", "60 g", "60 kg"),
    ],
)
def test_a_slip_of_unit_is_refused_with_the_reading_that_fits(
    height: str, weight: str, word: str
) -> None:
    with pytest.raises(Refused) as refused:
        size(height, weight)
    assert any(word in problem.mend for problem in refused.value.problems)


def test_a_rare_body_that_a_slip_explains_is_doubted_and_not_changed() -> None:
    body = size("160 cm", "132 kg")
    assert body.kg == 132
    assert "132 lb" in body.doubts[0]


def test_a_usual_body_and_a_newborn_raise_no_doubt() -> None:
    assert size("160 cm", "60 kg").doubts == ()
    assert size("50 cm", "3.5 kg").doubts == ()


def test_everything_wrong_with_a_body_is_said_at_once() -> None:
    assert codes(lambda: body_size(q("160 kg"), q("-5 kg"))) == [
        "unit-mismatch",
        "weight-implausible",
    ]


def test_a_weight_has_changed_only_beyond_the_threshold() -> None:
    assert not has_changed(q("60 kg"), q("66 kg"))
    assert has_changed(q("60 kg"), q("53.9 kg"))
