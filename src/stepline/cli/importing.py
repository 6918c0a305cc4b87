"""`stepline import SRC`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import print_json, say


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for events.parquet and quarantine.parquet.",
)
@click.option("--json", "as_json", is_flag=True, help="Counts as JSON on stdout.")
def command(source: Path, out: Path, as_json: bool) -> None:
    """Reads FHIR R4, OMOP CDM 5.4, MEDS or a case file into the event table.

    What cannot be read goes to the quarantine table with its reason and place.
    """
    from stepline.cli.progress import Progress
    from stepline.record.table import write_tables
    from stepline.sources.opening import open_record

    with Progress("rows") as progress:
        records = open_record(source, progress.tell)
    write_tables(records, out)
    counts = {
        "subjects": len(records),
        "events": sum(len(r.events) for r in records),
        "mapped": sum(1 for r in records for e in r.events if e.concept),
        "quarantined": sum(len(r.quarantine) for r in records),
        "notes": [note for r in records for note in r.notes],
    }
    if as_json:
        print_json(counts)
        return
    say(
        f"{counts['subjects']} subjects, {counts['events']} events "
        f"({counts['mapped']} mapped to the vocabulary), {counts['quarantined']} in quarantine."
    )
    for note in dict.fromkeys(note for r in records for note in r.notes):
        say(f"  {note}")
    say(f"wrote {out / 'events.parquet'} and {out / 'quarantine.parquet'}")
