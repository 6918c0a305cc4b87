"""What `plan` shows beyond the plan: the record it is for, and the rules that speak of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from stepline.core.evidence import Evidence
    from stepline.record.model import Record
    from stepline.review.guarded_planning import GuardedPlans
    from stepline.review.guarding_model import Guard, Guarded

_WORDS = {"refuse": "Warning", "warn": "Warning", "inform": "Note"}


def guarded_plans(given: Mapping[str, object]) -> GuardedPlans:
    """The plans of these options, and what the rules of the library say of each."""
    from stepline.core.errors import Refused
    from stepline.protocol.loading import packaged
    from stepline.review.guarded_planning import plans_alone, plans_on_record, without_record
    from stepline.review.reviewing import library_of
    from stepline.vocabulary.catalogue import catalogue

    library = library_of(packaged())
    if given.get("record") is None:
        return plans_alone(given, library, catalogue())
    try:
        record, moment = _record(given)
    except Refused as refusal:
        raise without_record(given, refusal) from None
    return plans_on_record(given, record, library, catalogue(), as_of=moment)


def _record(given: Mapping[str, object]) -> tuple[Record, datetime | None]:
    """The record of one subject, and the moment at which it is judged where one is asked for."""
    from stepline.cli.reviewing import moment_asked, record_of

    subject, as_of = given.get("subject"), given.get("as_of")
    path = Path(str(given["record"]))
    record = record_of(path, subject if isinstance(subject, int) else None)
    return record, moment_asked(str(as_of), record) if as_of is not None else None


def show_plans(found: GuardedPlans) -> None:
    """Prints the plans one after another with what the rules say of each, then their calendar."""
    from stepline.cli.planning_text import show_calendar, show_plan

    if found.refuses and len(found.plans) > 1:
        click.echo("REFUSED as a whole: a rule refuses a plan below, and so all of them.")
        click.echo()
    told: set[str] = set()
    for plan, guarded in zip(found.plans, found.guarded, strict=True):
        _show_refusal(guarded)
        show_plan(plan)
        _show_guards(guarded, told)
        if len(found.plans) > 1:
            click.echo()
    if len(found.plans) > 1:
        show_calendar(found.alignment)


def _show_refusal(guarded: Guarded) -> None:
    """Says at the head of a plan that it is refused, by which rules and how that is lifted."""
    refusing = [one for one in guarded.guards if one.refuses]
    for one in refusing:
        click.echo(f"REFUSED by {one.statement.id}: {one.message}{_sources(one)}")
    if refusing:
        click.echo('The plan below stands only with a reason: --override "rule=reason".')
        click.echo()


def _show_guards(guarded: Guarded, told: set[str]) -> None:
    """What else the rules say: overridden, holding, not excluded; then the rest, each once."""
    if guarded.as_of_said:
        click.echo(f"\nRules of the library, judged on the record as of {guarded.as_of_said}:")
    for line in _lines(guarded):
        if line not in told:
            click.echo(line)
        told.add(line)


def _lines(guarded: Guarded) -> Iterator[str]:
    for one in guarded.guards:
        if one.override is not None:
            yield f"OVERRIDDEN {one.statement.id}, because: {one.override.reason}"
    told = [one for one in guarded.guards if not one.refuses]
    for one in told:
        word = _WORDS[one.statement.severity] if one.holds else "Not excluded"
        yield f"{word}: {one.message}{_sources(one)}"
    if guarded.as_of_said and not guarded.guards:
        yield f"None of the {len(guarded.judged)} rules that concern this order holds."
    for caution in guarded.cautions:
        yield f"Note: {caution.message}{_cited(caution.evidence)}"


def _sources(guard: Guard) -> str:
    return _cited(guard.statement.evidence)


def _cited(evidence: tuple[Evidence, ...]) -> str:
    sources = dict.fromkeys(one.source for one in evidence)
    return f" [{', '.join(sources)}]" if sources else ""
