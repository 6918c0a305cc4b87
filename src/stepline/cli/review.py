"""`stepline review RECORD`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stepline.cli.reviewing import FORMATS, foreseen, not_apt, review_file, write_reports
from stepline.cli.telling import print_json, say


@click.command("review")
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "--as-of", metavar="DATE", help="Judge as of this date; by default the last on record."
)
@click.option(
    "--pathway", metavar="ID", default="", help="Use this pathway, whether it applies or not."
)
@click.option(
    "--relapse", metavar="DEFINITION", default="", help="What counts as a relapse; see the library."
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="Definitions of your unit, in a rule file; they stand for those of the library.",
)
@click.option(
    "--forecast", is_flag=True, help="Also what models foresee: IgG, B cells, the next trough."
)
@click.option(
    "--same-day",
    type=click.Choice(["before", "after"]),
    help="With --forecast: values of a day of infusion were taken before or after it.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write reports here.")
@click.option("--subject", type=int, help="Which subject, where the file holds several.")
@click.option("--json", "as_json", is_flag=True, help="The whole review as JSON on stdout.")
def command(
    record: Path,
    *,
    forecast: bool,
    same_day: str | None,
    out: Path | None,
    as_json: bool,
    **choice: Any,
) -> None:
    """Reviews one patient: what was given, what it did, where on the pathway, what is next.

    RECORD is a case file (YAML), a FHIR R4 bundle (JSON, NDJSON) or an event table (Parquet).
    """
    from stepline.review.output import as_json as review_json
    from stepline.views.terminal import render_text

    if same_day and not forecast:
        raise not_apt()
    result = review_file(record, **choice)
    if forecast:
        result = foreseen(result, same_day)
    if out is not None:
        for path in write_reports(result, out, FORMATS):
            say(f"wrote {path}")
    if as_json:
        print_json(review_json(result))
    else:
        click.echo(render_text(result))
