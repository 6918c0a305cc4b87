"""How a plan ends: a glucocorticoid that was taken for weeks is not stopped at once."""

from __future__ import annotations

from collections.abc import Iterator

from stepline.core.evidence import Evidence, Kind, Status
from stepline.dosing.plan_model import Caution, Plan
from stepline.vocabulary.catalogue import catalogue

LONG = 21
"""Days of glucocorticoid after which an abrupt stop is warned of."""

_SOURCE = Evidence(
    "stepline-memory",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "No abrupt stop of a glucocorticoid after more than 3 to 4 weeks.",
)


def ending_cautions(plan: Plan) -> Iterator[Caution]:
    """A daily glucocorticoid for more than three weeks must not end with its last planned day."""
    drugs = {concept.id for concept in catalogue().members("glucocorticoid")}
    last = plan.doses[-1]
    if not plan.is_daily or plan.request.regimen.drug not in drugs or last.until is None:
        return
    days = (last.until - plan.doses[0].date).days + 1
    if days > LONG:
        text = (
            f"The plan ends on {last.until} after {days} days of glucocorticoid: it is not stopped "
            "at once. Say before that day what follows, a next dose or a taper."
        )
        yield Caution("not-stopped-at-once", text, (_SOURCE,))
