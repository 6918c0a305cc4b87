"""Tables and lists of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stepline.views.markup import Markup, element, join, text


def items(lines: Iterable[str]) -> Markup:
    """Each line as an item of a list."""
    return join(*(element("li", text(line)) for line in lines))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table that scrolls on a narrow page; nothing where there is no row. Text is escaped."""
    if not rows:
        return Markup("")
    head = element("tr", join(*(element("th", text(h), scope="col") for h in heads)))
    body = join(*(element("tr", join(*(element("td", _cell(c)) for c in row))) for row in rows))
    whole = element("table", join(element("thead", head), element("tbody", body)))
    return element("div", whole, class_="scroll")


def _cell(content: str) -> Markup:
    return content if isinstance(content, Markup) else text(content)
