"""How the command line speaks: machine output on stdout, everything else on stderr."""

from __future__ import annotations

import json

import click

from stepline.core.errors import Refused


def say(text: str) -> None:
    """A line for a person, on stderr."""
    click.echo(text, err=True)


def print_json(data: object) -> None:
    """One JSON document on stdout, with sorted structure kept as given."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def report_refusal(refusal: Refused, *, as_json: bool) -> None:
    """Every problem of an input: as sentences on stderr, and as JSON on stdout when asked for."""
    for problem in refusal.problems:
        click.echo(str(problem), err=True)
    count = len(refusal.problems)
    click.echo(f"Refused: {count} problem{'s' * (count != 1)}. Nothing was written.", err=True)
    if as_json:
        print_json({"refused": [problem.as_json() for problem in refusal.problems]})


def report_bug(fault: Exception) -> None:
    """A fault of the program, without the data it met."""
    click.echo(
        f"This is a fault of the program, not of your input ({type(fault).__name__}). "
        "Nothing was written. Set STEPLINE_DEBUG=1 to see where.",
        err=True,
    )
