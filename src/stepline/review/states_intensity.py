"""Which intensity of a drug held, which reductions failed, and where a response was lost.

An intensity is told for every drug of which courses know one; replacement is another matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.time import days_between
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.engine.situation import Situation
from stepline.protocol.model import Intent, Pathway, Search
from stepline.record.model import Event, EventStatus
from stepline.record.saying import say, say_when
from stepline.review.exits import since_course
from stepline.review.holding import Held, held
from stepline.review.model import Because, Statement
from stepline.review.states_refractory import Past
from stepline.review.stating import Teller, leaf_says

DESIGN = Evidence(
    "stepline-design", Kind.DESIGN, Status.UNCONFIRMED, "how long an intensity must hold"
)

ATTEMPT = "dose-reduction-attempt"


@dataclass(frozen=True, slots=True)
class Stage:
    """A course at its intensity, and how it stood."""

    course: Course
    intensity: Decimal
    held: Held

    @property
    def says(self) -> str:
        """The intensity, and the course it is of."""
        return f"{_amount(self.intensity)} ({self.course.title})"


def intensities(
    pathway: Pathway,
    past: Past,
    courses: Sequence[Course],
    situation: Situation,
    teller: Teller,
) -> list[Statement]:
    """Statements on every drug whose lowest intensity the pathway looks for, where one is known."""
    searches = {step.search.drug: step.search for step in pathway.steps if step.search is not None}
    found: list[Statement] = []
    for search in searches.values():
        stages = _stages(search, past, courses, situation)
        if stages:
            attempts = _attempts(search.drug, situation)
            found += _of_drug(search, stages, attempts, situation, teller)
    return found


def _stages(
    search: Search, past: Past, courses: Sequence[Course], situation: Situation
) -> list[Stage]:
    own = [c for c in courses if c.drug == search.drug and c.intent != Intent.REPLACEMENT]
    own.sort(key=lambda course: (course.start, course.course_id))
    return [
        Stage(course, course.intensity, held(search, course, _as_a_step(course, past, situation)))
        for course in own
        if course.intensity
    ]


def _as_a_step(course: Course, past: Past, situation: Situation) -> Situation:
    """The record as the course sees it: as the step that began with it, where one did."""
    for stay, within in past:
        if stay.since == course.start and course.course_id in stay.course_ids:
            return within
    return since_course(course, situation)


def _attempts(drug: str, situation: Situation) -> list[Event]:
    """Attempts to give less that are recorded as such; what names another drug is of another."""
    events = [e for e in situation.known((ATTEMPT,)) if e.status is not EventStatus.PLANNED]
    return [e for e in events if "changed:" not in e.note or drug in e.note.split()]


def _of_drug(
    search: Search,
    stages: list[Stage],
    attempts: list[Event],
    situation: Situation,
    teller: Teller,
) -> list[Statement]:
    lower = [(a, b) for a, b in pairwise(stages) if b.intensity < a.intensity]
    reductions = [
        _reduction(search, n, before, after, situation, teller)
        for n, (before, after) in enumerate(lower, 1)
    ]
    tries = [_attempt(search, n, e, stages, situation, teller) for n, e in enumerate(attempts, 1)]
    losses = [
        _loss(search, n, stage, attempts, situation, teller)
        for n, stage in enumerate((s for s in stages if _lost_what_held(s)), 1)
    ]
    minimum = _minimum(search, stages, [*reductions, *tries], situation, teller)
    depends = _dependence(search, stages, [*reductions, *tries])
    return [minimum, *reductions, *tries, *losses, depends]


def _lost_what_held(stage: Stage) -> bool:
    return stage.held.verdict is Verdict.TRUE and stage.held.is_lost


# ---------------------------------------------------------------- one statement each


def _minimum(
    search: Search,
    stages: list[Stage],
    tries: list[Statement],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """The lowest intensity that held, and what was tried below it."""
    by_intensity = sorted(stages, key=lambda stage: (stage.intensity, stage.course.start))
    lowest = next((one for one in by_intensity if one.held.verdict is Verdict.TRUE), None)
    shown = lowest or by_intensity[0]
    failed = [one for one in tries if one.verdict is Verdict.FALSE]
    period = search.period.say()
    says = shown.says if lowest else (
        f"none is known to have held for {period}; the lowest given is {shown.says}"
    )  # fmt: skip
    below = "; ".join(f"{one.title}: {one.says}" for one in failed)
    says += f"; below it: {below}" if below else "; no reduction that failed is recorded"
    missing = list(_inexact(shown, situation)) if lowest else []
    if lowest is None:
        missing.append(Missing("an intensity that held", "not-recorded", says))
    return Statement(
        id=f"minimum-effective-{search.drug}",
        kind="finding",
        title=f"Lowest {search.drug.upper()} intensity that held for {period} ({search.text})",
        verdict=Verdict.TRUE if lowest else Verdict.UNKNOWN,
        says=says,
        because=_grounds(shown, teller) + tuple(b for one in failed for b in one.because),
        missing=(*missing, *(m for one in failed for m in one.missing)),
        evidence=(DESIGN,),
    )


def _reduction(
    search: Search, number: int, before: Stage, after: Stage, situation: Situation, teller: Teller
) -> Statement:
    """One reduction: from what to what, when, and how it went."""
    name = search.drug.upper()
    since = _since(after.course, situation)
    title = (
        f"{name} reduced from {_number(before.intensity)} to {_amount(after.intensity)}, {since}"
    )
    return Statement(
        id=f"reduction-{search.drug}-{number}",
        kind="finding",
        title=title,
        verdict=after.held.verdict,
        says=_outcome(search, after, situation),
        because=_grounds(after, teller),
        missing=_unsettled(after, situation),
        evidence=(DESIGN,),
        note="true: it held; false: it failed",
    )


def _outcome(search: Search, stage: Stage, situation: Situation) -> str:
    how = stage.held
    period = search.period.say()
    if how.verdict is Verdict.TRUE:
        later = f"; lost later ({_loss_said(stage, situation)})" if how.is_lost else ""
        return f"held for {period} or more{later}"
    if how.verdict is Verdict.FALSE:
        return f"failed{_after(stage)}: {_loss_said(stage, situation)}"
    lost = f"lost{_after(stage)} ({_loss_said(stage, situation)}); " if how.is_lost else ""
    return f"{lost}whether it held is not known: {how.says}"


def _after(stage: Stage) -> str:
    """After how many days an intensity was lost, where both days are known."""
    lost = stage.held.lost
    if lost is None or not stage.course.start_exact:
        return ""
    return f" after {days_between(stage.course.start, lost)} days"


def _loss_said(stage: Stage, situation: Situation) -> str:
    how = stage.held
    if how.lost is not None and how.by is not None:
        return f"{leaf_says(how.by)}, {say(situation.index.record, how.lost)}"
    ended = stage.course.end_said or (
        say(situation.index.record, stage.course.end) if stage.course.end else "when is not known"
    )
    return f"stopped for {stage.course.end_reason}, {ended}"


def _unsettled(stage: Stage, situation: Situation) -> tuple[Missing, ...]:
    if stage.held.verdict is not Verdict.UNKNOWN:
        return _inexact(stage, situation)
    what = f"whether {_amount(stage.intensity)} held"
    return (Missing(what, "not-recorded", stage.held.says, ("relapse", "response")),)


def _inexact(stage: Stage, situation: Situation) -> tuple[Missing, ...]:
    if stage.course.start_exact:
        return ()
    says = f"the course of {_amount(stage.intensity)} began {_since(stage.course, situation)}"
    return (Missing("when the intensity was reached", "time-uncertain", f"{says}, not to the day"),)


def _attempt(
    search: Search,
    number: int,
    event: Event,
    stages: list[Stage],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """An attempt to give less that is recorded as such, often without size, date or number."""
    stage = _at(event, stages)
    start = f"from {_amount(stage.intensity)}" if stage else "from an intensity that is not known"
    verdict = {"failed": Verdict.FALSE, "succeeded": Verdict.TRUE}.get(event.text, Verdict.UNKNOWN)
    says = f"{event.text or 'outcome not stated'} ({event.note})" if event.note else event.text
    absent = ["size", *([] if event.time_exact else ["date"])]
    what = f"{' and '.join(absent)} of the attempt"
    missing = Missing(what, "not-recorded", f"{' and '.join(absent)} of each attempt not stated")
    when = say_when(situation.index.record, event)
    return Statement(
        id=f"attempt-{search.drug}-{number}",
        kind="finding",
        title=f"Attempt to give less {search.drug.upper()}, {start}, {when}",
        verdict=verdict,
        says=says or "outcome not stated",
        because=teller.because((event.event_id,)),
        missing=(missing,),
        evidence=(DESIGN,),
        note="true: it held; false: it failed",
    )


def _at(event: Event, stages: list[Stage]) -> Stage | None:
    """The stage in which an attempt was made, as far as times tell."""
    begun = [stage for stage in stages if stage.course.start <= event.time]
    return begun[-1] if begun else None


def _loss(
    search: Search,
    number: int,
    stage: Stage,
    attempts: list[Event],
    situation: Situation,
    teller: Teller,
) -> Statement:
    """A response lost at an intensity that had held: no failed reduction, but a secondary loss."""
    inside = [e for e in attempts if e.time >= stage.course.start]
    says = (
        f"{_loss_said(stage, situation)}; {_amount(stage.intensity)} had held before{_after(stage)}"
    )
    missing: tuple[Missing, ...] = ()
    if inside:
        why = "whether an attempt to give less came just before the loss is not recorded"
        missing = (Missing("what preceded the loss", "time-uncertain", why),)
        says += "; attempts to give less are recorded in the same course"
    events = stage.held.by.all_events() if stage.held.by else ()
    return Statement(
        id=f"loss-of-response-{search.drug}-{number}",
        kind="finding",
        title=f"Response lost at an intensity that held: {search.drug.upper()} {stage.says}",
        verdict=Verdict.TRUE,
        says=says,
        because=teller.because((*events, *stage.course.event_ids[-1:])),
        missing=missing,
        evidence=(DESIGN,),
    )


def _dependence(search: Search, stages: list[Stage], tries: list[Statement]) -> Statement:
    """Dependent: an intensity held, and less than it failed."""
    holding = [one for one in stages if one.held.verdict is Verdict.TRUE]
    failed = [one for one in tries if one.verdict is Verdict.FALSE]
    went_well = [one for one in tries if one.verdict is Verdict.TRUE]
    verdict, says = Verdict.UNKNOWN, "no reduction is recorded"
    if failed:
        says = "; ".join(f"{one.title}: {one.says}" for one in failed)
        verdict = Verdict.TRUE if holding else Verdict.UNKNOWN
    elif went_well:
        says = "; ".join(f"{one.title}: {one.says}" for one in went_well)
        verdict = Verdict.FALSE if len(went_well) == len(tries) else Verdict.UNKNOWN
    missing = Missing("a reduction and how it went", "not-recorded", says, ("relapse", "response"))
    return Statement(
        id=f"dependent-{search.drug}",
        kind="finding",
        title=f"Dependent on {search.drug.upper()}: held by a dose, and not by less",
        verdict=verdict,
        says=says,
        because=tuple(dict.fromkeys(b for one in (failed or went_well) for b in one.because)),
        missing=(missing,) if verdict is Verdict.UNKNOWN else (),
        evidence=(DESIGN,),
    )


# ---------------------------------------------------------------- words


def _grounds(stage: Stage, teller: Teller) -> tuple[Because, ...]:
    events = stage.held.by.all_events() if stage.held.by else ()
    return teller.because((*stage.course.event_ids[:1], *events))


def _since(course: Course, situation: Situation) -> str:
    if not course.start_exact and course.start_said:
        return course.start_said
    return say(situation.index.record, course.start)


def _number(intensity: Decimal) -> str:
    return f"{intensity:f}"


def _amount(intensity: Decimal) -> str:
    return f"{intensity:f} g/kg per 28 days"
