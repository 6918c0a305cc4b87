"""One person's body as the equations read it: parts that models state, in one array.

A drug (and its target), IgG, what B cells feed, the cells and a response are parts; each is a
model with the parameters of the person. What is left out is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model, Structure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LINEAR, RATES = Structure.LINEAR, Structure.LINEAR_RATES
DRUGS = (LINEAR, RATES, Structure.CLEARANCE_IN_TIME, Structure.TARGET_QSS)
IGGS = (LINEAR, RATES, Structure.FCRN)


@dataclass(frozen=True, slots=True)
class Part:
    """A model with the parameters of one person, as `individual` gives them."""

    model: Model
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Body:
    """The parts of one person.

    `igg_at` (g/L) is the IgG with which the parameters of the drug were worked out, if its model
    depends on IgG and is to follow it; `None` leaves the drug as it is. `begin` (d) is the first
    dose of the drug, from which a falling clearance counts.
    """

    drug: Part | None = None
    igg: Part | None = None
    cells: Part | None = None
    production: Part | None = None
    response: Part | None = None
    igg_at: float | None = None
    begin: float = 0.0

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are there, in the order of the fields."""
        every = (self.drug, self.igg, self.cells, self.production, self.response)
        return tuple(one for one in every if one)


def bodies(people: Sequence[Body]) -> NDArray[np.float64]:
    """The parameters of people (n × `stepping_kernels.PARAMETERS`).

    Raises `ForecastRefused` with every problem: `structure-wrong`, a part of a structure that does
    not fit its place or has compartments that are not stepped; `amount-unit-wrong`; `igg-unknown`,
    drug that is to follow IgG without a part for it or with a model that does not depend on it.
    """
    import numpy as np

    from stepline.forecast import stepping_kernels as at

    problems = [problem for one in people[:1] for problem in _problems(one)]
    if problems:
        raise ForecastRefused(problems)
    out = np.zeros((len(people), at.PARAMETERS))
    out[:, [at.VC, at.VP, at.IGG_AT, at.IGG_VC, at.IGG_VP]] = 1.0
    out[:, [at.CELLS_AT_START, at.TRANSIT_RATE]] = 1.0
    for row, one in zip(out, people, strict=True):
        for part, write in _writers(one):
            if part:
                write(row, part)
        row[at.BEGIN] = one.begin
        if one.igg_at is not None and one.drug:
            row[at.IGG_AT], row[at.IGG_POWER] = one.igg_at, igg_power(one.drug.model)
    return out


Writer = Callable[["NDArray[np.float64]", Part], None]


def _writers(one: Body) -> tuple[tuple[Part | None, Writer], ...]:
    return (
        (one.drug, _write_drug),
        (one.igg, _write_igg),
        (one.cells, _write_cells),
        (one.production, _write_production),
        (one.response, _write_response),
    )


def igg_power(model: Model) -> float:
    """The power of IgG to which a model's elimination rises; 0 where it does not depend on it."""
    for name in ("cl", "ke"):
        for one in model.parameters[name].covariates if name in model.parameters else ():
            if one.name == "igg":
                return float(one.coefficient)
    return 0.0


def _problems(one: Body) -> list[Problem]:
    places = (
        ("drug", one.drug, DRUGS),
        ("IgG", one.igg, IGGS),
        ("cells", one.cells, (Structure.CELL_TURNOVER,)),
        ("production", one.production, (Structure.PRODUCTION,)),
        ("response", one.response, (Structure.INDIRECT_RESPONSE,)),
    )
    found = [
        Problem(
            "structure-wrong",
            f"The model {part.model.id} cannot stand for the {place}.",
            found=part.model.structure.value,
            allowed=", ".join(structure.value for structure in allowed),
        )
        for place, part, allowed in places
        if part and part.model.structure not in allowed
    ]
    found += [
        Problem(
            "structure-wrong",
            f"The model {part.model.id} has three compartments, which are not solved in steps.",
            allowed="one or two compartments",
        )
        for part in one.parts
        if {"vp2", "k31"} & set(part.values)
    ]
    found += [] if found else _units(one)
    follows = one.igg_at is not None
    if follows and not (one.igg and one.drug and igg_power(one.drug.model)):
        message = "The drug cannot follow IgG: its model does not depend on it, or no IgG is there."
        found.append(Problem("igg-unknown", message, allowed="a model with the covariate igg"))
    return found


