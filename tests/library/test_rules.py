"""The safety rules: their own cases, and what holds for every rule."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from stepline.core.evidence import Kind, Status
from stepline.engine.finding import Verdict
from stepline.protocol import criterion as c
from stepline.protocol.loading import LoadedRules, load_rules, packaged
from stepline.protocol.model import Confounder, Rule, Severity, UnknownPolicy
from stepline.protocol.walking import walk
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.review.alerts import alerts
from stepline.review.cases import CaseResult, Ground, ground_of, moment_of, run_rule_cases
from stepline.review.model import Statement
from stepline.review.stating import Teller
from stepline.vocabulary.catalogue import catalogue
from tests.support.shared import shared

RULES = packaged().rules

DEMANDED = [
    "hbv-before-rituximab",
    "hbv-before-ivig",
    "igg-before-rituximab",
    "no-active-infection",
    "rituximab-while-hypogammaglobulinaemic",
    "hbv-prophylaxis",
    "pjp-prophylaxis",
    "co-trimoxazole-with-methotrexate",
    "azathioprine-with-xanthine-oxidase-inhibitor",
    "methotrexate-weekly",
    "methotrexate-renal",
    "haemolysis-not-relapse",
    "haemoglobin-after-high-dose-ivig",
    "late-neutropenia-watch",
    "neutropenia-after-rituximab",
    "ivig-iga-deficiency",
    "flebogamma-fructose-intolerance",
    "privigen-hyperprolinaemia",
    "ivig-thrombosis-risk",
    "ivig-renal-risk",
    "live-vaccine",
    "glucocorticoid-bone",
    "glucocorticoid-dose-above-ceilings",
    "ivig-course-above-2-g-per-kg",
    "immunoglobulins-before-each-rituximab",
    "pregnancy-mycophenolate",
    "rituximab-interval-16-weeks",
    "rituximab-soon-after-vaccine",
    "tuberculosis-before-rituximab",
    "rituximab-in-heart-failure",
    "ivig-and-rituximab-same-day",
    "ivig-after-haemolysis",
]


@lru_cache(maxsize=1)
def ground() -> Ground:
    """What the library's rules stand on."""
    library = packaged()
    return ground_of(library.rules, library.definitions, library.confounders, library.regimens)


@lru_cache(maxsize=1)
def results() -> tuple[CaseResult, ...]:
    """Every case of every rule."""
    library = packaged()
    return run_rule_cases(library.rules, library.definitions, library.confounders, library.regimens)


def raised(record: Record, as_of: str) -> dict[str, Statement]:
    """The alerts on a record at a moment, by rule."""
    situation = ground().situation(record, moment_of(as_of, record))
    found = alerts(RULES, situation, Teller(RecordIndex(record), catalogue()))
    return {alert.id: alert for alert in found}


@pytest.mark.parametrize("result", results(), ids=lambda one: f"{one.rule}: {one.name}")
def test_a_rule_does_what_its_cases_say(result: CaseResult) -> None:
    assert result.passed, f"{result.place}: {result.says}"


