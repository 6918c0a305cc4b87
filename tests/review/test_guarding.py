"""A plan meets a record: what the rules say of it, what it takes from it, and what overrides it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stepline.cli.main import run
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.model import Record
from stepline.review.guarded_planning import plan_alone, plan_on_record, plans_on_record
from stepline.review.guarding_output import guarded_json, plans_json
from stepline.review.reviewing import Library, library_of
from stepline.vocabulary.catalogue import catalogue
from tests.dosing.values import codes

Entry = dict[str, Any]
LIBRARY: Library = library_of(packaged())
BODY: list[Entry] = [
    {"weight": "60 kg", "on": "2025-12-20"},
    {"height": "160 cm", "on": "2025-12-20"},
]
SEROLOGY: list[Entry] = [
    {"hbsag": "negative", "on": "2025-12-20"},
    {"anti-hbc": "negative", "on": "2025-12-20"},
]
MTX = ("methotrexate-weekly", "2026-01-05")
RITUXIMAB = ("rituximab-1g-x2", "2026-01-05")
IVIG = ("ivig-400-weekly", "2026-01-05")
REASON = "the serology was seen on paper"


def options(regimen: tuple[str, str], **more: object) -> dict[str, object]:
    """The options of a plan, as typed."""
    return {"regimen": regimen[0], "start": regimen[1], **more}


def record_of(*entries: Entry, **more: Any) -> Record:
    """A record given in short form."""
    return record_from_entries(list(entries), **more)


def plan(
    regimen: tuple[str, str],
    *entries: Entry,
    as_of: datetime | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The machine form of a plan that is guarded on a record of these entries."""
    record = record_of(*entries)
    found = plan_on_record(options(regimen, **more), record, LIBRARY, catalogue(), as_of=as_of)
    return guarded_json(*found)


def warned(data: dict[str, Any]) -> list[str]:
    """The codes of the warnings."""
    return [one["code"] for one in data["warnings"]]


def refused(data: dict[str, Any]) -> list[str]:
    """The codes of the refusals."""
    return [one["code"] for one in data["refusals"]]


def message(data: dict[str, Any], code: str) -> str:
    """What is said under a code."""
    (found,) = (
        one["message"] for one in (*data["warnings"], *data["refusals"]) if one["code"] == code
    )
    return str(found)


# ---------------------------------------------------------------- holds, not excluded, excluded


def test_a_rule_that_refuses_and_holds_refuses_and_the_plan_is_still_there() -> None:
    data = plan(RITUXIMAB, *BODY)
    assert refused(data) == ["hbv-before-rituximab"]
    assert data["guards"]["refused"] is True
    assert len(data["doses"]) == 2
    assert data["refusals"][0]["evidence"]
    assert "HBsAg and anti-HBc" in data["refusals"][0]["message"]


def test_a_rule_that_cannot_be_excluded_warns_with_what_to_ask_and_does_not_refuse() -> None:
    data = plan(RITUXIMAB, *BODY, *SEROLOGY)
    assert refused(data) == []
    assert "whether there is an active infection now" in message(data, "no-active-infection")
    assert "cannot be told" in message(data, "no-active-infection")


def test_a_passive_antibody_after_ivig_is_asked_about_and_is_neither_yes_nor_no() -> None:
    entries: list[Entry] = [
        {"hbsag": "negative", "on": "2025-12-20"},
        {"ivig": "2 g/kg", "on": "2025-12-01..2025-12-05"},
        {"anti-hbc": "positive", "on": "2025-12-20"},
    ]
    data = plan(RITUXIMAB, *BODY, *entries)
    assert refused(data) == []
    assert "HBV DNA" in message(data, "hbv-before-rituximab")
    (one,) = (x for x in data["guards"]["statements"] if x["id"] == "hbv-before-rituximab")
    assert (one["verdict"], one["refuses"]) == ("unknown", False)


