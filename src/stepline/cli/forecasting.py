"""What `forecast` reads and writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stepline.cli.writing import unwritable, write_all
from stepline.core.errors import OutputRefused, Place, Problem
from stepline.forecast.individual import ForecastRefused, outside
from stepline.forecast.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.events import Events

CREED = "Typical values of a population; not for the care of a patient."


def forecast_events(
    asked: str, table: Path, params: Path | None, out: Path | None
) -> tuple[str, ...]:
    """Writes the concentrations of an event table, and gives what is to be said of them."""
    from stepline.forecast.event_forecast import event_concentrations
    from stepline.forecast.event_table import read_events
    from stepline.forecast.person import Person, read_person

    problems = unwritable({"--out": out}) if out else []
    if problems:
        raise OutputRefused(problems)
    model = model_asked(asked)
    person = read_person(params.read_bytes(), str(params), model) if params else Person({}, {})
    events = read_events(table.read_bytes(), str(table), model)
    found = event_concentrations(model, events, person.covariates, person.parameters)
    content = _as_csv(events, found)
    if out is None:
        click.echo(content, nl=False)
    else:
        write_all({out: content.encode()})
    wrote = (f"wrote {out}",) if out else ()
    return (*said_of(model), *events.notes, *outside(model, person.covariates), *wrote)


def model_asked(asked: str) -> Model:
    """The model of an id of the library, or the one that a file holds."""
    from stepline.forecast.models import model
    from stepline.forecast.reading import read_models

    path = Path(asked)
    if path.suffix not in (".yaml", ".yml"):
        return model(asked)
    held = read_models(path)
    if len(held) != 1:
        message = "The file must hold one model."
        place = Place(str(path))
        raise ForecastRefused([Problem("model-not-one", message, place, str(len(held)), "1")])
    return held[0]


def said_of(model: Model) -> tuple[str, ...]:
    """What goes with every result of a model."""
    statuses = ", ".join(sorted({one.status.value for one in model.evidence}))
    head = f"{model.title} ({model.id} {model.version}), {model.label}; evidence: {statuses}."
    unit = f"AMT in {model.amount_unit}, TIME in {model.time_unit}, CP in {model.result_unit}."
    return (head, unit, *(one for one in (model.says, *model.cautions) if one), CREED)


def _as_csv(events: Events, found: NDArray[np.float64]) -> str:
    """Rows ID, TIME, CP: the first two as the table has them, the last to ten digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("ID", "TIME", "CP"))
    rows = zip(events.ids, events.times, found.tolist(), strict=True)
    writer.writerows((one, time, f"{value:.10g}") for one, time, value in rows)
    return text.getvalue()
