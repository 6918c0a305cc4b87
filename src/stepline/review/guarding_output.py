"""A guarded plan as a machine reads it: the plan's own keys, and what guarding adds to them."""

from __future__ import annotations

from typing import Any

from stepline.core.errors import Place, Problem
from stepline.dosing.plan_model import Plan
from stepline.review.guarded_planning import GuardedPlans
from stepline.review.guarding_model import Guard, Guarded
from stepline.review.output import statement_json


def plans_json(found: GuardedPlans) -> dict[str, object]:
    """The plan that was asked for, and under `alignment` the others with what guards them.

    Without others there is no such key.
    """
    first, *others = (
        guarded_json(plan, guarded)
        for plan, guarded in zip(found.plans, found.guarded, strict=True)
    )
    if not others:
        return first
    alignment = {**found.alignment.common_json(), "refused": found.refuses, "plans": others}
    return {**first, "alignment": alignment}


def refusing_problems(found: GuardedPlans) -> list[Problem]:
    """The rules that refuse, as problems; to be told with what else is wrong with a command."""
    return [
        Problem(one.statement.id, one.message, Place(path=plan.request.regimen.id), mend=_mend(one))
        for plan, guarded in zip(found.plans, found.guarded, strict=True)
        for one in guarded.guards
        if one.refuses
    ]


def guarded_json(plan: Plan, guarded: Guarded) -> dict[str, object]:
    """The plan with `warnings` and `refusals` of its rules, `overrides` and `guards`."""
    data: dict[str, Any] = plan.as_json()
    data["inputs"]["from_record"] = {one.concept: one.as_json() for one in guarded.body}
    data["warnings"] += [caution.as_json() for caution in guarded.cautions]
    data["warnings"] += [_warning(one) for one in guarded.guards if not one.refuses]
    data["refusals"] += [_refusal(one) for one in guarded.guards if one.refuses]
    data["overrides"] = [_override(one) for one in guarded.guards if one.override is not None]
    data["guards"] = {
        "as_of": guarded.as_of_said or None,
        "refused": guarded.refuses,
        "judged": list(guarded.judged),
        "statements": [_statement(one) for one in guarded.guards],
    }
    return data


def _warning(guard: Guard) -> dict[str, object]:
    evidence = [one.as_json() for one in guard.statement.evidence]
    return {"code": guard.statement.id, "message": guard.message, "evidence": evidence}


def _refusal(guard: Guard) -> dict[str, object]:
    return {**_warning(guard), "rule": guard.statement.id, "mend": _mend(guard)}


def _mend(guard: Guard) -> str:
    return f'settle it, or give a reason: --override "{guard.statement.id}=…"'


def _override(guard: Guard) -> dict[str, object]:
    assert guard.override is not None
    evidence = [one.as_json() for one in guard.statement.evidence]
    return {
        "rule": guard.override.rule,
        "reason": guard.override.reason,
        "message": guard.message,
        "evidence": evidence,
    }


def _statement(guard: Guard) -> dict[str, object]:
    data = statement_json(guard.statement)
    data.pop("working", None)
    return {
        **data,
        "foreseen": guard.foreseen.isoformat() if guard.foreseen else None,
        "refuses": guard.refuses,
    }
