"""Other regimens in steady state: against a long course, published figures, and sense."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from stepline.core.errors import Refused
from stepline.core.quantity import parse_quantity
from stepline.dosing.products import product
from stepline.forecast.driving import Known
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.models import model
from stepline.forecast.persons import concentrations_of, deviations_drawn, persons
from stepline.forecast.repeating import Schedule, steady_state
from stepline.forecast.whatif import what_if
from stepline.forecast.whatif_model import Candidate, Setting, WhatIf
from stepline.forecast.whatif_reading import read_candidates, read_target

NAVARRO = model("navarro-mora-2022")
KNOWN = {"weight": Known("weight", Decimal(70), "stated")}
SETTING = Setting("ivig", "iv", Decimal(70), known=KNOWN)


def asked(grid: str, target: str = "igg trough >= 6 g/L", **changed: object) -> WhatIf:
    setting = changed.pop("setting", SETTING)
    assert isinstance(setting, Setting)
    return what_if(NAVARRO, read_candidates([grid]), read_target(target), setting)


@pytest.mark.parametrize("is_depot", [False, True])
@pytest.mark.parametrize(("interval", "days"), [(28.0, 1), (21.0, 1), (28.0, 5)])
def test_the_steady_state_is_where_a_long_course_arrives(
    interval: float, days: int, is_depot: bool
) -> None:
    from stepline.forecast.doses import doses

    typical = individual(NAVARRO, {"weight": 70})
    people = persons(NAVARRO, typical, deviations_drawn(NAVARRO, 5, 3))
    shown = steady_state(NAVARRO, people, Schedule(28.0, interval, days, 0.125, is_depot))
    starts = np.asarray((np.arange(120) * interval)[:, None] + np.arange(days), dtype=np.float64)
    long = doses(starts.ravel(), [28.0] * starts.size, 0.125, is_depot)
    before = concentrations_of(NAVARRO, people, long, np.array([119 * interval - 1e-9]))
    assert shown.trough == pytest.approx(before[:, 0], rel=1e-6)
    assert (shown.peak > shown.trough).all()


def test_what_is_infused_leaves_by_clearance() -> None:
    """Area over one interval × clearance = dose, for what is infused."""
    typical = individual(NAVARRO, {"weight": 70})
    people = persons(NAVARRO, typical, deviations_drawn(NAVARRO, 20, 3))
    shown = steady_state(NAVARRO, people, Schedule(28.0, 28.0, 1, 0.125))
    area = (shown.grid.mean(axis=1) - people["endogenous"]) * 28
    assert area * people["cl"] == pytest.approx(28.0, rel=0.01)


@pytest.mark.parametrize(
    ("model_id", "peak", "trough", "three_weeks"),
    [
        ("landersdorfer-2013", 11.89, 4.84, 6.94),
        ("zhang-2020", 11.64, 4.79, 6.85),
        ("navarro-mora-2022", 12.58, 3.94, 5.87),
        ("dumas-2019", 14.69, 7.74, 11.27),
        ("tortorici-2021-cidp", 7.50, 0.85, 1.49),
    ],
)
def test_typical_troughs_and_peaks_are_those_worked_out_from_the_papers(
    model_id: str, peak: float, trough: float, three_weeks: float
) -> None:
    """0.4 g/kg over 3 hours, 70 kg, what is infused: figures worked out beside this program."""
    one = model(model_id)
    values = {k: np.array([v]) for k, v in individual(one, {"weight": 70}).items()}
    own = values["endogenous"][0]
    four = steady_state(one, values, Schedule(28.0, 28.0, 1, 0.125))
    three = steady_state(one, values, Schedule(28.0, 21.0, 1, 0.125))
    assert four.peak[0] - own == pytest.approx(peak, abs=0.02)
    assert four.trough[0] - own == pytest.approx(trough, abs=0.011)
    assert three.trough[0] - own == pytest.approx(three_weeks, abs=0.011)


def test_more_or_sooner_never_meets_a_trough_less_surely() -> None:
    found = {(float(o.candidate.dose.value), o.candidate.interval): o.probability
             for o in asked("dose=0.2,0.4,0.6g/kg interval=2w,3w,4w").outcomes}  # fmt: skip
    for (dose, interval), probability in found.items():
        for (other, longer), less in found.items():
            if dose >= other and interval <= longer:
                assert probability is not None
                assert less is not None
                assert probability >= less


def test_the_longest_interval_and_the_least_amount_are_among_those_that_meet() -> None:
    found = asked("dose=0.2,0.4g/kg interval=2w,3w,4w,6w")
    for one in found.longest:
        assert one.probability is not None
        assert one.probability >= 0.8
    assert found.sparing is not None
    assert all(
        found.sparing.a_year.value <= one.a_year.value
        for one in found.outcomes
        if (one.probability or 0) >= 0.8
    )


def test_grams_and_infusions_a_year_are_exact() -> None:
    (one,) = asked("dose=28g interval=28d").outcomes
    assert one.a_year.value == Decimal("365.25")
    assert float(one.infusions_a_year) == pytest.approx(365.25 / 28)
    (course,) = asked("dose=14g interval=28d days=5").outcomes
    assert course.a_year.value == Decimal("913.125")
    assert round(course.infusions_a_year, 2) == Decimal("65.22")


def test_a_product_rounds_to_its_vials_and_tells_the_hours() -> None:
    rounded = Setting("ivig", "iv", Decimal(67), product("flebogamma-dif-10"), "replacement", KNOWN)
    (one,) = asked("dose=0.4g/kg interval=4w", setting=rounded).outcomes
    assert one.exact.value == Decimal("26.8")
    assert one.amount.value % Decimal("2.5") == 0 or one.amount.value % 5 == 0
    assert one.hours_a_year is not None
    assert 10 < one.hours_a_year.low < 60


def test_hours_are_unknown_without_a_product() -> None:
    (one,) = asked("dose=0.4g/kg interval=4w").outcomes
    assert one.hours_a_year is None
    assert "--product" in one.notes[0]


def test_a_model_without_variability_gives_typical_values_alone() -> None:
    one = model("landersdorfer-2013")
    found = what_if(
        one, read_candidates(["dose=28g interval=4w"]), read_target("igg trough >= 6 g/L"), SETTING
    )
    assert found.basis == "typical"
    (outcome,) = found.outcomes
    assert (outcome.probability, outcome.trough.low) == (None, None)
    assert outcome.meets is True


def test_time_above_is_met_by_more_when_less_time_is_asked_for() -> None:
    half = asked("dose=0.2g/kg interval=4w", "igg above 7 g/L for 50 %").outcomes[0].probability
    most = asked("dose=0.2g/kg interval=4w", "igg above 7 g/L for 95 %").outcomes[0].probability
    assert half is not None
    assert most is not None
    assert half > most


def test_one_seed_has_one_answer() -> None:
    one, other = (asked("dose=0.4g/kg interval=4w") for _ in range(2))
    assert one.outcomes == other.outcomes


def test_a_unit_after_the_last_holds_for_all() -> None:
    (one, other) = read_candidates(["dose=0.2,0.4g/kg interval=3w"])
    assert one == Candidate(parse_quantity("0.2 g/kg")[0], 21)
    assert other.dose == parse_quantity("0.4 g/kg")[0]


@pytest.mark.parametrize(
    ("grid", "code"),
    [
        ("doses=1", "what-if-unreadable"),
        ("dose=0.4g/kg", "what-if-missing"),
        ("dose=0.4g/kg interval=4m", "interval-wrong"),
        ("dose=0.4g/kg interval=0w", "interval-wrong"),
        ("dose=0.4 interval=4w", "unit-missing"),
        ("dose=1g interval=4w days=40", "days-wrong"),
        (
            "dose=" + ",".join(["1g"] * 30) + " interval=" + ",".join(["1w"] * 30),
            "what-if-too-many",
        ),
    ],
)
def test_a_grid_that_cannot_be_read_says_why(grid: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_candidates([grid])
    assert code in [problem.code for problem in refusal.value.problems]


@pytest.mark.parametrize("text", ["igg 6", "igg trough > 6 g/L", "trough >= 6 g/L", ""])
def test_a_target_that_cannot_be_read_says_how(text: str) -> None:
    with pytest.raises(ForecastRefused, match="igg trough >= 6 g/L"):
        read_target(text)


@pytest.mark.parametrize(
    ("grid", "target", "setting", "code"),
    [
        (
            "dose=0.4g/kg interval=4w",
            "igg trough >= 6 g/L",
            Setting("ivig", "iv"),
            "weight-missing",
        ),
        ("dose=4mL interval=4w", "igg trough >= 6 g/L", SETTING, "dose-not-mass"),
        ("dose=1g interval=3d days=5", "igg trough >= 6 g/L", SETTING, "interval-too-short"),
        ("dose=1g interval=4w", "ldh trough >= 6 g/L", SETTING, "target-not-predicted"),
        ("dose=1g interval=4w", "igg trough >= 6 U/L", SETTING, "target-not-predicted"),
        (
            "dose=1g interval=4w",
            "igg trough >= 6 g/L",
            Setting("rituximab", "iv"),
            "drug-not-in-model",
        ),
    ],
)
def test_a_question_that_the_model_cannot_answer_is_refused(
    grid: str, target: str, setting: Setting, code: str
) -> None:
    with pytest.raises(ForecastRefused) as refusal:
        asked(grid, target, setting=setting)
    assert code in [problem.code for problem in refusal.value.problems]
