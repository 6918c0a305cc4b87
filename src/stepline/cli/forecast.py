"""`stepline forecast …`."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.forecasting_patient import patient_options
from stepline.cli.telling import say


@click.command("forecast")
@click.argument("record", required=False, type=click.Path(path_type=Path))
@click.option("--model", multiple=True, help="The id of a model, or a model file; may be repeated.")
@click.option("--events", type=click.Path(path_type=Path), help="An event table (CSV, NM-TRAN).")
@click.option("--params", type=click.Path(path_type=Path), help="Covariates and parameters (YAML).")
@click.option("--out", type=click.Path(path_type=Path), help="Where the concentrations go (CSV).")
@patient_options
def command(
    model: tuple[str, ...],
    events: Path | None,
    params: Path | None,
    out: Path | None,
    **given: object,
) -> None:
    """Forecasts concentrations with published models.

    RECORD, or --regimen with --weight: troughs and peaks with bands, fitted to what was measured;
    with --what-if, what other regimens would do. With --events: the concentration at each row of an
    event table, as ID, TIME, CP. Typical values of a population; it orders nothing.
    """
    from stepline.cli.forecasting import forecast_events
    from stepline.cli.forecasting_patient import forecast_patient

    if events is None:
        if params is not None or out is not None:
            message = "Options '--params' and '--out' go with '--events'."
            raise click.UsageError(message)
        forecast_patient(model, given)
        return
    others = [name for name, value in given.items() if name != "as_json" and value]
    if len(model) != 1 or others:
        message = (
            "Option '--events' needs one '--model', and is no forecast of a record or regimen."
        )
        raise click.UsageError(message)
    for line in forecast_events(model[0], events, params, out, as_json=bool(given["as_json"])):
        say(line)
