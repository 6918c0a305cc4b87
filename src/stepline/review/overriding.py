"""Reasons to go on although a rule holds: read, checked, and kept with the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stepline.core.errors import Place, Problem
from stepline.dosing.refusing import DosingRefused
from stepline.review.guarding_model import Guard, Override

_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 2
_PLACE = Place(path="--override")


def read_overrides(texts: Iterable[str], rules: Sequence[str]) -> tuple[Override, ...]:
    """Overrides from texts such as `hbv-before-rituximab=HBV DNA is negative`.

    Raises `DosingRefused` with every problem: `override-malformed`, `override-without-reason`,
    `rule-unknown`, `override-twice`.
    """
    found = [_read(text) for text in texts]
    problems = [one for one in found if isinstance(one, Problem)]
    overrides = [one for one in found if isinstance(one, Override)]
    problems += [_unknown(one, rules) for one in overrides if one.rule not in rules]
    named = [one.rule for one in overrides]
    problems += [_twice(rule) for rule in dict.fromkeys(named) if named.count(rule) > 1]
    if problems:
        raise DosingRefused(problems)
    return tuple(overrides)


def _read(text: str) -> Override | Problem:
    rule, sign, reason = (part.strip() for part in text.partition("="))
    if not sign or not rule:
        message = "An override names a rule and gives the reason."
        mend = 'write --override "rule-id=the reason in words"'
        return Problem("override-malformed", message, _PLACE, text[:60], "rule-id=reason", mend)
    if len(_WORD.findall(reason)) < _FEWEST_WORDS:
        message = f"The override of {rule[:60]} gives no reason in words."
        mend = "say why the plan goes on although the rule holds"
        return Problem("override-without-reason", message, _PLACE, reason[:60], "words", mend)
    return Override(rule, reason)


def _unknown(override: Override, rules: Sequence[str]) -> Problem:
    from difflib import get_close_matches

    near = " or ".join(get_close_matches(override.rule, rules, n=2))
    message = f"The library has no rule '{override.rule[:60]}'."
    mend = f"did you mean {near}?" if near else "run stepline library list"
    return Problem("rule-unknown", message, _PLACE, override.rule[:60], mend=mend)


def _twice(rule: str) -> Problem:
    message = f"The rule {rule} is overridden twice."
    return Problem("override-twice", message, _PLACE, rule, mend="give one reason")


def check_overrides(overrides: Iterable[Override], guards: Sequence[Guard]) -> None:
    """Refuses an override of a rule that does not hold of the plan: it would hide nothing.

    Raises `DosingRefused`: `override-not-holding`.
    """
    holding = [guard.statement.id for guard in guards if guard.holds]
    problems = [
        Problem(
            "override-not-holding",
            f"The rule {one.rule} does not hold of this plan, so there is nothing to override.",
            _PLACE,
            one.rule,
            ", ".join(holding) or "no rule holds",
            "leave it out",
        )
        for one in overrides
        if one.rule not in holding
    ]
    if problems:
        raise DosingRefused(problems)
