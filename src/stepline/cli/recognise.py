"""`stepline recognise RECORD|DIR`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("recognise")
@click.argument("source", metavar="RECORD|DIR", type=click.Path(path_type=Path))
@click.option("--doses", "of_doses", is_flag=True, help="The doses instead, in their normal form.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a course on stdout.")
def command(source: Path, *, of_doses: bool, as_json: bool) -> None:
    """Reads regimens out of the doses of a record, or of a folder of event tables.

    RECORD is a case file (YAML), a FHIR R4 bundle (JSON, NDJSON) or an event table (Parquet). DIR
    holds `events.parquet` or `events-*.parquet`, with each subject in one file.
    """
    if of_doses:
        from stepline.cli.doses import tell_doses

        tell_doses(source, as_json=as_json)
        return
    from stepline.cli.recognising import courses_in, said

    for line in courses_in(source):
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else said(line))
