"""A review as a scene: steps, drugs, values and events of one patient on one axis."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.review.model import Review, Stay
from stepline.views.scene import Lane, Panel, Row, Scene, Span, Step, Telling
from stepline.views.timeline_forecast import curves_of, notes_of
from stepline.views.timeline_ground import Ground, axis_of, ground_of
from stepline.views.timeline_lanes import lanes_of
from stepline.views.timeline_panels import MOST_PANELS, measured, panels_of
from stepline.views.timeline_rows import rows_of
from stepline.vocabulary.catalogue import catalogue


def timeline(review: Review) -> Scene:
    """What a figure of a review shows. Nothing after `review.as_of` is in it but what is foreseen.

    Many marks are drawn together, and `notes` say so; a scene has fewer than 2,000 marks.
    """
    words = catalogue()
    known = [event for event in review.record.events if event.time <= review.as_of]
    foreseen = [one.measures for one in review.forecast.drugs] if review.forecast else []
    concepts = (*foreseen, *(one for one in measured(known) if one not in foreseen))
    ground = ground_of(review, concepts[:MOST_PANELS])
    curves = curves_of(review, ground.start)
    concepts = tuple(one for one in concepts if one in curves or one in measured(known))
    lanes, lane_notes = lanes_of(review.courses, ground, words)
    panels, panel_notes = panels_of(concepts, ground, words, curves)
    rows, row_notes = rows_of(review, ground, words)
    steps = tuple(_step(stay, review, ground) for stay in review.stays)
    until = max((curve.times[-1] for curve in curves.values()), default=review.as_of)
    before = _has_before(steps, lanes, panels, rows)
    return Scene(
        title=review.record.title or "One patient",
        says=_says(review, lanes, panels),
        axis=axis_of(ground, review.as_of_said, has_before=before, until=until),
        steps=steps,
        lanes=lanes,
        panels=panels,
        rows=rows,
        notes=(*lane_notes, *panel_notes, *row_notes, *notes_of(review)),
    )


def _says(review: Review, lanes: Sequence[Lane], panels: Sequence[Panel]) -> str:
    """The figure in a sentence, for a reader who hears it."""
    drugs = ", ".join(lane.title for lane in lanes) or "no drug"
    values = ", ".join(panel.title for panel in panels) or "no laboratory value"
    steps = f"{len(review.stays)} steps of the pathway; " if review.stays else ""
    return f"Timeline as of {review.as_of_said}: {steps}drugs: {drugs}; values: {values}"


def _step(stay: Stay, review: Review, ground: Ground) -> Step:
    ids = [n for c in review.courses if c.course_id in stay.course_ids for n in c.event_ids]
    events = ground.of(ids)
    says = f"{stay.title}: {stay.since_said} to {stay.until_said or 'not stated'}"
    met = f"Exit to {stay.advice_to} first met: {stay.advice_met_said}. {stay.delay_says}"
    return Step(
        label=stay.title,
        span=_stay_span(stay, ground, first_of=ids),
        telling=Telling(says, tuple(event.event_id for event in events), stay.since_said),
        parallel=stay.parallel,
        current=any(now.step == stay.step and now.since == stay.since for now in review.current),
        met=stay.advice_met,
        met_says=met if stay.advice_met_said else "",
    )


def _stay_span(stay: Stay, ground: Ground, first_of: Sequence[int]) -> Span:
    """A stay from its first dose to its end; `None` as its end where it goes on."""
    events = ground.of(first_of)
    first = events[0] if events else None
    opening = ground.span(first) if first else Span(stay.since, stay.until)
    before = first is not None and ground.is_before(first)
    until = stay.until if stay.until is None or stay.until <= ground.as_of else None
    return Span(
        start=None if before else stay.since,
        end=until,
        start_exact=opening.start_exact,
        end_exact=until is None or _is_moment(stay.until_said),
        earliest=opening.earliest,
        before_only=before and until is not None and until <= ground.start,
    )


def _is_moment(said: str) -> bool:
    """Whether an end is said as a moment (`M6`, `2026-01-05`), not as a bound (`after M24`)."""
    return said == "" or said[:1].isdigit() or (said[:1] in ("M", "D") and " " not in said)


def _has_before(
    steps: Sequence[Step], lanes: Sequence[Lane], panels: Sequence[Panel], rows: Sequence[Row]
) -> bool:
    """Whether anything lies before the axis."""
    return (
        any(step.span.start is None for step in steps)
        or any(bar.span.start is None for lane in lanes for bar in lane.bars)
        or any(dose.time is None for lane in lanes for dose in lane.doses)
        or any(point.time is None for panel in panels for point in panel.points)
        or any(word.time is None for panel in panels for word in panel.words)
        or any(marker.span.start is None for row in rows for marker in row.markers)
    )
