"""The options of `forecast` that ask for other regimens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from stepline.core.errors import Place, Problem
from stepline.dosing.plan_options import texts
from stepline.dosing.refusing import Gathering

if TYPE_CHECKING:
    from stepline.forecast.answering import Asked

_OPTIONS = (
    click.option(
        "--what-if",
        multiple=True,
        help="Regimens to compare: 'dose=0.2,0.4g/kg interval=2w,3w,4w'; days=5 for a course.",
    ),
    click.option("--target", help="'igg trough >= 6 g/L', 'igg above 6 g/L for 90 %'."),
    click.option("--probability", help="How surely the target is to be met; 80% where left out."),
    click.option("--product", help="A product of the library: whole vials, hours of infusion."),
    click.option("--indication", help="Rates of a product depend on it."),
)
_WITH = ("probability",)


def what_if_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that ask for other regimens to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_what_if(asked: Asked, given: Mapping[str, object], gathering: Gathering) -> Asked:
    """The question with the regimens to compare; what is wrong is kept."""
    from stepline.dosing.products import product
    from stepline.forecast.whatif_reading import read_candidates, read_share, read_target

    grid = texts(given.get("what_if"))
    if not grid:
        for name in _WITH:
            if given.get(name) is not None:
                gathering.add(_alone(name))
    candidates = gathering.attempt(lambda: read_candidates(grid)) if grid else None
    asked = replace(
        asked, candidates=candidates or (), indication=str(given.get("indication") or "")
    )
    if given.get("target") is not None:
        target = gathering.attempt(lambda: read_target(str(given["target"])), "--target")
        asked = replace(asked, target=target)
    if given.get("probability") is not None:
        share = gathering.attempt(lambda: read_share(str(given["probability"])), "--probability")
        asked = replace(asked, wanted=share or asked.wanted)
    if given.get("product") is not None:
        named = gathering.attempt(lambda: product(str(given["product"])), "--product")
        asked = replace(asked, product=named)
    return asked


def _alone(name: str) -> Problem:
    return Problem(
        "what-if-missing",
        "How surely a target is met is asked of regimens, and none is named.",
        Place(path=f"--{name}"),
        mend="add --what-if 'dose=0.2,0.4g/kg interval=3w,4w'",
    )
