"""What `forecast` does with a record or a regimen: reads options, asks the models, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stepline.cli.forecasting_whatif import read_what_if, what_if_options
from stepline.core.errors import Place, Problem
from stepline.dosing.plan_options import texts
from stepline.dosing.refusing import Gathering
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    from datetime import timedelta

    from stepline.dosing.plan_model import Plan
    from stepline.forecast.answering import Answer, Answered, Asked
    from stepline.record.model import Record

Given = Mapping[str, object]
_ANY_DAY = "2001-01-01"
"""Where a regimen without a start is laid; its days are then counted, not dated."""
_PLANNED = (
    "regimen", "start", "weight", "height", "sex", "age", "product", "indication", "dose",
)  # fmt: skip
_OF_REGIMEN = ("start", "height", "sex", "age", "dose", "courses")
_OF_RECORD = ("as_of", "subject", "same_day")

_OPTIONS = (
    click.option(
        "--regimen", metavar="ID", help="A regimen of the library: alone, or after a record."
    ),
    click.option("--start", help="Its first day: 2026-01-05; days are counted where left out."),
    click.option("--weight", help="Such as 70kg; with a record it goes before that of the record."),
    click.option("--height", help="Such as 160cm; for doses per m²."),
    click.option("--sex", help="female or male."),
    click.option("--age", help="Such as '44 years'."),
    click.option("--dose", help="On each day of giving, for the regimen's own."),
    click.option("--courses", help="How many; as many as --until holds where left out."),
    click.option("--covariate", multiple=True, help="igm=0.21, or antibody-deficiency=1."),
    click.option("--baseline", help="The patient's own value from before treatment: '3.2 g/L'."),
    click.option("--as-of", metavar="DATE", help="Judge as of this day; the last on record."),
    click.option("--until", help="How far ahead: 12w with a record, 26w with a regimen."),
    click.option("--subject", type=int, help="Which subject, where the file holds several."),
    click.option(
        "--same-day",
        type=click.Choice(["before", "after"]),
        help="Whether values of a day of infusion were taken before or after it.",
    ),
    click.option("--no-fit", is_flag=True, help="Leave measured values out of the forecast."),
    click.option("--draws", type=click.IntRange(100, 20000), help="Persons drawn for the bands."),
    click.option("--seed", type=click.IntRange(0), help="Of the draws; one seed, one answer."),
    click.option("--svg", type=click.Path(path_type=Path), help="Write the figure here."),
    click.option("--html", type=click.Path(path_type=Path), help="Write a page of it here."),
    click.option("--json", "as_json", is_flag=True, help="Everything as JSON on stdout."),
)


def patient_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a forecast of a record or a regimen to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return what_if_options(command)


def forecast_patient(models: tuple[str, ...], given: Given) -> None:
    """Answers on stdout, in words or as JSON, and writes the figures that are asked for."""
    from stepline.cli.forecasting_text import show_answer
    from stepline.cli.telling import print_json

    answer = _answered(models, given)
    _write(answer, given)
    if given.get("as_json"):
        print_json(answer_json(answer))
    else:
        show_answer(answer)


def answer_json(answer: Answer) -> dict[str, object]:
    """An answer in machine form."""
    from stepline.forecast.output import disagreement, forecast_json, what_if_json
    from stepline.forecast.result import CREED

    return {
        "forecasts": [
            {**forecast_json(one.forecast, one.because), "below": _below_json(one)}
            for one in answer.answered
        ],
        "what_if": [what_if_json(one.what_if) for one in answer.answered if one.what_if],
        "disagreement": disagreement([one.forecast for one in answer.answered]),
        "refused_models": [
            {"model": model, "problems": [one.as_json() for one in problems]}
            for model, problems in answer.refused
        ],
        "creed": CREED,
    }


def _below_json(one: Answered) -> dict[str, object] | None:
    if one.below is None:
        return None
    said = {
        name: None if moment is None else one.forecast.driving.say(moment)
        for name, moment in (
            ("line", one.below.line),
            ("soonest", one.below.soonest),
            ("latest", one.below.latest),
        )
    }
    return {"limit": one.below.limit, **said}


def _answered(models: tuple[str, ...], given: Given) -> Answer:
    from stepline.forecast.answering import ask_plan, ask_record

    gathering = Gathering()
    record, regimen = given.get("record"), given.get("regimen")
    for problem in contradictions(given):
        gathering.add(problem)
    asked = _asked(models, given, gathering)
    if regimen is None and record is None:
        _settled(gathering)
    if record is None:
        until = asked.until or _weeks(26)
        plan = gathering.attempt(lambda: plan_given(given, until))
        _settled(gathering)
        assert plan is not None
        asked = replace(asked, until=until)
        return ask_plan(plan, asked, is_dated=given.get("start") is not None)
    opened = gathering.attempt(lambda: read_record(str(record), given))
    _settled(gathering)
    assert opened is not None
    asked = replace(asked, as_of=opened[1])
    ahead = None if regimen is None else _ahead(opened[0], asked, given)
    return ask_record(opened[0], asked, ahead)


def _ahead(record: Record, asked: Asked, given: Given) -> Plan:
    """The plan of a regimen from the day of judgement on, for the body that the record knows."""
    from stepline.course.bodysize import size_at
    from stepline.record.index import RecordIndex

    moment = asked.as_of or record.last_moment
    weight = None if moment is None else size_at("kg", moment, RecordIndex(record))
    of_record = None if weight is None else f"{weight:f} kg"
    known = {**given, "weight": given.get("weight") or of_record}
    if moment is not None and given.get("start") is None:
        known["start"] = moment.date().isoformat()
    return plan_given(known, asked.until or _weeks(12))


def _settled(gathering: Gathering) -> None:
    if gathering.problems:
        raise ForecastRefused(gathering.problems)


def _weeks(count: int) -> timedelta:
    from datetime import timedelta

    return timedelta(weeks=count)


def contradictions(given: Given) -> list[Problem]:
    """Options that do not go together: those of a record with a regimen, or the other way."""
    record, regimen = given.get("record"), given.get("regimen")
    if record is None and regimen is None:
        message = "A forecast is of a record, or of a regimen."
        mend = "name a record, or --regimen ID with --weight; for an event table, --events"
        return [Problem("forecast-of-what", message, mend=mend)]
    if record is not None and regimen is not None:
        return []
    names = _OF_REGIMEN if regimen is None else _OF_RECORD
    what = "a regimen" if regimen is None else "a record"
    return [
        Problem(
            "option-not-apt",
            f"This option is for a forecast of {what}.",
            Place(path="--" + name.replace("_", "-")),
            mend="leave it out",
        )
        for name in names
        if given.get(name) is not None
    ]


def _asked(models: tuple[str, ...], given: Given, gathering: Gathering) -> Asked:
    from stepline.cli.forecasting import model_asked
    from stepline.forecast.answering import Asked
    from stepline.forecast.asking import read_baseline, read_covariates, read_span
    from stepline.forecast.measuring import SameDay

    named = [gathering.attempt(partial(model_asked, name), "--model") for name in models]
    stated = texts(given.get("covariate"))
    if given.get("weight") is not None and given.get("record") is not None:
        stated = (*stated, f"weight={given['weight']}")
    covariates = gathering.attempt(lambda: read_covariates(stated)) or {}
    span = _option(given, "until", read_span, gathering)
    baseline = _option(given, "baseline", read_baseline, gathering)
    asked = Asked(
        tuple(one for one in named if one is not None),
        covariates,
        baseline,
        span,
        same_day=SameDay(str(given.get("same_day") or "unknown")),
        fitted=not given.get("no_fit"),
    )
    draws, seed = given.get("draws"), given.get("seed")
    if isinstance(draws, int):
        asked = replace(asked, draws=draws)
    if isinstance(seed, int):
        asked = replace(asked, seed=seed)
    return read_what_if(asked, given, gathering)


def _option(given: Given, name: str, read: Callable[[str], Any], gathering: Gathering) -> Any:
    text = given.get(name)
    return None if text is None else gathering.attempt(lambda: read(str(text)), f"--{name}")


def read_record(path: str, given: Given) -> tuple[Any, Any]:
    """The record of one subject, and the moment it is judged at; the last where none is asked."""
    from stepline.cli.reviewing import moment_asked, record_of

    subject, as_of = given.get("subject"), given.get("as_of")
    record = record_of(Path(path), subject if isinstance(subject, int) else None)
    return record, moment_asked(str(as_of), record) if as_of is not None else None


def plan_given(given: Given, until: timedelta) -> Plan:
    """The plan of a regimen with as many courses as the time ahead holds."""
    from stepline.dosing.plan_reading import read_regimen, read_request
    from stepline.dosing.planning import make_plan

    texts_given = {name: given.get(name) for name in _PLANNED}
    texts_given["start"] = texts_given["start"] or _ANY_DAY
    courses = given.get("courses")
    if courses is None:
        courses = _courses(read_regimen(str(given["regimen"])), until)
    return make_plan(read_request({**texts_given, "courses": courses}))


def _courses(regimen: Any, until: timedelta) -> str | None:
    """How many courses begin before the end; the regimen's own number where it states one."""
    from datetime import datetime

    repeat = regimen.repeat
    if repeat is None or repeat.every is None or repeat.courses:
        return None
    start = datetime.combine(date.fromisoformat(_ANY_DAY), datetime.min.time())
    count = 1
    while repeat.every.times(count).after(start) <= start + until and count < 200:
        count += 1
    return str(count)


def _write(answer: Answer, given: Given) -> None:
    from stepline.cli.telling import say
    from stepline.cli.writing import unwritable, write_all
    from stepline.core.errors import OutputRefused

    targets = {f"--{name}": given.get(name) for name in ("svg", "html")}
    asked = {option: path for option, path in targets.items() if isinstance(path, Path)}
    if not asked:
        return
    problems = unwritable(asked)
    if problems:
        raise OutputRefused(problems)
    from stepline.views.forecast import render_forecast_html, render_forecast_svg

    rendered = {"--svg": render_forecast_svg, "--html": render_forecast_html}
    write_all({path: rendered[option](answer).encode() for option, path in asked.items()})
    for path in asked.values():
        say(f"wrote {path}")
