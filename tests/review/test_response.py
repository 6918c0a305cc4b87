"""Response over time, and relapse by each definition, from records of rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.engine.response import assess, improvement_score
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.model import Event, Record, Subject, in_order
from stepline.review.output import as_json
from stepline.review.reviewing import Library, library_of, review
from stepline.scores.tis import total_improvement
from stepline.scores.values import EnzymeReading, Pair
from stepline.vocabulary.catalogue import catalogue
from tests.review.test_seed import seed
from tests.support.criteria import situation

SOME = settings(max_examples=60, deadline=None)
START, VISIT = datetime(2026, 1, 15), datetime(2026, 4, 15)
CONCEPTS = {
    "physician": "physician-global",
    "patient": "patient-global",
    "mmt": "mmt8-150",
    "haq": "haq",
    "extramuscular": "extramuscular-global",
}
TENTHS = st.integers(0, 100).map(lambda n: Decimal(n) / 10)
SCALES = {
    "physician": TENTHS,
    "patient": TENTHS,
    "extramuscular": TENTHS,
    "mmt": st.integers(0, 150).map(Decimal),
    "haq": st.integers(0, 24).map(lambda n: Decimal(n) / 8),
}


def maybe(values: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Decimal | None]:
    """A value, or, now and then, none."""
    return st.one_of(values, values, values, st.none())


PAIRS = st.fixed_dictionaries(
    {name: st.builds(Pair, maybe(values), maybe(values)) for name, values in SCALES.items()}
)
ENZYMES = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            EnzymeReading,
            maybe(st.integers(1, 9000).map(Decimal)),
            maybe(st.integers(1, 9000).map(Decimal)),
            st.sampled_from([Decimal(200), Decimal("7.7")]),
        )
        for name in ("ck", "aldolase", "ldh")
    },
)


def rows(pairs: dict[str, Pair], enzymes: dict[str, EnzymeReading]) -> list[Event]:
    """The readings as rows of a record, at the step's first day and at a visit."""
    units = {name: catalogue().concept(CONCEPTS[name]).unit for name in pairs}
    found: list[tuple[str, str, Decimal | None, datetime, Decimal | None]] = [
        (CONCEPTS[name], units[name], value, moment, None)
        for name, pair in pairs.items()
        for value, moment in ((pair.before, START), (pair.after, VISIT))
    ]
    found += [
        (name, "U/L", value, moment, one.uln)
        for name, one in enzymes.items()
        for value, moment in ((one.before, START), (one.after, VISIT))
    ]
    return [
        Event(number, moment, concept, concept, value, unit=unit, reference_high=top)
        for number, (concept, unit, value, moment, top) in enumerate(found, 1)
        if value is not None
    ]


@SOME
@given(PAIRS, ENZYMES)
def test_a_score_read_off_a_record_is_the_score_of_its_numbers(
    pairs: dict[str, Pair], enzymes: dict[str, EnzymeReading]
) -> None:
    record = Record(Subject(1), in_order(rows(pairs, enzymes)))
    found = assess(situation(record, VISIT + timedelta(days=1)))
    asked = total_improvement(pairs, population="adult", mmt_max=Decimal(150), enzymes=enzymes)
    needed = (pairs["physician"], pairs["mmt"])
    if all(pair.is_known for pair in needed) and found.definition == "tis":
        assert (found.value, found.lower, found.upper) == (asked.tis, asked.lower, asked.upper)
        assert dict(found.points) == asked.points
        assert found.enzyme == (asked.enzyme.id if asked.enzyme else "")
    else:
        assert found.definition != "tis" or found.low is None or asked.category is None


