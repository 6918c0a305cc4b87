"""What `plan` shows beyond the plan: the record it is for, and the rules that speak of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stepline.core.evidence import Evidence
    from stepline.dosing.plan_model import Plan
    from stepline.review.guarding_model import Guard, Guarded

_WORDS = {"refuse": "Warning", "warn": "Warning", "inform": "Note"}


def guarded_plan(given: Mapping[str, object]) -> tuple[Plan, Guarded]:
    """The plan of these options, and what the rules of the library say of it."""
    from stepline.protocol.loading import packaged
    from stepline.review.guarded_planning import plan_alone, plan_on_record
    from stepline.review.reviewing import library_of
    from stepline.vocabulary.catalogue import catalogue

    library = library_of(packaged())
    if given.get("record") is None:
        return plan_alone(given, library, catalogue())
    from stepline.cli.reviewing import moment_asked, one_subject
    from stepline.sources.opening import open_record

    subject, as_of = given.get("subject"), given.get("as_of")
    record = one_subject(
        open_record(Path(str(given["record"]))), subject if isinstance(subject, int) else None
    )
    moment = moment_asked(str(as_of), record) if as_of is not None else None
    return plan_on_record(given, record, library, catalogue(), as_of=moment)


def show_refusal(guarded: Guarded) -> None:
    """Says at the head of a plan that it is refused, by which rules and how that is lifted."""
    refusing = [one for one in guarded.guards if one.refuses]
    for one in refusing:
        click.echo(f"REFUSED by {one.statement.id}: {one.message}{_sources(one)}")
    if refusing:
        click.echo('The plan below stands only with a reason: --override "rule=reason".')
        click.echo()


def show_guards(guarded: Guarded) -> None:
    """What else the rules say: overridden, holding, not excluded; then the rest."""
    if guarded.as_of_said:
        click.echo(f"\nRules of the library, judged on the record as of {guarded.as_of_said}:")
    for line in _lines(guarded):
        click.echo(line)


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
