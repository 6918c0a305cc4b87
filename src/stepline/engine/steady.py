"""Which criteria read the same in every step: those that never ask when the step began.

A pathway is judged step by step, and most of what it asks has nothing to do with a step. Such a
criterion is worked out once a moment, for every step that asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stepline.protocol import criterion as c
from stepline.protocol.model import Confounder, Definition
from stepline.protocol.walking import walk

OF_THE_STEP = (
    c.StepStart,
    c.TimeInStep,
    c.Cycles,
    c.Response,
    c.BestResponse,
    c.ImprovementScore,
)
"""What is read in the light of the step: its start, its doses, and a response since then."""


def steady(
    criteria: Iterable[c.Criterion],
    definitions: Mapping[str, Definition],
    confounders: Iterable[Confounder],
) -> Mapping[int, c.Criterion]:
    """The criteria in these, and in the definitions, that no step can change, by identity.

    The criteria themselves are the values, so that no id of theirs can be given away.
    """
    asked: dict[str, bool] = {}
    clearings = [one.unless for one in confounders if one.unless is not None]
    if any(_asks_of_step(one, definitions, asked) for one in clearings):
        return {}
    tops = [*criteria, *(one.criterion for one in definitions.values())]
    every = {id(part): part for top in tops for part in walk(top) if isinstance(part, c.Criterion)}
    return {i: one for i, one in every.items() if not _asks_of_step(one, definitions, asked)}


def _asks_of_step(
    criterion: c.Criterion, definitions: Mapping[str, Definition], asked: dict[str, bool]
) -> bool:
    """Whether anything in a criterion, or in what it names, is read in the light of the step."""
    return any(
        isinstance(part, OF_THE_STEP)
        or (isinstance(part, c.Named) and _definition_asks(part.key, definitions, asked))
        for part in walk(criterion)
    )


def _definition_asks(
    key: str, definitions: Mapping[str, Definition], asked: dict[str, bool]
) -> bool:
    if key not in definitions:
        return False
    if key not in asked:
        asked[key] = True  # as long as it is being looked at: a circle counts as asking
        asked[key] = _asks_of_step(definitions[key].criterion, definitions, asked)
    return asked[key]
