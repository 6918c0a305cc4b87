"""`stepline library`."""

from __future__ import annotations

import click

from stepline.cli.telling import print_json


@click.group("library")
def command() -> None:
    """What the packaged library holds, and the sources it rests on."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def list_all(as_json: bool) -> None:
    """Lists regimens, pathways, rules, definitions and ladders of response."""
    from stepline.protocol.loading import packaged

    protocol = packaged()
    things = {
        "regimens": [(r.id, r.title) for r in protocol.regimens],
        "pathways": [(p.id, p.title) for p in protocol.pathways],
        "rules": [(r.id, r.title) for r in protocol.rules],
        "definitions": [(d.key, d.title) for d in protocol.definitions],
        "responses": [(ladder.id, ladder.title) for ladder in protocol.ladders],
    }
    if as_json:
        print_json({kind: [{"id": i, "title": t} for i, t in of] for kind, of in things.items()})
        return
    for kind, entries in things.items():
        click.echo(f"{kind} ({len(entries)})")
        for name, title in entries:
            click.echo(f"  {name:42} {title}")


@command.command("search")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def search(text: str, as_json: bool) -> None:
    """Searches concepts by name, synonym or code."""
    from stepline.vocabulary.catalogue import catalogue

    found = catalogue().search(text)
    if as_json:
        print_json([{"id": c.id, "title": c.title, "kind": c.kind.value} for c in found])
        return
    for concept in found:
        click.echo(f"{concept.id:36} {concept.kind.value:12} {concept.title}")
    if not found:
        click.echo("Nothing of that name. Try a shorter word.")


@command.command("cite")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def cite(key: str, as_json: bool) -> None:
    """Prints one source by its key."""
    from stepline.vocabulary.catalogue import catalogue

    source = catalogue().source(key)
    fields = {
        "key": source.key,
        "title": source.title,
        "kind": source.kind,
        "citation": source.citation,
        "doi": source.doi,
        "url": source.url,
        "note": source.note,
    }
    if as_json:
        print_json(fields)
        return
    for name, value in fields.items():
        if value:
            click.echo(f"{name:9} {value}")
