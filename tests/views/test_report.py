"""The page: it acts on nothing it was given, loads nothing, and tells everything."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from stepline.cli.reviewing import review_file
from stepline.core.evidence import Status
from stepline.engine.finding import Verdict
from stepline.review.model import Review
from stepline.views.report import render_html
from tests.views.reading import Element, read_page
from tests.views.sample import HOSTILE, bare, complete, crowded, hostile, seed

NAMESPACE = "http://www.w3.org/2000/svg"


def dated() -> Review:
    """A made-up patient whose record has dates."""
    file = Path(__file__).parents[1] / "review" / "fixtures" / "high-dose.yaml"
    return review_file(file, as_of=None, pathway="", subject=None)


SAMPLES: dict[str, Callable[[], Review]] = {
    "seed": seed,
    "complete": complete,
    "hostile": hostile,
    "bare": bare,
    "dated": dated,
}


@lru_cache(maxsize=5)
def page(name: str) -> str:
    """The page of a sample, drawn once."""
    return render_html(SAMPLES[name]())


@lru_cache(maxsize=5)
def elements(name: str) -> list[Element]:
    """The elements of a sample's page."""
    return read_page(page(name))


def section(name: str, section_id: str) -> str:
    """The words of one section."""
    return next(e.text for e in elements(name) if e.attributes.get("id") == section_id)


def flat(text: str) -> str:
    """The words of a text with single spaces."""
    return " ".join(text.split())


def outside_the_figure(found: list[Element]) -> list[tuple[str, tuple[str, ...]]]:
    return [(e.tag, e.inside) for e in found if "svg" not in (*e.inside, e.tag)]


def test_hostile_words_make_no_element() -> None:
    assert outside_the_figure(elements("hostile")) == outside_the_figure(elements("complete"))
    assert {e.tag for e in elements("hostile")} == {e.tag for e in elements("complete")}


def test_hostile_words_make_no_attribute() -> None:
    names = {name for e in elements("hostile") for name in e.attributes}
    assert names == {name for e in elements("complete") for name in e.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "style")]


def test_hostile_words_are_still_shown_as_they_were_written() -> None:
    body = next(e for e in elements("hostile") if e.tag == "body")
    assert body.text.count(flat(HOSTILE)) > 100
    assert "<script>alert" not in page("hostile")


@pytest.mark.parametrize("name", ["complete", "bare"])
def test_the_page_asks_the_network_for_nothing(name: str) -> None:
    written = page(name).replace(NAMESPACE, "")
    assert not re.search(r"https?:|url\((?!#|data:)|@import|\bsrc=|<link", written)
    links = [e.attributes["href"] for e in elements(name) if "href" in e.attributes]
    assert all(link.startswith("#") for link in links)


