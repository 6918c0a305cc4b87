"""What happened and what was judged, as labelled markers on the same axis as the doses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stepline.engine.finding import Verdict
from stepline.record.model import Event, Interpretation
from stepline.record.saying import say
from stepline.review.model import ResponseAt, Review, Statement
from stepline.views.scene import Marker, Row, Shape, Span, Telling
from stepline.views.timeline_ground import Ground
from stepline.views.words import response_score, response_word
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import ConceptKind

MOST_MARKERS = 24
"""In one row; of more, the last are drawn."""

_RESPONSE = frozenset(
    {"response", "relapse", "remission", "disease-activity", "dose-reduction-attempt"}
)
_STRENGTH = frozenset({"muscle-strength", "symptoms", "fatigue", "quality-of-life", "skin-rash"})
_HARM = frozenset({"adverse-event", "infusion-reaction", "drug-intolerance"})
_THE_DISEASE = frozenset(
    {
        "dermatomyositis", "polymyositis", "dermatopolymyositis", "juvenile-dermatomyositis",
        "inclusion-body-myositis", "immune-mediated-necrotising-myopathy",
        "amyopathic-dermatomyositis",
    }
)  # fmt: skip
_JUDGED = frozenset({"relapse", "loss-of-response"})
_GOOD = frozenset(
    {"improved", "controlled", "absent", "complete", "partial", "normal", "maintained"}
)
_BAD = frozenset({"lost", "failed", "worse", "worsened", "active", "recurrent", "uncontrolled"})
_PLAIN = frozenset({"unknown", "unchanged", "stable", "elevated", "low"})
_WELCOME = frozenset({"remission"})


def rows_of(
    review: Review, ground: Ground, catalogue: Catalogue
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Rows of markers, without the empty ones, and notes on what is left out."""
    events = ground.of(ground.events)
    rows = [
        Row("Response, measured", _measured(review, ground)),
        Row("Response", _markers(events, _RESPONSE, ground)),
        Row("Strength and function", _markers(events, _STRENGTH, ground)),
        Row("Harm and conditions", _markers(events, _harms(catalogue), ground)),
        Row("Alerts and findings", _judged(review, ground)),
    ]
    notes = [
        f"{row.title}: of {len(row.markers)} entries the last {MOST_MARKERS} are drawn."
        for row in rows
        if len(row.markers) > MOST_MARKERS
    ]
    kept = (Row(row.title, row.markers[-MOST_MARKERS:]) for row in rows if row.markers)
    return tuple(kept), tuple(notes)


def _measured(review: Review, ground: Ground) -> tuple[Marker, ...]:
    """Responses by a score or by measures; those told in words stand in a row of their own."""
    return tuple(_response(one, ground) for one in review.responses if one.is_measured)


def _response(one: ResponseAt, ground: Ground) -> Marker:
    ids = tuple(because.event_id for because in one.because)
    at = one.time if one.time >= ground.start else None
    score = response_score(one)
    label = f"{response_word(one)}{f' ({score})' if score else ''}"
    shape = {True: Shape.GOOD, False: Shape.BAD, None: Shape.NEUTRAL}[one.is_response]
    span = Span(at, at, start_exact=one.is_exact, before_only=at is None)
    return Marker(span, label[:1].upper() + label[1:], shape, Telling(one.says, ids, one.time_said))


def _harms(catalogue: Catalogue) -> frozenset[str]:
    conditions = {c.id for c in catalogue.concepts if c.kind is ConceptKind.CONDITION}
    return _HARM | (frozenset(conditions) - _THE_DISEASE)


def _markers(
    events: Sequence[Event], concepts: frozenset[str], ground: Ground
) -> tuple[Marker, ...]:
    return tuple(_marker(event, ground) for event in events if event.concept in concepts)


def _marker(event: Event, ground: Ground) -> Marker:
    return Marker(ground.span(event), _label(event), _shape(event), ground.telling(event))


def _label(event: Event) -> str:
    """`No adverse event`, `Remission`, `Muscle strength improved`."""
    name = event.concept.replace("-", " ")
    said = event.text or (event.interpretation.value if event.interpretation else "")
    if said.startswith("absent") or said == "negative":
        return f"No {name}"
    if said.startswith("present"):
        said = said.removeprefix("present").strip()
    joint = " " if said in _GOOD | _BAD | _PLAIN else ": "
    words = f"{name}{joint}{said}" if said and said.casefold() != name else name
    return words[:1].upper() + words[1:]


def _shape(event: Event) -> Shape:
    if event.text in _GOOD:
        return Shape.GOOD
    if event.text in _BAD:
        return Shape.BAD
    if event.interpretation is Interpretation.POSITIVE:
        return Shape.GOOD if event.concept in _WELCOME else Shape.BAD
    return Shape.GOOD if event.interpretation is Interpretation.NEGATIVE else Shape.NEUTRAL


# ---------------------------------------------------------------- alerts and findings


def _judged(review: Review, ground: Ground) -> tuple[Marker, ...]:
    found = [s for s in review.findings if s.id in _JUDGED and s.verdict is Verdict.TRUE]
    alerts = [s for s in review.alerts if s.verdict is not Verdict.FALSE]
    markers = [_statement(statement, ground) for statement in (*found, *alerts)]
    return tuple(sorted(markers, key=lambda marker: (_time(marker, ground), marker.label)))


def _time(marker: Marker, ground: Ground) -> datetime:
    return marker.span.start or ground.start


def _statement(statement: Statement, ground: Ground) -> Marker:
    """An alert stands at the last event it rests on, a finding at the moment of the review."""
    events = ground.of(because.event_id for because in statement.because)
    placed = bool(events) and statement.kind == "alert"
    at = ground.moment(events[-1]) if placed else ground.as_of
    exact = events[-1].time_exact if placed else True
    span = Span(at, at, start_exact=exact, before_only=at is None)
    label, shape = _worded(statement)
    ids = tuple(event.event_id for event in events)
    said = statement.because[-1].time if statement.because else say(ground.record, ground.as_of)
    return Marker(span, label, shape, Telling(f"{statement.title}. {statement.says}", ids, said))


def _worded(statement: Statement) -> tuple[str, Shape]:
    if statement.kind != "alert":
        return statement.title, Shape.BAD
    if statement.verdict is Verdict.TRUE:
        return statement.title, Shape.ALERT
    return f"Cannot be excluded: {statement.title}", Shape.ASK
