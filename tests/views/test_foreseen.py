"""What is foreseen, as a reader meets it: in the figure, on the page, on paper, in a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from pypdf import PdfReader

from stepline.review.foreseen import Foreseen
from stepline.review.model import Review
from stepline.views.pdf import render_pdf
from stepline.views.report import render_html
from stepline.views.scene import Panel
from stepline.views.svg import render_svg
from stepline.views.terminal import render_text
from stepline.views.timeline import timeline
from tests.views.reading import read_page
from tests.views.sample import HOSTILE, bare, foreseen, poisoned, seed


@lru_cache(maxsize=1)
def svg() -> str:
    return render_svg(timeline(foreseen()))


def igg() -> Foreseen:
    assert foreseen().forecast is not None
    return foreseen().forecast.drugs[0]  # type: ignore[union-attr]


def panel(review: Review, title: str) -> Panel:
    return next(one for one in timeline(review).panels if one.title == title)


def flat(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------- the figure


def test_the_lane_is_there_only_where_it_is_asked_for() -> None:
    assert panel(foreseen(), "IgG, forecast").curve is not None
    plain = timeline(replace(foreseen(), forecast=None))
    assert all(one.curve is None for one in plain.panels)
    assert "forecast" not in render_svg(plain)


def test_the_lane_holds_line_band_measured_values_and_the_next_trough() -> None:
    shown = panel(foreseen(), "IgG, forecast")
    assert shown.unit == "g/L"
    assert [point.value for point in shown.points] == [3.4, 6.1, 6.6, 7.4]
    curve = shown.curve
    assert curve is not None
    assert curve.expected is not None
    for low, line, high in zip(curve.low, curve.line, curve.high, strict=True):
        assert low <= line <= high
    assert list(curve.times) == sorted(curve.times)
    assert curve.expected.time == datetime(2026, 3, 30)
    assert curve.times[-1] <= curve.expected.time
    assert max(shown.ticks)[0] >= max(curve.high)


def test_nothing_of_the_lane_is_drawn_before_the_axis_or_after_the_next_trough() -> None:
    scene = timeline(foreseen())
    for one in scene.panels:
        if one.curve is not None:
            assert scene.axis.start <= one.curve.times[0]
            assert one.curve.times[-1] <= scene.axis.end


def test_what_is_to_come_is_dashed_and_the_key_says_so() -> None:
    assert 'stroke-dasharray="4 3"' in svg()
    for said in ("forecast, and where 90 % lie", "dashed: yet to come", "next trough, expected"):
        assert said in svg()
    assert "forecast of a typical person, no band known" in svg()


def test_the_figure_is_the_same_to_the_byte() -> None:
    assert render_svg(timeline(foreseen())) == svg()


def test_the_figure_says_whose_forecast_it_is_and_that_it_orders_nothing() -> None:
    notes = timeline(foreseen()).notes
    assert "IgG under IVIG, replacement: forecast by cheng-2026 1.0.0, published." in notes
    assert notes[-1].endswith("it orders nothing.")


def test_a_lane_that_cannot_be_drawn_leaves_a_note() -> None:
    from stepline.review.foreseeing import with_forecast

    scene = timeline(with_forecast(seed()))
    assert all(one.curve is None for one in scene.panels)
    assert any("IgG under IVIG, replacement: no forecast. " in note for note in scene.notes)


# ---------------------------------------------------------------- words


def test_the_terminal_tells_the_trough_each_comparison_the_model_and_the_refusal() -> None:
    said = flat(render_text(foreseen()))
    assert "FORECAST - IgG under IVIG, replacement: The next trough is expected at" in said
    assert re.search(r"expected at \d+\.\d g/L \(\d+\.\d–\d+\.\d\) on 2026-03-30", said)
    assert len(re.findall(r"2026-\d\d-\d\d: measured [67]\.\d g/L, forecast", said)) == 3
    assert "Model cheng-2026 1.0.0, published; evidence secondary." in said
    assert "no model of an enzyme under immunoglobulin in myositis has been published" in said
    assert "not for the care of a patient; it orders nothing." in said
    assert "FORECAST" not in render_text(bare())


def test_the_page_tells_the_same() -> None:
    page = read_page(render_html(foreseen()))
    told = flat(next(e.text for e in page if e.attributes.get("id") == "forecast"))
    assert igg().sentences[0] in told
    assert "2026-02-27" in told
    assert "Chosen for replacement after rituximab" in told
    assert "Not forecast" in told
    assert not any(e.attributes.get("id") == "forecast" for e in read_page(render_html(bare())))


def test_the_printed_report_tells_the_same() -> None:
    reader = PdfReader(io.BytesIO(render_pdf(foreseen())))
    told = "".join("".join(page.extract_text().split()) for page in reader.pages)
    told = told.replace("\ufb01", "fi").replace("\ufb02", "fl")
    assert "".join(igg().sentences[0].split()) in told
    assert "Notforecast" in told or "NOTFORECAST" in told


def test_hostile_words_do_not_act() -> None:
    page = render_html(poisoned(foreseen()))
    assert "alert(1)" in page
    assert HOSTILE not in page
    plain = {e.tag for e in read_page(render_html(foreseen()))}
    assert {e.tag for e in read_page(page)} == plain
