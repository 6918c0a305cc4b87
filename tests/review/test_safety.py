"""Safety states and what is due, read from the machine form of a review."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.model import Record
from stepline.review.output import as_json
from stepline.review.reviewing import library_of, review
from stepline.vocabulary.catalogue import catalogue

Entries = list[dict[str, Any]]


@lru_cache(maxsize=1)
def library() -> Any:
    """The packaged library, laid out once."""
    return library_of(packaged())


def reviewed(record: Record, as_of: str = "") -> dict[str, Any]:
    """The review as JSON."""
    moment = datetime.fromisoformat(as_of) if as_of else None
    found: dict[str, Any] = json.loads(
        json.dumps(as_json(review(record, library(), catalogue(), as_of=moment)))
    )
    return found


def states(
    entries: Entries, as_of: str, *, planned: Entries | None = None, complete: tuple[str, ...] = ()
) -> dict[str, dict[str, Any]]:
    """The safety statements on a small record, by id."""
    record = record_from_entries(entries, planned=planned or [], complete_for=complete)
    return {one["id"]: one for one in reviewed(record, as_of)["safety"]}


@lru_cache(maxsize=1)
def seed() -> dict[str, Any]:
    """The review of the published case."""
    return reviewed(seed_case())


def of_seed(name: str) -> dict[str, Any]:
    """A safety statement of the published case."""
    found: dict[str, Any] = next(one for one in seed()["safety"] if one["id"] == name)
    return found


# ---------------------------------------------------------------- the published case


def test_the_published_case_has_hypogammaglobulinaemia_by_word_and_no_value() -> None:
    found = of_seed("hypogammaglobulinaemia")
    assert found["verdict"] == "true"
    assert "no band" in found["says"]
    assert [m["why"] for m in found["missing"]] == ["not-recorded"]


def test_the_published_case_has_recurrent_infections_by_the_sources_word() -> None:
    found = of_seed("recurrent-infection")
    assert found["verdict"] == "true"
    assert "no single infection is dated" in found["says"]


def test_replacement_in_the_published_case_is_at_the_floor_of_the_label() -> None:
    found = of_seed("replacement-dose")
    assert found["verdict"] == "true"
    assert "at the floor of the EMA band" in found["says"]
    assert "ema-sid-indication" in [e["source"] for e in found["evidence"]]


@pytest.mark.parametrize("policy", ["ema-sid", "aaaai-2022", "australia-older", "nhs-england"])
def test_eligibility_in_the_published_case_is_unknown_by_every_policy_and_says_what_it_needs(
    policy: str,
) -> None:
    found = of_seed(f"replacement-{policy}")
    assert found["verdict"] == "unknown"
    assert "still needed" in found["says"]
    assert "no Immunoglobulin G is recorded" in [m["says"] for m in found["missing"]]


def test_hepatitis_b_was_never_tested_in_the_published_case() -> None:
    found = of_seed("hepatitis-b")
    assert found["verdict"] == "unknown"
    assert "never tested" in found["says"]


def test_neutrophils_of_the_published_case_cannot_be_told_and_were_never_counted() -> None:
    assert of_seed("neutropenia-window")["verdict"] == "unknown"
    assert "never counted" in of_seed("neutropenia-window")["says"]
    (count,) = (one for one in seed()["due"] if one["id"] == "rituximab-blood-count")
    assert count["status"] == "cannot-be-told"
    assert count["due_on"] is None
    assert "never recorded: neutrophils" in count["says"]


def test_nothing_of_the_published_case_is_given_a_date_that_the_report_does_not_have() -> None:
    assert {one["status"] for one in seed()["due"]} == {"cannot-be-told"}
    assert not [line for line in seed()["summary"] if line.startswith("Overdue")]


# ---------------------------------------------------------------- immunoglobulins


RITUXIMAB = {"rituximab": "1 g", "on": "2026-01-05"}


@pytest.mark.parametrize(
    ("igg", "verdict", "says"),
    [
        ("7 g/L", "false", "none of the bands"),
        ("6.9 g/L", "true", "IgG from 5 to below 7 g/L"),
        ("4.9 g/L", "true", "IgG from 3 to below 5 g/L"),
        ("299 mg/dL", "true", "IgG below 3 g/L"),
    ],
)
def test_a_band_is_named_by_its_source(igg: str, verdict: str, says: str) -> None:
    found = states([RITUXIMAB, {"igg": igg, "on": "2026-05-20"}], "2026-06-01")
    assert found["hypogammaglobulinaemia"]["verdict"] == verdict
    assert says in found["hypogammaglobulinaemia"]["says"]


def test_igg_soon_after_immunoglobulin_is_at_most_the_patients_own() -> None:
    entries = [{"ivig": "0.4 g/kg", "on": "2026-05-10"}, {"igg": "9 g/L", "on": "2026-05-20"}]
    found = states([RITUXIMAB, *entries], "2026-06-01")
    assert found["hypogammaglobulinaemia"]["verdict"] == "unknown"
    assert "confounded" in [m["why"] for m in found["hypogammaglobulinaemia"]["missing"]]
    assert found["igg-nadir"]["verdict"] == "unknown"
    assert "at most that" in found["igg-nadir"]["says"]


def test_the_lowest_igg_is_found_among_units() -> None:
    values = [
        {"igg": "650 mg/dL", "on": "2026-02-20"},
        {"igg": "6 g/L", "on": "2026-03-20"},
        {"igg": "7 g/L", "on": "2026-05-20"},
    ]
    assert "6 g/L" in states([RITUXIMAB, *values], "2026-06-01")["igg-nadir"]["says"]


def test_a_baseline_is_from_before_the_first_dose() -> None:
    before = {"igg": "9 g/L", "on": "2026-01-04"}
    after = {"igg": "8 g/L", "on": "2026-01-06"}
    found = states([RITUXIMAB, before, after], "2026-02-01")
    assert "9 g/L" in found["igg-before-rituximab"]["says"]
    assert found["igg-before-rituximab"]["verdict"] == "true"
    assert states([RITUXIMAB, after], "2026-02-01")["igg-before-rituximab"]["verdict"] == "unknown"


def test_a_count_of_infections_is_told_and_never_made_a_verdict() -> None:
    entries = [{"pneumonia": "present", "on": f"2026-0{month}-05"} for month in (1, 2, 3)]
    found = states(entries, "2026-06-01")["recurrent-infection"]
    assert found["verdict"] == "unknown"
    assert "3 dated in the last 12 months" in found["says"]


def test_a_trough_is_never_read_as_the_patients_own() -> None:
    dose = {
        "ivig": "0.4 g/kg",
        "every": "P28D",
        "from": "2026-01-05",
        "until": "ongoing",
        "intent": "replacement",
    }
    found = states([dose, {"igg": "8 g/L", "on": "2026-04-20"}], "2026-05-01")
    assert "not the patient's own" in found["igg-trough"]["says"]
    assert found["hypogammaglobulinaemia"]["verdict"] == "unknown"
    assert "at the ceiling" in found["replacement-dose"]["says"]


# ---------------------------------------------------------------- hepatitis B


SEROLOGY = [{"hbsag": "negative", "on": "2026-02-01"}]


@pytest.mark.parametrize(
    ("ivig_on", "verdict", "says"),
    [
        ("2025-11-09", "unknown", "perhaps brought by immunoglobulin"),
        ("2025-11-08", "true", "earlier infection"),
    ],
)
def test_a_positive_anti_hbc_is_uninterpretable_for_twelve_weeks(
    ivig_on: str, verdict: str, says: str
) -> None:
    entries = [{"ivig": "1 g/kg", "on": ivig_on}, *SEROLOGY]
    entries.append({"anti-hbc": "positive", "on": "2026-02-01"})
    found = states(entries, "2026-02-10")["hepatitis-b"]
    assert found["verdict"] == verdict
    assert says in found["says"]
    settled = [settle for m in found["missing"] for settle in m["settle"]]
    assert ("HBV DNA" in settled) == (verdict == "unknown")


def test_a_dose_that_may_lie_before_the_sample_makes_it_uninterpretable() -> None:
    dose: dict[str, Any] = {"ivig": "1 g/kg", "on": {"between": ["2025-06-01", "2026-03-01"]}}
    entries = [dose, *SEROLOGY, {"anti-hbc": "positive", "on": "2026-02-01"}]
    assert states(entries, "2026-03-10")["hepatitis-b"]["verdict"] == "unknown"


def test_a_negative_that_is_too_old_is_not_negative_now() -> None:
    entries = [*SEROLOGY, {"anti-hbc": "negative", "on": "2026-02-01"}, RITUXIMAB]
    assert states(entries, "2027-02-01")["hepatitis-b"]["verdict"] == "false"
    assert states(entries, "2027-02-02")["hepatitis-b"]["verdict"] == "unknown"


def test_the_length_of_prophylaxis_is_told_by_every_policy_with_its_day() -> None:
    entries = [{"hbsag": "positive", "on": "2025-12-01"}, RITUXIMAB]
    found = states(entries, "2026-02-10", complete=("medications",))["hbv-prophylaxis-duration"]
    assert found["verdict"] == "false"
    for words in ("AGA, at least 12 months (to 2027-01-05)", "EASL, 18 months (to 2027-07-05)"):
        assert words in found["says"]


ANSWERS = st.sampled_from(["negative", "positive", "indeterminate"])
ROWS = st.lists(
    st.tuples(st.sampled_from(["hbsag", "anti-hbc", "ivig"]), ANSWERS, st.integers(1, 28)),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_hepatitis_b_is_never_called_absent_without_two_negative_answers(
    rows: list[tuple[str, str, int]],
) -> None:
    entries = [
        {name: "1 g/kg" if name == "ivig" else answer, "on": f"2026-01-{day:02}"}
        for name, answer, day in rows
    ]
    found = states([*entries, RITUXIMAB], "2026-02-10")["hepatitis-b"]
    backwards = states([*reversed(entries), RITUXIMAB], "2026-02-10")["hepatitis-b"]
    assert (found["verdict"], found["title"]) == (backwards["verdict"], backwards["title"])
    if found["verdict"] == "false":
        assert {("hbsag", "negative"), ("anti-hbc", "negative")} <= {(n, a) for n, a, _ in rows}
        assert ("hbsag", "positive") not in {(n, a) for n, a, _ in rows}


# ---------------------------------------------------------------- other states


def test_late_onset_neutropenia_is_found_though_it_has_passed() -> None:
    counts = [
        {"neutrophils": "0.9 10*9/L", "on": "2026-04-05"},
        {"neutrophils": "3 10*9/L", "on": "2026-05-05"},
    ]
    found = states([RITUXIMAB, *counts], "2026-06-01")
    assert found["late-onset-neutropenia"]["verdict"] == "true"
    assert found["neutropenia-window"]["verdict"] == "true"
    assert "next count from 2026-06-30 to 2026-08-25" in found["neutropenia-window"]["says"]


@pytest.mark.parametrize(
    ("ldh_on", "verdict"), [("2026-01-13", "false"), ("2026-01-14", "unknown")]
)
def test_ldh_from_day_5_after_a_high_dose_is_haemolysis_or_relapse(
    ldh_on: str, verdict: str
) -> None:
    course = {"ivig": {"course_total": "2 g/kg"}, "on": "2026-01-09"}
    ldh = {"ldh": "500 U/L", "uln": 250, "on": ldh_on}
    found = states([course, ldh], "2026-01-15")["haemolysis-or-relapse"]
    assert found["verdict"] == verdict
    if verdict == "unknown":
        assert "haemoglobin" in found["missing"][0]["settle"]


def test_risk_factors_are_counted_with_what_nobody_wrote_down_and_the_cap_that_follows() -> None:
    entries = [
        {"diabetes": "present", "on": "2025-01-05"},
        {"ivig": "0.4 g/kg", "on": "2026-01-05"},
    ]
    found = states(entries, "2026-01-10")
    for name in ("ivig-thrombosis-risk", "ivig-renal-risk"):
        assert found[name]["verdict"] == "true"
        assert found[name]["says"].startswith("1 recorded")
        assert "not known" in found[name]["says"]
        assert "0.03 mL/kg/min" in found[name]["says"]


def test_a_raised_alt_is_graded_and_never_blamed_on_the_liver_alone() -> None:
    alt = {"alt": "250 U/L", "uln": 40, "on": "2026-01-05"}
    found = states([alt, RITUXIMAB], "2026-01-10")["ctcae-alt"]
    assert found["verdict"] == "unknown"
    assert "muscle" in found["note"]


def test_a_low_count_is_graded_and_the_worst_of_the_year_is_told() -> None:
    counts = [
        {"neutrophils": "0.4 10*9/L", "on": "2026-01-05"},
        {"neutrophils": "0.9 10*9/L", "on": "2026-02-05"},
    ]
    found = states(counts, "2026-02-10")["ctcae-neutrophils"]
    assert found["verdict"] == "true"
    assert "grade 3" in found["says"]
    assert "worst of the last year" in found["says"]
    assert "grade 4" in found["says"]


def test_the_day_from_which_a_vaccine_may_work_is_told() -> None:
    found = states([RITUXIMAB], "2026-02-10")["vaccine-window"]
    assert found["verdict"] == "false"
    assert "2026-07-05" in found["says"]


def test_a_person_of_whom_nothing_of_this_is_known_has_no_safety_state() -> None:
    assert states([{"dermatomyositis": "present", "on": "2026-01-05"}], "2026-02-01") == {}


# ---------------------------------------------------------------- due


def test_what_is_overdue_comes_first_and_reaches_the_ten_lines() -> None:
    drug = {"methotrexate": "15 mg", "every": "P7D", "from": "2026-01-05", "until": "ongoing"}
    result = reviewed(record_from_entries([drug, RITUXIMAB]), "2026-02-10")
    assert [one["status"] for one in result["due"]][:2] == ["overdue", "due"]
    first = result["due"][0]
    assert first["id"] == "methotrexate-blood-bsr"
    assert first["window"] == {"from": "2026-01-19", "to": "2026-01-19"}
    assert first["days"] == 22
    assert any("Overdue (1): Blood tests under methotrexate" in line for line in result["summary"])
    assert len(result["summary"]) <= 10


def test_the_rows_of_a_record_may_come_in_any_order() -> None:
    entries = [
        {"azathioprine": "100 mg/d", "from": "2026-01-05", "until": "ongoing"},
        {"neutrophils": "3 10*9/L", "on": "2026-01-12"},
        {"neutrophils": "4 10*9/L", "on": "2026-01-19"},
        RITUXIMAB,
    ]
    told = [(one["id"], one["status"], one["window"]) for one in _due(entries)]
    assert told == [(one["id"], one["status"], one["window"]) for one in _due(entries[::-1])]


def _due(entries: Entries) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reviewed(record_from_entries(entries), "2026-02-10")["due"]
    return found
