"""`stepline recognise RECORD`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click


@click.command("recognise")
@click.argument("source", metavar="RECORD", type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="Reasons, deviations and what is missing, by course.")
@click.option(
    "--as-of",
    metavar="DATE",
    default="",
    help="Recognise what was known on this day, nothing later.",
)
@click.option(
    "--against",
    metavar="TRUTH",
    type=click.Path(path_type=Path),
    help="Compare with a Parquet table of courses that are known to be true.",
)
@click.option("--doses", "of_doses", is_flag=True, help="The doses instead, in their normal form.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a course on stdout.")
def command(
    source: Path,
    *,
    explain: bool,
    as_of: str,
    against: Path | None,
    of_doses: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Reads regimens out of the doses of one patient or of many.

    RECORD is a case file (YAML), a FHIR R4 bundle (JSON, NDJSON), an event table (Parquet), MEDS
    (Parquet), or a folder or zip of OMOP CDM 5.4. FHIR, MEDS and event tables may be folders.
    """
    if of_doses:
        from stepline.cli.doses import tell_doses

        tell_doses(source, as_json=as_json)
        return
    from stepline.cli.recognising import Wish, recognised
    from stepline.cli.workers import cores

    count = workers or cores()
    if against is not None:
        from stepline.cli.comparing import compared, comparison_json, comparison_text
        from stepline.cli.telling import print_json

        comparison = compared(source, against, as_of, count)
        if as_json:
            print_json(comparison_json(comparison))
        else:
            click.echo(comparison_text(comparison))
        return
    layout = None
    if not as_json:
        from stepline.cli.recognising_text import Layout

        layout = Layout(shutil.get_terminal_size((140, 24)).columns, explain)
    courses = 0
    for one in recognised(source, Wish(as_json, as_of, layout), count):
        courses += one.courses
        for text in one.texts:
            click.echo(text)
    if not courses and not as_json:
        click.echo("No doses were found, so there is no course.")
