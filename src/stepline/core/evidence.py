"""Where a clinical number or rule comes from, and how far it can be trusted.

A status travels with the number into every output. `derived` is arithmetic on verified facts;
`unconfirmed` is remembered or read in a source of low trust, and says so wherever it decides; a
unit may decide on such a fact, and what rests on that is `local`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far a fact was confirmed, from strongest to weakest."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    DERIVED = "derived"
    UNCONFIRMED = "unconfirmed"
    LOCAL = "local"


class Kind(StrEnum):
    """What sort of source a fact was read in."""

    LABEL = "label"
    GUIDELINE = "guideline"
    POLICY = "policy"
    TRIAL = "trial"
    COHORT = "cohort"
    CASE_REPORT = "case-report"
    INCIDENT = "incident"
    STANDARD = "standard"
    DESIGN = "design"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim and its source.

    `source` is a key of `library/sources.yaml`, or names the policy and its source where a fact is
    `local`; `kind` and `status` say what it is worth.
    """

    source: str
    kind: Kind
    status: Status
    claim: str = ""

    def as_json(self) -> dict[str, str]:
        """Machine form."""
        return {
            "source": self.source,
            "kind": self.kind.value,
            "status": self.status.value,
            "claim": self.claim,
        }


def weakest(statuses: list[Status]) -> Status:
    """The status of a conclusion that rests on all of these; unconfirmed when there are none.

    One that rests on a local decision is local, so that it is never taken for anybody else's.
    """
    order = list(Status)
    return max(statuses, key=order.index, default=Status.UNCONFIRMED)
