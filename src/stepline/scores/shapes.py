"""What stands in the columns of each score where outcomes are saved as CSV or Parquet."""

from __future__ import annotations

from stepline.scores.inactive import inactive_tables
from stepline.scores.saving import Shape
from stepline.scores.tis import ENZYME
from stepline.scores.tis_tables import tis_tables


def tis_shape() -> Shape:
    """The total improvement score: points and percent of every instrument there is."""
    measures = (*(one.id for one in tis_tables().scales), ENZYME)
    return Shape(
        texts=("category", "enzyme", "enzyme_rule", "status", "policy"),
        numbers=("tis", "lower", "upper"),
        lists=("enzymes_not_measured", "missing", "notes"),
        number_groups={"points": measures, "percent": measures},
    )


def improvement_shape() -> Shape:
    """The definition of improvement."""
    clauses = ("enough improved", "few worse", "strength not worse")
    return Shape(
        texts=("definition", "policy"),
        truths=("met",),
        lists=("improved", "worsened", "missing", "notes"),
        truth_groups={"clauses": clauses},
    )


def deterioration_shape() -> Shape:
    """Confirmed deterioration, one row a subject; its visits are in JSON alone."""
    return Shape(
        texts=("definition", "policy"),
        truths=("confirmed", "awaits_confirmation"),
        lists=("notes",),
    )


def inactive_shape() -> Shape:
    """Inactive disease."""
    return Shape(
        texts=("definition",),
        truths=("inactive",),
        lists=("missing", "notes"),
        truth_groups={"items": tuple(one.id for one in inactive_tables().items)},
    )


def classification_shape() -> Shape:
    """The classification; its probabilities are in JSON alone."""
    return Shape(
        texts=("category", "subgroup", "policy"),
        numbers=("score", "lower", "upper"),
        truths=("with_biopsy",),
        lists=("missing",),
    )
