"""What the readers of `library/scores` share. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

from stepline.core.documents import read_as
from stepline.core.evidence import Evidence, Kind
from stepline.vocabulary.authoring import Authored, Cited
from stepline.vocabulary.catalogue import catalogue

Model = TypeVar("Model", bound=Authored)


def evidence_of(cited: Cited, claim: str = "") -> Evidence:
    """The evidence of something cited; its kind is the kind of the source.

    Raises:
        VocabularyRefused: `source-unknown`.
    """
    kind = Kind(catalogue().source(cited.source).kind)
    return Evidence(cited.source, kind, cited.status, cited.claim or claim)


def read_library(model: type[Model], name: str) -> Model:
    """A file of `library/scores`.

    Raises:
        DocumentRefused: every problem of the file.
    """
    content = files("stepline.library").joinpath("scores", name).read_bytes()
    return read_as(model, content, f"library/scores/{name}")