def test_a_rule_on_another_drug_is_not_repeated_with_this_order() -> None:
    entries: list[Entry] = [{"rituximab": "1 g", "on": "2025-06-01"}, *BODY]
    data = plan(MTX, *entries, weekday="monday", courses="4")
    assert "hbv-before-rituximab" not in data["guards"]["judged"]
    assert set(data["guards"]["judged"]) == {
        "methotrexate-weekly", "co-trimoxazole-with-methotrexate", "methotrexate-renal",
        "methotrexate-renal-halve", "live-vaccine",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("regimen", "entry", "rule", "more"),
    [
        (MTX, {"methotrexate": "15 mg", "on": "2026-01-01"}, "methotrexate-weekly", {}),
        (MTX, {"egfr": "29 mL/min/{1.73_m2}", "on": "2025-12-20"}, "methotrexate-renal", {}),
        (
            MTX,
            {"trimethoprim": "200 mg/d", "from": "2026-01-02", "until": "ongoing"},
            "co-trimoxazole-with-methotrexate",
            {},
        ),
        (
            ("azathioprine-daily", "2026-01-05"),
            {"allopurinol": "300 mg/d", "from": "2025-01-02", "until": "ongoing"},
            "azathioprine-with-xanthine-oxidase-inhibitor",
            {},
        ),
        (
            ("mycophenolate-daily", "2026-01-05"),
            {"pregnancy": "present", "on": "2025-12-20"},
            "pregnancy-mycophenolate",
            {},
        ),
        (RITUXIMAB, {"pregnancy": "present", "on": "2025-12-20"}, "rituximab-in-pregnancy", {}),
        (RITUXIMAB, {"active-infection": "present", "on": "2026-01-02"}, "no-active-infection", {}),
        (RITUXIMAB, {"mmr-vaccine": "given", "on": "2026-01-02"}, "live-vaccine", {}),
        (
            IVIG,
            {"hereditary-fructose-intolerance": "present", "on": "2020-01-01"},
            "flebogamma-fructose-intolerance",
            {"product": "flebogamma-dif-10"},
        ),
        (
            IVIG,
            {"hyperprolinaemia": "present", "on": "2020-01-01"},
            "privigen-hyperprolinaemia",
            {"product": "privigen"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hard_stop_refuses_the_plan(
    regimen: tuple[str, str], entry: Entry, rule: str, more: Entry
) -> None:
    weekly: Entry = {"weekday": "monday"} if regimen == MTX else {}
    data = plan(regimen, *BODY, *SEROLOGY, entry, **weekly, **more)
    assert [code for code in refused(data) if code != "rate-unknown"] == [rule]


def test_another_product_is_not_refused_and_an_unknown_one_is_asked_for() -> None:
    ill: Entry = {"hereditary-fructose-intolerance": "present", "on": "2020-01-01"}
    rule = "flebogamma-fructose-intolerance"
    other = plan(IVIG, *BODY, *SEROLOGY, ill, product="privigen")
    assert rule not in (*refused(other), *warned(other))
    unnamed = plan(IVIG, *BODY, *SEROLOGY, ill)
    assert refused(unnamed) == []
    assert "which product of IVIG it is" in message(unnamed, rule)


def test_a_weekly_plan_on_the_day_that_runs_is_not_taken_for_a_second_dose() -> None:
    running: Entry = {
        "methotrexate": "15 mg",
        "every": "P7D",
        "from": "2025-10-06",
        "until": "ongoing",
    }
    same = plan(MTX, *BODY, running, weekday="monday")
    assert "methotrexate-weekly" not in (*refused(same), *warned(same))
    other = plan(MTX, *BODY, running, weekday="thursday")
    assert refused(other) == ["methotrexate-weekly"]


# ---------------------------------------------------------------- along the plan


def test_prophylaxis_is_asked_for_on_the_day_by_which_the_plan_needs_it() -> None:
    none: Entry = {"complete_for": ["medications"]}
    record = record_of(*BODY, **none)
    given = options(("prednisolone-1-mg-per-kg", "2026-01-05"))
    data = guarded_json(*plan_on_record(given, record, LIBRARY, catalogue()))
    (one,) = (x for x in data["guards"]["statements"] if x["id"] == "pjp-prophylaxis")  # type: ignore[index]
    day = datetime.fromisoformat(str(one["foreseen"]))
    assert one["verdict"] == "true"
    assert datetime(2026, 2, 1) <= day <= datetime(2026, 2, 1) + timedelta(days=7)
    assert "If this plan is followed" in message(data, "pjp-prophylaxis")


def test_a_plan_takes_the_place_of_the_same_drug_that_runs() -> None:
    running: Entry = {"prednisolone": "60 mg/d", "from": "2025-12-20", "until": "ongoing"}
    data = plan(("prednisolone-1-mg-per-kg", "2026-01-05"), *BODY, running)
    assert "glucocorticoid-dose-above-ceilings" not in warned(data)


def test_a_glucocorticoid_of_weeks_asks_what_follows() -> None:
    data = plan(("prednisolone-1-mg-per-kg", "2026-01-05"), *BODY)
    assert "not stopped suddenly" in message(data, "not-stopped-at-once")


# ---------------------------------------------------------------- the body


def test_the_weight_comes_from_the_record_with_its_day_its_age_and_its_source() -> None:
    data = plan(IVIG, *BODY, *SEROLOGY)
    taken = data["inputs"]["from_record"]
    assert list(taken) == ["weight"]
    assert (taken["weight"]["value"], taken["weight"]["on"]) == (60.0, "2025-12-20")
    assert (taken["weight"]["age_days"], taken["weight"]["fresh_for"]) == (16, "6 months")
    assert taken["weight"]["source"]
    assert "60 kg of 2025-12-20, 16 days before" in message(data, "weight-from-record")
    assert data["doses"][0]["exact"]["value"] == 24.0


def test_the_last_weight_counts_and_not_the_nearest_to_anything() -> None:
    later: Entry = {"weight": "50 kg", "on": "2026-01-02"}
    after: Entry = {"weight": "90 kg", "on": "2026-01-06"}
    data = plan(IVIG, *BODY, later, after)
    assert data["doses"][0]["exact"]["value"] == 20.0
    assert message(data, "record-goes-on").endswith("after 2026-01-05 is not judged: 1 row.")


@pytest.mark.parametrize(("day", "is_fresh"), [("2025-07-05", True), ("2025-07-04", False)])
def test_a_weight_answers_for_six_months_to_the_day(day: str, is_fresh: bool) -> None:
    weight: Entry = {"weight": "60 kg", "on": day}
    if is_fresh:
        assert plan(IVIG, weight)["inputs"]["weight"]["value"] == 60.0
    else:
        assert codes(lambda: plan(IVIG, weight)) == ["weight-missing"]
        assert plan(IVIG, weight, weight="60kg")["inputs"]["from_record"] == {}


def test_a_stale_weight_is_refused_with_its_age_and_the_remedy_and_not_with_its_value() -> None:
    from stepline.core.errors import Refused

    with pytest.raises(Refused) as refusal:
        plan(IVIG, {"weight": "60 kg", "on": "2025-01-05"})
    (problem,) = refusal.value.problems
    assert "365 days old on the first day of the plan" in problem.message
    assert "60" not in str(problem)
    assert problem.mend == "measure it, and add --weight"


@pytest.mark.parametrize(
    ("stated", "is_said"), [("66kg", False), ("66.1kg", True), ("53.9kg", True)]
)
def test_a_stated_weight_that_differs_by_more_than_a_tenth_is_said(
    stated: str, is_said: bool
) -> None:
    data = plan(IVIG, *BODY, weight=stated)
    assert ("weight-differs" in warned(data)) is is_said
    assert data["inputs"]["weight"]["value"] == float(stated.removesuffix("kg"))


def test_a_measure_that_the_plan_does_not_need_is_left_in_the_record() -> None:
    data = plan(MTX, *BODY, weekday="monday")
    assert data["inputs"]["from_record"] == {}
    assert data["inputs"]["weight"] is None


def test_no_height_is_a_problem_of_a_dose_per_surface_alone() -> None:
    surface = ("rituximab-375-weekly-x4", "2026-01-05")
    assert codes(lambda: plan(surface, BODY[0])) == ["height-missing"]
    assert plan(surface, *BODY)["inputs"]["from_record"].keys() == {"weight", "height"}


@pytest.mark.parametrize(
    ("when", "is_fresh"),
    [
        ({"between": ["2025-11-01", "2026-01-01"]}, True),
        ({"between": ["2025-06-01", "2026-01-01"]}, False),
        ({"before": "2026-01-01"}, False),
    ],
    ids=str,
)
def test_a_weight_of_an_uncertain_day_is_as_old_as_it_may_be(when: Entry, is_fresh: bool) -> None:
    weight: Entry = {"weight": "60 kg", "on": when}
    if is_fresh:
        assert plan(IVIG, weight)["inputs"]["weight"]["value"] == 60.0
    else:
        assert codes(lambda: plan(IVIG, weight)) == ["weight-missing"]


def test_what_is_wrong_with_options_body_and_overrides_is_told_at_once() -> None:
    old: Entry = {"weight": "60 kg", "on": "2025-01-05"}
    wrong: Entry = {"override": ("foo",), "courses": "no"}
    late = datetime(2026, 1, 6)
    found = codes(lambda: plan(IVIG, old, as_of=late, **wrong))
    assert sorted(found) == [
        "as-of-after-start",
        "courses-wrong",
        "override-malformed",
        "weight-missing",
    ]
    found = codes(lambda: plan(IVIG, old, **wrong))
    assert sorted(found) == ["courses-wrong", "override-malformed", "weight-missing"]


# ---------------------------------------------------------------- the product


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"product": "privigen"}, "product-changed"),
        ({}, "product-change-unknown"),
        (None, "product-first"),
        ({"product": "octagam-10-eu"}, ""),
    ],
    ids=str,
)
def test_a_first_or_changed_product_is_watched_for_longer(
    last: dict[str, object] | None, code: str
) -> None:
    doses = [] if last is None else [{"ivig": "24 g", "on": "2025-12-29", **last}]
    data = plan(IVIG, *BODY, *doses, product="octagam-10-eu", indication="dermatomyositis")
    assert [
        one for one in warned(data) if one.startswith("product-change") or one == "product-first"
    ] == ([code] if code else [])
    if code:
        assert "1 hour" in message(data, code)


