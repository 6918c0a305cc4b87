"""`stepline score tis|doi|deterioration|inactive|classify FILE`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stepline.cli.telling import say

if TYPE_CHECKING:
    from stepline.scores.batch import Judged
    from stepline.scores.change_tables import WorseningId
    from stepline.scores.inactive import InactiveId

Command = TypeVar("Command", bound=Callable[..., Any])
CREED = "For professionals who decide themselves; a score orders nothing."


@click.group("score")
def command() -> None:
    """Scores each row of a CSV file and prints one line of JSON for each.

    An empty cell, and NA, is unknown. What is missing gives bounds, never an invented value.
    """


def _on_file(function: Command) -> Command:
    """What every score takes: a file, and how much to print."""
    for decorate in (
        click.option("--evidence", is_flag=True, help="Print the sources with every line."),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            expose_value=False,
            help="Refusals as JSON on stdout, too; scores are JSON always.",
        ),
        click.argument("file", type=click.Path(path_type=Path, dir_okay=False)),
    ):
        function = decorate(function)
    return function


@command.command("tis")
@_on_file
@click.option(
    "--enzyme-rule",
    type=click.Choice(["ratio-to-uln", "fraction-of-range"]),
    default="ratio-to-uln",
    show_default=True,
    help="What makes an enzyme the most abnormal one; the criteria's own rule is unconfirmed.",
)
def tis(file: Path, evidence: bool, enzyme_rule: str) -> None:
    """Total improvement score, 2016 ACR/EULAR.

    Columns: id, population (adult, juvenile), mmt_max, then _0 (baseline) and _1 (follow-up) of
    physician, patient, mmt, haq, extramuscular, for juveniles also cmas or das, and _0, _1 and
    _uln of ck, aldolase, ldh, ast, alt.
    """
    from stepline.scores.batch import score_tis
    from stepline.scores.tis_tables import EnzymeRule

    rule = EnzymeRule(enzyme_rule)
    _print(score_tis(file.read_bytes(), str(file), enzyme_rule=rule), evidence=evidence)


@command.command("doi")
@_on_file
def doi(file: Path, evidence: bool) -> None:
    """IMACS preliminary definition of improvement, at one visit.

    Columns: id, mmt_max, then _0 and _1 of physician, patient, mmt, haq, enzyme, extramuscular.
    """
    from stepline.scores.batch import judge_improvement

    _print(judge_improvement(file.read_bytes(), str(file)), evidence=evidence)


@command.command("deterioration")
@_on_file
@click.option(
    "--definition", type=click.Choice(["proderm", "imacs"]), default="proderm", show_default=True
)
def deterioration(file: Path, evidence: bool, definition: WorseningId) -> None:
    """Worsening against baseline, confirmed at two consecutive visits; one row a visit.

    Columns: id, visit (0 is baseline), mmt_max, physician, patient, mmt, haq, extramuscular,
    enzyme. The imacs definition is unconfirmed.
    """
    from stepline.scores.batch import judge_deterioration

    judged = judge_deterioration(file.read_bytes(), str(file), definition=definition)
    _print(judged, evidence=evidence)


@command.command("inactive")
@_on_file
@click.option(
    "--definition", type=click.Choice(["printo", "modified"]), default="printo", show_default=True
)
def inactive(file: Path, evidence: bool, definition: InactiveId) -> None:
    """Clinically inactive juvenile dermatomyositis.

    Columns: id, ck (U/L), cmas, mmt (0 to 80), physician (cm).
    """
    from stepline.scores.batch import judge_inactive

    judged = judge_inactive(file.read_bytes(), str(file), definition=definition)
    _print(judged, evidence=evidence)


@command.command("classify")
@_on_file
def classify(file: Path, evidence: bool) -> None:
    """2017 EULAR/ACR classification of inflammatory myopathy.

    Columns: id, biopsy (yes, no), onset_age, and yes, no or nothing for each finding; a mistyped
    column is answered with the list of all.
    """
    from stepline.scores.batch import judge_classification

    _print(judge_classification(file.read_bytes(), str(file)), evidence=evidence)


def _print(judged: Judged, *, evidence: bool) -> None:
    from stepline.scores.batch import lines_of

    for line in lines_of(judged, evidence=evidence):
        click.echo(json.dumps(line, ensure_ascii=False))
    say(f"{len(judged)} scored. {CREED}")
