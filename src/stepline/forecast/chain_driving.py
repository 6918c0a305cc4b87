"""What drives the chain: rituximab and immunoglobulin of a plan or a record, and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.dosing.refusing import Gathering
from stepline.forecast.chain_asking import ChainAsked
from stepline.forecast.chain_parts import OWN, Models
from stepline.forecast.covariates import covariates_at
from stepline.forecast.doses import Doses, doses
from stepline.forecast.driving import Driving, Given, Known, Measured, Untold, of_plan
from stepline.forecast.driving_record import doses_of, of_record
from stepline.forecast.forecasting import cleared
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.measuring import baseline_of, measured_in
from stepline.forecast.model import Model
from stepline.forecast.models import model
from stepline.record.index import RecordIndex

if TYPE_CHECKING:
    from stepline.dosing.plan_model import Plan
    from stepline.record.model import Record

_COUNTS = "b-cells-calibrated"
"""How counts of B cells are read where the model of the drug has the cells in it."""
AHEAD_OF_PLAN, AHEAD_OF_RECORD = timedelta(days=548), timedelta(days=365)
"""How far ahead is looked where nobody says: 18 months of a regimen, 12 after a record."""


@dataclass(frozen=True, slots=True)
class ChainDriving:
    """What drives a chain. Days count from `drug.zero`, the first dose of either drug.

    `known` are covariates by model; `own` the values from before treatment by concept, stated or
    measured; `measured` the values after it by concept.
    """

    drug: Driving
    igg_doses: tuple[Given, ...] = ()
    known: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)
    own: Mapping[str, Known] = field(default_factory=dict)
    measured: Mapping[str, tuple[Measured, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def igg_arrays(self) -> Doses:
        """The doses of immunoglobulin on the clock of the chain."""
        return doses(
            [self.drug.days(one.time) for one in self.igg_doses],
            [float(one.amount) for one in self.igg_doses],
            [float(one.minutes or 0) / (24 * 60) for one in self.igg_doses],
            [one.is_depot for one in self.igg_doses],
        )


def of_chain_plan(
    plan: Plan, chosen: Models, asked: ChainAsked, *, is_dated: bool = True
) -> ChainDriving:
    """A plan of rituximab, from its first day on. Raises what `driving.of_plan` raises."""
    start = datetime.combine(plan.doses[0].date, datetime.min.time())
    until = start + (asked.until or AHEAD_OF_PLAN)
    drug = of_plan(plan, chosen.drug, asked.covariates, until=until, is_dated=is_dated)
    known = {one.id: drug.known for one in chosen.listed}
    return ChainDriving(drug, known=known, own=_stated(asked), notes=drug.notes)


def of_chain_record(record: Record, chosen: Models, asked: ChainAsked) -> ChainDriving:
    """The rituximab and immunoglobulin of a record.

    Raises `ForecastRefused` with every problem: `nothing-given`, `dose-unknown` (any dose of
    rituximab, since no time is known after which B cells forget it; immunoglobulin that is still
    felt), `drug-not-in-model`.
    """
    ahead = asked.until or AHEAD_OF_RECORD
    drug = of_record(
        record,
        chosen.drug,
        as_of=asked.as_of,
        until=ahead,
        stated=asked.covariates,
        same_day=asked.same_day,
    )
    index, gathering = RecordIndex(record), Gathering()
    for one in drug.untold:
        gathering.add(_unknown(one))
    igg = gathering.attempt(lambda: _igg(index, chosen.igg, drug, asked)) or drug
    if gathering.problems:
        raise ForecastRefused(gathering.problems)
    return _joined(index, chosen, asked, drug, None if igg is drug else igg)


def _unknown(one: Untold) -> Problem:
    return Problem(
        "dose-unknown",
        f"A dose of rituximab is not known, and its effect on B cells may last: {one.says}.",
        found="unknown",
        allowed="a known amount on a known day",
        mend="state it in the record",
    )


def _igg(index: RecordIndex, igg: Model | None, drug: Driving, asked: ChainAsked) -> Driving | None:
    """The immunoglobulin of the record on the clock of rituximab; `None` where there is none."""
    if igg is None:
        return None
    weight = asked.covariates.get("weight")
    given, untold, notes = doses_of(index, igg, drug.as_of, drug.until, weight)
    if not given and not untold:
        return None
    whole = replace(
        drug, doses=given, untold=untold, measured=(), unused=(), notes=notes, clear_from=None
    )
    return cleared(whole, None)


def _joined(
    index: RecordIndex, chosen: Models, asked: ChainAsked, drug: Driving, igg: Driving | None
) -> ChainDriving:
    first_given = [*drug.doses[:1], *(igg.doses[:1] if igg else ())]
    zero = min(one.time for one in first_given)
    clock = replace(drug, zero=zero)
    notes, unused = [*drug.notes, *(igg.notes if igg else ())], [*drug.unused]
    known, measured = {}, {"rituximab": drug.measured}
    for one in chosen.listed:
        known[one.id], remarks = covariates_at(index, one, drug.as_of, asked.covariates)
        notes += remarks
    own = dict(_stated(asked))
    counted = chosen.cells or model(_COUNTS)
    for one in [each for each in (counted, chosen.igg) if each is not None]:
        is_igg = one is chosen.igg
        given = _first_and(drug, igg) if is_igg else drug.doses
        before = _before(drug, igg if is_igg else None)
        if before is not None and one.measures not in own:
            found, why_not = baseline_of(index, _beginning(one), before, asked.same_day)
            own |= {} if found is None else {one.measures: found}
            notes += [why_not] if why_not else []
        seen, left_out = measured_in(index, one, given, drug.as_of, asked.same_day)
        clear = igg.clear_from if is_igg and igg else None
        measured[one.measures] = tuple(x for x in seen if clear is None or x.time >= clear)
        unused += left_out
    notes_once, unused_once = tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(unused))
    doses_igg = igg.doses if igg else ()
    return ChainDriving(clock, doses_igg, known, own, measured, notes_once, unused_once)


def _first_and(drug: Driving, igg: Driving | None) -> tuple[Given, ...]:
    """The first dose of rituximab and those of immunoglobulin, with which a value may clash."""
    both = (*drug.doses[:1], *(igg.doses if igg else ()))
    return tuple(sorted(both, key=lambda one: (one.time, one.event_id)))


def _before(drug: Driving, igg: Driving | None) -> datetime | None:
    """The first moment at which anything was given; `None` where that may have been earlier."""
    untold = igg.untold if igg else ()
    earliest = [one.earliest for one in untold]
    if any(one is None for one in earliest):
        return None
    first: Sequence[Given] = (*drug.doses[:1], *(igg.doses[:1] if igg else ()))
    return min([*(one.time for one in first), *(one for one in earliest if one is not None)])


def _beginning(one: Model) -> Model:
    """The model with its value from before treatment under the name that `baseline_of` asks for."""
    named = (name for name, concept in OWN.items() if concept == one.measures)
    own = next((name for name in named if name in one.parameters), None)
    if own is None:
        return one
    return replace(one, parameters={**one.parameters, "endogenous": one.parameters[own]})


def _stated(asked: ChainAsked) -> dict[str, Known]:
    return {name: Known("baseline", value, "stated") for name, value in asked.baselines.items()}
