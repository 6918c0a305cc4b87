"""Laboratory grades and bands at their edges, in any unit, with what they cannot say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity, parse_quantity
from stepline.scores.laboratory import ctcae_grade, igg_band
from stepline.scores.values import ScoreRefused


def q(text: str) -> Quantity:
    """A quantity as it is written."""
    return parse_quantity(text)[0]


@pytest.mark.parametrize(
    ("measure", "value", "limit", "grade"),
    [
        ("neutrophils", "2 10*9/L", "1.8 10*9/L", 0),
        ("neutrophils", "1.5 10*9/L", "1.8 10*9/L", 1),
        ("neutrophils", "1.49 10*9/L", "1.8 10*9/L", 2),
        ("neutrophils", "1.0 10*9/L", "1.8 10*9/L", 2),
        ("neutrophils", "499 /uL", "1.8 10*9/L", 4),
        ("neutrophils", "500 /uL", "1.8 10*9/L", 3),
        ("platelets", "75 10*9/L", "150 10*9/L", 1),
        ("platelets", "24.9 10*9/L", "150 10*9/L", 4),
        ("lymphocytes", "0.19 10*9/L", "1 10*9/L", 4),
        ("leukocytes", "2.9 10*9/L", "4 10*9/L", 2),
        ("haemoglobin", "100 g/L", "12 g/dL", 1),
        ("haemoglobin", "99 g/L", "12 g/dL", 2),
        ("haemoglobin", "7.9 g/dL", "12 g/dL", 3),
        ("haemoglobin", "3 g/dL", "12 g/dL", 3),
        ("creatinine", "1.5 mg/dL", "1 mg/dL", 1),
        ("creatinine", "6.01 mg/dL", "1 mg/dL", 4),
        ("ck", "500 U/L", "200 U/L", 1),
        ("ck", "501 U/L", "200 U/L", 2),
        ("ck", "33.4 ukat/L", "200 U/L", 4),
        ("ldh", "9000 U/L", "250 U/L", 1),
        ("ldh", "250 U/L", "250 U/L", 0),
    ],
)
def test_a_grade_begins_beyond_its_edge(measure: str, value: str, limit: str, grade: int) -> None:
    assert ctcae_grade(measure, q(value), limit=q(limit)).grade == grade


def test_without_a_limit_the_first_grade_is_open_and_the_others_are_not() -> None:
    mild = ctcae_grade("neutrophils", q("1.6 10*9/L"))
    assert (mild.grade, mild.least, mild.most) == (None, 0, 1)
    assert mild.missing == ("lower limit of normal",)
    assert ctcae_grade("neutrophils", q("0.9 10*9/L")).grade == 3
    rising = ctcae_grade("creatinine", q("2 mg/dL"))
    assert (rising.least, rising.most) == (0, 4)


def test_an_abnormal_baseline_counts_in_its_own_multiples() -> None:
    limit = q("40 U/L")
    grades = [
        ctcae_grade("alt", q(value), limit=limit, baseline=q(baseline)).grade
        for value, baseline in (
            ("130 U/L", "30 U/L"),
            ("130 U/L", "100 U/L"),
            ("150 U/L", "100 U/L"),
            ("301 U/L", "100 U/L"),
        )
    ]
    assert grades == [2, 0, 1, 2]


def test_an_unknown_baseline_leaves_a_raised_value_between_two_grades() -> None:
    found = ctcae_grade("alt", q("130 U/L"), limit=q("40 U/L"))
    assert (found.grade, found.least, found.most) == (None, 0, 2)
    assert found.missing == ("value at baseline",)
    assert ctcae_grade("alt", q("40 U/L"), limit=q("40 U/L")).grade == 0


def test_enzymes_of_muscle_are_doubted_unless_the_myositis_is_known_to_be_quiet() -> None:
    for measure in ("alt", "ast", "ck"):
        for active, is_doubted in ((None, True), (True, True), (False, False)):
            grade = ctcae_grade(
                measure,
                q("300 U/L"),
                limit=q("40 U/L"),
                baseline=q("30 U/L"),
                is_myositis_active=active,
            )
            assert any("muscle" in doubt for doubt in grade.doubts) is is_doubted
    assert not ctcae_grade("creatinine", q("3 mg/dL"), limit=q("1 mg/dL")).doubts


def test_a_value_within_the_range_of_its_laboratory_is_graded_and_doubted() -> None:
    found = ctcae_grade("neutrophils", q("1.45 10*9/L"), limit=q("1.4 10*9/L"))
    assert found.grade == 2
    assert found.doubts


def test_igg_has_no_grade_and_says_so() -> None:
    found = ctcae_grade("igg", q("3 g/L"))
    assert found.grade is None
    assert "no grade" in found.doubts[0]
    assert found.evidence[0].status is Status.UNCONFIRMED


@pytest.mark.parametrize(
    ("igg", "band"),
    [
        ("2.99 g/L", "severe"),
        ("3 g/L", "moderate"),
        ("499 mg/dL", "moderate"),
        ("500 mg/dL", "mild"),
        ("6.99 g/L", "mild"),
        ("7 g/L", "none"),
    ],
)
def test_bands_of_igg_hold_their_lower_edge(igg: str, band: str) -> None:
    assert igg_band(q(igg)).band == band


def test_what_cannot_be_graded_is_refused() -> None:
    for measure, value, limit, codes in (
        ("sodium", "140 mmol/L", None, ["measure-unknown"]),
        ("alt", "-1 g/L", "0 U/L", ["reading-out-of-range", "unit-mismatch", "limit-not-positive"]),
    ):
        number, unit = value.split()
        given = Quantity(Decimal(number), unit)
        with pytest.raises(ScoreRefused) as caught:
            ctcae_grade(measure, given, limit=None if limit is None else q(limit))
        assert [one.code for one in caught.value.problems] == codes