def test_the_policy_of_the_page_forbids_every_load() -> None:
    policies = [
        e.attributes["content"]
        for e in elements("seed")
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
    assert "http" not in policies[0]
    assert "eval" not in policies[0]


@pytest.mark.parametrize("name", ["complete", "hostile", "bare"])
def test_ids_are_used_once(name: str) -> None:
    ids = [e.attributes["id"] for e in elements(name) if "id" in e.attributes]
    assert len(ids) == len(set(ids))


def test_the_page_is_the_same_every_time() -> None:
    assert render_html(seed()) == page("seed")


def test_the_figure_is_there_before_any_script_runs() -> None:
    written = page("seed")
    assert written.index("<svg") < written.index("<script")


def figure_of(name: str) -> dict[str, str]:
    """What the figure tells a script."""
    found = next(e for e in elements(name) if e.attributes.get("id") == "figure")
    return {key: value or "" for key, value in found.attributes.items()}


def test_a_script_can_name_the_days_of_a_stretch_where_the_record_has_dates() -> None:
    told = figure_of("dated")
    assert told["data-first"] < told["data-last"]
    assert float(told["data-left"]) <= float(told["data-zero"]) < float(told["data-end"])
    assert "data-first" not in figure_of("seed")


def test_lines_between_values_are_told_from_the_rules_of_a_panel() -> None:
    drawn = [e for e in elements("dated") if e.tag == "line"]
    joints = [e for e in drawn if "joint" in e.classes]
    assert 0 < len(joints) < len(drawn)


def test_the_page_says_whom_it_is_for_and_that_it_orders_nothing() -> None:
    header = next(e for e in elements("seed") if e.tag == "header")
    assert "professionals who decide themselves" in header.text
    assert "never orders" in header.text


def test_the_summary_is_told_line_by_line() -> None:
    assert all(flat(line) in section("seed", "summary") for line in seed().summary)


def test_every_alert_and_finding_is_told_with_its_verdict_as_shape_and_word() -> None:
    shapes: dict[str, set[str]] = {}
    articles = [e for e in elements("seed") if e.tag == "article" and "advice" not in e.classes]
    statements = [
        *seed().alerts,
        *seed().relapses.statements(),
        *seed().states,
        *seed().findings,
        *seed().safety,
    ]
    assert len(articles) == len(statements)
    for article, statement in zip(articles, statements, strict=True):
        assert flat(statement.title) in article.text
        assert flat(statement.says) in article.text
        assert statement.verdict.value in article.classes
        shapes.setdefault(statement.verdict.value, set()).add(article.text[0])
    assert all(len(found) == 1 for found in shapes.values())
    assert len(set.union(*shapes.values())) == len(shapes)


def test_an_alert_that_holds_reads_differently_from_one_that_cannot_be_excluded() -> None:
    told = section("seed", "alerts")
    holding = sum(alert.verdict is Verdict.TRUE for alert in seed().alerts)
    assert told.count("● holds") == holding
    assert told.count("cannot be excluded ·") == len(seed().alerts) - holding


def test_the_steps_are_told_and_the_present_ones_are_marked() -> None:
    stays = [e for e in elements("seed") if e.tag == "li" and "stay" in e.classes]
    marked = [e for e in stays if "current" in e.classes]
    assert len(stays) == len(seed().stays)
    assert len(marked) == len(seed().current)
    assert all("now" in e.text for e in marked)
    assert all(
        flat(s.delay_says) in section("seed", "pathway") for s in seed().stays if s.advice_to
    )


def test_every_course_deviation_row_not_read_and_source_is_told() -> None:
    review = complete()
    courses = section("complete", "courses")
    assert all(flat(course.title) in courses for course in review.courses)
    assert all(flat(d.says) in courses for course in review.courses for d in course.deviations)
    told = section("complete", "quarantine")
    assert all(row.reason in told and row.mend in told for row in review.record.quarantine)
    assert all(e.source in section("complete", "sources") for e in review.evidence)


def test_a_source_of_low_trust_says_so() -> None:
    assert any(e.status is Status.UNCONFIRMED for e in complete().evidence)
    assert "unconfirmed" in section("complete", "sources")


def test_what_is_missing_is_told_with_what_would_settle_it() -> None:
    told = section("seed", "missing")
    for missing in seed().missing:
        assert flat(missing.says) in told
        assert all(flat(settle) in told for settle in missing.settle)


def test_a_record_that_no_pathway_is_for_says_why() -> None:
    assert flat(bare().considered[0].because) in section("bare", "pathway")


def test_no_subject_number_is_printed() -> None:
    subject = replace(seed().record.subject, subject_id=987654321)
    review: Review = replace(seed(), record=replace(seed().record, subject=subject))
    assert "987654321" not in render_html(review)


def test_ten_thousand_events_stay_a_page_that_a_browser_paints_at_once() -> None:
    written = render_html(crowded(10_000))
    assert written.count("<") < 12_000
    assert len(written) < 1_500_000


def test_every_exit_says_where_it_leads_and_what_must_be_seen_to_first() -> None:
    told = section("complete", "advice")
    assert complete().advice
    for advice in complete().advice:
        assert f"Leads to {advice.to}; {flat(advice.says)}" in told
        assert all(flat(gate.says) in told for gate in advice.gate)


def test_the_ways_out_are_drawn_after_the_steps_walked() -> None:
    ways = [e for e in elements("complete") if e.tag == "li" and "way-out" in e.classes]
    assert [e.text.split("?")[0] for e in ways] == [a.to_title for a in complete().advice]
    assert all(a.verdict.value in e.classes for a, e in zip(complete().advice, ways, strict=True))


def test_links_lead_to_parts_of_the_page() -> None:
    ids = {e.attributes.get("id") for e in elements("complete")}
    links = [e.attributes["href"] for e in elements("complete") if e.tag == "a"]
    assert links
    assert all(link[1:] in ids for link in links)


def test_what_only_a_script_can_do_is_hidden_until_one_runs() -> None:
    names = [e.classes for e in elements("complete") if e.tag == "button"]
    assert names
    assert all({"script", "screen"} <= classes for classes in names)
    assert ".script { display: none; }" in page("complete")


def test_the_page_says_how_it_was_computed() -> None:
    pathway = complete().pathway
    assert pathway is not None
    told = section("complete", "computed")
    assert f"{pathway.id} {pathway.version}" in told
    assert flat(complete().as_of_said) in told
