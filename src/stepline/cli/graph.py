"""`stepline graph`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stepline.cli.telling import print_json
from stepline.core.errors import Place, ProtocolRefused

if TYPE_CHECKING:
    from stepline.protocol.model import Pathway


@click.command("graph")
@click.argument("what")
@click.option("--format", "shape", type=click.Choice(["mermaid", "dot"]), default="mermaid")
@click.option("--json", "as_json", is_flag=True, help="Steps and exits as JSON on stdout.")
def command(what: str, shape: str, as_json: bool) -> None:
    """Draws the steps and exits of a pathway, by id or from a file, as Mermaid or DOT text."""
    pathway = _pathway(what)
    if as_json:
        print_json(_as_json(pathway))
    else:
        click.echo(_mermaid(pathway) if shape == "mermaid" else _dot(pathway))


def _pathway(what: str) -> Pathway:
    from stepline.protocol.loading import load_pathway, packaged

    path = Path(what)
    if path.exists():
        return load_pathway(path.read_bytes(), str(path))
    for pathway in packaged().pathways:
        if pathway.id == what:
            return pathway
    raise ProtocolRefused.because(
        "pathway-unknown",
        f"There is no pathway “{what}” in the library, and no such file.",
        place=Place(),
        found=what,
        allowed=", ".join(p.id for p in packaged().pathways),
        mend="Name a pathway of the library or a pathway file.",
    )


def _edges(pathway: Pathway) -> list[tuple[str, str, str]]:
    return [(step.id, x.to, x.text) for step in pathway.steps for x in step.exits]


def _as_json(pathway: Pathway) -> dict[str, object]:
    return {
        "id": pathway.id,
        "steps": [{"id": s.id, "title": s.title, "parallel": s.parallel} for s in pathway.steps],
        "exits": [{"from": a, "to": b, "when": when} for a, b, when in _edges(pathway)],
    }


def _mermaid(pathway: Pathway) -> str:
    name = {s.id: f"{s.id}[{_quoted(s.title)}]" for s in pathway.steps}
    lines = ["flowchart TD", *(f"  {text}" for text in name.values())]
    lines += [f"  {end}([{_quoted(end)}])" for end in pathway.ends]
    lines += [f"  {a} -->|{_quoted(when)}| {b}" for a, b, when in _edges(pathway)]
    return "\n".join(lines)


def _dot(pathway: Pathway) -> str:
    lines = ["digraph pathway {", "  rankdir=TB; node [shape=box];"]
    lines += [f"  {_quoted(s.id)} [label={_quoted(s.title)}];" for s in pathway.steps]
    lines += [
        f"  {_quoted(a)} -> {_quoted(b)} [label={_quoted(when)}];" for a, b, when in _edges(pathway)
    ]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'").replace("\n", " ") + '"'
