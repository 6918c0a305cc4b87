"""The lines of a forecast for a page."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.forecast.answering import Answer, Answered
from stepline.forecast.output import evidence_of
from stepline.views.markup import Markup, element, join, text


def tables_of(answer: Answer) -> Markup:
    """For each model its cycles, doubts and sources."""
    return join(*(_section(one) for one in answer.answered))


def _section(answered: Answered) -> Markup:
    one = answered.forecast
    unit = one.model.result_unit
    heads = ("from", f"amount, {one.model.amount_unit}", f"before, {unit}", f"peak, {unit}")
    rows = [
        (
            one.driving.say(cycle.start),
            f"{float(cycle.amount):g}",
            f"{cycle.trough.value:.1f}",
            f"{cycle.peak.value:.1f}",
        )
        for cycle in one.cycles
    ]
    doubts = [answered.because, one.model.says, *one.driving.notes, *one.driving.unused]
    doubts += [*one.outside, *one.cautions, one.no_fit]
    cited = [f"{each.source} ({each.status.value})" for each in evidence_of(one.model)]
    return element(
        "section",
        join(
            element("h2", text(f"{one.model.title} ({one.model.id} {one.model.version})")),
            _table(heads, rows),
            element("ul", join(*(element("li", text(said)) for said in doubts if said))),
            element("p", text("Sources: " + ", ".join(dict.fromkeys(cited)))),
        ),
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    top = element("tr", join(*(element("th", text(head)) for head in heads)))
    body = (element("tr", join(*(element("td", text(cell)) for cell in row))) for row in rows)
    return element("table", join(top, *body))
