"""What a review foresees, as a part of the page."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.review.foreseen import Foreseen, Foresight
from stepline.views import foreseen
from stepline.views.markup import Markup, element, join, text
from stepline.views.tables import items, table


def render_forecast(foresight: Foresight | None) -> Markup:
    """A card for each drug, what is not forecast, and the one line that goes with both."""
    if foresight is None:
        return Markup("")
    refused = foreseen.refused_lines(foresight)
    return join(
        *(_card(one) for one in foresight.drugs),
        _titled("Not forecast", refused),
        element("p", text(foresight.creed), class_="creed"),
    )


def _card(one: Foreseen) -> Markup:
    content = join(
        element("h3", text(one.title)),
        *(element("p", text(said)) for said in one.sentences or ("It cannot be said.",)),
        element("p", text(foreseen.model_line(one)), class_="note"),
        table(foreseen.COMPARED, foreseen.compared_rows(one)),
        table(foreseen.MISSING, foreseen.missing_rows(one)),
        _details(one),
    )
    verdict = "unknown" if one.series is None else "true"
    name = f"forecast-{one.drug}-{one.measures}"
    return element("article", content, class_=f"statement forecast {verdict}", id=name)


def _details(one: Foreseen) -> Markup:
    parts = [_titled("Notes", one.notes), _titled("Sources", foreseen.source_lines(one))]
    return element("details", join(element("summary", text("working")), *parts))


def _titled(title: str, lines: Sequence[str]) -> Markup:
    if not lines:
        return Markup("")
    return join(element("h4", text(title)), element("ul", items(lines)))
