"""`stepline demo`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from stepline.cli.reviewing import FORMATS, foreseen, review_record, write_reports
from stepline.cli.telling import print_json, say

CASE = "records/seed-case.yaml"


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    help="Where the reports go.",
)
@click.option("--json", "as_json", is_flag=True, help="The whole review as JSON on stdout.")
def command(out: Path, as_json: bool) -> None:
    """Reviews the published case that the project starts from, and writes every kind of report."""
    from stepline.record.casefile import read_case
    from stepline.review.output import as_json as review_json
    from stepline.views.terminal import render_text

    text = files("stepline.library").joinpath(CASE).read_text(encoding="utf-8")
    result = foreseen(review_record(read_case(text, CASE)))
    paths = write_reports(result, out, FORMATS)
    if as_json:
        print_json(review_json(result))
    else:
        click.echo(render_text(result))
    say("")
    for path in paths:
        say(f"wrote {path}")
