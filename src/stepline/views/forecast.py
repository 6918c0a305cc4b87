"""Forecasts as figures: the course with its band, doses and measured values; regimens compared.

The band holds 90 % of people, or of what this person may be. The same answer gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepline.forecast.answering import Answer, Answered
from stepline.forecast.result import CREED
from stepline.forecast.whatif_model import Aim, Target
from stepline.views.embedding import font_faces
from stepline.views.fonts import FAMILY, drawable, shortened
from stepline.views.forecast_course import COURSE_HEIGHT, draw_course
from stepline.views.forecast_tradeoff import draw_tradeoff, highest_trough, tradeoff_height
from stepline.views.markup import Markup, element, join, safe, text
from stepline.views.svg_frame import EDGE, QUIET, SMALL, box, number, words

WIDTH = 900.0
_CREED = 26.0


def render_forecast_svg(answer: Answer) -> str:
    """The figure: one course a model, then the regimens compared by each."""
    top = float(_highest(answer.answered))
    parts, y = [], float(EDGE)
    for one in answer.answered:
        parts.append(draw_course(one, y, WIDTH, top, _limit(one)))
        y += COURSE_HEIGHT
    compared = [one.what_if for one in answer.answered if one.what_if is not None]
    highest = max(map(highest_trough, compared), default=0.0)
    for each in compared:
        parts.append(draw_tradeoff(each, y, WIDTH, highest))
        y += tradeoff_height(each)
    said = shortened(CREED, WIDTH - 2 * EDGE, SMALL)
    parts.append(words(said, EDGE, y + 14, size=SMALL, fill=QUIET))
    return _page(y + _CREED, answer, join(*parts))


def render_forecast_html(answer: Answer) -> str:
    """A page of the figure that loads nothing."""
    from stepline.views.forecast_page import tables_of

    head = join(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", text("Forecast")),
        element("style", safe(font_faces())),
        element("style", safe(_STYLE)),
    )
    body = join(
        element("h1", text("Forecast")),
        element("p", text(CREED), class_="creed"),
        element("figure", safe(render_forecast_svg(answer))),
        tables_of(answer),
    )
    page = element("html", join(element("head", head), element("body", body)), lang="en")
    return f"<!doctype html>\n{page}\n"


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
_STYLE = (
    "body{font-family:'" + FAMILY.split(",")[0].strip("'\" ") + "',sans-serif;color:#1d2733;"
    "max-width:920px;margin:1.5rem auto;padding:0 1rem;line-height:1.45}"
    "figure{margin:0;overflow-x:auto}.creed{color:#56636f}"
    "table{border-collapse:collapse;font-size:.9rem}td,th{padding:.2rem .6rem;text-align:left;"
    "border-bottom:1px solid #dde3e8}svg{max-width:100%;height:auto}"
)


def _limit(one: Answered) -> Target | None:
    target = one.target
    return target if target is not None and target.aim is not Aim.PEAK else None


def _highest(answered: Sequence[Answered]) -> float:
    """One scale for all models, so that they can be compared by eye."""
    tops = [0.0]
    for one in answered:
        forecast = one.forecast
        line = forecast.line if forecast.high is None else forecast.high
        tops.append(float(line.max()))
        tops += [float(seen.measured.value or seen.measured.below or 0) for seen in forecast.seen]
    return max(tops)


def _page(height: float, answer: Answer, content: Markup) -> str:
    models = ", ".join(one.forecast.model.id for one in answer.answered)
    size = {"width": number(WIDTH), "height": number(height)}
    return element(
        "svg",
        join(box(0, 0, WIDTH, height, fill="#ffffff"), content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size['width']} {size['height']}",
        **size,
        role="img",
        aria_label=drawable(f"Forecast by {models}. {CREED}"),
        font_family=FAMILY,
    )
