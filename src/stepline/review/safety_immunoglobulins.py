"""Immunoglobulins of one patient: bands, baselines, the lowest, what was given, infections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from stepline.engine.dose_rows import in_grams
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import confounded
from stepline.engine.situation import day_of
from stepline.protocol.model import Definition
from stepline.record.model import Event, Interpretation
from stepline.review.model import Statement
from stepline.review.safety_words import DESIGN, Ground, evidence_of, last_in, never
from stepline.review.stating import deciding_missing

REPLACED = ("ivig", "scig")
LOW = "hypogammaglobulinaemia"
INFECTIONS = (
    "severe-infection",
    "active-infection",
    "pneumonia",
    "upper-respiratory-tract-infection",
)


def immunoglobulins(ground: Ground) -> list[Statement]:
    """What is known of the patient's own immunoglobulins, where it matters."""
    rituximab = ground.situation.given(("rituximab",))
    if not (rituximab or ground.has("igg", LOW)):
        return []
    found = [_band(ground)]
    found += _lowest(ground, rituximab)
    found += _sustained(ground)
    found += _baselines(ground, rituximab)
    found += _by_definition("igm-low", "igm", ground, ground.rows("igm"))
    found += [_cumulative(one, ground) for one in ground.family("rituximab-6-g") if rituximab]
    return found


def _band(ground: Ground) -> Statement:
    """The bands that the last IgG lies in, or the source's own word where no value is known."""
    bands = (*ground.family(LOW), *ground.family("igg-below"))
    judged = [(band, ground.judged(band)) for band in bands]
    values, words = ground.values("igg"), ground.rows(LOW)
    if not values:
        return _word(words, bands, ground)
    verdict = _any_of([finding.verdict for _, finding in judged])
    says = f"{ground.say(values[-1])}: {_bands_said(judged)}"
    doubts = _doubts(judged)
    if doubts:
        says += f"; {'; '.join(dict.fromkeys(m.says for m in doubts))}"
    return ground.statement(
        LOW,
        "Hypogammaglobulinaemia, by the patient's own IgG",
        verdict,
        says,
        because=[values[-1].event_id, *(word.event_id for word in words[-1:])],
        missing=doubts,
        evidence=evidence_of(bands),
    )


def _word(words: Sequence[Event], bands: Sequence[Definition], ground: Ground) -> Statement:
    missing = never("IgG", "serum IgG")
    verdict, says = Verdict.UNKNOWN, "no IgG is recorded, so no band can be told"
    if words:
        denied = words[-1].interpretation is Interpretation.NEGATIVE
        verdict = Verdict.FALSE if denied else Verdict.TRUE
        says = f"{ground.say(words[-1])}, in the source's word; no value, so no band can be told"
    return ground.statement(
        LOW,
        "Hypogammaglobulinaemia",
        verdict,
        says,
        because=[word.event_id for word in words[-1:]],
        missing=[missing],
        evidence=evidence_of(bands),
    )


def _any_of(verdicts: Sequence[Verdict]) -> Verdict:
    if Verdict.TRUE in verdicts:
        return Verdict.TRUE
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts or not verdicts else Verdict.FALSE


Judged = Sequence[tuple[Definition, Finding]]


def _bands_said(judged: Judged) -> str:
    held = [band.title for band, finding in judged if finding.verdict is Verdict.TRUE]
    is_open = any(finding.verdict is Verdict.UNKNOWN for _, finding in judged)
    parts = [", ".join(held)] if held else []
    if is_open:
        parts.append("how far below is not known" if held else "the band is not known")
    return "; ".join(parts) or "in none of the bands"


def _doubts(judged: Judged) -> list[Missing]:
    found = (m for _, finding in judged for m in deciding_missing(finding))
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------- over time


