"""What a unit writes in a policy. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from stepline.core.documents_model import read_as


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthoredDecision(_Written):
    """One fact, the value that is to stand there, and the text of the source it rests on."""

    fact: str
    value: bool | int | Decimal | str
    because: str = Field(min_length=1)


class AuthoredPolicy(_Written):
    """The file."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: str = ""
    decided_by: str = Field(min_length=1)
    decided_on: str = ""
    facts: list[AuthoredDecision] = Field(min_length=1)


def authored_policy(content: str | bytes, file: str) -> AuthoredPolicy:
    """The document as it was written.

    Raises:
        DocumentRefused: every problem of the document.
    """
    return read_as(AuthoredPolicy, content, file)
