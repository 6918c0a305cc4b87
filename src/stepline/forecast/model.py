"""A published model of a drug's course in the body, or of its effect, as immutable data.

A model states a structure and its typical values, how these depend on body and laboratory
(covariates), how much people differ (variability), how far a measurement lies from its truth
(residual error), whom it was fitted to and where it is valid. Every number carries its evidence.
Time is in days, volumes in litres, and the amount in `amount_unit`; a concentration is therefore
in `amount_unit` per litre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from stepline.core.evidence import Evidence


class Structure(StrEnum):
    """What the equations of a model are; the parameters that each needs stand in `NEEDS`."""

    LINEAR = "linear"
    LINEAR_RATES = "linear-rates"
    CLEARANCE_IN_TIME = "clearance-in-time"
    FCRN = "fcrn"
    TARGET_QSS = "target-qss"
    INDIRECT_RESPONSE = "indirect-response"
    CELL_TURNOVER = "cell-turnover"
    PRODUCTION = "production"


NEEDS: Mapping[Structure, tuple[str, ...]] = {
    Structure.LINEAR: ("cl", "vc"),
    Structure.LINEAR_RATES: ("ke", "vc"),
    Structure.CLEARANCE_IN_TIME: ("cl", "cl-extra", "k-des", "vc"),
    Structure.FCRN: ("recycling-most", "recycling-km", "uptake", "vc", "baseline"),
    Structure.TARGET_QSS: ("cl", "vc", "k-target", "k-ss", "target-made", "target-lost"),
    Structure.INDIRECT_RESPONSE: ("response-at-start", "k-out", "effect-most", "half-effect-at"),
    Structure.CELL_TURNOVER: ("cells-at-start", "k-out", "effect-most", "half-effect-at"),
    Structure.PRODUCTION: ("share-short-lived", "k-production"),
}
"""The parameters that a structure cannot do without."""

MAY: Mapping[Structure, tuple[str, ...]] = {
    Structure.LINEAR: ("q", "vp", "q2", "vp2", "ka", "f", "lag", "endogenous"),
    Structure.LINEAR_RATES: ("k12", "k21", "k13", "k31", "ka", "f", "lag", "endogenous"),
    Structure.CLEARANCE_IN_TIME: ("q", "vp", "endogenous"),
    Structure.FCRN: ("q", "vp"),
    Structure.TARGET_QSS: ("q", "vp"),
    Structure.INDIRECT_RESPONSE: (),
    Structure.CELL_TURNOVER: ("hill", "transits", "mean-transit-time", "precursor-share"),
    Structure.PRODUCTION: (),
}
"""The parameters that a structure may have as well."""


class Scaling(StrEnum):
    """How a covariate changes a parameter."""

    POWER = "power"
    EXPONENTIAL = "exponential"
    FACTOR = "factor"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Covariate:
    """A parameter's dependence on one covariate `x` with reference `r` and coefficient `c`.

    `power`: times (x/r)^c. `exponential`: times exp(c·(x - r)). `factor`: times c^(x - r).
    `linear`: times 1 + c·(x - r). `name` and `unit` are keys of `COVARIATES`.
    """

    name: str
    scaling: Scaling
    coefficient: Decimal
    reference: Decimal


COVARIATES: Mapping[str, str] = {
    "weight": "kg",
    "lean-body-mass": "kg",
    "body-surface": "m2",
    "age": "a",
    "male": "",
    "female": "",
    "igg": "g/L",
    "igm": "g/L",
    "cd19-count": "/uL",
    "course": "",
    "antibody-deficiency": "",
    "progressor": "",
}
"""Every covariate that a model may name, with its unit; yes and no are 1 and 0."""


COLUMNS = ("lag", "f", "duration", "rate")
"""What a row of an event table may state of its dose into the depot or the central compartment."""
COLUMN_KEYS = tuple(f"{where}-{what}" for where in ("depot", "central") for what in COLUMNS)
"""What `columns` may name beside covariates, such as `central-lag`."""


@dataclass(frozen=True, slots=True)
class Variability:
    """How much people differ: `omega` is the standard deviation of the natural logarithm.

    `stated_as` keeps the scale in which the source prints it (`cv`, `sd` or `variance`), `stated`
    the printed number. omega² = ln(1 + CV²).
    """

    omega: Decimal
    stated: Decimal
    stated_as: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typical value with its unit, its covariates and its variability (`None`: not reported)."""

    name: str
    value: Decimal
    unit: str
    evidence: Evidence
    covariates: tuple[Covariate, ...] = ()
    variability: Variability | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """The correlation between the individual deviations of two parameters."""

    one: str
    other: str
    value: Decimal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Residual:
    """How far a measurement lies from its truth, as standard deviations.

    `proportional` is a fraction of the value, `additive` an amount in `unit`; either may be
    `None`, not reported. `scale` says on which scale the source prints them (`sd`, `variance`,
    or `unsure` where it does not say, and they were then read as standard deviations).
    """

    proportional: Decimal | None
    additive: Decimal | None
    unit: str
    scale: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Valid:
    """The range of a covariate, or of `dose` or `interval`, in which a model may be used."""

    name: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `drugs` and `measures` are concepts: what is given and what is predicted.

    `label` is `published`, `surrogate` (published, for another disease than it stands in for) or
    `calibrated` (this project's, fitted to published figures); `says` is the sentence that goes
    with every result. `driven_by` names the concept whose concentration drives an effect; empty
    for a model of the drug itself. `routes` are those that the model can take.

    `scale` multiplies amount per litre into `result_unit`: 1000 for mg and ug/L. `time_unit` is
    that of the times in event tables; `columns` names the columns of such a table by what they
    hold: one of `COLUMN_KEYS`, or a covariate.
    """

    id: str
    version: str
    title: str
    drugs: tuple[str, ...]
    measures: str
    structure: Structure
    amount_unit: str
    result_unit: str
    label: str
    says: str
    parameters: Mapping[str, Parameter]
    residual: Residual | None
    population: str
    subjects: int | None
    routes: tuple[str, ...]
    correlations: tuple[Correlation, ...] = ()
    valid: tuple[Valid, ...] = ()
    cautions: tuple[str, ...] = ()
    driven_by: str = ""
    scale: Decimal = Decimal(1)
    time_unit: str = "d"
    columns: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def varied(self) -> tuple[str, ...]:
        """The names of parameters in which people differ, in the order of the file."""
        return tuple(name for name, one in self.parameters.items() if one.variability)

    @property
    def needed(self) -> tuple[str, ...]:
        """The covariates that the typical values depend on, in the order of `COVARIATES`."""
        used = {c.name for one in self.parameters.values() for c in one.covariates}
        return tuple(name for name in COVARIATES if name in used)
