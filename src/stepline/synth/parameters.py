"""The numbers behind made-up patients, each with its source: `library/synth/*.yaml`.

Import this module lazily; it needs pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeVar

from pydantic import Field

from stepline.core.documents import read_node_as, read_yaml
from stepline.vocabulary.authoring import Authored, Cited
from stepline.vocabulary.catalogue import catalogue

Model = TypeVar("Model", bound=Authored)


class NoiseLevel(StrEnum):
    """How much is lost and mistaken between the patient and the record."""

    NONE = "none"
    DEFAULT = "default"
    HEAVY = "heavy"


class _Number(Cited):
    value: Decimal


class _Numbers(Authored):
    kind: Literal[
        "synth-population", "synth-bounds", "synth-treatment",
        "synth-measures", "synth-giving", "synth-daily",
    ]  # fmt: skip
    numbers: dict[str, _Number]
    shares: dict[str, dict[str, Decimal]] = Field(default_factory=dict)
    choices: dict[str, list[int]] = Field(default_factory=dict)
    evidence: list[Cited]


class _Chance(Authored):
    of: str
    none: Decimal = Field(ge=0, le=1)
    default: Decimal = Field(ge=0, le=1)
    heavy: Decimal = Field(ge=0, le=1)
    says: str


class _Noise(Authored):
    kind: Literal["synth-noise"]
    levels: list[NoiseLevel]
    numbers: dict[str, _Chance]
    evidence: list[Cited]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers, shares of a whole, and lists of which one is taken, by name."""

    numbers: Mapping[str, float]
    shares: Mapping[str, Mapping[str, float]]
    choices: Mapping[str, Sequence[int]]


Population = Numbers


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of one fault at each level; `of` is what it is the chance of."""

    name: str
    of: str
    says: str
    levels: Mapping[NoiseLevel, Decimal]


def population() -> Population:
    """The packaged population: who they are, how the disease goes, how it is treated."""
    return numbers_of("population")


def bound(name: str) -> float:
    """A number of the packaged bounds."""
    return numbers_of("bounds").numbers[name]


@lru_cache(maxsize=8)
def numbers_of(name: str) -> Numbers:
    """The packaged numbers of `population`, `bounds`, `treatment`, `measures`, `giving`, `daily`.

    Raises:
        DocumentRefused: every problem of the file.
        VocabularyRefused: `source-unknown`.
    """
    model = _read(_Numbers, f"{name}.yaml")
    for number in (*model.numbers.values(), *model.evidence):
        catalogue().source(number.source)
    shares = {
        name: {one: float(share) for one, share in parts.items()}
        for name, parts in model.shares.items()
    }
    numbers = {name: float(one.value) for name, one in model.numbers.items()}
    return Numbers(numbers, shares, model.choices)


@lru_cache(maxsize=1)
def chances() -> tuple[Chance, ...]:
    """Every kind of fault, in the order of the file."""
    model = _read(_Noise, "noise.yaml")
    return tuple(
        Chance(name, one.of, one.says, {level: getattr(one, level.value) for level in NoiseLevel})
        for name, one in model.numbers.items()
    )


@lru_cache(maxsize=3)
def noise(level: NoiseLevel) -> Mapping[str, float]:
    """The chance of every fault at one level."""
    return {one.name: float(one.levels[level]) for one in chances()}


def _read(model: type[Model], name: str) -> Model:
    content = files("stepline.library").joinpath("synth", name).read_bytes()
    return read_node_as(model, read_yaml(content, f"library/synth/{name}"))
