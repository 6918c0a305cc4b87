"""Around immunoglobulin: haemolysis or relapse, and the risk factors of thrombosis and kidney."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.core.evidence import Evidence
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import against_upper_limit, confounded
from stepline.protocol import criterion as c
from stepline.protocol.model import Confounder, Definition
from stepline.protocol.walking import walk
from stepline.record.model import Event
from stepline.review.model import Statement
from stepline.review.safety_words import Ground

HAEMOLYSIS = (
    "haemoglobin",
    "reticulocytes",
    "haptoglobin",
    "bilirubin",
    "direct-antiglobulin-test",
)
FACTORS = (
    ("ivig-thrombosis-risk", "ivig-thrombosis-risk-factors"),
    ("ivig-renal-risk", "ivig-renal-risk-factors"),
)


def infusions(ground: Ground) -> list[Statement]:
    """Nothing where no immunoglobulin is given or planned."""
    drugs = ("ivig",)
    given, planned = ground.situation.given(drugs), ground.situation.planned(drugs)
    found = _haemolysis(ground) if given else []
    if planned or (given and _is_recent(given[-1], ground)):
        found += [
            _factors(name, definition, ground)
            for name, key in FACTORS
            for definition in ground.family(key)
        ]
    return found


def _is_recent(last: Event, ground: Ground) -> bool:
    """Whether immunoglobulin goes on, or its last dose is one that a rule still looks at."""
    if last.is_spell and last.active_on(ground.situation.moment) is not False:
        return True
    return (ground.situation.moment - last.time).days <= WATCHED_DAYS


WATCHED_DAYS = 28
"""As in the rules on thrombosis and kidney at immunoglobulin."""


# ---------------------------------------------------------------- haemolysis or relapse


def _haemolysis(ground: Ground) -> list[Statement]:
    """A raised LDH days after a high dose: which tests for haemolysis are there, and which not."""
    rows = ground.rows("ldh")
    if not rows:
        return []
    last = rows[-1]
    hit = confounded(last, ground.situation, ("raised", ""))
    raised = against_upper_limit(last) == "raised"
    if hit is None or not raised:
        return [_not_in_question(last, hit, ground)]
    tests = {name: _since(name, last, ground) for name in HAEMOLYSIS}
    there = [event for events in tests.values() for event in events]
    absent = [name for name, events in tests.items() if not events]
    says = f"{ground.say(last)}: {hit.says}"
    if there:
        says += f"; recorded since: {'; '.join(ground.say(event) for event in there)}"
    why = f"not recorded since the dose: {', '.join(name.replace('-', ' ') for name in absent)}"
    return [
        ground.statement(
            "haemolysis-or-relapse",
            "LDH after high-dose immunoglobulin: haemolysis or relapse",
            Verdict.UNKNOWN,
            says,
            because=[last.event_id, *(event.event_id for event in there)],
            missing=[Missing("haemolysis", "confounded", why, tuple(absent) or hit.settle)],
            evidence=hit.evidence,
        )
    ]


def _not_in_question(last: Event, hit: Confounder | None, ground: Ground) -> Statement:
    """An LDH that is not raised, or not in the days in which haemolysis shows."""
    known = bool(against_upper_limit(last))
    why = f"the laboratory's upper limit for {ground.say(last)} is not recorded"
    in_days = hit is not None
    unknown = in_days and not known
    after = "it is not in the days after a high dose"
    return ground.statement(
        "haemolysis-or-relapse",
        "LDH after high-dose immunoglobulin: haemolysis or relapse",
        Verdict.UNKNOWN if unknown else Verdict.FALSE,
        f"{ground.say(last)}: {'whether it is raised is not known' if unknown else after}"
        if not in_days or unknown
        else f"{ground.say(last)}: not raised",
        because=[last.event_id],
        missing=[Missing("LDH", "no-reference-range", why)] if unknown else (),
        evidence=_sources(hit, ground),
    )


def _sources(hit: Confounder | None, ground: Ground) -> tuple[Evidence, ...]:
    if hit is not None:
        return hit.evidence
    found = ground.situation.confounders.get("ldh", ())
    return tuple(one for confounder in found for one in confounder.evidence)


def _since(name: str, ldh: Event, ground: Ground) -> list[Event]:
    """The last row of a test since the dose before the LDH."""
    doses = [d for d in ground.situation.given(("ivig",)) if d.time <= ldh.time]
    since = doses[-1].time if doses else ldh.time
    return [row for row in ground.rows(name) if row.time >= since][-1:]


# ---------------------------------------------------------------- risk factors


def _factors(name: str, definition: Definition, ground: Ground) -> Statement:
    """Which factors are recorded, which are denied, which nobody wrote down; and what follows."""
    keys = [part.key for part in walk(definition.criterion) if isinstance(part, c.Named)]
    factors = [ground.situation.definitions[key] for key in keys]
    judged = [(factor, _judged(factor, ground)) for factor in factors]
    said: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for factor, verdict in judged:
        said[verdict].append(factor.title)
    there, open_ones = said[Verdict.TRUE], said[Verdict.UNKNOWN]
    parts = [
        _counted(there, "recorded"),
        _counted(said[Verdict.FALSE], "known to be absent"),
        _counted(open_ones, "not known"),
    ]
    why = f"the record does not speak of {', '.join(open_ones)}"
    verdict = Verdict.TRUE if there else Verdict.UNKNOWN if open_ones else Verdict.FALSE
    return ground.statement(
        name,
        definition.title,
        verdict,
        f"{'; '.join(part for part in parts if part)}. {definition.caution}",
        because=[e for factor, v in judged if v is Verdict.TRUE for e in _events(factor, ground)],
        missing=[Missing("risk factors", "not-recorded", why, tuple(open_ones))] * bool(open_ones),
        evidence=(*definition.evidence, *_distinct(factors)),
    )


def _counted(titles: Sequence[str], what: str) -> str:
    return f"{len(titles)} {what} ({', '.join(titles)})" if titles else ""


def _judged(factor: Definition, ground: Ground) -> Verdict:
    """The verdict of a factor; age is known of the subject and not from a row."""
    finding: Finding = ground.judged(factor)
    if factor.argument != "age" or finding.verdict is not Verdict.UNKNOWN:
        return finding.verdict
    years = ground.situation.index.record.subject.age_at(ground.situation.moment)
    limits = [p.quantity.value for p in walk(factor.criterion) if isinstance(p, c.Number)]
    if years is None or not limits:
        return Verdict.UNKNOWN
    return Verdict.TRUE if years > limits[0] else Verdict.FALSE


def _events(factor: Definition, ground: Ground) -> tuple[int, ...]:
    return ground.judged(factor).all_events()


def _distinct(factors: Sequence[Definition]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(one for factor in factors for one in factor.evidence))
