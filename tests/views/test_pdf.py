"""The printed report: the same facts as the page, the same bytes every time, no date."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import cast

import pytest
from pypdf import PdfReader

from stepline.engine.finding import Verdict
from stepline.views import words
from stepline.views.pdf import render_pdf
from stepline.views.pdf_facts import facts
from stepline.views.report import render_html
from stepline.views.terminal import CREED
from tests.views.reading import read_page
from tests.views.sample import HOSTILE, bare, complete, hostile, seed


def bared(text: str) -> str:
    """A text without its spaces: a typesetter breaks lines where it likes."""
    return "".join(text.replace("\ufb01", "fi").replace("\ufb02", "fl").split())


@lru_cache(maxsize=1)
def pdf() -> bytes:
    """The printed report of the published case."""
    return render_pdf(complete())


@lru_cache(maxsize=1)
def pages() -> tuple[str, ...]:
    """The words of each page, without spaces."""
    return tuple(bared(page.extract_text()) for page in PdfReader(io.BytesIO(pdf())).pages)


@lru_cache(maxsize=1)
def printed() -> str:
    """Every word of it."""
    return "".join(pages())


def leaves(value: object) -> list[str]:
    """Every text of a tree of plain data."""
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value] if isinstance(value, str) else []


def test_the_same_review_gives_the_same_bytes() -> None:
    assert render_pdf(complete()) == pdf()


def test_it_is_a_tagged_document_with_a_title_a_language_and_no_date() -> None:
    reader = PdfReader(io.BytesIO(pdf()))
    root = cast("dict[str, object]", reader.trailer["/Root"])
    assert reader.metadata is not None
    assert reader.metadata.title == complete().record.title
    assert reader.metadata.creation_date is None
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"


@pytest.mark.parametrize("part", sorted(facts(bare()).keys()))
def test_every_fact_of_a_part_is_printed(part: str) -> None:
    told = leaves(facts(complete())[part])
    lost = [leaf for leaf in told if bared(leaf) and not _is_printed(bared(leaf))]
    assert not lost


def _is_printed(leaf: str) -> bool:
    """Long texts may run over the foot of a page: their beginning and end are looked for."""
    return leaf in printed() or (leaf[:30] in printed() and leaf[-30:] in printed())


@pytest.mark.parametrize(
    "part", ["title", "summary", "stays", "alerts", "advice", "findings", "missing", "courses"]
)
def test_page_and_paper_tell_the_same(part: str) -> None:
    body = next(e for e in read_page(render_html(complete())) if e.tag == "body")
    shown = bared(body.text)
    texts = leaves(_without(facts(complete())[part], {"events", "more"}))
    assert texts
    assert not [text for text in texts if bared(text) not in shown]


def _without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(part, names) for part in value]
    return value


def test_hostile_words_are_printed_and_never_evaluated() -> None:
    first = PdfReader(io.BytesIO(render_pdf(hostile()))).pages[:4]
    shown = bared("".join(page.extract_text() for page in first))
    assert shown.count(bared(HOSTILE)) > 50


def test_a_record_that_no_pathway_is_for_is_printed_too() -> None:
    paper = PdfReader(io.BytesIO(render_pdf(bare()))).pages
    shown = bared("".join(page.extract_text() for page in paper))
    assert bared(bare().considered[0].because) in shown


def test_the_foot_of_every_page_says_that_it_orders_nothing() -> None:
    assert all(bared(CREED) in page for page in pages())


def test_an_alert_that_holds_and_one_that_cannot_be_excluded_read_differently() -> None:
    said = {words.alert_word(alert): alert.verdict for alert in seed().alerts}
    assert {w.split(" · ")[0] for w, v in said.items() if v is Verdict.TRUE} == {"holds"}
    assert {w.split(" · ")[0] for w, v in said.items() if v is Verdict.UNKNOWN} == {
        "cannot be excluded"
    }


def test_doses_told_alike_share_a_row_that_counts_them() -> None:
    rows = [row for s in seed().findings for row in words.because_rows(s.because)]
    counted = [row[2] for row in rows if row[2].endswith("times")]
    assert any("30 times" in value for value in counted)
    assert all(len(words.because_rows(s.because)) <= words.MOST_ROWS for s in seed().findings)
