"""Writes what protocol files hold as the YAML that reads back to it.

`load_any(dump(x)) == x` for whatever was loaded, up to the places in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from stepline.core.evidence import Evidence
from stepline.core.quantity import Quantity
from stepline.protocol.ladder import Ladder, Measure, Rung, Wording
from stepline.protocol.loading import LoadedRules
from stepline.protocol.model import (
    Basis,
    Cap,
    Case,
    Confounder,
    CoursePattern,
    Definition,
    Exit,
    Give,
    Pathway,
    PeriodRange,
    Premedication,
    QuantityRange,
    Recognise,
    Regimen,
    Repeat,
    Review,
    Rule,
    Search,
    Severity,
    Step,
    Taper,
    UnknownPolicy,
)
from stepline.protocol.monitoring import Schedule, ScheduleCase, Turn
from stepline.protocol.writing import write_criterion
from stepline.protocol.yaml_writing import yaml_text

Fields = dict[str, Any]


def dump(thing: object) -> str:
    """A thing, or a tuple of regimens, as the text of a file.

    A rule, definition or confounder alone becomes a rules file that holds it.
    """
    return yaml_text(_document(thing))


def _document(thing: object) -> object:
    match thing:
        case LoadedRules():
            return _rules_file(thing)
        case Rule():
            return _rules_file(LoadedRules(rules=(thing,)))
        case Definition():
            return _rules_file(LoadedRules(definitions=(thing,)))
        case Confounder():
            return _rules_file(LoadedRules(confounders=(thing,)))
        case Ladder():
            return _rules_file(LoadedRules(ladders=(thing,)))
        case Schedule():
            return _rules_file(LoadedRules(schedules=(thing,)))
        case tuple() | list():
            return [_fields(one) for one in thing]
    return _fields(thing)


def _rules_file(loaded: LoadedRules) -> Fields:
    return _kept(
        {
            "rules": [_fields(rule) for rule in loaded.rules],
            "definitions": [
                {"define": one.key, **_definition_body(one)} for one in loaded.definitions
            ],
            "confounders": [_fields(one) for one in loaded.confounders],
            "responses": [_fields(one) for one in loaded.ladders],
            "monitoring": [_fields(one) for one in loaded.schedules],
        }
    )


# ---------------------------------------------------------------- fields of each thing


@singledispatch
def _fields(thing: object) -> Fields:
    raise TypeError(f"{type(thing).__name__} is not written to files")


@_fields.register
def _(one: Regimen) -> Fields:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "version": _unless(one.version, "1.0.0"),
            "drug": one.drug,
            "intent": one.intent.value,
            "phase": one.phase.value,
            "route": one.route,
            "give": _give(one.give),
            "repeat": _repeat(one.repeat) if one.repeat else None,
            "taper": _taper(one.taper) if one.taper else None,
            "never_above": _caps(one.never_above),
            "rate": _kept(
                {
                    "by": one.rate.by,
                    "indication": one.rate.indication,
                }
            )
            if one.rate
            else None,
            "before_each": [_premedication(each) for each in one.before_each],
            "recognise": _recognise(one.recognise) if one.recognise else None,
            "target": dict(one.target),
            "review": {"every": str(one.review_every)} if one.review_every else None,
            "notes": list(one.notes),
            "evidence": _evidence(one.evidence),
        },
        "repeat",
        "recognise",
    )


def _give(give: Give) -> Fields:
    words = f"up to {give.dose}" if give.up_to else str(give.dose or "unknown")
    basis = Basis.PER_DOSE if give.basis is Basis.UNKNOWN else give.basis
    over = f"{give.over_days} consecutive days" if give.over_days > 1 else ""
    return _kept(
        {
            basis.value: words,
            "over": over,
            "split": _unless(give.split, "equal"),
            "weight": give.weight,
            "bsa": give.bsa,
            "rounded_to": str(give.rounded_to or ""),
            "capped_at": str(give.capped_at or ""),
            "surface_above": str(give.surface_above or ""),
        }
    )


def _repeat(repeat: Repeat) -> Fields:
    return _kept(
        {
            "every": str(repeat.every or ""),
            "on": [f"D{day}" for day in repeat.offsets],
            "courses": repeat.courses,
            "until": repeat.until,
            "weekday": repeat.weekday,
        }
    )


def _taper(taper: Taper) -> Fields:
    return _kept(
        {
            "to": str(taper.floor),
            "over": str(taper.over or ""),
            "steps": _unless(taper.steps, "unknown"),
            "hold_if": taper.hold_if,
            "hold": str(taper.hold or ""),
            "stages": [
                {"by": str(one.by), "every": str(one.every), "to": str(one.to)}
                for one in taper.stages
            ],
        }
    )


def _caps(caps: tuple[Cap, ...]) -> Fields | list[Fields]:
    each = [{cap.basis.value: str(cap.dose)} for cap in caps]
    merged = {basis: dose for one in each for basis, dose in one.items()}
    return merged if len(merged) == len(each) else each


def _premedication(one: Premedication) -> str | Fields:
    said = " ".join(part for part in (str(one.dose or ""), one.route) if part)
    if not said and one.minutes_before is None:
        return one.drug
    minutes = {} if one.minutes_before is None else {"minutes_before": one.minutes_before}
    return {one.drug: said or "unknown", **minutes}


def _recognise(bands: Recognise) -> Fields:
    return _kept(
        {
            "days": _band(bands.days),
            "interval": _periods(bands.interval),
            "per_course": _quantities(bands.per_course),
            "per_dose": _quantities(bands.per_dose),
            "doses": _band(bands.doses),
        }
    )


def _band(band: tuple[int, int] | None) -> int | str | None:
    if band is None:
        return None
    return band[0] if band[0] == band[1] else f"{band[0]}..{band[1]}"


def _periods(band: PeriodRange | None) -> str:
    return f"{band.low}..{band.high}" if band else ""


def _quantities(band: QuantityRange | None) -> str:
    return f"{_number(band.low)}..{_number(band.high)} {band.low.unit}" if band else ""


def _number(quantity: Quantity) -> str:
    return format(quantity.value, "f")


@_fields.register
def _(one: Rule) -> Fields:
    texts = dict(one.text)
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "version": _unless(one.version, "1.0.0"),
            "severity": _unless(one.severity, Severity.WARN),
            "when": texts.get("when", write_criterion(one.applies)),
            "alert": texts.get("alert", write_criterion(one.alert) if one.alert else ""),
            "require": texts.get("require", write_criterion(one.require) if one.require else ""),
            "unknown": _unless(one.unknown, UnknownPolicy.ASK),
            "ask": list(one.ask),
            "say": one.say,
            "note": one.note,
            "evidence": _evidence(one.evidence),
            "cases": [_case(case) for case in one.cases],
        },
        "say",
    )


def _case(case: Case) -> Fields:
    return _kept(
        {
            "name": case.name,
            "record": list(case.entries),
            "planned": list(case.planned),
            "as_of": case.as_of,
            "complete_for": list(case.complete_for),
            "expect": dict(case.expect),
            "asks": list(case.asks),
            "mentions": list(case.mentions),
        },
        "record",
        "expect",
    )


def _definition_body(one: Definition) -> Fields:
    return _kept(
        {
            "title": one.title,
            "as": one.text,
            "caution": one.caution,
            "evidence": _evidence(one.evidence),
        }
    )


@_fields.register
def _(one: Confounder) -> Fields:
    start, end = str(one.from_period or ""), str(one.to_period)
    window = {"from": start, "to": end} if start else {"within": end}
    return _kept(
        {
            "id": one.id,
            "concept": one.concept,
            "when_answer": one.when_answer,
            "after": _kept(
                {
                    "drug": one.drug,
                    **window,
                    "at_least": str(one.at_least or ""),
                }
            ),
            "says": one.says,
            "unless": write_criterion(one.unless) if one.unless else "",
            "settle": list(one.settle),
            "evidence": _evidence(one.evidence),
        },
        "says",
    )


@_fields.register
def _(one: Ladder) -> Fields:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "version": one.version,
            "for": list(one.conditions),
            "score": one.score,
            "measures": [_measure(each) for each in one.measures],
            "enzymes": [_measure(each) for each in one.enzymes],
            "enzyme_rule": one.enzyme_rule,
            "juvenile_below": one.juvenile_below or None,
            "baseline": {"within": str(one.baseline)},
            "visit": {"by": list(one.visit_by), "within": str(one.visit_width)},
            "ladder": [_rung(each) for each in one.rungs],
            "loss": _kept(
                {
                    "visits": one.loss.visits,
                    "at_once": list(one.loss.at_once),
                    "evidence": _evidence(one.loss.evidence),
                }
            ),
            "relapse": one.relapse,
            "relapses": list(one.relapses),
            "states": list(one.states),
            "evidence": _evidence(one.evidence),
        },
        "measures",
        "enzymes",
    )


def _measure(one: Measure) -> Fields:
    return {"scale": one.scale, "concepts": list(one.concepts)}


def _rung(one: Rung) -> Fields:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "told_by": one.told.value,
            "fresh": str(one.fresh or ""),
            "met": write_criterion(one.met) if one.met else "",
            "not_met": write_criterion(one.not_met) if one.not_met else "",
            "of": list(one.concepts),
            "words": [_wording(each) for each in one.wordings],
            "evidence": _evidence(one.evidence),
        }
    )


def _wording(one: Wording) -> Fields:
    ends = list(dict.fromkeys((one.low.value, one.high.value)))
    category = ends if len(ends) > 1 else ends[0]
    return _kept({"of": list(one.of), "answers": list(one.answers), "category": category})


@_fields.register
def _(one: Schedule) -> Fields:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "version": _unless(one.version, "1.0.0"),
            "what": list(one.what),
            "measure": [list(group) for group in one.measure],
            "when": one.applies_text,
            "from": f"{one.start.value} {_any_of(one.drugs)}",
            "once": _periods(one.once),
            "first": _periods(one.first),
            "every": [_turn(turn) for turn in one.every],
            "intent": one.intent,
            "lookback": str(one.lookback or ""),
            "until": str(one.until or ""),
            "note": one.note,
            "evidence": _evidence(one.evidence),
            "cases": [_schedule_case(case) for case in one.cases],
        }
    )


def _any_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"any of ({', '.join(names)})"


def _turn(turn: Turn) -> Fields:
    return _kept({"every": _periods(turn.every), "for": str(turn.lasts or "")})


def _schedule_case(case: ScheduleCase) -> Fields:
    return _kept(
        {
            "name": case.name,
            "record": list(case.entries),
            "planned": list(case.planned),
            "as_of": case.as_of,
            "complete_for": list(case.complete_for),
            "status": case.status,
            "due": case.due,
            "mentions": list(case.mentions),
        },
        "record",
    )


@_fields.register
def _(one: Pathway) -> Fields:
    return _kept(
        {
            "id": one.id,
            "title": one.title,
            "version": one.version,
            "for": list(one.conditions),
            "evidence": _evidence(one.evidence),
            "definitions": {each.key: _definition_body(each) for each in one.definitions},
            "steps": {step.id: _step(step) for step in one.steps},
            "ends": list(one.ends),
        }
    )


def _step(step: Step) -> Fields:
    return _kept(
        {
            "title": step.title,
            "courses": _pattern(step.courses),
            "alongside": list(step.alongside),
            "parallel": step.parallel,
            "enter": step.enter_text,
            "gate": list(step.gate),
            "not_sooner_than": [f"{period} after last({drug})" for drug, period in step.not_sooner],
            "review": _review(step.review) if step.review else None,
            "search": _search(step.search) if step.search else None,
            "exits": [_exit(one) for one in step.exits],
            "evidence": _evidence(step.evidence),
        },
        "courses",
    )


def _pattern(pattern: CoursePattern) -> list[str] | Fields:
    limits = {"longer than": pattern.interval_above, "up to": pattern.interval_up_to}
    interval = ", ".join(f"{word} {period}" for word, period in limits.items() if period)
    if not (pattern.drugs or pattern.intent or interval):
        return list(pattern.regimens)
    return _kept(
        {
            "regimens": list(pattern.regimens),
            "any_of": list(pattern.drugs) if len(pattern.drugs) != 1 else [],
            "drug": pattern.drugs[0] if len(pattern.drugs) == 1 else "",
            "intent": pattern.intent.value if pattern.intent else "",
            "interval": interval,
        }
    )


def _review(review: Review) -> Fields:
    return _kept(
        {
            "every": str(review.every or ""),
            "at": [str(period) for period in review.at],
            "after_first": review.after_first,
        }
    )


def _search(search: Search) -> Fields:
    return {"drug": search.drug, "holds": search.text, "for": str(search.period)}


def _exit(one: Exit) -> Fields:
    return _kept(
        {
            "to": one.to,
            "title": one.title,
            "when": one.text,
            "evidence": _evidence(one.evidence),
        }
    )


def _evidence(entries: Sequence[Evidence]) -> list[Fields]:
    return [
        _kept(
            {
                **entry.as_json(),
            }
        )
        for entry in entries
    ]


# ---------------------------------------------------------------- the kept fields


def _kept(fields: Fields, *needed: str) -> Fields:
    """The fields that say something, and those that must stand even when empty."""
    empty: tuple[object, ...] = ("", None, [], {}, False)
    return {
        name: value
        for name, value in fields.items()
        if value not in empty or (name in needed and value is not None)
    }


def _unless(value: Any, usual: Any) -> str:
    """The word of a value, or nothing where it is what goes without saying."""
    return "" if value == usual else str(value)