@SOME
@given(PAIRS, ENZYMES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_response(
    pairs: dict[str, Pair], enzymes: dict[str, EnzymeReading], chance: Random
) -> None:
    events = rows(pairs, enzymes)
    shuffled = chance.sample(events, len(events))
    moment = VISIT + timedelta(days=1)
    one, other = (
        assess(situation(Record(Subject(1), tuple(order)), moment)) for order in (events, shuffled)
    )
    assert one == other


def test_every_wrong_reading_is_left_out_and_named() -> None:
    pairs = {name: Pair(Decimal(3), Decimal(2)) for name in SCALES}
    events = rows(pairs, {})
    wrong = [
        replace(e, value=Decimal(99)) if (e.concept, e.time) == ("haq", VISIT) else e
        for e in events
    ]
    found = improvement_score(situation(Record(Subject(1), in_order(wrong)), VISIT))
    assert found.low != found.high
    assert "not on its scale" in " ".join(m.says for m in found.missing)


@lru_cache(maxsize=1)
def library() -> Library:
    """The packaged library."""
    return library_of(packaged())


IVIG = [
    {"dermatomyositis": "present", "on": "2025-06-01"},
    {"weight": "60 kg", "on": "2026-01-01"},
    {"ivig": {"course_total": "2 g/kg"}, "over": "5 consecutive days", "every": "P1M",
     "courses": 6, "from": "2026-01-05", "intent": "immunomodulation"},
]  # fmt: skip


def visit(day: str, physician: str, mmt: int, haq: str, ck: int) -> list[dict[str, Any]]:
    """One visit with every measure of the core set."""
    return [
        {"physician-global": f"{physician} cm", "on": day},
        {"patient-global": f"{physician} cm", "on": day},
        {"mmt8-80": mmt, "on": day},
        {"haq": Decimal(haq), "on": day},
        {"extramuscular-global": f"{physician} cm", "on": day},
        {"ck": f"{ck} U/L", "on": day, "uln": 200},
    ]


BASELINE = visit("2026-01-05", "6", 60, "1.5", 3000)
BETTER = visit("2026-03-05", "2", 72, "0.5", 200)
BACK = visit("2026-04-20", "6", 60, "1.5", 3000)
STILL = visit("2026-05-20", "6", 60, "1.5", 3000)


def reviewed(*entries: Any, **options: Any) -> dict[str, Any]:
    """The review of a record as plain data."""
    record = record_from_entries([*IVIG, *(one for group in entries for one in group)])
    return as_json(review(record, library(), catalogue(), **options))


def says(result: dict[str, Any], name: str) -> dict[str, Any]:
    """A finding of an id."""
    found: dict[str, Any] = next(
        f for f in (*result["findings"], *result["relapse"]) if f["id"] == name
    )
    return found


def test_each_visit_has_its_response_with_points_enzyme_and_baseline() -> None:
    result = reviewed(BASELINE, BETTER)
    (one,) = result["response"]
    by_hand = {"physician": 17.5, "patient": 7.5, "mmt": 20, "haq": 7.5, "enzyme": 7.5}
    assert one["points"] == {**by_hand, "extramuscular": 15}
    assert (one["date"], one["definition"], one["category"]) == ("2026-03-05", "tis", "major")
    assert (one["value"], one["lower"], one["upper"], one["enzyme"]) == (75, 75, 75, "ck")
    assert one["baseline"] == {"date": "2026-01-05"}
    assert Fraction(sum(one["points"].values())) == Fraction(one["value"])


def test_a_response_is_lost_at_the_first_of_two_visits_without_it() -> None:
    once = says(reviewed(BASELINE, BETTER, BACK), "response-lost-1-ivig-induction")
    twice = reviewed(BASELINE, BETTER, BACK, STILL)
    lost = says(twice, "response-lost-1-ivig-induction")
    assert (once["verdict"], lost["verdict"]) == ("unknown", "true")
    assert "lost 2026-04-20" in lost["says"]
    held = says(twice, "response-time-1-ivig-induction")["says"]
    assert "first told 2026-03-05, held to 2026-03-05 (0 days); lost 2026-04-20" in held
    assert "major" in says(twice, "response-best-1-ivig-induction")["says"]


def test_a_response_that_comes_back_was_not_lost() -> None:
    again = visit("2026-05-20", "2", 72, "0.5", 200)
    result = reviewed(BASELINE, BETTER, BACK, again)
    assert says(result, "response-lost-1-ivig-induction")["verdict"] == "false"
    held = says(result, "response-time-1-ivig-induction")["says"]
    assert "held to 2026-05-20 (76 days)" in held


def test_each_definition_of_relapse_is_listed_with_the_day_it_was_first_met() -> None:
    worse = [visit(day, "8", 40, "2.5", 4000) for day in ("2026-03-05", "2026-04-20")]
    result = reviewed(BASELINE, *worse)
    ladder = packaged().ladders[0]
    listed = [f["id"] for f in result["relapse"]]
    assert listed == [
        *(f"relapse-by-{key}" for key in ladder.relapses),
        *(f"state-by-{key}" for key in ladder.states),
        "course-pattern",
    ]
    worsening = says(result, "relapse-by-worsening(imacs-2005)")
    assert worsening["verdict"] == "true"
    assert "first met 2026-04-20" in worsening["says"]
    assert {e["status"] for e in worsening["evidence"]} == {"unconfirmed"}
    assert says(result, "course-pattern")["says"].startswith("polycyclic")


def test_a_reader_chooses_what_counts_as_a_relapse() -> None:
    entries = (BASELINE, BETTER, [{"relapse": "present", "on": "2026-04-20"}])
    by_words = reviewed(*entries, relapse="relapse(clinician)")
    by_enzyme = reviewed(*entries, relapse="relapse(biochemical)")
    assert says(by_words, "relapse")["verdict"] == "true"
    assert says(by_enzyme, "relapse")["verdict"] != "true"
    assert "as chosen" in says(by_enzyme, "relapse")["title"]


def test_a_disease_that_never_responds_is_chronic_continuous() -> None:
    result = reviewed(BASELINE, visit("2026-03-05", "6", 60, "1.5", 3000))
    assert says(result, "course-pattern")["says"].startswith("chronic continuous")


# ---------------------------------------------------------------- the published case


def test_in_the_case_the_score_cannot_be_worked_out_and_says_why() -> None:
    for one in seed()["response"]:
        assert one["definition"] in ("clinician", None)
        assert one["value"] is None
        assert one["points"] == {}
    missing = seed()["response"][1]["missing"]
    assert any("total improvement score cannot be computed" in m["says"] for m in missing)


@pytest.mark.parametrize(
    ("date", "step", "least"),
    [
        ("between M0 and M6", "ivig-induction", "minimal"),
        ("M6", "ivig-weekly", "minimal"),
        ("after M24", "ivig-step-down", "none"),
    ],
)
def test_in_the_case_response_is_told_by_the_clinician(date: str, step: str, least: str) -> None:
    found = [r for r in seed()["response"] if (r["date"], r["step"]) == (date, step)]
    assert [(one["definition"], one["at_least"]) for one in found] == [("clinician", least)]


def test_in_the_case_response_is_lost_after_two_years() -> None:
    found = next(f for f in seed()["findings"] if f["id"] == "response-lost-4-ivig-step-down")
    assert found["verdict"] == "true"
    assert "after M24" in found["says"]


def test_shuffled_rows_of_the_case_give_the_same_responses() -> None:
    record = seed_case()
    chance = Random(7)
    shuffled = replace(record, events=tuple(chance.sample(record.events, len(record.events))))
    result = review(shuffled, library(), catalogue())
    assert as_json(result)["response"] == seed()["response"]


def test_a_review_with_scores_follows_the_published_schema() -> None:
    schema = json.loads(files("stepline.review").joinpath("review.schema.json").read_text())
    jsonschema.validate(json.loads(json.dumps(reviewed(BASELINE, BETTER, BACK))), schema)