def test_a_risk_on_record_that_the_rate_ignores_is_said_until_it_is_heeded() -> None:
    clot: Entry = {"thrombosis": "present", "on": "2025-12-01"}
    given: dict[str, Any] = {"product": "octagam-10-eu", "indication": "dermatomyositis"}
    ignored = plan(IVIG, *BODY, clot, **given)
    assert "--risk thrombosis" in message(ignored, "risk-not-heeded")
    heeded = plan(IVIG, *BODY, clot, **given, risk=("thrombosis",))
    assert "risk-not-heeded" not in warned(heeded)
    assert heeded["doses"][0]["duration_min"] > ignored["doses"][0]["duration_min"]


# ---------------------------------------------------------------- overrides


def test_an_override_with_a_reason_lifts_the_refusal_and_is_kept() -> None:
    data = plan(RITUXIMAB, *BODY, override=(f"hbv-before-rituximab={REASON}",))
    assert refused(data) == []
    assert data["guards"]["refused"] is False
    assert [(one["rule"], one["reason"]) for one in data["overrides"]] == [
        ("hbv-before-rituximab", REASON)
    ]
    assert data["overrides"][0]["evidence"]
    assert "hbv-before-rituximab" in warned(data)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hbv-before-rituximab=", "override-without-reason"),
        ("hbv-before-rituximab=ok", "override-without-reason"),
        ("hbv-before-rituximab=... --- 123 456", "override-without-reason"),
        ("hbv-before-rituximab", "override-malformed"),
        ("=seen on paper", "override-malformed"),
        ("hbv-before-rituximap=seen on paper", "rule-unknown"),
        ("rituximab-in-pregnancy=seen on paper", "override-not-holding"),
        ("no-active-infection=seen on paper", "override-not-holding"),
    ],
)
def test_an_override_that_says_nothing_is_refused(text: str, code: str) -> None:
    assert codes(lambda: plan(RITUXIMAB, *BODY, override=(text,))) == [code]


