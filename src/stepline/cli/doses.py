"""The doses of records in their normal form, and what orders and givings say of one another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click


def tell_doses(source: Path, *, as_json: bool) -> None:
    """Prints a line a dose, as JSON or for people; for people, the counts of each drug after."""
    from stepline.cli.telling import visible

    for subject, drug, doses, counts in _by_drug(source):
        for line, row in doses:
            if as_json:
                click.echo(json.dumps({"subject_id": subject, **row}))
            else:
                click.echo(visible(f"{subject}  {drug}  {line}"))
        if not as_json:
            said = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
            click.echo(f"{subject}  {drug}  in all: {said}")


Told = tuple[int, str, list[tuple[str, dict[str, object]]], dict[str, int]]


def _by_drug(source: Path) -> Iterator[Told]:
    """Each drug of each record that has doses, by file, subject and name."""
    from stepline.course.dose import dose_row, say_dose
    from stepline.course.reconciled import reconciled
    from stepline.course.resolving import doses_of
    from stepline.record.index import RecordIndex
    from stepline.sources.blocks import every_record
    from stepline.vocabulary.catalogue import catalogue

    known = catalogue()
    _, records = every_record(source)
    for record in records:
        index = RecordIndex(record)
        for drug in index.concepts:
            doses = doses_of(index, drug, known) if known.concept(drug).is_drug else ()
            if doses:
                zero = record.day_zero if record.calendar == "relative" else None
                axis = {"day_zero": zero.date().isoformat()} if zero else {}
                rows = [(say_dose(dose), {**dose_row(dose), **axis}) for dose in doses]
                yield record.subject.subject_id, drug, rows, reconciled(doses).counts