def _units(one: Body) -> list[Problem]:
    """Concentrations that drive an effect, or a loss, are in mg/L of a drug and g/L of IgG."""
    is_target = one.drug is not None and one.drug.model.structure is Structure.TARGET_QSS
    needed = (
        (one.drug, "mg", one.cells is not None or is_target),
        (one.igg, "g", True),
    )
    return [
        Problem(
            "amount-unit-wrong",
            f"The model {part.model.id} counts in another unit than what it is joined to.",
            found=part.model.amount_unit,
            allowed=unit,
        )
        for part, unit, is_driver in needed
        if part and is_driver and part.model.amount_unit != unit
    ]


def two_compartments(part: Part) -> tuple[float, float, float, float]:
    """CL, central volume, Q and peripheral volume (L/d, L) of a part, from either way to state it.

    Without a periphery Q is 0 and its volume 1.
    """
    values = part.values
    volume = values["vc"]
    clearance = values["ke"] * volume if "ke" in values else values.get("cl", 0.0)
    if "k12" in values:
        flow = values["k12"] * volume
        return clearance, volume, flow, flow / values["k21"]
    return clearance, volume, values.get("q", 0.0), values.get("vp", 1.0)


def _write_drug(row: NDArray[np.float64], part: Part) -> None:
    from stepline.forecast import stepping_kernels as at

    values = part.values
    row[at.IN_DRUG] = 1.0
    row[[at.CL, at.VC, at.Q, at.VP]] = two_compartments(part)
    if part.model.structure is Structure.CLEARANCE_IN_TIME:
        row[at.CL_EXTRA], row[at.K_DES] = values["cl-extra"], values["k-des"]
    if part.model.structure is Structure.TARGET_QSS:
        mass = values["molar-mass"] / 1000  # kDa; nmol/L times this is mg/L of the drug
        row[at.K_TARGET], row[at.K_SS] = values["k-target"], values["k-ss"] * mass
        row[at.TARGET_MADE] = values["target-made"] * mass
        row[at.TARGET_LOST] = values["target-lost"]


def _write_igg(row: NDArray[np.float64], part: Part) -> None:
    from stepline.forecast import stepping_kernels as at

    values = part.values
    clearance, *rest = two_compartments(part)
    row[at.IN_IGG] = 1.0
    row[[at.IGG_VC, at.IGG_Q, at.IGG_VP]] = rest
    row[at.IGG_KA] = values.get("ka", 0.0)
    if part.model.structure is Structure.FCRN:
        row[at.UPTAKE], row[at.BASELINE] = values["uptake"], values["baseline"]
        row[at.RECYCLING_MOST] = values["recycling-most"]
        row[at.RECYCLING_KM] = values["recycling-km"]
    else:  # a loss that does not depend on the total: no recycling
        row[at.UPTAKE], row[at.BASELINE] = clearance / rest[0], values.get("endogenous", 0.0)
        row[at.RECYCLING_KM] = 1.0


def _write_cells(row: NDArray[np.float64], part: Part) -> None:
    from stepline.forecast import stepping_kernels as at

    values = part.values
    pools = values.get("transits", 0.0)
    row[at.IN_CELLS] = 1.0
    row[[at.CELLS_AT_START, at.K_OUT]] = values["cells-at-start"], values["k-out"]
    row[[at.KILL_MOST, at.KILL_HALF]] = values["effect-most"], values["half-effect-at"]
    row[[at.HILL, at.TRANSITS]] = values.get("hill", 1.0), pools
    row[at.TRANSIT_RATE] = pools / values["mean-transit-time"] if pools else 1.0


def _write_production(row: NDArray[np.float64], part: Part) -> None:
    from stepline.forecast import stepping_kernels as at

    values = part.values
    row[at.IN_PRODUCTION] = 1.0
    row[[at.SHARE, at.K_PRODUCTION]] = values["share-short-lived"], values["k-production"]
    row[at.K_SLOW] = values.get("k-slow", 0.0)


def _write_response(row: NDArray[np.float64], part: Part) -> None:
    from stepline.forecast import stepping_kernels as at

    values = part.values
    row[at.IN_RESPONSE] = 1.0
    row[[at.RESPONSE_AT_START, at.RESPONSE_K_OUT]] = values["response-at-start"], values["k-out"]
    row[[at.RESPONSE_MOST, at.RESPONSE_HALF]] = values["effect-most"], values["half-effect-at"]
