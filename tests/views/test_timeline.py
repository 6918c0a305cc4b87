"""The figure: well formed, the same to the byte, nothing outside it, no label on another."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.course.model import Course
from stepline.record.model import Event, EventStatus, Interpretation, Record, Subject, in_order
from stepline.review.model import ResponseAt, Review
from stepline.views.fonts import font_paths, shortened, width_of
from stepline.views.png import render_png
from stepline.views.scale import nice_top, ticks_up_to
from stepline.views.scene import Family, Shape
from stepline.views.svg import NAMESPACE, render_svg
from stepline.views.timeline import timeline
from tests.views.sample import HOSTILE, bare, crowded, foreseen, hostile, poisoned, seed

SVG = f"{{{NAMESPACE}}}"
START = datetime(2024, 2, 5)
Box = tuple[float, float, float, float]


def on_day(day: int) -> datetime:
    return START + timedelta(days=day)


def reviewed(events: list[Event], *courses: Course, as_of: datetime) -> Review:
    record = Record(Subject(3), in_order(events))
    said = f"{as_of:%Y-%m-%d}"
    return replace(bare(), record=record, courses=courses, as_of=as_of, as_of_said=said)


def course(drug: str, events: list[Event], **known: object) -> Course:
    ids = tuple(event.event_id for event in events)
    plain = Course(1, "", drug, drug, "", "", events[0].time, events[-1].time, ids)
    return replace(plain, **known)  # type: ignore[arg-type]


def dated() -> Review:
    """Doses in steps, a dose not given, values with limits, words, bounds and a relapse."""
    prednisone = [
        Event(n, on_day(day), "", "prednisone", Decimal(dose), unit="mg/d", is_spell=True,
              end_time=on_day(day + 13), status=EventStatus.GIVEN)
        for n, (day, dose) in enumerate([(0, 60), (14, 50), (28, 40), (42, 30)], 1)
    ]  # fmt: skip
    ivig = [
        Event(10 + n, on_day(60 + 28 * n), "", "ivig", Decimal(2), unit="g/kg",
              status=EventStatus.GIVEN, intent="immunomodulation")
        for n in range(4)
    ]  # fmt: skip
    skipped = replace(ivig[0], event_id=20, time=on_day(172), status=EventStatus.NOT_GIVEN)
    high = Decimal(250)
    values = [
        Event(30 + n, on_day(day), "", "ldh", Decimal(v), unit="U/L", reference_high=high)
        for n, (day, v) in enumerate([(-5, 640), (40, 480), (45, 470), (120, 260), (170, 210)])
    ]
    word = replace(
        values[0], event_id=40, time=on_day(80), value=None, interpretation=Interpretation.NORMAL
    )
    bound = Event(41, on_day(90), "", "igg", value_high=Decimal(5), unit="g/L")
    relapse = Event(42, on_day(160), "", "relapse", text="present")
    given = course("ivig", ivig, intent="immunomodulation", intensity=Decimal("2.00"))
    return reviewed(
        [*prednisone, *ivig, skipped, *values, word, bound, relapse],
        course("prednisone", prednisone, daily=True, course_id=2),
        given,
        as_of=on_day(180),
    )


def dosed(count: int) -> Review:
    """Ten thousand doses of one drug in one course."""
    doses = [
        Event(n, START + timedelta(hours=9 * n), "", "rituximab", Decimal(1), unit="g",
              status=EventStatus.GIVEN)
        for n in range(1, count + 1)
    ]  # fmt: skip
    return reviewed(doses, course("rituximab", doses), as_of=doses[-1].time)


SAMPLES: dict[str, Callable[[], Review]] = {
    "seed": seed,
    "hostile": hostile,
    "bare": bare,
    "dated": dated,
    "crowded": lambda: crowded(10_000),
    "foreseen": foreseen,
    "foreseen and hostile": lambda: poisoned(foreseen()),
    "dosed": lambda: dosed(10_000),
}


@lru_cache(maxsize=16)
def drawn(name: str, width: int = 1100) -> str:
    return render_svg(timeline(SAMPLES[name]()), width=width)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def marks(svg: str, *classes: str) -> list[ET.Element]:
    """The marks that have all of some classes."""
    wanted = {"mark", *classes}
    return [g for g in parsed(svg).iter(f"{SVG}g") if wanted <= set(g.get("class", "").split())]


def title(mark: ET.Element) -> str:
    return mark.findtext(f"{SVG}title") or ""


def shown(svg: str) -> list[str]:
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


def events_of(mark: ET.Element) -> set[int]:
    return {int(number) for number in mark.get("data-events", "").split()}


def text_box(text: ET.Element) -> Box:
    """Where a label stands, by the upper bound of its width."""
    size = float(text.get("font-size", "0"))
    x, y = float(text.get("x", "0")), float(text.get("y", "0"))
    room = width_of(text.text or "", size)
    left = {"start": x, "middle": x - room / 2, "end": x - room}[text.get("text-anchor", "start")]
    return left, y - 0.75 * size, left + room, y + 0.2 * size


def boxes(svg: str) -> list[tuple[str, Box]]:
    return [(text.text or "", text_box(text)) for text in parsed(svg).iter(f"{SVG}text")]


def overlapping(svg: str) -> list[tuple[str, str]]:
    found = []
    for (said, (a, b, c, d)), (other, (e, f, g, h)) in combinations(boxes(svg), 2):
        if a < g - 0.2 and e < c - 0.2 and b < h - 0.2 and f < d - 0.2:
            found.append((said, other))
    return found


def points_of(node: ET.Element) -> list[tuple[float, float]]:
    """The outermost places of a shape."""

    def at(name: str) -> float:
        return float(node.get(name, "0"))

    kind = node.tag.removeprefix(SVG)
    if kind == "rect":
        return [(at("x"), at("y")), (at("x") + at("width"), at("y") + at("height"))]
    if kind == "line":
        return [(at("x1"), at("y1")), (at("x2"), at("y2"))]
    if kind == "circle":
        return [(at("cx") - at("r"), at("cy") - at("r")), (at("cx") + at("r"), at("cy") + at("r"))]
    if kind == "text":
        a, b, c, d = text_box(node)
        return [(a, b), (c, d)]
    pairs = (pair.split(",") for pair in node.get("points", "").split())
    return [(float(x), float(y)) for x, y in pairs]


def outside(svg: str) -> list[str]:
    """Shapes and labels that leave the picture."""
    root = parsed(svg)
    _, _, wide, high = (float(part) for part in root.get("viewBox", "").split())
    shift = 8.0
    assert root.findall(f"{SVG}g")[0].get("transform") == "translate(8 0)"
    textures = {id(node) for defs in root.iter(f"{SVG}defs") for node in defs.iter()}
    return [
        ET.tostring(node, encoding="unicode")
        for node in root.iter()
        if id(node) not in textures
        for x, y in points_of(node)
        if not (0 <= x + shift <= wide and 0 <= y <= high)
    ]


# ---------------------------------------------------------------- the picture


@pytest.mark.parametrize("name", SAMPLES)
def test_the_figure_is_drawn_the_same_twice_to_the_byte(name: str) -> None:
    assert render_svg(timeline(SAMPLES[name]())) == drawn(name)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [640, 1100, 1600])
def test_no_label_lies_on_another_and_nothing_leaves_the_picture(name: str, width: int) -> None:
    svg = drawn(name, width)
    assert overlapping(svg) == []
    assert outside(svg) == []
    assert float(parsed(svg).get("width", "0")) == width


def test_the_order_of_the_record_changes_nothing() -> None:
    review = dated()
    turned = replace(review, record=replace(review.record, events=review.record.events[::-1]))
    assert render_svg(timeline(turned)) == drawn("dated")


@pytest.mark.parametrize("name", ["seed", "dated", "crowded"])
def test_the_figure_names_no_address_but_its_own_format(name: str) -> None:
    svg = drawn(name)
    assert svg.count("http") == 1
    assert "style=" not in svg
    assert "<script" not in svg


def test_a_reader_who_hears_the_figure_is_told_what_it_is() -> None:
    root = parsed(drawn("seed"))
    assert root.get("role") == "img"
    assert "Rituximab" in root.get("aria-label", "")
    assert f"as of {seed().as_of_said}" in root.get("aria-label", "")


@pytest.mark.parametrize("name", ["seed", "dated", "crowded", "dosed"])
def test_every_mark_has_a_title_and_events_of_the_record(name: str) -> None:
    known = {event.event_id for event in SAMPLES[name]().record.events}
    assert all(title(mark) for mark in marks(drawn(name)))
    assert all(events_of(mark) <= known for mark in marks(drawn(name)))


def test_marks_do_not_lie_within_marks_so_that_a_script_can_dim_one() -> None:
    for mark in marks(drawn("seed")):
        inner = [g for g in mark.iter(f"{SVG}g") if g is not mark]
        assert not [g for g in inner if g.get("data-events")]


def test_hostile_words_are_text_and_nothing_else() -> None:
    root = parsed(drawn("hostile"))
    assert {node.tag for node in root.iter()} == {node.tag for node in parsed(drawn("seed")).iter()}
    assert any(HOSTILE in title(mark) for mark in marks(drawn("hostile")))


def test_characters_that_xml_forbids_are_left_out() -> None:
    review = replace(seed(), record=replace(seed().record, title="a\x00b\x0b\ud800c"))
    assert "abc" in shown(render_svg(timeline(review)))


# ---------------------------------------------------------------- what it must not invent


def test_a_value_known_only_as_normal_is_a_word_and_never_a_point() -> None:
    normal = {e.event_id for e in seed().record.events if e.text == "normal"}
    assert len(normal) == 2
    assert normal == set().union(*(events_of(mark) for mark in marks(drawn("seed"), "band")))
    assert not any(events_of(mark) & normal for mark in marks(drawn("seed"), "point"))


def test_normal_without_a_stated_limit_has_no_height_and_with_one_fills_the_range() -> None:
    without = [word for panel in timeline(seed()).panels for word in panel.words]
    stated = [word for panel in timeline(dated()).panels for word in panel.words]
    assert [word.high for word in without] == [None, None]
    assert [word.high for word in stated] == [250.0]


def test_a_line_of_values_does_not_run_through_a_value_without_a_number() -> None:
    (ldh,) = [p for p in timeline(dated()).panels if p.title == "Lactate dehydrogenase"]
    assert [point.joined for point in ldh.points] == [False, True, True, False, True]


def test_values_known_before_the_first_day_stand_in_a_margin_of_their_own() -> None:
    scene = timeline(seed())
    assert scene.axis.before == "before M0"
    assert [p.time for panel in scene.panels for p in panel.points] == [None, None]
    assert timeline(dated()).axis.before == ""


def test_an_unknown_dose_is_hatched_and_a_known_one_is_not() -> None:
    unknown = marks(drawn("seed"), "bar", "unknown")
    titles = " ".join(title(mark) for mark in unknown)
    assert all(drug in titles for drug in ("methotrexate", "azathioprine", "methylprednisolone"))
    for mark in marks(drawn("seed"), "bar"):
        fills = [shape.get("fill", "") for shape in mark.iter(f"{SVG}polygon")]
        is_hatched = any(fill.startswith("url(#hatch-") for fill in fills)
        assert is_hatched == ("unknown" in mark.get("class", "").split())


def test_an_order_that_a_course_counts_is_drawn_as_ordered_and_no_other_is() -> None:
    days = [(1, 0, 40, EventStatus.GIVEN), (2, 14, 15, EventStatus.ORDERED)]
    own = [
        Event(n, on_day(day), "", "prednisone", Decimal(dose), unit="mg/d", is_spell=True,
              end_time=on_day(day + 13), status=status)
        for n, day, dose, status in days
    ]  # fmt: skip
    other = replace(own[1], event_id=3, concept="azathioprine", value=Decimal(150))
    svg = render_svg(
        timeline(
            reviewed([*own, other], course("prednisone", own), as_of=on_day(30)),
        )
    )
    assert "ordered 15 mg/d" in shown(svg)
    assert "40 mg/d" in shown(svg)
    assert not [one for one in shown(svg) if "150" in one]


def test_a_taper_with_unknown_steps_is_a_hatched_wedge_between_its_known_doses() -> None:
    lane = next(lane for lane in timeline(seed()).lanes if lane.title == "Prednisone")
    (wedge,) = [bar for bar in lane.bars if bar.height_end is not None]
    assert wedge.unknown
    assert (wedge.height, wedge.height_end, lane.top) == (0.9, 0.05, "100")
    assert "steps unknown" in wedge.label


def test_doses_in_steps_are_a_staircase_on_a_scale_with_its_unit() -> None:
    lane = next(lane for lane in timeline(dated()).lanes if lane.title == "Prednisone")
    assert [bar.height for bar in lane.bars] == [0.6, 0.5, 0.4, 0.3]
    assert (lane.unit, lane.top) == ("mg/d", "100")


def test_what_goes_on_has_an_arrow_and_what_ended_has_none() -> None:
    arrows = [mark for mark in marks(drawn("seed"), "bar") if arrow_of(mark) is not None]
    assert [events_of(mark) for mark in arrows] == [{82}]
    assert not [mark for mark in marks(drawn("dated"), "bar") if arrow_of(mark) is not None]


def test_a_condition_that_goes_on_has_an_arrow_wherever_it_began() -> None:
    ongoing = Event(50, on_day(-900), "", "rheumatoid-arthritis", text="Rheumatoid arthritis",
                    is_spell=True, end_said="ongoing")  # fmt: skip
    review = dated()
    events = [*review.record.events, ongoing]
    svg = render_svg(
        timeline(replace(review, record=replace(review.record, events=in_order(events))))
    )
    (mark,) = [mark for mark in marks(svg, "marker") if events_of(mark) == {50}]
    assert arrow_of(mark) is not None
    assert "Rheumatoid arthritis" in shown(svg)
    assert overlapping(svg) == []


def arrow_of(mark: ET.Element) -> ET.Element | None:
    return mark.find(f"{SVG}g[@class='arrow']")


def test_immunoglobulin_for_two_purposes_has_two_lanes_on_one_scale() -> None:
    lanes = {lane.family: lane for lane in timeline(seed()).lanes if "IVIG" in lane.title}
    assert set(lanes) == {Family.IMMUNOMODULATION, Family.REPLACEMENT}
    assert {lane.top for lane in lanes.values()} == {"2"}
    assert {lane.unit for lane in lanes.values()} == {"g/kg per 28 d"}


def test_every_dose_that_has_a_day_has_a_tick() -> None:
    doses = [e.event_id for e in seed().record.events if e.concept in ("ivig", "rituximab")]
    ticked = sorted(n for mark in marks(drawn("seed"), "tick") for n in events_of(mark))
    assert ticked == sorted(set(doses) - {75, 82})


def test_a_dose_that_was_not_given_is_crossed_out() -> None:
    assert [events_of(mark) for mark in marks(drawn("dated"), "tick", "not-given")] == [{20}]


def test_a_value_above_its_stated_limit_is_raised_and_the_limit_is_drawn() -> None:
    (ldh,) = [p for p in timeline(dated()).panels if p.title == "Lactate dehydrogenase"]
    assert [point.raised for point in ldh.points] == [True, True, True, True, False]
    assert "upper limit 250" in shown(drawn("dated"))


def test_a_value_known_only_as_a_bound_is_a_stretch() -> None:
    (igg,) = [p for p in timeline(dated()).panels if p.title == "Immunoglobulin G"]
    assert (igg.points[0].value, igg.points[0].high) == (None, 5.0)
    assert len(marks(drawn("dated"), "point", "bounded")) == 1


def test_nothing_after_the_moment_of_the_review_is_drawn() -> None:
    early = replace(dated(), as_of=on_day(100))
    later = {e.event_id for e in early.record.events if e.time > early.as_of}
    assert later
    assert not any(events_of(m) & later for m in marks(render_svg(timeline(early))))


def test_a_record_without_dates_is_spoken_of_in_months() -> None:
    svg = drawn("seed")
    assert "2000-" not in svg
    assert {"M0", "M6", "M12", "M24", "before M0"} <= set(shown(svg))


def test_what_the_clinician_said_stands_on_the_same_axis() -> None:
    labels = shown(drawn("seed"))
    assert {"Response lost", "Remission", "Disease activity controlled"} <= set(labels)


# ---------------------------------------------------------------- much data, no data


def test_ten_thousand_values_or_doses_make_few_marks_and_the_figure_says_so() -> None:
    for name in ("crowded", "dosed"):
        assert len(marks(drawn(name))) < 2000
        assert timeline(SAMPLES[name]()).notes
    everything = set().union(*(events_of(mark) for mark in marks(drawn("crowded"))))
    assert len(everything) == 10_000


def test_the_range_of_several_values_is_the_range_of_all_of_them() -> None:
    (ck,) = [p for p in timeline(crowded(10_000)).panels if p.title == "Creatine kinase"]
    assert min(p.low for p in ck.points if p.low is not None) == 90
    assert max(p.high for p in ck.points if p.high is not None) == 96


def test_an_empty_record_is_an_axis_and_nothing_else() -> None:
    svg = render_svg(timeline(reviewed([], as_of=START)))
    assert marks(svg) == []
    assert outside(svg) == []


EVENTS = st.builds(
    Event,
    event_id=st.integers(1, 10_000),
    time=st.integers(0, 4000).map(on_day),
    code=st.just(""),
    concept=st.sampled_from(["ldh", "ck", "igg", "relapse", "pneumonia", "muscle-strength"]),
    value=st.none() | st.decimals(0, 100_000, places=1),
    value_high=st.none() | st.decimals(0, 100_000, places=1),
    unit=st.sampled_from(["U/L", "g/L", "", "ukat/L"]),
    text=st.text(max_size=40),
    interpretation=st.none() | st.sampled_from(Interpretation),
    reference_high=st.none() | st.decimals(1, 1000, places=1),
    time_earliest=st.none() | st.integers(0, 2000).map(on_day),
    time_exact=st.booleans(),
    end_time=st.none() | st.integers(2000, 5000).map(on_day),
    is_spell=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=25, unique_by=lambda event: event.event_id), st.integers(0, 5000))
def test_any_record_makes_a_figure_in_which_nothing_overlaps(events: list[Event], day: int) -> None:
    svg = render_svg(timeline(reviewed(events, as_of=on_day(day))))
    assert overlapping(svg) == []
    assert outside(svg) == []


# ---------------------------------------------------------------- words, scales, pictures


@given(st.text(max_size=60), st.floats(0, 400))
def test_shortened_words_fit_and_are_a_beginning_of_the_whole(words: str, room: float) -> None:
    said = shortened(words, room, 12)
    assert said == "" or width_of(said, 12) <= room
    assert said == words or " ".join(words.split()).startswith(said.rstrip("…"))


@pytest.mark.parametrize("room", range(10, 200, 5))
def test_a_dose_is_never_shortened_to_a_number_without_its_unit(room: int) -> None:
    said = shortened("dose of 1.5 mg every 28 days", room, 12)
    assert not said.rstrip("…")[-1:].isdigit()


@given(st.decimals("0.001", "1000000", places=3))
def test_a_scale_ends_at_or_above_its_highest_value_and_not_far_above(highest: Decimal) -> None:
    ticks = ticks_up_to(highest)
    assert ticks[0][0] == 0
    assert 2 <= len(ticks) <= 6
    assert float(highest) <= ticks[-1][0] <= float(highest) * 2.5
    assert highest <= nice_top(highest) <= highest * Decimal("2.5")


def test_the_picture_is_a_png_of_the_asked_size_and_the_same_twice() -> None:
    svg = drawn("seed")
    first = render_png(svg, ppi=96)
    assert first.startswith(b"\x89PNG\r\n\x1a\n")
    assert abs(int.from_bytes(first[16:20], "big") - 1100) <= 1
    assert render_png(svg, ppi=96) == first


def test_the_typeface_comes_with_the_package() -> None:
    from pathlib import Path

    assert all(list(Path(folder).glob("Roboto-Regular.ttf")) for folder in font_paths())


def test_a_response_that_was_measured_has_a_row_with_its_category_and_score() -> None:
    visits = [
        ResponseAt(on_day(day), "", "a", "tis", low, high, "", value, value, value, baseline=START)
        for day, low, high, value in [
            (90, "major", "major", Decimal(75)),
            (120, "none", "none", Decimal("7.5")),
            (150, "minimal", "major", None),
        ]
    ]
    word = ResponseAt(on_day(160), "", "a", "clinician", "none", "none", "")
    scene = timeline(replace(dated(), responses=(*visits, word)))
    (row,) = [row for row in scene.rows if row.title == "Response, measured"]
    assert [(m.label, m.shape) for m in row.markers] == [
        ("Major (75)", Shape.GOOD),
        ("None (7.5)", Shape.BAD),
        ("Minimal to major", Shape.GOOD),
    ]
