"""What should be: when the exits of a step were met, what is open now, what is missing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from stepline.core.time import Period, days_between
from stepline.course.model import Course
from stepline.engine.finding import Finding, Verdict
from stepline.engine.picking import short_title
from stepline.engine.possible import could_be_true
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.model import Exit, Pathway, Rule, Step
from stepline.record.saying import say
from stepline.review.alerts import judge_rule
from stepline.review.model import Advice, Statement, Stay
from stepline.review.stating import Teller, deciding_missing, working_of


def in_step(stay: Stay, courses: Sequence[Course], situation: Situation) -> Situation:
    """The situation as the step sees it: since when, and with which drugs."""
    own = [course for course in courses if course.course_id in stay.course_ids]
    return replace(
        situation,
        step_start=stay.since,
        step_start_exact=all(c.start_exact for c in own if c.start == stay.since),
        step_drugs=tuple(sorted({course.drug for course in own})),
        step_events=frozenset(event for course in own for event in course.event_ids),
        memo={},
    )


def moments(stay: Stay, step: Step, situation: Situation) -> list[datetime]:
    """Days with a record and review days while in the step, each judged at its end."""
    until = min(stay.until or situation.moment, situation.moment)
    days = situation.index.days_with_record()
    first, last = bisect_left(days, day_of(stay.since)), bisect_right(days, until)
    chosen = set(days[first:last]) | set(_review_days(stay, step, until))
    return [min(day + END_OF_DAY, until) for day in sorted(chosen)]


def _review_days(stay: Stay, step: Step, until: datetime) -> list[datetime]:
    review = step.review
    if review is None:
        return []
    days = [day_of(period.after(stay.since)) for period in review.at]
    if review.every is not None and not _is_empty(review.every):
        days += _repeated(review.every, stay.since, until)
    return [day for day in days if day <= until]


def _is_empty(period: Period) -> bool:
    return period.is_empty


def _repeated(every: Period, since: datetime, until: datetime) -> list[datetime]:
    days: list[datetime] = []
    count = 1
    while (day := day_of(every.times(count).after(since))) <= until:
        days.append(day)
        count += 1
    return days


@dataclass(frozen=True, slots=True)
class Met:
    """An exit and the moment it was first met."""

    exit: Exit
    moment: datetime
    finding: Finding


def first_met(stay: Stay, step: Step, situation: Situation) -> Met | None:
    """The earliest moment in the step at which an exit was met; the file's order breaks ties."""
    ways = [way for way in step.exits if could_be_true(way.when, situation)]
    if not ways:
        return None
    quick = replace(situation, verdict_only=True)
    for moment in moments(stay, step, situation):
        then = quick.at(moment)
        for way_out in ways:
            if judge(way_out.when, then).verdict is Verdict.TRUE:
                return Met(way_out, moment, judge(way_out.when, situation.at(moment)))
    return None


def with_delays(
    pathway: Pathway,
    all_stays: tuple[Stay, ...],
    courses: Sequence[Course],
    situation: Situation,
) -> tuple[tuple[Stay, ...], dict[tuple[str, datetime], Met]]:
    """Stays with when their exit was first met and the days until therapy changed."""
    done: list[Stay] = []
    met_by_stay: dict[tuple[str, datetime], Met] = {}
    for stay in all_stays:
        step = pathway.step(stay.step)
        met = first_met(stay, step, in_step(stay, courses, situation))
        if met is not None:
            met_by_stay[stay.step, stay.since] = met
        done.append(_delayed(stay, met, courses, situation))
    return tuple(done), met_by_stay


def _delayed(stay: Stay, met: Met | None, courses: Sequence[Course], situation: Situation) -> Stay:
    if met is None:
        says = "no exit was met, as far as recorded"
        return replace(stay, delay_says=says)
    record = situation.index.record
    with_advice = replace(
        stay,
        advice_met=met.moment,
        advice_met_said=_met_said(met, situation),
        advice_to=met.exit.to,
    )
    if stay.changed is None:
        return replace(with_advice, delay_says="therapy has not changed since")
    if not _exact(stay, met, courses, situation):
        says = "days from advice to change cannot be counted: the times are known only as bounds"
        return replace(with_advice, delay_says=says)
    days = days_between(met.moment, stay.changed)
    says = f"{days} days from {say(record, day_of(met.moment))} to {stay.changed_said}"
    return replace(with_advice, delay_days=days, delay_says=says)