def _lowest(ground: Ground, rituximab: Sequence[Event]) -> list[Statement]:
    """The lowest IgG since the first rituximab; soon after immunoglobulin it is an upper bound."""
    values = ground.values("igg")
    if rituximab and rituximab[0].time_exact:
        values = [value for value in values if value.time >= rituximab[0].time]
    if not values:
        return []
    heights = ground.heights(values, "g/L")
    low = values[heights.index(min(heights))]
    hit = confounded(low, ground.situation, ("raised", ""))
    since = " since the first rituximab" if rituximab else ""
    says = f"lowest{since}: {ground.say(low)}"
    missing = Missing("own IgG", "confounded", hit.says, hit.settle) if hit else None
    return [
        ground.statement(
            "igg-nadir",
            "Lowest IgG",
            Verdict.UNKNOWN if hit else Verdict.TRUE,
            f"{says}; the patient's own was at most that: {hit.says}" if hit else says,
            because=[low.event_id],
            missing=[missing] if missing else (),
            evidence=hit.evidence if hit else (DESIGN,),
        )
    ]


def _sustained(ground: Ground) -> list[Statement]:
    """Whether a low IgG lasted; asked only where the last one is low."""
    found = []
    for definition in ground.family("igg-low-for-3-months"):
        below = [one for one in ground.family("igg-below") if one.argument == "marco-2014"]
        if not any(ground.judged(one).verdict is Verdict.TRUE for one in below):
            continue
        finding = ground.judged(definition)
        found.append(
            ground.statement(
                "igg-low-for-3-months",
                definition.title,
                finding.verdict,
                _as_said(finding),
                because=finding.all_events(),
                missing=deciding_missing(finding),
                evidence=definition.evidence,
                note=definition.caution,
            )
        )
    return found


def _as_said(finding: Finding) -> str:
    said = {
        Verdict.TRUE: "it has lasted, as far as measured",
        Verdict.FALSE: "it has not lasted so long",
        Verdict.UNKNOWN: "whether it has lasted is not known",
    }
    return said[finding.verdict]


def _baselines(ground: Ground, rituximab: Sequence[Event]) -> list[Statement]:
    """IgG before the first rituximab, and before the first immunoglobulin."""
    first = ground.situation.given(REPLACED)[:1]
    asked = [("rituximab", rituximab[:1]), ("immunoglobulin", first)]
    return [_baseline(name, doses[0], ground) for name, doses in asked if doses]


def _baseline(name: str, dose: Event, ground: Ground) -> Statement:
    before = dose.time if dose.time_exact else dose.time_earliest
    value = last_in(ground.values("igg"), before) if before else None
    title = f"IgG before the first {name}"
    if value is None:
        says = f"no IgG is recorded from before {ground.say(dose)}"
        missing = Missing(title, "not-recorded", says, ("IgG in a sample from before",))
        return ground.statement(
            f"igg-before-{name}", title, Verdict.UNKNOWN, says, missing=[missing]
        )
    hit = confounded(value, ground.situation, ("raised", ""))
    says = ground.say(value)
    return ground.statement(
        f"igg-before-{name}",
        title,
        Verdict.UNKNOWN if hit else Verdict.TRUE,
        f"{says}: {hit.says}" if hit else says,
        because=[value.event_id],
        missing=[Missing(title, "confounded", hit.says, hit.settle)] if hit else (),
        evidence=hit.evidence if hit else (DESIGN,),
    )


def _by_definition(
    name: str, statement: str, ground: Ground, rows: Sequence[Event]
) -> list[Statement]:
    """A definition as it stands, where there is anything to judge."""
    if not rows:
        return []
    found = []
    for definition in ground.family(name):
        finding = ground.judged(definition)
        says = "; ".join(dict.fromkeys(x for x in (finding.says,) if x)) or ground.say(rows[-1])
        found.append(
            ground.statement(
                statement,
                definition.title,
                finding.verdict,
                says,
                because=finding.all_events(),
                missing=deciding_missing(finding),
                evidence=definition.evidence,
            )
        )
    return found


