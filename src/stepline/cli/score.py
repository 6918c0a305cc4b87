"""`stepline score tis|doi|deterioration|inactive|classify FILE`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stepline.cli.telling import say

if TYPE_CHECKING:
    from stepline.cli.scoring import Asked
    from stepline.scores.change_tables import WorseningId
    from stepline.scores.inactive import InactiveId

Command = TypeVar("Command", bound=Callable[..., Any])
CREED = "For professionals who decide themselves; a score orders nothing."


@click.group("score")
def command() -> None:
    """Scores each row of a file and prints one line of JSON for each.

    FILE is CSV, Parquet, a list in JSON, or JSON Lines, whatever its name; - is standard input. An
    empty cell, null and NA are unknown. What is missing gives bounds, never an invented value.
    """


def _on_file(function: Command) -> Command:
    """What every score takes: a file, where to write, and how much."""
    for decorate in (
        click.option("--evidence", is_flag=True, help="Give the sources with every line."),
        click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write a .jsonl, .csv or .parquet; the last two repeat the columns of FILE.",
        ),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            expose_value=False,
            help="Refusals as JSON on stdout, too; scores are JSON always.",
        ),
        click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True)),
    ):
        function = decorate(function)
    return function


_with_policy = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A local decision on facts that the library holds as unconfirmed.",
)
_with_units = click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="ENZYME=UNIT",
    help="The unit of an enzyme whose rows state none, such as ck=ukat/L.",
)


@command.command("tis")
@_on_file
@_with_policy
@_with_units
@click.option(
    "--enzyme-rule",
    type=click.Choice(["ratio-to-uln", "fraction-of-range"]),
    help="What makes an enzyme the most abnormal one, instead of the library's or a policy's rule; "
    "the criteria's own rule is unconfirmed.",
)
def tis(enzyme_rule: str | None, **given: Any) -> None:
    """Total improvement score, 2016 ACR/EULAR.

    Columns: id, population (adult, juvenile), mmt_max, then _0 (baseline) and _1 (follow-up) of
    physician, patient, mmt, haq, extramuscular, for juveniles also cmas, das or chq_phs, and _0, _1
    and _uln of ck, aldolase, ldh, ast, alt. Where they differ or are known: _uln_1 (limit at
    follow-up), _unit, ldh_assay_0 and ldh_assay_1 (L-P, P-L).
    """
    from stepline.cli import scoring

    scoring.run_tis(_asked(**given), enzyme_rule)


@command.command("doi")
@_on_file
@_with_policy
@_with_units
def doi(**given: Any) -> None:
    """IMACS preliminary definition of improvement, at one visit.

    Columns: id, mmt_max, then _0 and _1 of physician, patient, mmt, haq, enzyme, extramuscular, and
    enzyme_unit.
    """
    from stepline.cli import scoring

    scoring.run_improvement(_asked(**given))


@command.command("deterioration")
@_on_file
@_with_policy
@_with_units
@click.option(
    "--definition", type=click.Choice(["proderm", "imacs"]), default="proderm", show_default=True
)
def deterioration(definition: WorseningId, **given: Any) -> None:
    """Worsening against baseline, confirmed at two consecutive visits; one row a visit.

    Columns: id, visit (0 is baseline), mmt_max, physician, patient, mmt, haq, extramuscular,
    enzyme, enzyme_unit. The imacs definition is unconfirmed. The whole file is held in memory.
    """
    from stepline.cli import scoring

    scoring.run_deterioration(_asked(**given), definition)


@command.command("inactive")
@_on_file
@_with_units
@click.option(
    "--definition", type=click.Choice(["printo", "modified"]), default="printo", show_default=True
)
def inactive(definition: InactiveId, **given: Any) -> None:
    """Clinically inactive juvenile dermatomyositis.

    Columns: id, ck (U/L, or as ck_unit says), cmas, mmt (0 to 80), physician (cm).
    """
    from stepline.cli import scoring

    scoring.run_inactive(_asked(**given), definition)


@command.command("classify")
@_on_file
@_with_policy
def classify(**given: Any) -> None:
    """2017 EULAR/ACR classification of inflammatory myopathy.

    Columns: id, biopsy (yes, no), onset_age, and yes, no or nothing for each finding; a mistyped
    column is answered with the list of all.
    """
    from stepline.cli import scoring

    scoring.run_classification(_asked(**given))


def _asked(
    file: Path,
    evidence: bool,
    out: Path | None,
    policy_file: Path | None = None,
    units: tuple[str, ...] = (),
) -> Asked:
    from stepline.cli.scoring import Asked

    return Asked(
        file, evidence, out, policy_file, units, lambda count: say(f"{count} scored. {CREED}")
    )
