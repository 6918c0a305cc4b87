"""`stepline synth`: made-up patients whose treatment is known."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import print_json, say


@click.command("synth")
@click.option("--patients", type=int, required=True, help="How many.")
@click.option("--seed", type=int, required=True, help="The same seed gives the same bytes.")
@click.option(
    "--noise",
    type=click.Choice(["none", "default", "heavy"]),
    default="default",
    show_default=True,
    help="How much is lost and mistaken in the record.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="A new or empty folder.",
)
@click.option(
    "--format", "formats", default="events", show_default=True, help="events, fhir, omop."
)
@click.option("--json", "as_json", is_flag=True, help="Counts as JSON on stdout.")
def command(patients: int, seed: int, noise: str, out: Path, formats: str, as_json: bool) -> None:
    """Synthetic patients who walk the packaged pathway, with the truth beside the record.

    No real patient stands in it.
    """
    from stepline.cli.progress import Progress
    from stepline.synth.parameters import NoiseLevel
    from stepline.synth.writing import Request, write

    wanted = tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
    request = Request(patients, seed, NoiseLevel(noise), wanted)
    with Progress("courses") as progress:
        written = write(request, out, progress.tell)
    if as_json:
        print_json(written.as_json())
        return
    say(
        f"{written.patients:,} synthetic patients, {written.courses:,} courses, "
        f"{written.relapses:,} relapses, {written.events:,} events."
    )
    say(f"wrote {', '.join(written.files)} into {out}")
