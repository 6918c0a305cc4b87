"""Ordered, dispensed and given, kept apart and told against one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stepline.course.dose import Dose, Standing
from stepline.course.pairing import BESIDE, Dated, paired

HAPPENED = frozenset({Standing.GIVEN, Standing.REPORTED})


@dataclass(frozen=True, slots=True)
class Order:
    """An order and the givings that are its own; none where no giving is recorded.

    `differs` tells whether the amount given is another than the one ordered; `None` where one of
    them is not known or the two do not compare.
    """

    ordered: Dose
    given: tuple[Dose, ...]
    differs: bool | None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The doses of one drug: orders with their givings, and what belongs to no order."""

    orders: tuple[Order, ...]
    without_order: tuple[Dose, ...]
    dispensed: tuple[Dose, ...]
    not_given: tuple[Dose, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each, by name."""
        answered = [order for order in self.orders if order.given]
        return {
            "ordered and given": len(answered),
            "ordered, giving not recorded": len(self.orders) - len(answered),
            "given without order": len(self.without_order),
            "amounts differ": sum(order.differs is True for order in answered),
            "amounts not comparable": sum(order.differs is None for order in answered),
            "dispensed": len(self.dispensed),
            "not given": len(self.not_given),
        }

    @property
    def doses(self) -> tuple[Dose, ...]:
        """All doses again, in order."""
        of_orders = [dose for one in self.orders for dose in (one.ordered, *one.given)]
        rest = (*self.without_order, *self.dispensed, *self.not_given)
        return tuple(sorted((*of_orders, *rest), key=lambda dose: dose.order))


def reconciled(doses: Iterable[Dose]) -> Reconciled:
    """The doses of one drug, each order with its givings; the order of the doses does not matter.

    Single orders and givings are paired one to one (`pairing`). An ordered stretch has the givings
    of its group and those that no other order has and that begin within it, or at most `BESIDE`
    days around it; where stretches overlap, the one that began last has them.
    """
    own = sorted(doses, key=lambda dose: dose.order)
    orders = [dose for dose in own if dose.standing is Standing.ORDERED]
    given = [dose for dose in own if dose.standing in HAPPENED]
    holders = _single(orders, given)
    _of_stretches(orders, given, holders)
    held: dict[int, list[Dose]] = {}
    for place, order in holders.items():
        held.setdefault(order, []).append(given[place])
    return Reconciled(
        tuple(_order(dose, held.get(place, [])) for place, dose in enumerate(orders)),
        tuple(dose for place, dose in enumerate(given) if place not in holders),
        tuple(dose for dose in own if dose.standing is Standing.DISPENSED),
        tuple(dose for dose in own if dose.standing is Standing.NOT_GIVEN),
    )


def _single(orders: Sequence[Dose], given: Sequence[Dose]) -> dict[int, int]:
    """By the place of a single giving, the place of the single order that it is of."""
    singles = [place for place, dose in enumerate(orders) if not dose.is_stretch]
    moments = [place for place, dose in enumerate(given) if not dose.is_stretch]
    pairs = paired([_dated(orders[n]) for n in singles], [_dated(given[n]) for n in moments])
    return {moments[own]: singles[order] for order, own in pairs.items()}


def _of_stretches(orders: Sequence[Dose], given: Sequence[Dose], holders: dict[int, int]) -> None:
    """Adds the givings that belong to an ordered stretch."""
    stretches = [place for place, dose in enumerate(orders) if dose.is_stretch]
    for place, dose in enumerate(given):
        if place in holders:
            continue
        own = [n for n in stretches if dose.group and orders[n].group == dose.group]
        within = own or [n for n in stretches if _holds(orders[n], dose)]
        if within:
            holders[place] = within[-1]


def _holds(order: Dose, dose: Dose) -> bool:
    day = dose.start.toordinal()
    last = order.end.toordinal() + BESIDE if order.end else day
    return order.start.toordinal() - BESIDE <= day <= last


def _dated(dose: Dose) -> Dated:
    return Dated(dose.start.toordinal(), dose.group)


def _order(ordered: Dose, given: Sequence[Dose]) -> Order:
    answers = [_differs(ordered, dose) for dose in given]
    differs = True if True in answers else None if None in answers or not answers else False
    return Order(ordered, tuple(given), differs)


def _differs(ordered: Dose, given: Dose) -> bool | None:
    """Whether two amounts do not meet; `None` where that cannot be told."""
    if ordered.per is not given.per:
        return None
    same = ordered.unit == given.unit
    first, second = (_ends(one) if same else one.in_mg for one in (ordered, given))
    return None if first is None or second is None else _apart(first, second)


def _ends(dose: Dose) -> tuple[Decimal, Decimal] | None:
    return None if dose.low is None or dose.high is None else (dose.low, dose.high)


def _apart(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> bool:
    return one[1] < other[0] or other[1] < one[0]
