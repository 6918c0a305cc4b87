"""What to check before and after the doses of a regimen: safety rules, and the product.

A rule that speaks of *planned* doses of the drug asks for something before them; one that speaks
only of doses given asks for something while they go on or after them. Nothing is judged here: there
is no record, so every rule that concerns the drug is listed, and a person ticks it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from stepline.core.errors import Refused
from stepline.core.evidence import Evidence
from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.dosing.numbers import say
from stepline.dosing.products import Product
from stepline.protocol.criterion import (
    Compare,
    Criterion,
    CycleDose,
    FirstOf,
    Happened,
    How,
    LastOf,
    Not,
    Number,
    On,
    Operator,
)
from stepline.protocol.model import Protocol, Regimen, Rule
from stepline.protocol.walking import Part, children, walk
from stepline.vocabulary.catalogue import catalogue


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` is what settles it; both are words of the library.

    `id` is the rule's, or the product's with what it is about. `note` is what the rule adds of
    patients and treatment, without what it says of itself. `is_watch` marks how long to watch after
    an infusion, which a sheet with dates says for each of its days.
    """

    id: str
    title: str
    look: tuple[str, ...] = ()
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    is_watch: bool = False

    def say(self) -> str:
        """The check on one line."""
        return f"{self.title}: {'; '.join(self.look)}" if self.look else self.title


Checks = tuple[Check, ...]
_OF_ITSELF = (
    "rule", "library", "record", "judged", " here", "read as one course", "asked for by",
    "when it is read", "sees to it", "sources read", "Until then", "is no daily dose",
)  # fmt: skip
"""Words of sentences in which a rule speaks of how it is judged, not of the patient."""


def checks_for(
    regimen: Regimen,
    product: Product | None,
    protocol: Protocol,
    *,
    cycle_dose: Quantity | None = None,
) -> tuple[Checks, Checks]:
    """The checks before and after, in the order of the library, each with its sources.

    `cycle_dose` is the dose of one course per kilogram, for rules of high doses; left out, it is
    the regimen's own where that is stated per kilogram, and otherwise such rules are listed.
    """
    dose = cycle_dose or regimen.give.dose
    rules = [
        rule
        for rule in protocol.rules
        if _concerns(rule, regimen.drug) and not _is_below(rule, dose) and _fits(rule, product)
    ]
    before = [_of_rule(rule, product) for rule in rules if _is_before(rule, regimen.drug)]
    after = [_of_rule(rule, product) for rule in rules if not _is_before(rule, regimen.drug)]
    told = {name for rule in rules for name in _names(rule)}
    before += _contraindications(product, told)
    return tuple(before), (*_observations(product), *after)


def _concerns(rule: Rule, drug: str) -> bool:
    """Whether a rule speaks of a drug: of its doses, or of what must not meet it."""
    spoken = (_drugs_in(part) for part in walk(rule.applies))
    if any(_is_one_of(drug, names) for names in spoken):
        return True
    if rule.alert is None:
        return False
    met = (_met_by(part) for part in _affirmed(rule.alert))
    return any(_is_one_of(drug, names) for names in met)


def _drugs_in(part: Part) -> tuple[str, ...]:
    if isinstance(part, Happened):
        return part.names if part.how in (How.GIVEN, How.PLANNED) else ()
    return part.names if isinstance(part, FirstOf | LastOf) else ()


def _met_by(part: Part) -> tuple[str, ...]:
    if isinstance(part, On):
        return part.names
    return part.names if isinstance(part, Happened) and part.how is How.GIVEN else ()


def _affirmed(part: Part) -> Iterator[Part]:
    """The parts of a criterion that stand under no negation."""
    if isinstance(part, Not):
        return
    yield part
    for child in children(part):
        yield from _affirmed(child)


def _is_one_of(drug: str, names: tuple[str, ...]) -> bool:
    return any(_is_in(drug, name) for name in names)


def _is_in(drug: str, name: str) -> bool:
    if drug == name:
        return True
    known = catalogue()
    return drug in known and name in known and known.is_in(drug, name)


def _is_before(rule: Rule, drug: str) -> bool:
    return any(
        isinstance(part, Happened) and part.how is How.PLANNED and _is_one_of(drug, part.names)
        for part in walk(rule.applies)
    )


def _criteria(rule: Rule) -> Iterator[Part]:
    wholes: tuple[Criterion | None, ...] = (rule.applies, rule.alert, rule.require)
    for whole in wholes:
        if whole is not None:
            yield from walk(whole)


def _is_below(rule: Rule, dose: Quantity | None) -> bool:
    """Whether the rule is only for courses of a higher dose than this one."""
    if dose is None:
        return False
    for part in _criteria(rule):
        least = _least_dose(part)
        if least is not None and comparable(dose.unit, least.unit):
            return in_unit(dose, least.unit) < in_unit(least, least.unit)
    return False


def _least_dose(part: Part) -> Quantity | None:
    if not isinstance(part, Compare) or part.operator is not Operator.GREATER_OR_EQUAL:
        return None
    if isinstance(part.left, CycleDose) and isinstance(part.right, Number):
        return part.right.quantity
    return None


def _names(rule: Rule) -> frozenset[str]:
    """Every concept that a rule speaks of."""
    parts = list(_criteria(rule))
    return frozenset(name for part in parts for name in getattr(part, "names", ()))


def _fits(rule: Rule, product: Product | None) -> bool:
    """Whether a rule about an excipient can concern this product: it does unless known not to."""
    if product is None or product.contraindications is None or product.excipients is None:
        return True
    about = _names(rule) & _brand_matters()
    return not about or bool(about & {fact.value for fact in product.contraindications})


def _brand_matters() -> frozenset[str]:
    """Conditions that forbid some products of a drug and not others."""
    from stepline.dosing.products import products

    forbidden = [
        {fact.value for fact in one.contraindications}
        for one in products()
        if one.contraindications is not None
    ]
    return frozenset().union(*forbidden) - frozenset.intersection(*map(frozenset, forbidden))


def _of_rule(rule: Rule, product: Product | None) -> Check:
    check = Check(rule.id, rule.title, rule.ask, _note(rule), rule.evidence)
    facts = (product.contraindications or ()) if product is not None else ()
    named = tuple(fact.evidence for fact in facts if fact.value in _names(rule))
    return replace(check, evidence=tuple(dict.fromkeys((*check.evidence, *named))))


def _note(rule: Rule) -> str:
    sentences = re.split(r"(?<=[.]) (?=[A-Z])", rule.note)
    return " ".join(one for one in sentences if not any(word in one for word in _OF_ITSELF))


def _contraindications(product: Product | None, told: set[str]) -> Iterator[Check]:
    """What the label forbids and no rule of the library has spoken of."""
    for fact in (product.contraindications or ()) if product is not None else ():
        if fact.value not in told and product is not None:
            title = f"{product.title} is contraindicated: {_title(fact.value)}"
            yield Check(f"{product.id}-{fact.value}", title, evidence=(fact.evidence,))


def _observations(product: Product | None) -> Iterator[Check]:
    for one in product.observations if product is not None else ():
        assert product is not None
        title = f"Watch the patient for {say(one.period)} after: {one.after}"
        name = f"{product.id}-observation-{say(one.period)}"
        yield Check(name, title, evidence=(one.evidence,), is_watch=True)


def _title(concept: str) -> str:
    try:
        return catalogue().concept(concept).title
    except Refused:
        return concept
