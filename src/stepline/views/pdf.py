"""A review on A4, typeset without a clock: the same review gives the same bytes.

What the record says enters the typesetter as JSON, never as its language, so that nothing in a
record can act.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

from stepline.review.model import Review
from stepline.views.fonts import font_paths
from stepline.views.pdf_facts import facts
from stepline.views.svg import render_svg
from stepline.views.timeline import timeline

FIGURE = 960
"""Pixels across A4: the usual figure then fills a page, its smallest letters over 6 points high."""


def render_pdf(review: Review) -> bytes:
    """The report as a tagged PDF (PDF/UA-1) without a date."""
    import typst

    # The stub ties the type of the font folders to that of the source: bytes here, paths there.
    typeset: Callable[..., bytes] = typst.compile
    return typeset(
        files("stepline.views").joinpath("report.typ").read_bytes(),
        format="pdf",
        sys_inputs={
            "report": json.dumps(facts(review), ensure_ascii=False),
            "figure": render_svg(timeline(review), width=FIGURE),
        },
        font_paths=list(font_paths()),
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
