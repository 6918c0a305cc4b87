"""`stepline forecast …`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import say


@click.command("forecast")
@click.option("--model", required=True, help="The id of a model of the library, or a model file.")
@click.option("--events", type=click.Path(path_type=Path), help="An event table (CSV, NM-TRAN).")
@click.option("--params", type=click.Path(path_type=Path), help="Covariates and parameters (YAML).")
@click.option("--out", type=click.Path(path_type=Path), help="Where the concentrations go (CSV).")
def command(model: str, events: Path | None, params: Path | None, out: Path | None) -> None:
    """Forecasts concentrations with a published model.

    With --events: the concentration at each row of an event table, as ID, TIME, CP. Typical values
    of a population; not for the care of a patient.
    """
    from stepline.cli.forecasting import forecast_events

    if events is None:
        message = "Missing option '--events': the table of doses and times."
        raise click.UsageError(message)
    for line in forecast_events(model, events, params, out):
        say(line)
