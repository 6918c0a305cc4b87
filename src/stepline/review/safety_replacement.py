"""Immunoglobulin replacement: eligible by which policy, at which dose, and the trough under it."""

from __future__ import annotations

from stepline.core.time import days_between
from stepline.course.model import Course
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.protocol import criterion as c
from stepline.protocol.model import Definition, Intent
from stepline.review.model import Statement
from stepline.review.safety_immunoglobulins import LOW
from stepline.review.safety_words import Ground, evidence_of, never
from stepline.review.stating import deciding_missing


def replacement(ground: Ground) -> list[Statement]:
    """Every policy side by side, and what is being given for it."""
    running = [one for one in ground.situation.courses if _replaces(one) and _runs(one, ground)]
    if not (running or ground.has(LOW, "igg", "recurrent-infection", "severe-infection")):
        return []
    found = [_policy(definition, ground) for definition in ground.family("policy")]
    for course in running[-1:]:
        found += [_dose(course, ground)] if course.drug == "ivig" else []
        found.append(_trough(course, ground))
    return found


def _replaces(course: Course) -> bool:
    return course.intent == Intent.REPLACEMENT.value


def _runs(course: Course, ground: Ground) -> bool:
    return course.ongoing or course.end is None or course.end >= ground.situation.moment


def _policy(definition: Definition, ground: Ground) -> Statement:
    """Whether a policy's criterion is met; which parts are, and what the others need."""
    finding = ground.judged(definition)
    met, open_ones, failed = _parts(finding)
    one_of = ", any one of" if isinstance(definition.criterion, c.Or) else ""
    parts = [
        f"met: {'; '.join(met)}" if met else "",
        f"not met: {'; '.join(failed)}" if failed else "",
        f"still needed{one_of}: {'; '.join(open_ones)}" if open_ones else "",
    ]
    return ground.statement(
        f"replacement-{definition.argument}",
        definition.title,
        finding.verdict,
        ". ".join(part for part in parts if part),
        because=finding.all_events(),
        missing=deciding_missing(finding),
        evidence=definition.evidence,
        note=definition.caution,
    )


def _parts(finding: Finding) -> tuple[list[str], list[str], list[str]]:
    """The parts that a criterion consists of: met, open and failed, in its own words."""
    said: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for part in finding.parts or (finding,):
        said[part.verdict].append(part.text)
    return said[Verdict.TRUE], said[Verdict.UNKNOWN], said[Verdict.FALSE]


def _dose(course: Course, ground: Ground) -> Statement:
    """Where the dose lies in the band of the label."""
    bands = ground.family("replacement-dose")
    judged = [(band, ground.judged(band)) for band in bands]
    held = [band for band, finding in judged if finding.verdict is Verdict.TRUE]
    doubts = [m for _, finding in judged for m in deciding_missing(finding)]
    given = f"{course.title}: {course.dose}".rstrip(": ")
    if held:
        says = f"{given}: {'; '.join(band.title for band in held)}"
    else:
        why = "; ".join(dict.fromkeys(m.says for m in doubts)) or "it is in no band of the library"
        says = f"{given}: where it lies in the band is not known: {why}"
    return ground.statement(
        "replacement-dose",
        "Dose of immunoglobulin replacement",
        Verdict.TRUE if held else Verdict.UNKNOWN,
        says,
        because=course.event_ids[-1:],
        missing=() if held else doubts,
        evidence=evidence_of(held or bands),
        note="The source adjusts the dose to infections and trough, without a fixed target.",
    )


def _trough(course: Course, ground: Ground) -> Statement:
    """The last IgG under replacement: what replacement keeps up, never the patient's own."""
    title = "IgG under replacement (trough)"
    values = [v for v in ground.values("igg") if v.time_exact and v.time >= course.start]
    if not values or not course.start_exact:
        missing = never("IgG under replacement", "IgG before the next dose")
        says = "no IgG is known to have been measured under replacement"
        return ground.statement("igg-trough", title, Verdict.UNKNOWN, says, missing=[missing])
    last = values[-1]
    doses = [d for d in ground.situation.given((course.drug,)) if d.time < last.time]
    after = f", {days_between(doses[-1].time, last.time)} days after a dose" if doses else ""
    says = f"{ground.say(last)}{after}: kept up by replacement, not the patient's own"
    why = "IgG under replacement is not the patient's own"
    return ground.statement(
        "igg-trough",
        title,
        Verdict.TRUE,
        says,
        because=[last.event_id],
        missing=[Missing("own IgG", "confounded", why, ("IgG 16 weeks after the last dose",))],
    )
