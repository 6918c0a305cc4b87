"""What the readers of `library/scores` share. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

from stepline.core.documents import read_node_as, read_yaml
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.policy import Policy
from stepline.vocabulary.authoring import Authored, Cited
from stepline.vocabulary.catalogue import catalogue

Model = TypeVar("Model", bound=Authored)


def evidence_of(cited: Cited, claim: str = "") -> Evidence:
    """The evidence of something cited; its kind is the kind of the source, and a policy's is local.

    Raises:
        VocabularyRefused: `source-unknown`.
    """
    if cited.status is Status.LOCAL:
        return Evidence(cited.source, Kind.POLICY, cited.status, cited.claim or claim)
    kind = Kind(catalogue().source(cited.source).kind)
    return Evidence(cited.source, kind, cited.status, cited.claim or claim)


def read_library(model: type[Model], name: str, policy: Policy | None = None) -> Model:
    """A file of `library/scores`, with what a policy decides in place of what is unconfirmed.

    Raises:
        DocumentRefused: every problem of the file.
    """
    content = files("stepline.library").joinpath("scores", name).read_bytes()
    node = read_yaml(content, f"library/scores/{name}")
    if policy is not None:
        node = policy.applied(node, f"scores/{name.removesuffix('.yaml')}")
    return read_node_as(model, node)
