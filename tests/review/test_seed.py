"""What a review of the published case must show, read from its machine form."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from stepline.protocol.loading import packaged
from stepline.record.casefile import seed_case
from stepline.review.output import as_json
from stepline.review.reviewing import library_of, review
from stepline.vocabulary.catalogue import catalogue


@lru_cache(maxsize=1)
def seed() -> dict[str, Any]:
    """The review of the seed, through its JSON text."""
    result = review(seed_case(), library_of(packaged()), catalogue())
    loaded: dict[str, Any] = json.loads(json.dumps(as_json(result)))
    return loaded


def statement(section: str, name: str) -> dict[str, Any]:
    """The finding or alert of an id."""
    found: dict[str, Any] = next(s for s in seed()[section] if s["id"] == name)
    return found


def test_the_review_follows_its_published_schema() -> None:
    schema = json.loads(files("stepline.review").joinpath("review.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(seed(), schema)


@pytest.mark.parametrize(
    "regimen",
    [
        "ivig-2g-over-5d-monthly",
        "prednisone-taper",
        "ivig-400-weekly",
        "ivig-200-every-2-weeks",
        "rituximab-375-weekly-x4",
        "rituximab-1g-x2",
        "ivig-200-every-4-weeks-replacement",
    ],
)
def test_every_phase_is_recognised_as_its_regimen(regimen: str) -> None:
    assert [c["regimen"] for c in seed()["courses"]].count(regimen) == 1


def test_the_two_uses_of_200_mg_per_kg_have_two_intents() -> None:
    intents = {c["regimen"]: c["intent"] for c in seed()["courses"]}
    assert intents["ivig-200-every-2-weeks"] == "immunomodulation"
    assert intents["ivig-200-every-4-weeks-replacement"] == "replacement"


def test_the_intensity_of_each_immunoglobulin_course_is_worked_out() -> None:
    intensity = {c["regimen"]: c["intensity_g_per_kg_28d"] for c in seed()["courses"]}
    assert intensity["ivig-400-weekly"] == "1.60"
    assert intensity["ivig-200-every-2-weeks"] == "0.40"
    assert intensity["ivig-200-every-4-weeks-replacement"] == "0.20"


def test_the_weight_is_inferred_and_says_how() -> None:
    weight = statement("findings", "weight")
    assert "60" in weight["says"]
    assert weight["note"] == "inferred"
    assert "1.5 mg/kg" in weight["says"]


@pytest.mark.parametrize("name", ["bsa", "tis", "height", "hbv-serology", "baseline-igg"])
def test_what_the_report_does_not_say_is_unknown_and_never_a_number(name: str) -> None:
    found = statement("findings", name)
    assert found["verdict"] == "unknown"
    assert found["missing"]
    assert not any(b["value"].replace(".", "").isdigit() for b in found["because"])


@pytest.mark.parametrize(("enzyme", "value"), [("ldh", "518"), ("aldolase", "8")])
def test_enzymes_were_raised_and_normal_a_month_later(enzyme: str, value: str) -> None:
    found = statement("findings", f"{enzyme}-normalised")
    assert found["verdict"] == "true"
    assert value in [b["value"] for b in found["because"]]
    normal = [b for b in found["because"] if b["value"] == "normal"]
    assert [b["time"] for b in normal] == ["M1"]


def test_the_switch_to_rituximab_is_explained_by_loss_of_response() -> None:
    found = statement("findings", "switch-ivig-step-down-to-rituximab-induction")
    assert found["verdict"] == "true"
    assert "lost" in [b["value"] for b in found["because"]]


def test_replacement_is_explained_by_low_immunoglobulin_with_infections() -> None:
    found = statement("findings", "reason-ig-replacement")
    concepts = {b["concept"] for b in found["because"]}
    assert "hypogammaglobulinaemia" in concepts
    assert concepts & {"upper-respiratory-tract-infection", "recurrent-infection"}


def test_alerts_on_hepatitis_b_and_pneumocystis_are_present_with_what_settles_them() -> None:
    alerts = {a["id"]: a for a in seed()["alerts"]}
    assert alerts["hbv-before-rituximab"]["asks"]
    assert alerts["pjp-prophylaxis"]["asks"]


@pytest.mark.parametrize(
    "excluded",
    [
        "co-trimoxazole-with-methotrexate",
        "azathioprine-with-xanthine-oxidase-inhibitor",
        "methotrexate-weekly",
    ],
)
def test_no_alert_that_the_record_excludes(excluded: str) -> None:
    assert excluded not in [a["id"] for a in seed()["alerts"]]


def test_every_statement_has_its_verdict_reasons_and_source() -> None:
    for section in ("findings", "alerts"):
        for found in seed()[section]:
            assert found["verdict"] in ("true", "false", "unknown")
            assert found["because"] or found["missing"] or found["verdict"] == "false"
            assert found["verdict"] == "unknown" or found["evidence"]


def test_the_patient_is_in_rituximab_maintenance_with_replacement_beside_it() -> None:
    assert seed()["step"]["id"] == "rituximab-maintenance"
    assert [s["id"] for s in seed()["steps"] if s["parallel"]] == ["ig-replacement"]


def test_steps_are_walked_in_the_order_of_the_report() -> None:
    assert [s["id"] for s in seed()["steps"] if not s["parallel"]] == [
        "conventional",
        "ivig-induction",
        "ivig-weekly",
        "ivig-step-down",
        "rituximab-induction",
        "rituximab-maintenance",
    ]


def test_no_date_is_ever_spoken_for_a_case_without_dates() -> None:
    text = json.dumps(seed())
    assert "2000-" not in text
    assert "2002-" not in text


def test_the_summary_is_at_most_ten_lines() -> None:
    assert 5 <= len(seed()["summary"]) <= 10