def test_every_wrong_override_is_told_at_once() -> None:
    texts = ("foo", "bar=two words", f"live-vaccine={REASON}", f"live-vaccine={REASON}")
    assert sorted(codes(lambda: plan(RITUXIMAB, *BODY, override=texts))) == [
        "override-malformed", "override-twice", "rule-unknown",
    ]  # fmt: skip


# ---------------------------------------------------------------- moments


def test_nothing_later_than_the_first_day_is_judged() -> None:
    later: Entry = {"active-infection": "present", "on": "2026-01-06"}
    data = plan(RITUXIMAB, *BODY, *SEROLOGY, later)
    assert refused(data) == []
    assert "2026-01-05" in message(data, "record-goes-on")


def test_a_judgement_after_the_first_day_is_refused() -> None:
    assert codes(lambda: plan(RITUXIMAB, *BODY, as_of=datetime(2026, 1, 6))) == [
        "as-of-after-start"
    ]
    earlier = plan(RITUXIMAB, *BODY, *SEROLOGY, as_of=datetime(2025, 12, 19))
    assert refused(earlier) == ["hbv-before-rituximab"]


def test_guarding_changes_no_dose_and_does_not_depend_on_the_order_of_rows() -> None:
    entries: list[Entry] = [*BODY, *SEROLOGY, {"ivig": "24 g", "on": "2025-12-29"}]
    forward, backward = plan(IVIG, *entries), plan(IVIG, *reversed(entries))
    assert forward["doses"] == backward["doses"]
    assert warned(forward) == warned(backward)
    alone, _ = plan_alone(options(IVIG, weight="60kg"), LIBRARY, catalogue())
    assert forward["doses"] == alone.as_json()["doses"]


