"""One course on one sheet of A4, typeset without a clock: the same plan gives the same bytes.

What a plan says enters the typesetter as JSON, never as its language, so that nothing can act.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files

from stepline.dosing.plan_model import Plan
from stepline.protocol.model import Protocol
from stepline.views.fonts import font_paths
from stepline.views.ward_facts import ward_facts


def render_ward_sheet(
    plan: Plan, protocol: Protocol, course: int = 0, *, beside: Sequence[Plan] = ()
) -> bytes:
    """The ward sheet of one course as a tagged PDF (PDF/UA-1) without a date.

    `course` is its number; 0 is the first of the plan. Plans `beside` it are named, not laid out.
    """
    facts = ward_facts(plan, protocol, course, beside=beside)
    import typst

    # The stub ties the type of the font folders to that of the source: bytes here, paths there.
    typeset: Callable[..., bytes] = typst.compile
    return typeset(
        files("stepline.views").joinpath("ward.typ").read_bytes(),
        format="pdf",
        sys_inputs={"sheet": json.dumps(facts, ensure_ascii=False)},
        font_paths=list(font_paths()),
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
