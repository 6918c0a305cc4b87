"""What `forecast --chain` does: from rituximab to IgG, in words, as JSON, as a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stepline.core.errors import Place, Problem
from stepline.dosing.plan_options import texts
from stepline.dosing.refusing import Gathering
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    from datetime import timedelta

    from stepline.dosing.plan_model import Plan
    from stepline.forecast.chain_asking import ChainAsked
    from stepline.forecast.chain_compared import Compared
    from stepline.forecast.chain_parts import Models
    from stepline.forecast.chaining import ChainForecast

Given = Mapping[str, object]
_OPTIONS = (
    click.option(
        "--chain", is_flag=True, help="Rituximab, the B cells and IgG that follow, as one chain."
    ),
    click.option("--production", metavar="MODEL", help="What ties IgG to B cells, by a model."),
    click.option("--share-short-lived", help="The same as stated: 0.3 of IgG is made by B cells."),
    click.option("--k-production", help="How fast that share ends, such as 0.02/d."),
    click.option("--k-slow", help="How fast the rest ends while B cells are absent; 0/d."),
    click.option("--cd19-limit", help="Below it B cells count as depleted; '10 /uL'."),
    click.option("--every", help="The interval of a replacement that is to hold IgG; 4w."),
    click.option(
        "--compare", multiple=True, metavar="ID", help="Other regimens of rituximab beside it."
    ),
)
_ALONE = (
    *("production", "share_short_lived", "k_production", "k_slow", "cd19_limit", "every"),
    "compare",
)
_NOT_WITH = ("what_if", "probability", "html", "no_fit", "indication")


def chain_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a chain to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asks_chain(given: Given) -> bool:
    """Is the chain asked for? Raises `ForecastRefused`: `chain-missing`, its options alone."""
    if given.get("chain"):
        return True
    message = "This option is for the chain from rituximab to IgG."
    alone = [
        Problem("chain-missing", message, Place(path=_named(name)), mend="add --chain")
        for name in _ALONE
        if given.get(name)
    ]
    if alone:
        raise ForecastRefused(alone)
    return False


def forecast_chain(models: tuple[str, ...], given: Given) -> None:
    """Answers on stdout, in words or as JSON, and writes the figure that is asked for."""
    from stepline.cli.forecasting_chain_text import chain_lines
    from stepline.cli.telling import print_json

    found, compared = _answered(models, given)
    _write(found, given)
    if given.get("as_json"):
        from stepline.forecast.chain_output import chain_json

        print_json(chain_json(found, compared))
        return
    for line in chain_lines(found, compared):
        click.echo(line)


def _named(name: str) -> str:
    return "--" + name.replace("_", "-")


def _answered(models: tuple[str, ...], given: Given) -> tuple[ChainForecast, tuple[Compared, ...]]:
    from stepline.cli.forecasting_patient import contradictions, read_record
    from stepline.forecast.chain_asking import ChainAsked
    from stepline.forecast.chain_compared import compare
    from stepline.forecast.chain_driving import AHEAD_OF_PLAN, of_chain_plan, of_chain_record
    from stepline.forecast.chaining import chain_forecast

    gathering = Gathering()
    for problem in (*contradictions(given), *_not_with(given)):
        gathering.add(problem)
    asked = _asked(models, given, gathering)
    chosen = gathering.attempt(partial(_chosen, asked or ChainAsked(), given))
    regimen, record = given.get("regimen"), given.get("record")
    ahead = (asked.until if asked else None) or AHEAD_OF_PLAN
    plans: list[Any] = []
    names = [*([regimen] if regimen is not None else []), *texts(given.get("compare"))]
    if not (regimen is not None and record is not None):
        for name in names:
            plan = gathering.attempt(partial(_plan, given, str(name), ahead))
            plans += [plan] if plan is not None else []
    read = None
    if record is not None and regimen is None:
        read = gathering.attempt(lambda: read_record(str(record), given))
    if gathering.problems or asked is None or chosen is None:
        raise ForecastRefused(dict.fromkeys(gathering.problems))
    if read is not None:
        driving = of_chain_record(read[0], chosen, replace(asked, as_of=read[1]))
        return chain_forecast(driving, chosen, asked), ()
    is_dated = given.get("start") is not None
    driving = of_chain_plan(plans[0], chosen, asked, is_dated=is_dated)
    rows = compare(plans, chosen, asked) if len(plans) > 1 else ()
    return chain_forecast(driving, chosen, asked), rows


def _plan(given: Given, regimen: str, ahead: timedelta) -> Plan:
    """The plan of a regimen of rituximab. Raises `ForecastRefused`: `chain-not-rituximab`."""
    from stepline.cli.forecasting_patient import plan_given
    from stepline.dosing.plan_reading import read_regimen

    option = "--regimen" if regimen == given.get("regimen") else "--compare"
    drug = read_regimen(regimen).drug
    if drug != "rituximab":
        raise ForecastRefused.because(
            "chain-not-rituximab",
            "The chain begins with rituximab, and this is a regimen of another drug.",
            place=Place(path=option),
            found=f"{regimen} ({drug})",
            mend="name a regimen of rituximab, or leave --chain out",
        )
    return plan_given({**given, "regimen": regimen}, ahead)


def _not_with(given: Given) -> list[Problem]:
    message = "This option is not for the chain from rituximab to IgG."
    found = [
        Problem("option-not-apt", message, Place(path=_named(name)), mend="leave it out")
        for name in _NOT_WITH
        if given.get(name)
    ]
    if given.get("record") is not None and given.get("regimen") is not None:
        message = "The chain is of a record, or of a regimen from its first day on."
        place = Place(path="--regimen")
        mend = "leave it out, or name no record; planned doses may stand in the record"
        found.append(Problem("option-not-apt", message, place, mend=mend))
    if given.get("record") is not None and given.get("compare"):
        message = "Regimens are compared with a regimen, from its first day on."
        place = Place(path="--compare")
        mend = "name --regimen and --weight in place of the record"
        found.append(Problem("option-not-apt", message, place, mend=mend))
    return found


def _asked(models: tuple[str, ...], given: Given, gathering: Gathering) -> ChainAsked | None:
    from stepline.cli.forecasting import model_asked
    from stepline.forecast import chain_asking as reading
    from stepline.forecast.asking import read_covariates
    from stepline.forecast.measuring import SameDay
    from stepline.forecast.whatif_reading import read_every

    def option(name: str, read: Callable[[str], Any]) -> Any:
        text = given.get(name)
        return None if text is None else gathering.attempt(lambda: read(str(text)), _named(name))

    named = [gathering.attempt(partial(model_asked, name), "--model") for name in models]
    stated = texts(given.get("covariate"))
    if given.get("weight") is not None and given.get("regimen") is None:
        stated = (*stated, f"weight={given['weight']}")
    production = gathering.attempt(lambda: _production(given))
    draws, seed = given.get("draws"), given.get("seed")
    asked = reading.ChainAsked(
        tuple(one for one in named if one is not None),
        gathering.attempt(lambda: read_covariates(stated)) or {},
        option("baseline", reading.read_baselines) or {},
        production,
        option("target", reading.read_level),
        option("cd19_limit", reading.read_limit) or reading.REPLETE.value,
        option("every", read_every) or 28,
        option("until", reading.read_ahead),
        same_day=SameDay(str(given.get("same_day") or "unknown")),
    )
    if isinstance(draws, int):
        asked = replace(asked, draws=draws)
    return replace(asked, seed=seed) if isinstance(seed, int) else asked


def _production(given: Given) -> Any:
    from stepline.cli.forecasting import model_asked
    from stepline.forecast.chain_asking import read_production

    named = given.get("production")
    gathering = Gathering()
    model = None
    if named is not None:
        model = gathering.attempt(lambda: model_asked(str(named)), "--production")
    stated = (given.get(name) for name in ("share_short_lived", "k_production", "k_slow"))
    share, rate, slow = (None if one is None else str(one) for one in stated)
    if gathering.problems:
        raise ForecastRefused(gathering.problems)
    return read_production(model, share, rate, slow)


def _chosen(asked: ChainAsked, given: Given) -> Models:
    """The models; IgG is asked for by its target or baseline, and then needs its production."""
    from stepline.forecast.chain_parts import models_for, production_unknown

    states_any = any(
        given.get(name) for name in ("production", "share_short_lived", "k_production", "k_slow")
    )
    if asked.production is None and not states_any:
        wants = "--target" if given.get("target") else ""
        wants = wants or ("--baseline" if "igg" in asked.baselines else "")
        if wants:
            raise ForecastRefused([production_unknown(wants)])
    is_refused = states_any and asked.production is None
    named = tuple(one for one in asked.models if not (is_refused and one.measures == "igg"))
    return models_for(named, asked.production)


def _write(found: ChainForecast, given: Given) -> None:
    path = given.get("svg")
    if not isinstance(path, Path):
        return
    from stepline.cli.telling import say
    from stepline.cli.writing import unwritable, write_all
    from stepline.core.errors import OutputRefused

    problems = unwritable({"--svg": path})
    if problems:
        raise OutputRefused(problems)
    from stepline.views.forecast_chain import render_chain_svg

    write_all({path: render_chain_svg(found).encode()})
    say(f"wrote {path}")
