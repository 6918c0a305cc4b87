"""Response since the step began, with its definition named.

The first computable definition answers: the total improvement score, else the clinician's own
words. A word such as "improved" says that there is a response and not how large, so it is a
category between minimal and major; nothing is turned into a score.
"""

from __future__ import annotations

from stepline.engine.amounts import Graded
from stepline.engine.finding import Missing
from stepline.engine.picking import short_title, stale_after
from stepline.engine.situation import Situation
from stepline.record.model import Event, Interpretation

RANKS = {"none": 0, "minimal": 1, "moderate": 2, "major": 3}

CORE_SET = (
    ("physician-global",),
    ("patient-global",),
    ("mmt8-80", "mmt8-150"),
    ("haq",),
    ("extramuscular-global",),
    ("ck", "aldolase", "ldh", "ast", "alt"),
)
"""The six measures of the 2016 ACR/EULAR total improvement score."""

ASSESSED = ("response", "disease-activity", "muscle-strength", "remission", "relapse", "symptoms")

BETTER = frozenset(
    {"improved", "marked improvement", "improved dramatically", "controlled", "good", "present"}
)
WORSE = frozenset({"lost", "none", "worse", "worsened", "declined", "inadequate", "no response"})


def response(situation: Situation) -> Graded:
    """The response category, or bounds of it."""
    scored = _by_score(situation)
    if scored is not None:
        return scored
    said = _by_clinician(situation)
    if said is not None:
        return said
    return Graded(None, None, missing=(*_core_set_missing(situation), _nothing_said()))


def _by_score(situation: Situation) -> Graded | None:
    """A total improvement score that the record itself states, since the step began."""
    scores = [e for e in situation.known(("tis",)) if e.value is not None]
    if not scores or _before_step(scores[-1], situation):
        return None
    value = scores[-1].value or 0
    rank = sum(value >= edge for edge in (20, 40, 60))
    says = f"{situation.index.say(scores[-1])} (total improvement score, adult)"
    return Graded(rank, rank, (scores[-1].event_id,), says)


def _by_clinician(situation: Situation) -> Graded | None:
    words = [e for e in situation.known(ASSESSED) if _grade(e) and not _before_step(e, situation)]
    if not words:
        return None
    last = words[-1]
    stale = stale_after(last, situation)
    if stale:
        return Graded(None, None, (last.event_id,), missing=(stale,))
    low, high = _grade(last) or (None, None)
    says = f"{situation.index.say(last)} (the clinician's words; not a score)"
    return Graded(low, high, (last.event_id,), says, _core_set_missing(situation))


def _grade(event: Event) -> tuple[int, int] | None:
    """Ranks that a clinician's word allows."""
    word = event.text.lower()
    if event.concept == "relapse":
        return (0, 0) if event.interpretation is Interpretation.POSITIVE else None
    if event.concept == "remission" and event.interpretation is Interpretation.NEGATIVE:
        return None
    if word in RANKS:
        return RANKS[word], RANKS[word]
    if word in WORSE:
        return 0, 0
    return (1, 3) if word in BETTER else None


def _before_step(event: Event, situation: Situation) -> bool:
    start = situation.step_start
    if start is None or (not situation.step_start_exact and not event.time_exact):
        # Neither is dated; the record tells them in one breath, and the order is not known.
        return start is not None and event.time < start
    latest = event.time if event.time_exact else event.time_latest
    return event.time < start or (not event.time_exact and latest is not None and latest <= start)


def _core_set_missing(situation: Situation) -> tuple[Missing, ...]:
    absent = [names for names in CORE_SET if not any(_twice(n, situation) for n in names)]
    if not absent:
        return ()
    titles = ", ".join(short_title(situation.catalogue.concept(names[0])) for names in absent)
    says = (
        f"the total improvement score cannot be computed: not recorded twice as numbers: {titles}"
    )
    settle = tuple(names[0] for names in absent)
    return (Missing("total improvement score", "not-computable", says, settle),)


def _twice(name: str, situation: Situation) -> bool:
    """Whether a measure has a number at two times, so that its change can be told."""
    return len([e for e in situation.known((name,)) if e.value is not None]) > 1


def _nothing_said() -> Missing:
    return Missing(
        "response",
        "not-recorded",
        "no response, score or clinician's assessment is recorded since the step began",
        ("response",),
    )
