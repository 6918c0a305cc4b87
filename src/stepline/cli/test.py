"""`stepline test`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import print_json, say


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="Every case and its outcome as JSON on stdout."
)
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Runs the cases that rule files carry; without PATHS those of the packaged library."""
    from stepline.protocol.loading import load_rules, packaged
    from stepline.review.cases import ground_of, run_rule_cases
    from stepline.review.due_cases import run_schedule_cases

    protocol = packaged()
    shared = (protocol.definitions, protocol.confounders, protocol.regimens)
    results = []
    if not paths:
        results = list(run_rule_cases(protocol.rules, *shared))
        results += run_schedule_cases(protocol.schedules, ground_of(protocol.rules, *shared))
    for path in paths:
        loaded = load_rules(path.read_bytes(), str(path))
        ground = (
            (*loaded.definitions, *protocol.definitions),
            (*protocol.confounders, *loaded.confounders),
            protocol.regimens,
        )
        results += run_rule_cases(loaded.rules, *ground)
        results += run_schedule_cases(loaded.schedules, ground_of(loaded.rules, *ground))
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json({"cases": [result.as_json() for result in results]})
    for result in failed:
        say(f"FAILED {result.rule}: {result.name}\n  {result.says}")
    say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
