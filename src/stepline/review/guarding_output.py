"""A guarded plan as a machine reads it: the plan's own keys, and what guarding adds to them."""

from __future__ import annotations

from typing import Any

from stepline.dosing.plan_model import Plan
from stepline.review.guarding_model import Guard, Guarded
from stepline.review.output import statement_json


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
    rule = guard.statement.id
    mend = f'settle it, or give a reason: --override "{rule}=…"'
    return {**_warning(guard), "rule": rule, "mend": mend}


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
