"""Response since the step began, with its definition named.

A ladder of definitions is data: a total improvement score (recorded, or computed from the core set
measures in the record), else a definition of improvement, else a criterion, else the clinician's
own words. The first that tells whether there is a response answers. A word such as "improved" says
that there is a response and not how large; nothing is turned into a score.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from stepline.core.evidence import Evidence
from stepline.engine.amounts import Amount, Graded, unknown
from stepline.engine.core_set import (
    CoreSet,
    Reading,
    as_read,
    core_set,
    enzyme_of,
    last_visit,
    pair_of,
    population_of,
)
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import short_title, stale_after
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.criterion import Category, Criterion
from stepline.protocol.ladder import Ladder, Rung, Told, Wording
from stepline.record.model import Event, Interpretation
from stepline.record.saying import say
from stepline.scores.change import Change, definition_of_improvement
from stepline.scores.enzymes import EnzymeChoice
from stepline.scores.tis import Tis, total_improvement
from stepline.scores.tis_tables import EnzymeRule, TisTables, tis_tables
from stepline.scores.values import plain

RANKS = {category.value: rank for rank, category in enumerate(Category)}
POINTS = "{score}"
_TICK = timedelta(microseconds=1)

NOT_IN_IMPROVEMENT = frozenset({"cmas", "das"})
"""Scales of the score that the definition of improvement does not know."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A response at a moment, told by one definition, as ranks 0 (none) to 3 (major).

    `definition` is the rung that answered, empty where none did; `value` a score, `lower` and
    `upper` its bounds; `points` go by measure. `baseline` and `on` are days.
    """

    low: int | None = None
    high: int | None = None
    definition: str = ""
    events: tuple[int, ...] = ()
    says: str = ""
    missing: tuple[Missing, ...] = ()
    on: datetime | None = None
    baseline: datetime | None = None
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    points: tuple[tuple[str, Decimal | None], ...] = ()
    enzyme: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def tells(self) -> bool:
        """Whether it says that there is a response, or that there is none."""
        return self.low is not None and (self.low >= 1 or self.high == 0)

    @property
    def graded(self) -> Graded:
        """The category alone, as criteria compare it."""
        return Graded(self.low, self.high, self.events, self.says, self.missing)


NOTHING = Assessment()


def ladder_of(situation: Situation) -> Ladder:
    """The ladder in use; the packaged one where a situation names none."""
    if situation.ladder is not None:
        return situation.ladder
    from stepline.protocol.loading import packaged_ladder

    return packaged_ladder()


def response(situation: Situation) -> Graded:
    """The response category, or bounds of it."""
    return assess(situation).graded


def assess(situation: Situation, before: datetime | None = None) -> Assessment:
    """The response at a moment by the first definition of the ladder that tells.

    What happened at `before` or later is left out: it belongs to the step that follows.
    """
    key = ("response", situation.moment, before, situation.verdict_only)
    known: Assessment | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = _assess(situation, before)
    return known


def _assess(situation: Situation, before: datetime | None) -> Assessment:
    ladder = ladder_of(situation)
    seen = situation if before is None else situation.at(min(situation.moment, before - _TICK))
    tried: list[Assessment] = []
    for rung in ladder.rungs:
        if rung.told is Told.WORDS:
            found = _by_words(rung, situation, before)
        else:
            found = _BY[rung.told](rung, ladder, seen)
        if found.tells:
            return replace(found, missing=(*found.missing, *_not_exact(found, tried)))
        tried.append(found)
    bounded = next((one for one in tried if one.low is not None), NOTHING)
    missing = tuple(dict.fromkeys(m for one in tried for m in one.missing))
    return replace(bounded, missing=missing or (_nothing_said(ladder.words),))


def _not_exact(found: Assessment, tried: list[Assessment]) -> Iterable[Missing]:
    """What kept the more exact definitions from answering, where the answer is not exact itself."""
    if found.low == found.high:
        return ()
    return dict.fromkeys(m for one in tried for m in one.missing if m.why != "stale")


# ---------------------------------------------------------------- by a score


def _by_score(rung: Rung, ladder: Ladder, situation: Situation) -> Assessment:
    recorded = _recorded_score(rung, ladder, situation)
    visit = _visit(rung, ladder, situation)
    is_later = recorded.on is None or (isinstance(visit, datetime) and visit > recorded.on)
    if not is_later:
        return recorded
    if isinstance(visit, Missing):
        return replace(recorded, missing=(*recorded.missing, visit))
    if visit is None:
        return replace(recorded, missing=(*recorded.missing, *_not_twice(ladder, situation)))
    return _as_read(_scored, visit, rung, ladder, situation)


def _as_read(
    tell: Callable[[Rung, Ladder, CoreSet, Situation], Assessment],
    visit: datetime,
    rung: Rung,
    ladder: Ladder,
    situation: Situation,
) -> Assessment:
    """What a rung tells of a visit; worked out anew only when other rows are known of it."""
    key = (tell, id(rung), as_read(visit, ladder, situation))
    known: tuple[Assessment, Rung] | None = situation.memo.get(key)
    if known is None:
        found = core_set(visit, ladder, _tables(), situation)
        known = situation.memo[key] = (tell(rung, ladder, found, situation), rung)
    return known[0]


def _recorded_score(rung: Rung, ladder: Ladder, situation: Situation) -> Assessment:
    """A score that the record itself states, since the step began."""
    known = reversed(situation.index.known_by(ladder.score, situation.moment))
    scores = (e for e in known if e.value is not None and not _is_outside(e, situation))
    last = next(scores, None)
    if last is None:
        return NOTHING
    says = situation.index.say(last)
    if rung.fresh is not None and day_of(situation.moment) > day_of(rung.fresh.after(last.time)):
        title = short_title(situation.catalogue.concept(ladder.score))
        why = f"the last {title} is of {_when(last.time, situation)}, older than {rung.fresh.say()}"
        return Assessment(missing=(Missing(title, "stale", why, (ladder.score,)),))
    population = population_of(ladder, situation)
    thresholds = _tables().thresholds[population]
    assert last.value is not None
    rank = RANKS[thresholds.category(last.value)]
    return Assessment(
        rank,
        rank,
        rung.id,
        (last.event_id,),
        f"{says} ({rung.title}, recorded, {population} thresholds)",
        on=day_of(last.time),
        value=last.value,
        lower=last.value,
        upper=last.value,
        evidence=(*rung.evidence, thresholds.evidence),
    )


def _visit(rung: Rung, ladder: Ladder, situation: Situation) -> datetime | Missing | None:
    """The last visit of the step, or why it does not count any more."""
    visit = last_visit(ladder, situation)
    if visit is None or rung.fresh is None:
        return visit
    if day_of(situation.moment) <= day_of(rung.fresh.after(visit)):
        return visit
    says = f"the last core set visit is of {_when(visit, situation)}, older than {rung.fresh.say()}"
    return Missing(rung.title, "stale", says, ladder.of_scales(ladder.visit_by))


def _scored(rung: Rung, ladder: Ladder, found: CoreSet, situation: Situation) -> Assessment:
    tis = _score(found, ladder, situation)
    required = [part for part in tis.parts if _is_required(part.slot) and part.points is None]
    thresholds = _tables().thresholds[tis.population]
    low, high = RANKS[thresholds.category(tis.lower)], RANKS[thresholds.category(tis.upper)]
    missing = _gaps(rung, found, tis)
    shown = _shown(found, tis)
    return Assessment(
        None if required else low,
        None if required else high,
        rung.id,
        tuple(dict.fromkeys(e for one in shown for e in one.events)),
        _tis_says(tis, found, situation),
        missing,
        on=found.visit,
        baseline=_baseline_day(shown),
        value=tis.tis,
        lower=tis.lower,
        upper=tis.upper,
        points=tuple(tis.points.items()),
        enzyme=tis.enzyme.id if tis.enzyme is not None else "",
        evidence=tuple(dict.fromkeys((*rung.evidence, *ladder.evidence, *tis.evidence))),
    )


def _score(found: CoreSet, ladder: Ladder, situation: Situation) -> Tis:
    return total_improvement(
        {one.scale: pair_of(one, situation) for one in found.measures},
        population=found.population,
        mmt_max=found.mmt_max,
        enzymes={one.scale: enzyme_of(one, situation) for one in found.enzymes},
        enzyme_rule=EnzymeRule(ladder.enzyme_rule),
    )


def _is_required(slot: str) -> bool:
    return _tables().slot(slot).is_required


def _tables() -> TisTables:
    return tis_tables()


def _shown(found: CoreSet, tis: Tis) -> list[Reading]:
    """The measures that entered a score: all of the core set, and the enzyme that was followed."""
    followed = tis.enzyme.id if tis.enzyme is not None else ""
    return [*found.measures, *(one for one in found.enzymes if one.scale == followed)]


def _baseline_day(readings: Iterable[Reading]) -> datetime | None:
    """The day of the last value at baseline."""
    days = [day_of(one.before.time) for one in readings if one.before is not None]
    return max(days, default=None)


def _gaps(rung: Rung, found: CoreSet, tis: Tis) -> tuple[Missing, ...]:
    """One line that says what kept the score from being exact, and what would settle it."""
    gaps = [m for one in found.measures if not one.is_known for m in one.missing]
    if "enzyme" in tis.missing:
        gaps += _enzyme_gaps(found, tis.enzyme)
    if not gaps:
        return ()
    says = "; ".join(dict.fromkeys(m.says for m in gaps))
    settle = tuple(dict.fromkeys(s for m in gaps for s in m.settle))
    return (
        Missing(
            rung.title, "not-computable", f"the {rung.title} cannot be computed: {says}", settle
        ),
    )


def _enzyme_gaps(found: CoreSet, choice: EnzymeChoice | None) -> list[Missing]:
    if choice is not None:
        return [m for one in found.enzymes if one.scale == choice.id for m in one.missing]
    before = [one for one in found.enzymes if one.before is not None]
    if not before:
        doubts = [m for one in found.enzymes for m in one.missing if m.why == "confounded"]
        names = tuple(one.concept for one in found.enzymes)
        none = Missing("muscle enzyme", "not-recorded", "no muscle enzyme at baseline", names)
        return doubts or [none]
    names = tuple(one.concept for one in before if _limitless(one))
    says = f"no upper limit of normal for {', '.join(names)}"
    return [Missing("muscle enzyme", "no-reference-range", says, names)]


def _limitless(reading: Reading) -> bool:
    return all(e is None or e.reference_high is None for e in (reading.before, reading.after))


def _tis_says(tis: Tis, found: CoreSet, situation: Situation) -> str:
    when = _when(found.visit, situation)
    number = str(plain(tis.tis))
    if tis.tis is None:
        number = f"{plain(tis.lower)} to {plain(tis.upper)}"
    parts = ", ".join(
        f"{name} {plain(points)}" for name, points in tis.points.items() if points is not None
    )
    enzyme = f"; enzyme followed: {tis.enzyme.id}" if tis.enzyme is not None else ""
    gaps = f"; missing: {', '.join(tis.missing)}" if tis.missing else ""
    return (
        f"total improvement score {number}, {when} (computed, {tis.population} thresholds; "
        f"{parts or 'no points'}{enzyme}{gaps})"
    )


def _not_twice(ladder: Ladder, situation: Situation) -> tuple[Missing, ...]:
    """That no visit of the step can be scored, with the measures that are not recorded twice."""
    groups = [one.concepts for one in ladder.measures if one.scale not in NOT_IN_IMPROVEMENT]
    groups.append(tuple(c for one in ladder.enzymes for c in one.concepts))
    absent = [names for names in groups if not any(_twice(n, situation) for n in names)]
    titles = ", ".join(short_title(situation.catalogue.concept(names[0])) for names in absent)
    score = "the total improvement score cannot be computed"
    says = f"{score}: not recorded twice as numbers: {titles}"
    if not absent:
        says = f"{score}: no visit with core set measures since the step began"
    settle = tuple(names[0] for names in absent or groups)
    return (Missing("total improvement score", "not-computable", says, settle),)


def _twice(name: str, situation: Situation) -> bool:
    """Whether a measure has a number at two times, so that its change can be told."""
    known = situation.index.known_by(name, situation.moment)
    return sum(e.value is not None for e in known) > 1


# ---------------------------------------------------------------- by a definition of improvement


def _by_improvement(rung: Rung, ladder: Ladder, situation: Situation) -> Assessment:
    visit = _visit(rung, ladder, situation)
    if not isinstance(visit, datetime):
        return NOTHING
    return _as_read(_improved, visit, rung, ladder, situation)


def _improved(rung: Rung, ladder: Ladder, found: CoreSet, situation: Situation) -> Assessment:
    followed = _followed(found, ladder, situation)
    pairs = {
        one.scale: pair_of(one, situation)
        for one in found.measures
        if one.scale not in NOT_IN_IMPROVEMENT
    }
    if followed is not None:
        pairs["enzyme"] = pair_of(followed, situation)
    change = definition_of_improvement(pairs, mmt_max=found.mmt_max)
    if change.is_met is None:
        return NOTHING
    shown = [*found.measures, *([followed] if followed is not None else [])]
    return Assessment(
        1 if change.is_met else 0,
        3 if change.is_met else 0,
        rung.id,
        tuple(dict.fromkeys(e for one in shown for e in one.events)),
        _change_says(rung, change, found.visit, situation),
        on=found.visit,
        baseline=_baseline_day(shown),
        enzyme=followed.scale if followed is not None else "",
        evidence=tuple(dict.fromkeys((*rung.evidence, *ladder.evidence, *change.evidence))),
    )


def _followed(found: CoreSet, ladder: Ladder, situation: Situation) -> Reading | None:
    """The enzyme that the score follows, or the only one with a value at baseline."""
    tis = _score(found, ladder, situation)
    if tis.enzyme is not None:
        return next(one for one in found.enzymes if one.scale == tis.enzyme.id)
    measured = [one for one in found.enzymes if one.before is not None]
    return measured[0] if len(measured) == 1 else None


def _change_says(rung: Rung, change: Change, visit: datetime, situation: Situation) -> str:
    better = ", ".join(change.improved) or "none"
    worse = ", ".join(change.worsened) or "none"
    verb = "met" if change.is_met else "not met"
    return f"{rung.title} {verb}, {_when(visit, situation)} (better: {better}; worse: {worse})"


# ---------------------------------------------------------------- by a criterion


def _by_criterion(rung: Rung, ladder: Ladder, situation: Situation) -> Assessment:
    # Imported here: judging needs the response, and this rung needs judging.
    from stepline.engine.reference import judge

    quick = replace(situation, verdict_only=True)
    for criterion, low, high in ((rung.met, 1, 3), (rung.not_met, 0, 0)):
        if criterion is None or not _is_possible(criterion, situation):
            continue
        if judge(criterion, quick).verdict is Verdict.TRUE:
            finding = judge(criterion, situation)
            events = finding.all_events()
            return Assessment(
                low,
                high,
                rung.id,
                events,
                f"{'; '.join(_true_leaves(finding))} ({rung.title})",
                on=_last_day(events, situation),
                evidence=(*rung.evidence, *ladder.evidence),
            )
    return NOTHING


def _is_possible(criterion: Criterion, situation: Situation) -> bool:
    """Whether the record holds rows that could make a criterion true, worked out once a step."""
    # Imported here: what is possible needs to know which rows tell of a response.
    from stepline.engine.possible import could_be_true

    key = ("possible", id(criterion))
    known = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = (could_be_true(criterion, situation), criterion)
    found: bool = known[0]
    return found


def _true_leaves(finding: Finding) -> list[str]:
    """What the true parts saw, each once."""
    if finding.verdict is not Verdict.TRUE:
        return []
    if not finding.parts:
        return [finding.says] if finding.says else []
    return list(dict.fromkeys(x for part in finding.parts for x in _true_leaves(part)))


def _last_day(events: tuple[int, ...], situation: Situation) -> datetime | None:
    days = [day_of(e.time) for e in situation.index.events_of(events)]
    return max(days, default=None)


# ---------------------------------------------------------------- by the clinician's words


def _by_words(rung: Rung, situation: Situation, before: datetime | None) -> Assessment:
    last = _last_word(rung, situation, before)
    if last is None:
        return Assessment(missing=(_nothing_said(rung.concepts),))
    event, wording = last
    stale = stale_after(event, situation)
    if stale:
        return Assessment(events=(event.event_id,), missing=(stale,))
    return Assessment(
        RANKS[wording.low.value],
        RANKS[wording.high.value],
        rung.id,
        (event.event_id,),
        f"{situation.index.say(event)} ({rung.title})",
        on=day_of(event.time),
        evidence=rung.evidence,
    )


def _last_word(
    rung: Rung, situation: Situation, before: datetime | None
) -> tuple[Event, Wording] | None:
    for event in reversed(situation.known(rung.concepts)):
        wording = _wording(event, rung.wordings)
        if wording is None or _is_outside(event, situation):
            continue
        if before is None or not _is_later(event, wording, before):
            return event, wording
    return None


def _is_later(event: Event, wording: Wording, before: datetime) -> bool:
    """Whether a word belongs to the step that begins at a moment.

    Where both are told in one breath ("after M24"), a response that is not there is why the step
    before was left; one that is there belongs to the step that begins.
    """
    if event.time_exact or event.time < before:
        return event.time >= before
    if event.time_latest is not None and event.time_latest <= before:
        return False
    told_before = event.time_earliest is None or event.time_earliest <= before
    return not (told_before and wording.high is Category.NONE)


def _wording(event: Event, wordings: tuple[Wording, ...]) -> Wording | None:
    """What an answer means: the first wording that fits."""
    words = {event.text.lower()}
    if event.interpretation is not None:
        words.add(_SAID.get(event.interpretation, event.interpretation.value))
    for one in wordings:
        if (not one.of or event.concept in one.of) and words.intersection(one.answers):
            return one
    return None


_SAID = {Interpretation.POSITIVE: "present", Interpretation.NEGATIVE: "absent"}


def _is_outside(event: Event, situation: Situation) -> bool:
    """Whether an event happened before the step began."""
    start = situation.step_start
    if start is None or (not situation.step_start_exact and not event.time_exact):
        # Neither is dated; the record tells them in one breath, and the order is not known.
        return start is not None and event.time < start
    latest = event.time if event.time_exact else event.time_latest
    return event.time < start or (not event.time_exact and latest is not None and latest <= start)


def _nothing_said(words: tuple[str, ...]) -> Missing:
    return Missing(
        "response",
        "not-recorded",
        "no response or clinician's assessment is recorded since the step began",
        words[:1],
    )


def _when(moment: datetime, situation: Situation) -> str:
    return say(situation.index.record, day_of(moment))


_BY: Mapping[Told, Callable[[Rung, Ladder, Situation], Assessment]] = {
    Told.SCORE: _by_score,
    Told.IMPROVEMENT: _by_improvement,
    Told.CRITERION: _by_criterion,
}


# ---------------------------------------------------------------- the score, and the best so far


def improvement_score(situation: Situation) -> Amount:
    """The total improvement score since the step began, in points; bounded where measures lack."""
    ladder = ladder_of(situation)
    rung = next((one for one in ladder.rungs if one.told is Told.SCORE), None)
    if rung is None:
        return unknown(POINTS, _nothing_said(ladder.words))
    found = _by_score(rung, ladder, situation)
    if found.lower is None or (found.low is None and found.definition):
        return unknown(POINTS, *found.missing, says=found.says, events=found.events)
    return Amount(
        found.lower, found.upper, POINTS, False, False, found.events, found.says, found.missing
    )


def best_response(situation: Situation) -> Graded:
    """The best response at any day with something to tell it by, since the step began."""
    found = [assess(situation.at(moment)) for moment in response_moments(situation)]
    known = [one for one in found if one.low is not None]
    if not known:
        return response(situation)
    best = max(known, key=lambda one: (one.low, one.high))
    highs = [3 if one.high is None else one.high for one in found]
    missing = tuple(dict.fromkeys(m for one in found if one.low != one.high for m in one.missing))
    return Graded(best.low, max(highs), best.events, best.says, missing)


def response_moments(situation: Situation) -> list[datetime]:
    """The days since the step began that can tell of a response, each judged at its end."""
    days = situation.index.days_about(telling_concepts(situation))
    known = days[: bisect_right(days, situation.moment)]
    start = situation.step_start
    chosen = [day for day in known if start is None or day >= day_of(start)]
    return [min(day + END_OF_DAY, situation.moment) for day in chosen]


def telling_concepts(situation: Situation) -> frozenset[str]:
    """The concepts on whose days a response is told: visits, recorded scores and words."""
    return _telling(ladder_of(situation))


@lru_cache(maxsize=8)
def _telling(ladder: Ladder) -> frozenset[str]:
    return frozenset((*ladder.of_scales(ladder.visit_by), ladder.score, *ladder.words))


def counted_concepts(situation: Situation) -> frozenset[str]:
    """Every concept whose rows can change a response, as far as the record holds visits."""
    ladder = ladder_of(situation)
    if not has_visits(situation):
        return frozenset((ladder.score, *ladder.words))
    return frozenset((*ladder.numbers, ladder.score, *ladder.words))


def has_visits(situation: Situation) -> bool:
    """Whether the record holds any value that makes a visit."""
    ladder = ladder_of(situation)
    return any(situation.index.of(name) for name in ladder.of_scales(ladder.visit_by))
