"""The individual fit: against NONMEM's conditional estimates, and where the truth is known."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepline.forecast.doses import doses
from stepline.forecast.fitting import Observed, fit
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.model import Model, Parameter, Residual, Variability
from stepline.forecast.models import model
from tests.forecast.simulating import covered

ORACLE = Path(__file__).parents[1] / "oracles" / "nonmem-post-hoc.json"
PERSONS = json.loads(ORACLE.read_text(encoding="utf-8"))["persons"]
TYPICAL = {"cl": 4.0, "vc": 70.0, "ka": 1.0}


def _root(variance: float) -> Decimal:
    return Decimal(repr(math.sqrt(variance)))


def _exemplar() -> Model:
    """The model of the oracle; its hours stand where a model of the library has days."""
    base = model("navarro-mora-2022")
    cited = base.evidence[0]
    differ = Variability(_root(0.2), Decimal("0.2"), "variance", cited)
    return replace(
        base,
        parameters={
            name: Parameter(name, Decimal(str(value)), "", cited, (), differ)
            for name, value in TYPICAL.items()
        },
        residual=Residual(_root(0.05), None, "", "variance", cited),
    )


def _observed(seen: list[list[float]]) -> Observed:
    times, values = np.array(seen, dtype=np.float64).T
    return Observed(times, values, np.zeros(len(seen), dtype=np.bool_))


@pytest.mark.parametrize("person", PERSONS, ids=lambda one: str(one["id"]))
def test_nonmem_estimates_the_same_person(person: dict[str, Any]) -> None:
    """To the precision of its solver (TOL=8) and of its search for the least."""
    given = doses([0.0, *(72.0 + 24 * n for n in range(7))], [person["dose"]] * 8, 0.0, True)
    found = fit(_exemplar(), TYPICAL, given, _observed(person["seen"]))
    assert found.has_converged
    assert found.deviations == pytest.approx(person["deviations"], abs=5e-5)
    low = found.covariance[np.tril_indices(3)]
    assert low == pytest.approx(person["covariance"], rel=1e-3, abs=1e-5)
    information = np.linalg.inv(found.covariance)
    constants = 3 * math.log(0.2) + math.log(np.linalg.det(information))
    assert found.objective + constants == pytest.approx(person["objective"], abs=1e-4)


def test_intervals_of_simulated_people_hold_the_truth_as_often_as_they_say() -> None:
    """60 people of a seed; 500 are simulated in the benchmark."""
    hit, tried = covered(model("navarro-mora-2022"), 60, seed=7)
    assert (set(hit), tried) == ({"cl", "vc"}, 60)
    for name, count in hit.items():
        assert 0.8 <= count / tried <= 0.98, name


def test_many_exact_values_find_the_person() -> None:
    one = model("navarro-mora-2022")
    typical = individual(one, {"weight": 70})
    truth = individual(one, {"weight": 70}, {"cl": 0.35, "vc": -0.2})
    from stepline.forecast.predicting import concentrations

    given = doses(np.arange(0.0, 168, 28), [28.0] * 6, 0.1)
    times = np.linspace(0.5, 168, 400)
    seen = concentrations(one, truth, given, times)
    found = fit(one, typical, given, Observed(times, seen, np.zeros(400, dtype=np.bool_)))
    assert found.values["cl"] == pytest.approx(truth["cl"], rel=0.01)
    assert found.values["vc"] == pytest.approx(truth["vc"], rel=0.01)
    assert found.told == ("cl", "vc")
    assert found.values["ka"] == pytest.approx(typical["ka"])


def test_a_value_known_to_lie_below_a_limit_draws_the_person_down_and_no_further() -> None:
    one = model("navarro-mora-2022")
    typical = individual(one, {"weight": 70})
    given = doses(np.arange(0.0, 168, 28), [28.0] * 6, 0.1)
    times = np.array([167.9])

    def clearance(limit: float) -> float:
        seen = Observed(times, np.array([limit]), np.array([True]))
        return fit(one, typical, given, seen).values["cl"]

    assert clearance(6.0) > typical["cl"] * 1.1
    assert clearance(6.0) > clearance(7.0) > clearance(9.0)
    assert clearance(40.0) == pytest.approx(typical["cl"], rel=1e-4)


@pytest.mark.parametrize(
    ("model_id", "word"), [("landersdorfer-2013", "residual"), ("luo-2020", "residual")]
)
def test_a_model_without_residual_error_is_not_fitted(model_id: str, word: str) -> None:
    one = model(model_id)
    seen = _observed([[10.0, 8.0]])
    with pytest.raises(ForecastRefused, match=word) as refusal:
        fit(one, individual(one, {"weight": 70}), doses([0.0], [28.0]), seen)
    assert [problem.code for problem in refusal.value.problems] == ["fit-impossible"]


def test_without_values_there_is_nothing_to_fit() -> None:
    one = model("navarro-mora-2022")
    empty = Observed(np.array([]), np.array([]), np.array([], dtype=np.bool_))
    with pytest.raises(ForecastRefused, match="nothing usable was measured"):
        fit(one, individual(one, {"weight": 70}), doses([0.0], [28.0]), empty)
