"""`stepline show`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.finding import find_in_library
from stepline.cli.telling import print_json


@click.command("show")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def command(what: str, as_json: bool) -> None:
    """Shows a regimen, pathway, rule, definition or concept: by its id, or every one of a file."""
    from stepline.protocol.dumping import dump
    from stepline.protocol.loading import load_any

    path = Path(what)
    if path.suffix in (".yaml", ".yml") or path.exists():
        shown = dump(load_any(path.read_bytes(), str(path)))
    else:
        shown = find_in_library(what)
    if as_json:
        import yaml

        print_json(yaml.safe_load(shown))
    else:
        click.echo(shown.rstrip())
