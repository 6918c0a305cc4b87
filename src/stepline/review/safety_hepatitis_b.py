"""Hepatitis B of one patient: the state with its transitions, and how long prophylaxis goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from stepline.core.evidence import Evidence
from stepline.core.time import Period
from stepline.engine.finding import Missing, Verdict
from stepline.engine.picking import stale_after
from stepline.engine.reference import answers_of
from stepline.engine.situation import Situation, day_of
from stepline.record.model import Event
from stepline.record.saying import say
from stepline.review.hepatitis_b import Answer, Known, Serology, State, joined
from stepline.review.model import Statement
from stepline.review.safety_words import DESIGN, Ground, evidence_of, last_dose_day, period_in

TESTS = ("hbsag", "anti-hbc", "hbv-dna")
DRUG = "rituximab"

SAID = {
    State.NEVER_TESTED: "never tested",
    State.INCOMPLETE: "not answered: HBsAg and anti-HBc are both needed",
    State.NEGATIVE: "HBsAg and anti-HBc negative",
    State.PASSIVE: "anti-HBc positive, perhaps brought by immunoglobulin: it answers nothing",
    State.RESOLVED: "earlier infection: anti-HBc positive or HBsAg cleared",
    State.CHRONIC: "infection: HBsAg or HBV DNA positive",
}
TITLES = {
    State.NEVER_TESTED: "never tested",
    State.INCOMPLETE: "tests incomplete",
    State.NEGATIVE: "negative",
    State.PASSIVE: "anti-HBc may be passive",
    State.RESOLVED: "earlier infection",
    State.CHRONIC: "infection",
}
VERDICTS = {
    State.NEVER_TESTED: Verdict.UNKNOWN,
    State.INCOMPLETE: Verdict.UNKNOWN,
    State.NEGATIVE: Verdict.FALSE,
    State.PASSIVE: Verdict.UNKNOWN,
    State.RESOLVED: Verdict.TRUE,
    State.CHRONIC: Verdict.TRUE,
}
SETTLES = {
    State.NEVER_TESTED: ("HBsAg", "anti-HBc"),
    State.INCOMPLETE: ("HBsAg", "anti-HBc"),
    State.PASSIVE: ("HBV DNA", "anti-HBc in a sample from before the first immunoglobulin"),
}


def hepatitis_b(ground: Ground) -> list[Statement]:
    """The state where it matters (immunoglobulin or rituximab given or planned, or any test)."""
    drugs = ("ivig", "scig", DRUG)
    if not (ground.has(*TESTS, *drugs) or ground.situation.planned(drugs)):
        return []
    state, walked, rows = _walked(ground)
    return [_state(state, walked, rows, ground), *_prophylaxis(state, ground)]


Step = tuple[datetime, State]


def _walked(ground: Ground) -> tuple[State, list[Step], list[Event]]:
    """The state now, each day on which it changed, and the rows that it was read from."""
    rows = [event for event in ground.situation.known(TESTS) if _answer(event, ground.situation)]
    known, walked = Known(), list[Step]()
    for day, of_day in groupby(rows, key=lambda event: day_of(event.time)):
        known = known.after(_serology(list(of_day), ground.situation))
        if not walked or walked[-1][1] is not known.state:
            walked.append((day, known.state))
    return known.state, walked, rows


def _serology(events: Sequence[Event], situation: Situation) -> Serology:
    found: dict[str, list[Answer]] = {name: [] for name in TESTS}
    for event in events:
        answer = _answer(event, situation)
        if answer:
            found[event.concept].append(answer)
    return Serology(*(joined(found[name]) for name in TESTS))


def _answer(event: Event, situation: Situation) -> Answer | None:
    """What a row answers; `None` where it says only that nothing is known."""
    words = answers_of(event)
    if "positive" in words:
        passive = event.concept == "anti-hbc" and _may_be_passive(event, situation)
        return Answer.PASSIVE if passive else Answer.POSITIVE
    if "negative" in words:
        return Answer.NEGATIVE
    if event.concept == "hbv-dna" and event.value is not None:
        return Answer.POSITIVE if event.value > 0 else Answer.NEGATIVE
    return Answer.UNCLEAR if "indeterminate" in words else None


def _may_be_passive(event: Event, situation: Situation) -> bool:
    """Whether a dose may lie within the time in which a positive answer can be passive.

    Where either day is not exact, any of its days is possible: doubt counts as passive.
    """
    low, high = _bounds(event)
    return any(
        _reaches(confounder.to_period, dose, low, high)
        for confounder in situation.confounders.get(event.concept, ())
        for dose in situation.at(datetime.max).given((confounder.drug,))
    )


def _bounds(event: Event) -> tuple[datetime, datetime]:
    if event.time_exact:
        return event.time, event.time
    return event.time_earliest or datetime.min, event.time_latest or datetime.max


def _reaches(period: Period, dose: Event, low: datetime, high: datetime) -> bool:
    first, last = _bounds(dose)
    if dose.is_spell:
        last = max(last, dose.end_time) if dose.end_time and dose.end_exact else datetime.max
    latest = last if last > datetime.max - _LONG else period.after(last)
    return day_of(first) <= day_of(high) and day_of(low) <= day_of(latest)


_LONG = datetime(2, 1, 1) - datetime(1, 1, 1)


# ---------------------------------------------------------------- statements


def _state(
    state: State, walked: Sequence[Step], rows: Sequence[Event], ground: Ground
) -> Statement:
    record = ground.situation.index.record
    old = _out_of_date(state, ground)
    says = SAID[state]
    if len(walked) > 1:
        says += ": " + " → ".join(f"{SAID[s]} ({say(record, day)})" for day, s in walked)
    elif walked:
        says += f" ({say(record, walked[0][0])})"
    missing = []
    if state in SETTLES:
        missing = [Missing("hepatitis B status", _why(state), SAID[state], SETTLES[state])]
    elif old is not None:
        says, missing = f"{says}; {old.says}", [old]
    note = _NOTES.get(state, "")
    return ground.statement(
        "hepatitis-b",
        f"Hepatitis B: {TITLES[state]}",
        Verdict.UNKNOWN if old else VERDICTS[state],
        says,
        because=[event.event_id for event in rows],
        missing=missing,
        evidence=_confounding(ground) if state is State.PASSIVE else (DESIGN,),
        note=note,
    )


def _why(state: State) -> str:
    return "confounded" if state is State.PASSIVE else "not-recorded"


_NOTES = {
    State.CHRONIC: "Whether infection is acute or chronic takes time and the clinician to tell.",
    State.RESOLVED: "HBV DNA tells whether virus is there now.",
}


def _out_of_date(state: State, ground: Ground) -> Missing | None:
    """Why a negative state answers no longer: one of its tests is too old."""
    if state is not State.NEGATIVE:
        return None
    for name in TESTS[:2]:
        rows = [row for row in ground.situation.known((name,)) if _answer(row, ground.situation)]
        stale = stale_after(rows[-1], ground.situation)
        if stale:
            return stale
    return None


def _confounding(ground: Ground) -> tuple[Evidence, ...]:
    found = ground.situation.confounders.get("anti-hbc", ())
    return tuple(one for confounder in found for one in confounder.evidence)


def _prophylaxis(state: State, ground: Ground) -> list[Statement]:
    """Whether an antiviral is taken, and until when by each policy, after B-cell depletion."""
    situation = ground.situation
    antivirals = situation.given(("hbv-antiviral",))
    concerned = state in (State.CHRONIC, State.RESOLVED, State.PASSIVE)
    if not antivirals and not (concerned and situation.given((DRUG,))):
        return []
    options = ground.family("hbv-prophylaxis-runs")
    days = "; ".join(_until(option.title, period_in(option), ground) for option in options)
    taken = _taken(antivirals, situation)
    says = {
        Verdict.TRUE: "an antiviral is being taken",
        Verdict.FALSE: "no antiviral is being taken",
        Verdict.UNKNOWN: "whether an antiviral is being taken is not recorded",
    }[taken]
    missing = Missing("hepatitis B antiviral", "not-recorded", says, ("antiviral taken",))
    told = f"{says}; {ground.say(antivirals[-1])}" if antivirals else says
    return [
        ground.statement(
            "hbv-prophylaxis-duration",
            "Hepatitis B prophylaxis after rituximab",
            taken,
            f"{told}. After the last rituximab: {days}" if days else told,
            because=[event.event_id for event in antivirals],
            missing=[missing] if taken is Verdict.UNKNOWN else (),
            evidence=evidence_of(options),
            note="The policies disagree; which one is followed is decided locally.",
        )
    ]


def _taken(antivirals: Sequence[Event], situation: Situation) -> Verdict:
    if not antivirals:
        closed = "medications" in situation.index.record.complete_for
        return Verdict.FALSE if closed else Verdict.UNKNOWN
    runs = [event.active_on(situation.moment) for event in antivirals if event.is_spell]
    if any(runs):
        return Verdict.TRUE
    return Verdict.UNKNOWN if None in runs or not runs else Verdict.FALSE


def _until(title: str, period: Period | None, ground: Ground) -> str:
    """A policy with the day up to which it asks for prophylaxis, where that can be told."""
    last = last_dose_day(DRUG, ground.situation)
    if period is None or last is None:
        return title
    return f"{title} (to {say(ground.situation.index.record, period.after(last))})"