# ---------------------------------------------------------------- the seed, and the command


def test_rituximab_for_the_patient_of_the_seed_shows_what_nobody_knows() -> None:
    given = options(RITUXIMAB)
    data = guarded_json(*plan_on_record(given, seed_case(), LIBRARY, catalogue()))
    assert refused(data) == ["hbv-before-rituximab"]
    assert {"igg-before-rituximab", "no-active-infection", "rituximab-interval-16-weeks"} <= set(
        warned(data)
    )
    assert "no dates" in message(data, "record-without-dates")
    assert [dose["date"] for dose in data["doses"]] == ["2026-01-05", "2026-01-19"]  # type: ignore[attr-defined]


def test_the_inferred_weight_of_the_seed_is_said_to_be_inferred() -> None:
    given = options(("ivig-400-weekly", "2026-01-05"))
    data = guarded_json(
        *plan_on_record(given, seed_case(), LIBRARY, catalogue(), as_of=datetime(2000, 2, 1))
    )
    assert "inferred, not measured" in message(data, "weight-from-record")
    assert codes(lambda: plan_on_record(given, seed_case(), LIBRARY, catalogue())) == [
        "weight-missing"
    ]


CASE = """\
case: a-test
title: A test
source: {key: seed-case, kind: case-report}
subject: {sex: female}
body: [{weight: 75 kg, on: 2025-12-20}]
conditions: [{dermatomyositis: present, since: 2025-01-01}]
"""


@pytest.fixture
def record(tmp_path: Path) -> str:
    """A case file of somebody of 75 kg."""
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return str(path)


