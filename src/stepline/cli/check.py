"""`stepline check FILE…`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import print_json
from stepline.core.errors import DocumentRefused, Problem, Refused


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="What was found as JSON on stdout.")
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Checks regimen, pathway, rule and case files, and lists every mistake with its place."""
    problems: list[Problem] = []
    found: list[dict[str, object]] = []
    for path in paths:
        try:
            found.append({"file": str(path), "holds": _holds(path)})
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise DocumentRefused(problems)
    if as_json:
        print_json({"checked": found})
        return
    for entry in found:
        click.echo(f"{entry['file']}: in order. It holds {entry['holds']}.")


def _holds(path: Path) -> str:
    """What a file holds, once it has passed every check."""
    from stepline.protocol.loading import describe, load_any
    from stepline.record.casefile import looks_like_case, read_case

    content = path.read_bytes()
    if looks_like_case(content):
        record = read_case(content, str(path))
        return f"a record with {len(record.events)} events"
    return describe(load_any(content, str(path)))
