"""How the command line speaks: machine output on stdout, everything else on stderr."""

from __future__ import annotations

import json
import unicodedata

import click

from stepline.core.errors import Refused


def say(text: str) -> None:
    """A line for a person, on stderr."""
    click.echo(text, err=True)


def print_json(data: object) -> None:
    """One JSON document on stdout, with sorted structure kept as given.

    Half a character (an argument that is no UTF-8) cannot be written, and is told by its number.
    """
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    if any(unicodedata.category(one) == "Cs" for one in text):
        text = json.dumps(data, indent=2, default=str)
    click.echo(text)


def visible(text: str) -> str:
    """A text in which characters that steer a terminal, or cannot be written, are told by number.

    Line breaks stay.
    """
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    is_hidden = character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs")
    return character.encode("unicode_escape").decode() if is_hidden else character


def report_refusal(refusal: Refused, *, as_json: bool) -> None:
    """Every problem of an input: as sentences on stderr, and as JSON on stdout when asked for."""
    for problem in refusal.problems:
        click.echo(visible(str(problem)), err=True)
    count = len(refusal.problems)
    click.echo(f"Refused: {count} problem{'s' * (count != 1)}. Nothing was written.", err=True)
    if as_json:
        print_json({"refused": [problem.as_json() for problem in refusal.problems]})


def report_file(error: OSError, *, as_json: bool) -> None:
    """A file that the system does not give or take."""
    said = f"{error.filename or 'A file'}: {error.strerror or 'cannot be used'}."
    click.echo(visible(said), err=True)
    if as_json:
        print_json({"refused": [{"code": "file-unusable", "message": said}]})


def report_bug(fault: Exception) -> None:
    """A fault of the program, without the data it met."""
    click.echo(
        f"This is a fault of the program, not of your input ({type(fault).__name__}). "
        "Nothing was written. Set STEPLINE_DEBUG=1 to see where.",
        err=True,
    )