def test_a_course_read_as_a_day_is_refused_with_the_weight_of_the_record(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = [
        "plan",
        "ivig-2g-over-5d-monthly",
        "--start",
        "2026-01-05",
        "--record",
        record,
        "--json",
    ]
    assert run([*seed, "--per-day", "150g"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found["refused"]] == ["course-exceeded"]
    assert run(seed) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["course"]["exact"]["value"] == 150.0
    assert data["doses"][0]["exact"]["value"] == 30.0
    assert "ivig-course-above-2-g-per-kg" not in warned(data)


def test_a_refused_plan_is_shown_and_the_command_exits_with_2(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["plan", "rituximab-1g-x2", "--start", "2026-01-05", "--record", record]
    assert run(ask) == 2
    out = capsys.readouterr().out
    assert out.startswith("REFUSED by hbv-before-rituximab")
    assert "Mon 2026-01-19" in out
    assert run([*ask, "--override", f"hbv-before-rituximab={REASON}"]) == 0
    out = capsys.readouterr().out
    assert f"OVERRIDDEN hbv-before-rituximab, because: {REASON}" in out
    assert "REFUSED" not in out


def test_a_fhir_bundle_serves_as_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    bundle = Path(__file__).resolve().parents[1] / "sources" / "fixtures" / "myositis-bundle.json"
    ask = ["plan", "ivig-400-weekly", "--start", "2026-07-06", "--record", str(bundle), "--json"]
    assert run(ask) == 0
    data = json.loads(capsys.readouterr().out)
    taken = data["inputs"]["from_record"]["weight"]
    assert (taken["value"], taken["unit"]) == (69.5, "kg")
    assert taken["on"].startswith("2026-04-07")
    assert data["guards"]["as_of"] == "2026-07-06"
    assert data["guards"]["judged"]


def test_without_a_record_one_warning_says_so_and_options_that_need_one_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask = ["plan", "rituximab-1g-x2", "--start", "2026-01-05", "--json"]
    assert run(ask) == 0
    data = json.loads(capsys.readouterr().out)
    assert warned(data).count("record-missing") == 1
    assert (data["guards"]["judged"], data["guards"]["as_of"], data["overrides"]) == ([], None, [])
    assert run([*ask, "--as-of", "2026-01-01", "--override", "a=b"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found["refused"]] == ["record-needed", "record-needed"]


# ---------------------------------------------------------------- several plans together


def together(regimen: tuple[str, str], beside: str, *entries: Entry, **more: Any) -> dict[str, Any]:
    """The machine form of two plans in one calendar, guarded on a record of these entries."""
    asked = options(regimen, beside=(beside,), **more)
    return plans_json(plans_on_record(asked, record_of(*entries), LIBRARY, catalogue()))


def test_each_of_two_plans_is_judged_and_one_that_is_refused_refuses_both() -> None:
    data = together(IVIG, "rituximab-1g-x2@start+2d", *BODY, courses="1")
    (beside,) = data["alignment"]["plans"]
    assert refused(data) == []
    assert "hbv-before-rituximab" in refused(beside)
    assert data["alignment"]["refused"] is True
    assert data["guards"]["as_of"] == beside["guards"]["as_of"]


def test_an_override_of_one_plan_lifts_its_refusal_and_is_kept_there_alone() -> None:
    override = (f"hbv-before-rituximab={REASON}",)
    data = together(IVIG, "rituximab-1g-x2@start+2d", *BODY, courses="1", override=override)
    (beside,) = data["alignment"]["plans"]
    assert [one["rule"] for one in beside["overrides"]] == ["hbv-before-rituximab"]
    assert data["overrides"] == []
    assert data["alignment"]["refused"] is False


def test_an_override_of_a_rule_that_holds_of_no_plan_is_refused() -> None:
    given = {"beside": ("rituximab-1g-x2@start+14d",), "courses": "1"}
    asked = options(IVIG, override=(f"pjp-prophylaxis={REASON}",), **given)
    record = record_of(*BODY, *SEROLOGY)
    assert codes(lambda: plans_on_record(asked, record, LIBRARY, catalogue())) == [
        "override-not-holding"
    ]


def test_a_plan_is_judged_with_the_doses_of_the_other_beside_it() -> None:
    alone = plan(MTX, weekday="monday", courses="4")
    data = together(MTX, "methotrexate-weekly@start/weekday=thursday/courses=4", weekday="monday")
    (beside,) = data["alignment"]["plans"]
    assert refused(alone) == []
    assert refused(data) == refused(beside) == ["methotrexate-weekly"]


def test_a_plan_far_ahead_does_not_take_a_weight_that_will_be_old_by_then() -> None:
    given = {"beside": ("ivig-2g-over-5d-monthly@2026-12-07",)}
    record = record_of(*BODY, *SEROLOGY)
    asked = options(RITUXIMAB, **given)
    assert codes(lambda: plans_on_record(asked, record, LIBRARY, catalogue())) == ["weight-missing"]
    near = options(RITUXIMAB, beside=("ivig-2g-over-5d-monthly@2026-02-02",))
    found: dict[str, Any] = plans_json(plans_on_record(near, record, LIBRARY, catalogue()))
    (beside,) = found["alignment"]["plans"]
    assert beside["inputs"]["from_record"]["weight"]["age_days"] == 44
