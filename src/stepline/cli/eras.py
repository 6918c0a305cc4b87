"""`stepline eras RECORD|DIR`."""

from __future__ import annotations

import json
from pathlib import Path

import click

VIEWS = ("lines", "eras", "combinations", "adherence", "changes")


@click.command("eras")
@click.argument("source", metavar="RECORD|DIR", type=click.Path(path_type=Path))
@click.option(
    "--show",
    type=click.Choice(VIEWS),
    default="lines",
    show_default=True,
    help="Lines of treatment, eras of each drug, courses that ran together, planned "
    "against given, or changes of dose and interval.",
)
@click.option("--drug", "drugs", multiple=True, help="Only this drug or class; may be repeated.")
@click.option(
    "--doses",
    type=click.Choice(["recognised", "given-else-ordered", "given"]),
    default="recognised",
    show_default=True,
    help="Which rows count for lines and eras: those that `stepline recognise` counts, every "
    "giving or of a drug without any every order, or givings alone.",
)
@click.option(
    "--gap-days",
    type=int,
    default=30,
    show_default=True,
    help="Drug-free days that are bridged within an era.",
)
@click.option("--carry-over", is_flag=True, help="Use an early supply after the one before.")
@click.option(
    "--grace-after-last",
    type=int,
    default=0,
    show_default=True,
    help="Days added after the last supply of an era; at most --gap-days.",
)
@click.option(
    "--unknown-end-days",
    type=int,
    default=1,
    show_default=True,
    help="Days that an exposure counts for whose end is not known.",
)
@click.option(
    "--minimum-era-days", type=int, default=1, show_default=True, help="Leave out shorter eras."
)
@click.option(
    "--min-overlap",
    "--combination-window",
    "minimum_overlap",
    type=int,
    default=30,
    show_default=True,
    help="Days that two eras share at least to be a combination.",
)
@click.option(
    "--same-day",
    type=click.Choice(["switch", "combination"]),
    default="switch",
    show_default=True,
    help="What one shared day is, with --min-overlap 1.",
)
@click.option(
    "--inside",
    type=click.Choice(["combination", "absorbed"]),
    default="combination",
    show_default=True,
    help="What a short era within another's days is.",
)
@click.option(
    "--repeats",
    type=click.Choice(["new", "same", "first-only"]),
    default="new",
    show_default=True,
    help="What the same drugs are when they come back.",
)
@click.option(
    "--minimum-line-days", type=int, default=1, show_default=True, help="Leave out shorter lines."
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines on stdout.")
def command(source: Path, show: str, as_json: bool, **choices: object) -> None:
    """Tells which drugs were used from when to when, and how what was given meets what was planned.

    RECORD and DIR are as in `stepline recognise`. Every choice stands in docs/reference/eras.md.
    """
    from stepline.cli.era_rows import rows_in, said

    for row, record in rows_in(source, show, choices):
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else said(show, row, record))
