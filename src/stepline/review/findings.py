"""What a review finds besides alerts: enzymes, switches, doses, definitions, the unknown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

from stepline.core.evidence import Evidence, Kind, Status
from stepline.course.model import Course
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import against_upper_limit, short_title
from stepline.engine.possible import is_true
from stepline.engine.reference import judge
from stepline.engine.response import assess, improvement_score
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.model import Pathway
from stepline.record.model import Event
from stepline.record.saying import say_value, say_when
from stepline.review.exits import in_step
from stepline.review.model import Statement, Stay
from stepline.review.stating import Teller, finding_of, leaf_says

DESIGN = Evidence("stepline-design", Kind.DESIGN, Status.DERIVED, "how the review reads a record")


def findings(
    pathway: Pathway,
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> tuple[Statement, ...]:
    """All findings, in reading order."""
    now = [stay for stay in stays if not stay.parallel][-1:]
    within = situation
    if now:
        within = in_step(now[0], courses, situation)
    return (
        *_enzymes(situation, teller),
        *_responses(stays, courses, situation, teller),
        *_switches(pathway, stays, courses, situation, teller),
        *_entries(pathway, stays, situation, teller),
        *_definitions(pathway, within, teller),
        *_unknowns(situation, within, teller),
    )


# ---------------------------------------------------------------- enzymes


def _enzymes(situation: Situation, teller: Teller) -> list[Statement]:
    found = []
    for concept in situation.catalogue.members("muscle-enzyme"):
        events = [e for e in situation.known((concept.id,)) if _answers(e)]
        if events:
            found.append(_enzyme(concept.id, short_title(concept), events, situation, teller))
    return found


def _answers(event: Event) -> bool:
    return event.value is not None or event.interpretation is not None


def _enzyme(
    name: str, title: str, events: list[Event], situation: Situation, teller: Teller
) -> Statement:
    """Whether an enzyme that was raised has come back to normal, with the values themselves."""
    states = [against_upper_limit(event) for event in events]
    last = states[-1]
    first = states.index("raised") if "raised" in states else 0
    shown = dict.fromkeys([events[first], *_turning(events, states), events[-1]])
    record = situation.index.record
    state_of = {e.event_id: state for e, state in zip(events, states, strict=True)}
    says = " → ".join(f"{_flagged(e, state_of[e.event_id])}, {say_when(record, e)}" for e in shown)
    verdict = Verdict.UNKNOWN if not last else Verdict.FALSE
    if "raised" in states and last == "normal":
        verdict = Verdict.TRUE
    why = f"the laboratory's upper limit for {title} is not recorded"
    missing = () if last else (Missing(title, "no-reference-range", why),)
    return Statement(
        id=f"{name}-normalised",
        kind="finding",
        title=f"{title}: raised, then normal",
        verdict=verdict,
        says=says,
        because=teller.because(e.event_id for e in shown),
        missing=missing,
        evidence=(DESIGN,),
    )


def _flagged(event: Event, state: str) -> str:
    """A value with what its own range says of it, where the source gave no flag."""
    said = say_value(event)
    return f"{said} ({state})" if state and not event.interpretation else said


def _turning(events: list[Event], states: list[str]) -> list[Event]:
    """Where a value came back to normal, or rose again; the first four times."""
    known = ((event, state) for event, state in zip(events, states, strict=True) if state)
    turns = (later for (_, a), (later, b) in pairwise(known) if a != b)
    return list(islice(turns, 4))


# ---------------------------------------------------------------- response and switches


def _responses(
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> list[Statement]:
    return [
        _response(stay, in_step(stay, courses, situation), teller, number)
        for number, stay in enumerate(stays, 1)
        if not stay.parallel
    ]


def _response(stay: Stay, situation: Situation, teller: Teller, number: int) -> Statement:
    """The best the record says of the response while in a step."""
    until = min(stay.until or situation.moment, situation.moment)
    graded = assess(situation.at(until), stay.until).graded
    verdict = Verdict.UNKNOWN
    if graded.low is not None and graded.high is not None:
        verdict = Verdict.TRUE if graded.low >= 1 else Verdict.FALSE
        verdict = Verdict.UNKNOWN if graded.low == 0 < graded.high else verdict
    return Statement(
        id=f"response-{number}-{stay.step}",
        kind="finding",
        title=f"Response at the end of: {stay.title}",
        verdict=verdict,
        says=graded.says or "no response is recorded in this step",
        because=teller.because(graded.events),
        missing=graded.missing,
        evidence=(DESIGN,),
    )


def _switches(
    pathway: Pathway,
    stays: Sequence[Stay],
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> list[Statement]:
    main = [stay for stay in stays if not stay.parallel]
    return [
        _switch(pathway, before, after, courses, situation, teller)
        for before, after in pairwise(main)
    ]


def _switch(
    pathway: Pathway,
    before: Stay,
    after: Stay,
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """Why one step gave way to the next: the exit that was met then, or that none is recorded."""
    step = pathway.step(before.step)
    moment = min(day_of(after.since) + END_OF_DAY, situation.moment)
    within = in_step(before, courses, situation).at(moment)
    ways = [x for x in step.exits if x.to == after.step]
    met = next((x for x in ways if is_true(x.when, within)), None)
    title = f"{before.title} → {after.title} ({after.since_said})"
    name = f"switch-{before.step}-to-{after.step}"
    if met is not None:
        way, finding = met, judge(met.when, within)
        says = f"{way.title or way.text}: {leaf_says(finding)}"
        return finding_of(teller, name, title, finding, says, way.evidence or (DESIGN,))
    asked = f"the pathway asks for: {ways[0].text}" if ways else "the pathway has no such exit"
    says = f"the reason is not certain from the record; {asked}"
    missing = Missing("reason for the change", "not-recorded", says)
    return Statement(name, "finding", title, Verdict.UNKNOWN, says, missing=(missing,))


def _entries(
    pathway: Pathway, stays: Sequence[Stay], situation: Situation, teller: Teller
) -> list[Statement]:
    """Why a parallel step was entered, and whether the whole of its criterion was met."""
    found = []
    for stay in stays:
        step = pathway.step(stay.step)
        if not stay.parallel or step.enter is None:
            continue
        finding = judge(step.enter, situation)
        evidence = step.evidence or (DESIGN,)
        found.append(_reason(step.id, f"Why {step.title} began", finding, teller, evidence))
        title = f"{step.title}: its criterion ({step.enter_text})"
        name = f"eligible-{step.id}"
        found.append(finding_of(teller, name, title, finding, leaf_says(finding), evidence))
    return found


def _reason(
    step: str, title: str, finding: Finding, teller: Teller, evidence: tuple[Evidence, ...]
) -> Statement:
    """The parts of an entry criterion that the record states; unknown when it states none."""
    stated = [part for part in finding.parts or (finding,) if part.verdict is Verdict.TRUE]
    says = "; ".join(dict.fromkeys(x for part in stated for x in _true_leaves(part)))
    missing = Missing("reason", "not-recorded", "no reason is recorded")
    return Statement(
        id=f"reason-{step}",
        kind="finding",
        title=title,
        verdict=Verdict.TRUE if stated else Verdict.UNKNOWN,
        says=says or "no reason is recorded",
        because=teller.because(event for part in stated for event in part.all_events()),
        missing=() if stated else (missing,),
        evidence=evidence,
    )


def _true_leaves(finding: Finding) -> list[str]:
    if finding.parts:
        return list(dict.fromkeys(x for p in finding.parts for x in _true_leaves(p)))
    return [finding.says] if finding.verdict is Verdict.TRUE and finding.says else []


# ---------------------------------------------------------------- definitions and unknowns


def _definitions(pathway: Pathway, situation: Situation, teller: Teller) -> list[Statement]:
    found = []
    for definition in pathway.definitions:
        if definition.parameter:
            continue
        finding = judge(definition.criterion, situation)
        title = definition.title or definition.key.replace("-", " ").capitalize()
        found.append(
            finding_of(
                teller,
                definition.key,
                f"{title} (now)",
                finding,
                leaf_says(finding),
                definition.evidence or (DESIGN,),
            )
        )
    return found


def _unknowns(situation: Situation, within: Situation, teller: Teller) -> list[Statement]:
    return [
        _body_value("weight", "Weight", situation, teller),
        _body_value("height", "Height", situation, teller),
        _surface(situation),
        _score(within, teller),
        _serology(situation, teller),
        _baseline_igg(situation, teller),
    ]


def _body_value(name: str, title: str, situation: Situation, teller: Teller) -> Statement:
    events = [e for e in situation.known((name,)) if e.value is not None]
    if not events:
        why = situation.index.record.unknowns.get(name, f"no {name} is recorded")
        missing = Missing(name, "not-recorded", why or f"{name} is not stated", (name,))
        return Statement(name, "finding", title, Verdict.UNKNOWN, why, missing=(missing,))
    last = events[-1]
    inferred = last.certainty is not Status.VERIFIED
    said = situation.index.say(last)
    says = f"{said}, inferred: {last.note}" if inferred else said
    evidence = Evidence("record", Kind.CASE_REPORT, last.certainty, last.note or said)
    return Statement(
        name, "finding", f"{title} known", Verdict.TRUE, says,
        teller.because((last.event_id,)), evidence=(evidence,),
        note="inferred" if inferred else "",
    )  # fmt: skip


def _surface(situation: Situation) -> Statement:
    absent = [x for x in ("height", "weight") if not _has_number(x, situation)]
    if not absent:
        return Statement("bsa", "finding", "Body surface area known", Verdict.TRUE,
                         "height and weight are recorded", evidence=(DESIGN,))  # fmt: skip
    says = f"body surface area cannot be computed: {' and '.join(absent)} not recorded"
    missing = Missing("body surface area", "not-computable", says, tuple(absent))
    return Statement(
        "bsa", "finding", "Body surface area", Verdict.UNKNOWN, says, missing=(missing,)
    )


def _has_number(name: str, situation: Situation) -> bool:
    return any(e.value is not None for e in situation.known((name,)))


def _score(situation: Situation, teller: Teller) -> Statement:
    """The score of the step that runs now: recorded, worked out, or why it cannot be."""
    found = improvement_score(situation)
    title = "Total improvement score"
    because = teller.because(found.events)
    if found.is_exact:
        return Statement(
            "tis", "finding", title, Verdict.TRUE, found.says, because, evidence=(DESIGN,)
        )
    says = "cannot be computed: the six core set measures are not recorded twice as numbers"
    if not found.is_unknown:
        says = found.says
    measures = (
        "physician global",
        "patient global",
        "MMT-8",
        "HAQ",
        "extramuscular global",
        "muscle enzyme with its upper limit",
    )
    settle = tuple(dict.fromkeys(s for m in found.missing for s in m.settle)) or measures
    why = "; ".join(dict.fromkeys(m.says for m in found.missing)) or says
    missing = Missing("total improvement score", "not-computable", why, settle)
    return Statement("tis", "finding", title, Verdict.UNKNOWN, says, because, (missing,))


def _serology(situation: Situation, teller: Teller) -> Statement:
    events = [e for n in ("hbsag", "anti-hbc") for e in situation.known((n,))]
    absent = [n for n in ("hbsag", "anti-hbc") if not situation.known((n,))]
    if absent:
        says = "no result is recorded for: " + ", ".join(
            short_title(situation.catalogue.concept(n)) for n in absent
        )
        missing = Missing("hepatitis B serology", "not-recorded", says, tuple(absent))
        return Statement(
            "hbv-serology", "finding", "Hepatitis B serology", Verdict.UNKNOWN, says,
            teller.because(e.event_id for e in events), (missing,),
        )  # fmt: skip
    says = "; ".join(situation.index.say(e) for e in events)
    return Statement(
        "hbv-serology", "finding", "Hepatitis B serology recorded", Verdict.TRUE, says,
        teller.because(e.event_id for e in events), evidence=(DESIGN,),
    )  # fmt: skip


def _baseline_igg(situation: Situation, teller: Teller) -> Statement:
    """An IgG of the patient's own: before the first immunoglobulin."""
    first = next(iter(situation.given(("ivig", "scig"))), None)
    values = [
        e
        for e in situation.known(("igg",))
        if e.value is not None and (first is None or e.time < first.time)
    ]
    title = "Baseline IgG"
    if values:
        says = situation.index.say(values[-1])
        because = teller.because((values[-1].event_id,))
        return Statement(
            "baseline-igg", "finding", title, Verdict.TRUE, says, because, evidence=(DESIGN,)
        )
    before = " before the first immunoglobulin" if first else ""
    says = f"no IgG is recorded{before}"
    missing = Missing("baseline IgG", "not-recorded", says, ("igg",))
    return Statement("baseline-igg", "finding", title, Verdict.UNKNOWN, says, missing=(missing,))