def _met_said(met: Met, situation: Situation) -> str:
    """When an exit was met: the words of the last event it rests on where that is not exact."""
    used = [e for e in situation.index.events if e.event_id in met.finding.all_events()]
    inexact = [e for e in used if not e.time_exact and day_of(e.time) == day_of(met.moment)]
    if inexact:
        return inexact[-1].time_said
    return say(situation.index.record, day_of(met.moment))


def _exact(stay: Stay, met: Met, courses: Sequence[Course], situation: Situation) -> bool:
    """Whether both ends of a delay are known to the day."""
    on_that_day = [
        event
        for event in situation.index.events
        if event.event_id in met.finding.all_events() and day_of(event.time) == day_of(met.moment)
    ]
    next_start = [c for c in courses if c.start == stay.changed]
    return all(e.time_exact for e in on_that_day) and all(c.start_exact for c in next_start)


# ---------------------------------------------------------------- advice now


def advice(
    pathway: Pathway,
    stays_now: Sequence[Stay],
    courses: Sequence[Course],
    rules: Sequence[Rule],
    situation: Situation,
    teller: Teller,
) -> tuple[Advice, ...]:
    """The exits of the steps the patient is in, and parallel steps that may be entered."""
    found: list[Advice] = []
    for stay in stays_now:
        step = pathway.step(stay.step)
        within = in_step(stay, courses, situation)
        found += [_advise(x, step, pathway, rules, within, teller) for x in step.exits]
    running = {stay.step for stay in stays_now}
    for step in pathway.steps:
        if step.parallel and step.enter is not None and step.id not in running:
            way_in = Exit(step.id, step.enter, step.enter_text, step.title, step.evidence)
            found.append(_advise(way_in, step, pathway, rules, situation, teller))
    order = [Verdict.TRUE, Verdict.UNKNOWN, Verdict.FALSE]
    return tuple(sorted(found, key=lambda a: order.index(a.verdict)))


def _advise(
    way_out: Exit,
    step: Step,
    pathway: Pathway,
    rules: Sequence[Rule],
    situation: Situation,
    teller: Teller,
) -> Advice:
    finding = judge(way_out.when, situation)
    target = next((s for s in pathway.steps if s.id == way_out.to), None)
    gates = _gates(target, rules, situation, teller)
    missing = deciding_missing(finding)
    measure = dict.fromkeys(s for m in missing for s in m.settle)
    measure.update(dict.fromkeys(ask for gate in gates for ask in gate.asks))
    return Advice(
        to=way_out.to,
        title=way_out.title or (target.title if target else way_out.to),
        verdict=finding.verdict,
        says=_said(finding, way_out),
        reasons_for=_reasons(finding, Verdict.TRUE),
        reasons_against=(*_reasons(finding, Verdict.FALSE), *(g.says for g in gates)),
        measure=tuple(_titled(name, situation) for name in measure),
        gate=gates,
        because=teller.because(finding.all_events()),
        missing=missing,
        evidence=way_out.evidence or step.evidence,
        working=working_of(finding),
    )


def _titled(name: str, situation: Situation) -> str:
    if name not in situation.catalogue:
        return name
    return short_title(situation.catalogue.concept(name))


def _said(finding: Finding, way_out: Exit) -> str:
    word = {
        Verdict.TRUE: "open",
        Verdict.FALSE: "not open",
        Verdict.UNKNOWN: "cannot be decided",
    }[finding.verdict]
    return f"{word}: {way_out.text}"


def _gates(
    target: Step | None, rules: Sequence[Rule], situation: Situation, teller: Teller
) -> tuple[Statement, ...]:
    if target is None:
        return ()
    gating = [rule for rule in rules if rule.id in target.gate]
    judged = [judge_rule(rule, situation, teller) for rule in gating]
    return tuple(statement for statement in judged if statement is not None)


def _reasons(finding: Finding, verdict: Verdict) -> tuple[str, ...]:
    """Leaves of the working with this verdict, in the author's words with what was seen."""
    return tuple(dict.fromkeys(_leaves(finding, verdict)))


def _leaves(finding: Finding, verdict: Verdict) -> list[str]:
    if finding.parts:
        return [leaf for part in finding.parts for leaf in _leaves(part, verdict)]
    if finding.verdict is not verdict:
        return []
    return [f"{finding.text} ({finding.says})" if finding.says else finding.text]