@pytest.mark.parametrize("rule_id", DEMANDED)
def test_the_rule_exists(rule_id: str) -> None:
    assert rule_id in {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_has_a_case_for_every_verdict_it_can_have(rule: Rule) -> None:
    expected = {verdict for case in rule.cases for one, verdict in case.expect if one == rule.id}
    two_valued = all(
        isinstance(part, c.And | c.Or | c.Not | c.Happened | c.Window | c.Bound | c.Anchor)
        for part in walk(rule.require or rule.alert or rule.applies)
    )
    demanded = {"true", "false"} if two_valued else {"true", "false", "unknown"}
    assert expected >= demanded


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_says_a_sentence_and_names_its_source(rule: Rule) -> None:
    assert re.match(r"[A-Z].*\.$", rule.say)
    assert rule.evidence
    assert all(catalogue().has_source(one.source) and one.claim for one in rule.evidence)
    is_design = all(one.kind is Kind.DESIGN for one in rule.evidence)
    assert not is_design or rule.severity is not Severity.REFUSE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_that_asks_says_what_for(rule: Rule) -> None:
    assert bool(rule.ask) == (rule.unknown is UnknownPolicy.ASK)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_of_which_no_source_is_confirmed_does_not_refuse(rule: Rule) -> None:
    confirmed = [one for one in rule.evidence if one.status in (Status.VERIFIED, Status.SECONDARY)]
    assert confirmed or rule.severity is not Severity.REFUSE


@pytest.mark.parametrize("confounder", packaged().confounders, ids=lambda one: str(one.id))
def test_a_confounder_says_why_and_what_would_settle_it(confounder: Confounder) -> None:
    assert confounder.says
    assert confounder.settle
    assert confounder.evidence


# ---------------------------------------------------------------- records


def test_nothing_is_said_of_a_person_of_whom_nothing_is_known() -> None:
    assert raised(record_from_entries([]), "2026-01-01") == {}


def test_nothing_is_said_of_a_healthy_person() -> None:
    record = record_from_entries(
        [
            {"weight": "70 kg", "on": "2026-01-05"},
            {"height": "172 cm", "on": "2026-01-05"},
            {"ck": "120 U/L", "on": "2026-01-05", "uln": 200},
            {"ldh": "180 U/L", "on": "2026-01-05", "uln": 250},
            {"igg": "10.1 g/L", "on": "2026-01-05"},
            {"neutrophils": "4.2 10*9/L", "on": "2026-01-05"},
            {"egfr": "95 mL/min/{1.73_m2}", "on": "2026-01-05"},
            {"hbsag": "negative", "on": "2026-01-05"},
            {"paracetamol": "1 g", "on": "2026-01-04"},
            {"influenza-vaccine": "given", "on": "2025-10-01"},
            {"upper-respiratory-tract-infection": "present", "on": "2025-11-01"},
        ]
    )
    assert raised(record, "2026-01-06") == {}


def test_nothing_is_said_of_a_patient_with_the_disease_and_no_drug() -> None:
    record = record_from_entries(
        [
            {"dermatomyositis": "present", "since": "2025-06-01"},
            {"ldh": "518 U/L", "flag": "elevated", "on": "2026-01-05"},
            {"diabetes": "present", "since": "2020-01-01"},
            {"thrombosis": "present", "on": "2019-01-01"},
            {"pregnancy": "present", "on": "2026-01-05"},
        ]
    )
    assert raised(record, "2026-01-06") == {}


@lru_cache(maxsize=1)
def on_the_seed() -> dict[str, Statement]:
    """The alerts on the published case, as of its last follow-up."""
    record = seed_case()
    assert record.last_moment is not None
    situation = ground().situation(record, record.last_moment)
    found = alerts(RULES, situation, Teller(RecordIndex(record), catalogue()))
    return {alert.id: alert for alert in found}


@pytest.mark.parametrize(
    "rule_id", ["hbv-before-rituximab", "hbv-before-ivig", "igg-before-rituximab"]
)
def test_what_was_never_tested_in_the_published_case_is_an_alert(rule_id: str) -> None:
    alert = on_the_seed()[rule_id]
    assert alert.verdict is Verdict.TRUE
    assert alert.asks


def test_prophylaxis_in_the_published_case_cannot_be_excluded() -> None:
    alert = on_the_seed()["pjp-prophylaxis"]
    assert alert.verdict is Verdict.UNKNOWN
    assert any("prophylaxis" in ask for ask in alert.asks)


@pytest.mark.parametrize(
    "rule_id",
    [
        "co-trimoxazole-with-methotrexate",
        "azathioprine-with-xanthine-oxidase-inhibitor",
        "methotrexate-weekly",
        "methotrexate-renal",
        "pregnancy-mycophenolate",
        "live-vaccine",
        "hbv-prophylaxis",
        "ivig-course-above-2-g-per-kg",
        "ivig-iga-deficiency",
    ],
)
def test_what_the_published_case_excludes_is_no_alert(rule_id: str) -> None:
    assert rule_id not in on_the_seed()


def test_the_dose_of_the_published_case_is_named_and_not_blocked() -> None:
    record = seed_case()
    assert record.day_zero is not None
    situation = ground().situation(record, record.day_zero)
    found = {
        one.id: one for one in alerts(RULES, situation, Teller(RecordIndex(record), catalogue()))
    }
    alert = found["glucocorticoid-dose-above-ceilings"]
    assert alert.verdict is Verdict.TRUE
    assert alert.severity == "inform"


def test_nothing_is_said_of_synthetic_patients_without_these_drugs() -> None:
    from stepline.sources.fhir import read_file

    folder = shared("data/fhir/synthea-r4")
    seen = 0
    for path in sorted(folder.glob("*.json"))[:3]:
        for record in read_file(path):
            assert record.last_moment is not None
            situation = ground().situation(record, record.last_moment)
            index = situation.index
            found = alerts(RULES, situation, Teller(index, catalogue()))
            assert {one.id for one in found} <= {"live-vaccine"} | _of_drugs(record)
            seen += 1
    assert seen


def _of_drugs(record: Record) -> set[str]:
    """Rules about drugs that the record really holds."""
    held = {event.concept for event in record.events}
    pairs = {
        "methotrexate": {"methotrexate-weekly", "methotrexate-renal"},
        "prednisone": {"pjp-prophylaxis", "glucocorticoid-bone"},
    }
    return {rule for drug, rules in pairs.items() if drug in held for rule in rules}


# ---------------------------------------------------------------- the runner


def one_rule(case: str) -> tuple[CaseResult, ...]:
    """A small rule with one case."""
    text = (
        "rules:\n  - id: watch\n    title: Watch\n    when: given ivig\n    alert: ldh > 1 ULN\n"
        "    say: Look.\n    ask: [lactate dehydrogenase]\n"
        "    evidence: [{source: stepline-design, kind: design, status: unconfirmed}]\n"
        f"    cases:\n      - {case}\n"
    )
    loaded: LoadedRules = load_rules(text, "rules.yaml")
    return run_rule_cases(*loaded[:3])


GIVEN = "record: [{ivig: 0.4 g/kg, on: 2026-01-01}], as_of: 2026-01-02"


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (f"{{name: n, {GIVEN}, expect: {{watch: unknown}}}}", ""),
        (f"{{name: n, {GIVEN}, expect: {{watch: unknown}}, asks: [dehydrogenase]}}", ""),
        (f"{{name: n, {GIVEN}, expect: {{watch: true}}}}", "unknown and should be true"),
        (f"{{name: n, {GIVEN}, expect: {{watch: unknown}}, asks: [CK]}}", "does not ask for “CK”"),
        (f"{{name: n, {GIVEN}, expect: {{watch: unknown}}, mentions: [x y]}}", "does not mention"),
        ("{name: n, record: [{ivgi: 1 g, on: D1}], as_of: D2, expect: {watch: true}}", "ivig"),
        ("{name: n, record: [], as_of: someday, expect: {watch: false}}", "someday"),
    ],
)  # fmt: skip
def test_the_runner_tells_what_came_otherwise(case: str, says: str) -> None:
    result, on_nothing = one_rule(case)
    assert result.passed == (not says)
    assert says in result.says
    assert result.as_json()["passed"] is result.passed
    assert on_nothing.passed


def test_a_rule_that_speaks_on_an_empty_record_fails() -> None:
    text = (
        "rules:\n  - id: loud\n    title: Loud\n    when: not given ivig\n    alert: thrombosis\n"
        "    say: Look.\n    unknown: nothing\n"
        "    evidence: [{source: stepline-design, kind: design, status: unconfirmed}]\n"
    )
    (result,) = run_rule_cases(load_rules(text, "rules.yaml").rules)
    assert not result.passed
    assert "empty record" in result.says
