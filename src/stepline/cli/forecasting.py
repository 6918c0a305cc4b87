"""What `forecast` reads and writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stepline.cli.telling import print_json
from stepline.cli.writing import unwritable, write_all
from stepline.core.errors import OutputRefused, Place, Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.events import Events

CREED = "Typical values of a population; not for the care of a patient."


def forecast_events(
    asked: str, table: Path, params: Path | None, out: Path | None, *, as_json: bool = False
) -> tuple[str, ...]:
    """Writes the concentrations of an event table, and gives what is to be said of them."""
    from stepline.forecast.event_forecast import event_concentrations, events_outside
    from stepline.forecast.event_table import read_events
    from stepline.forecast.person import Person, read_person

    _check_output(out, (table, params, Path(asked)))
    model = model_asked(asked)
    person = read_person(params.read_bytes(), str(params), model) if params else Person({}, {})
    events = read_events(table.read_bytes(), str(table), model)
    found = event_concentrations(model, events, person.covariates, person.parameters)
    told = (*said_of(model), *events.notes, *events_outside(model, events, person.covariates))
    if out is not None:
        write_all({out: _as_csv(events, found).encode()})
    if as_json:
        print_json(_as_json(model, events, found, told))
    elif out is None:
        click.echo(_as_csv(events, found), nl=False)
    return (*told, f"wrote {out}") if out else told


def _check_output(out: Path | None, inputs: tuple[Path | None, ...]) -> None:
    """Refuses an output that cannot be written, or that would take the place of an input."""
    if out is None:
        return
    problems = unwritable({"--out": out})
    if not problems and any(
        one and one.exists() and one.samefile(out) for one in inputs if out.exists()
    ):
        message = "The concentrations would take the place of what they are computed from."
        place = Place(path="--out")
        problems.append(
            Problem("output-is-input", message, place, str(out), mend="name another file")
        )
    if problems:
        raise OutputRefused(problems)


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


def _as_json(
    model: Model, events: Events, found: NDArray[np.float64], told: tuple[str, ...]
) -> dict[str, object]:
    """The forecast with what it rests on; `time` as the table has it."""
    rows = zip(events.ids, events.times, found.tolist(), strict=True)
    return {
        "model": {"id": model.id, "version": model.version, "label": model.label},
        "evidence": [one.as_json() for one in model.evidence],
        "time_unit": model.time_unit,
        "unit": model.result_unit,
        "says": list(told),
        "rows": [{"id": one, "time": time, "value": value} for one, time, value in rows],
    }


def _as_csv(events: Events, found: NDArray[np.float64]) -> str:
    """Rows ID, TIME, CP: the first two as the table has them, the last to ten digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("ID", "TIME", "CP"))
    rows = zip(events.ids, events.times, found.tolist(), strict=True)
    writer.writerows((one, time, f"{value:.10g}") for one, time, value in rows)
    return text.getvalue()