def _cumulative(definition: Definition, ground: Ground) -> Statement:
    """How much rituximab was given in all; a dose not known in grams leaves a lower bound."""
    finding = ground.judged(definition)
    doses = ground.situation.given(("rituximab",))
    masses = [in_grams(dose, ground.situation) for dose in doses if not dose.is_spell]
    known = [mass.low for mass in masses if mass.low is not None]
    open_ones = len(doses) - len(known)
    total = f"{sum(known, Decimal(0)).normalize():f} g"
    doubt = f"; {open_ones} doses are not known in grams" if open_ones else ""
    return ground.statement(
        "rituximab-cumulative-dose",
        definition.title,
        finding.verdict,
        f"{'at least ' if open_ones else ''}{total} in {len(doses)} doses{doubt}",
        because=[dose.event_id for dose in doses],
        missing=_not_in_grams(open_ones) if finding.verdict is Verdict.UNKNOWN else (),
        evidence=definition.evidence,
    )


def _not_in_grams(count: int) -> list[Missing]:
    says = f"{count} doses of rituximab are not known in grams"
    settle = ("each dose in milligrams", "height and weight of those days")
    return [Missing("rituximab in grams", "not-computable", says, settle)]


# ---------------------------------------------------------------- infections


def infections(ground: Ground) -> list[Statement]:
    """Recurrent and severe infection: the source's word, and what is dated of the last year."""
    if not ground.has("recurrent-infection", *INFECTIONS):
        return []
    found = [_recurrent(ground)]
    if ground.has("severe-infection"):
        rows = ground.rows("severe-infection")
        there = [row for row in rows if row.interpretation is not Interpretation.NEGATIVE]
        says = "; ".join(ground.say(row) for row in (there or rows)[-3:])
        verdict = Verdict.TRUE if there else Verdict.FALSE
        ids = [row.event_id for row in rows]
        found.append(
            ground.statement("severe-infection", "Severe infection", verdict, says, because=ids)
        )
    return found


def _recurrent(ground: Ground) -> Statement:
    """The source's word decides; a count is told and never made a verdict."""
    words = [r for r in ground.rows("recurrent-infection", *INFECTIONS) if _is_word(r)]
    dated = [row for row in ground.rows(*INFECTIONS) if not _is_word(row) and _is_there(row)]
    count = _count(dated, ground)
    denied = [w for w in words if w.interpretation is Interpretation.NEGATIVE]
    verdict = Verdict.UNKNOWN
    if words:
        verdict = Verdict.FALSE if words[-1] in denied else Verdict.TRUE
    said = "; ".join(ground.say(word) for word in words[-2:])
    missing = Missing(
        "how many infections", "not-recorded", "the infections are not dated one by one"
    )
    return ground.statement(
        "recurrent-infection",
        "Recurrent infection",
        verdict,
        f"{said}; {count}" if said else f"{count}; the source does not call them recurrent",
        because=[row.event_id for row in (*words, *dated)],
        missing=() if dated else [missing],
        note="How many infections make them recurrent is in no source of the library.",
    )


def _is_word(event: Event) -> bool:
    return event.concept == "recurrent-infection" or event.text == "recurrent"


def _is_there(event: Event) -> bool:
    return event.interpretation is not Interpretation.NEGATIVE


def _count(dated: Sequence[Event], ground: Ground) -> str:
    """How many infections are dated in the last 12 months."""
    now = ground.situation.moment
    year = _year_before(day_of(now))
    inside = [row for row in dated if row.time_exact and row.time >= year]
    open_ones = [row for row in dated if not row.time_exact]
    if not dated:
        return "no single infection is dated"
    said = f"{len(inside)} dated in the last 12 months"
    return f"{said}, and {len(open_ones)} without an exact day" if open_ones else said


def _year_before(day: datetime) -> datetime:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - 1, day=last)
