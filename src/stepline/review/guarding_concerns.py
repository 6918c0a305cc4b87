"""Which rules of a library concern an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepline.protocol import criterion as c
from stepline.protocol.model import Rule
from stepline.protocol.walking import Part, walk
from stepline.vocabulary.catalogue import Catalogue

_EXPOSURE = (c.DailyDose, c.WeeklyDose, c.MeanDose, c.CumulativeDose)


def guards_of(drug: str, rules: Iterable[Rule], catalogue: Catalogue) -> tuple[Rule, ...]:
    """The rules that speak of planned doses of a drug, or of a class that holds it."""
    return tuple(rule for rule in rules if _speaks_of(rule, drug, catalogue))


def exposures_of(drug: str, rules: Iterable[Rule], catalogue: Catalogue) -> tuple[Rule, ...]:
    """The rules on how much of a drug is taken over time, which a plan can come to meet."""
    return tuple(
        rule
        for rule in rules
        if not _speaks_of(rule, drug, catalogue)
        and any(
            isinstance(part, _EXPOSURE) and _holds(part.names, drug, catalogue)
            for part in _parts(rule)
        )
    )


def _parts(rule: Rule) -> Iterator[Part]:
    for node in (rule.applies, rule.alert, rule.require):
        if node is not None:
            yield from walk(node)


def _speaks_of(rule: Rule, drug: str, catalogue: Catalogue) -> bool:
    return any(_holds(_planned(part), drug, catalogue) for part in _parts(rule))


def _planned(part: Part) -> c.Names:
    match part:
        case c.Happened(c.How.PLANNED, names):
            return names
        case c.PlannedInterval(drug, other):
            return (drug, other)
    return ()


def _holds(names: c.Names, drug: str, catalogue: Catalogue) -> bool:
    members = (one.id for name in names if name in catalogue for one in catalogue.members(name))
    return drug in names or drug in members
