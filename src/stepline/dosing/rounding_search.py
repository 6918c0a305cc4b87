"""The search behind `rounding`: which whole-vial amounts to give on which day, in integers.

Every policy is a lexicographic order over the amounts of the days; the search is exact. No day is
left without a vial, and none lies further from its dose than two of the largest vials (vials can
always be dealt out so that days differ from their doses by at most about one) or the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd

Key = tuple[int, int, tuple[int, ...]]
"""Distance of the days from their doses, vials, and the amounts negated (larger days first)."""
Cost = Callable[[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Task:
    """Doses, vial sizes (largest first) and caps in steps of a common measure."""

    targets: tuple[int, ...]
    sizes: tuple[int, ...]
    day_cap: int | None = None
    course_cap: int | None = None
    tolerance: Fraction | None = None

    def amounts(self, target: int) -> tuple[int, ...]:
        """The whole-vial amounts that one day may hold, ascending."""
        reach = self._reach(target)
        top = target + reach
        if self.day_cap is not None:
            top = min(top, self.day_cap)
        return tuple(amount for amount in _made_of(self.sizes, top) if amount >= target - reach)

    def _reach(self, target: int) -> int:
        """How far from its dose a day may lie: two of the largest vials, or the tolerance."""
        return max(2 * self.sizes[0], int((self.tolerance or 0) * target))

    def neighbours(self, target: int) -> tuple[int, ...]:
        """The largest amount at or below a dose and the smallest above it, as far as there are."""
        allowed = self.amounts(target)
        below = [amount for amount in allowed if amount <= target][-1:]
        above = [amount for amount in allowed if amount > target][:1]
        return (*below, *above)

    def tolerates(self, target: int, amount: int) -> bool:
        """Whether an amount lies inside the tolerance of a dose; always, where there is none."""
        return self.tolerance is None or abs(amount - target) <= self.tolerance * target


def solve(task: Task, policy: str) -> tuple[int, ...]:
    """The amount of each day under a policy; empty where there is none.

    Under `exact` the amounts are what is opened for the day, not less than its dose.
    """
    if policy == "exact":
        return _opened(task)
    if policy == "course":
        return _course(task)
    choices = [_choices(task, target, policy) for target in task.targets]
    cost = _vials_first if policy == "within" else _distance_first
    return _best(task, choices, cost, None)


def _choices(task: Task, target: int, policy: str) -> tuple[int, ...]:
    return tuple(
        amount
        for amount in task.amounts(target)
        if task.tolerates(target, amount) and (policy != "down" or amount <= target)
    )


def _opened(task: Task) -> tuple[int, ...]:
    """The least that whole vials can hold and that is not below the dose: caps bind the dose."""
    amounts = []
    for target in task.targets:
        holding = (one for one in _made_of(task.sizes, target + task.sizes[0]) if one >= target)
        amounts.append(min(holding))
    return tuple(amounts)


def _course(task: Task) -> tuple[int, ...]:
    """Nearest total first (the lower of two), then the smallest worst day, then distance, vials."""
    choices = [task.amounts(target) for target in task.targets]
    total = _nearest_total(task, choices)
    if total is None:
        return ()
    for worst in _distances(task, choices):
        near = [
            tuple(amount for amount in amounts if abs(amount - target) <= worst)
            for target, amounts in zip(task.targets, choices, strict=True)
        ]
        if total in _totals(near):
            return _best(task, near, _distance_first, total)
    return ()


def _nearest_total(task: Task, choices: list[tuple[int, ...]]) -> int | None:
    wanted = sum(task.targets)
    allowed = [
        total
        for total in _totals(choices)
        if (task.course_cap is None or total <= task.course_cap) and task.tolerates(wanted, total)
    ]
    return min(allowed, key=lambda total: (abs(total - wanted), total), default=None)


def _distances(task: Task, choices: list[tuple[int, ...]]) -> list[int]:
    pairs = zip(task.targets, choices, strict=True)
    return sorted({abs(amount - target) for target, amounts in pairs for amount in amounts})


def _totals(choices: list[tuple[int, ...]]) -> set[int]:
    """Every total that one amount of each day can come to."""
    totals = {0}
    for amounts in choices:
        totals = {total + amount for total in totals for amount in amounts}
    return totals


def _distance_first(distance: int, vials: int) -> tuple[int, int]:
    return distance, vials


def _vials_first(distance: int, vials: int) -> tuple[int, int]:
    return vials, distance


def _best(
    task: Task, choices: list[tuple[int, ...]], cost: Cost, total: int | None
) -> tuple[int, ...]:
    """The cheapest amounts, for one total or for any total that the course may come to.

    Walks the days from the last to the first and keeps the cheapest ending of each sum: costs add
    up over days, so what is cheapest for the rest stays so whatever comes before.
    """
    endings: dict[int, Key] = {0: (0, 0, ())}
    for target, amounts in reversed(list(zip(task.targets, choices, strict=True))):
        priced = [(amount, cost(abs(amount - target), _count(task, amount))) for amount in amounts]
        endings = _one_day_earlier(endings, priced, task.course_cap)
    finals = [key for sum_, key in endings.items() if total in (None, sum_)]
    best = min(finals, default=None)
    return tuple(-amount for amount in best[2]) if best else ()


def _one_day_earlier(
    endings: dict[int, Key], priced: list[tuple[int, tuple[int, int]]], room: int | None
) -> dict[int, Key]:
    earlier: dict[int, Key] = {}
    for sum_, (first, second, rest) in endings.items():
        for amount, (one, two) in priced:
            whole = sum_ + amount
            if room is not None and whole > room:
                continue
            key = (first + one, second + two, (-amount, *rest))
            if whole not in earlier or key < earlier[whole]:
                earlier[whole] = key
    return earlier


def _count(task: Task, amount: int) -> int:
    counts = fewest_vials(amount, task.sizes)
    assert counts is not None
    return sum(counts)


@lru_cache(maxsize=4096)
def fewest_vials(amount: int, sizes: tuple[int, ...]) -> tuple[int, ...] | None:
    """How many of each size make an amount with the fewest vials; `None` where none do."""
    made = _made_of(sizes, amount)
    return made.get(amount)


@lru_cache(maxsize=256)
def _made_of(sizes: tuple[int, ...], top: int) -> dict[int, tuple[int, ...]]:
    """Every amount from one vial up to `top`, ascending, with the fewest vials that make it."""
    step = gcd(*sizes)
    made: dict[int, tuple[int, ...]] = {0: (0,) * len(sizes)}
    for amount in range(step, top + 1, step):
        found = _cheapest(_one_more(made.get(amount - size), at) for at, size in enumerate(sizes))
        if found is not None:
            made[amount] = found
    del made[0]
    return made


def _one_more(counts: tuple[int, ...] | None, at: int) -> tuple[int, ...] | None:
    if counts is None:
        return None
    return (*counts[:at], counts[at] + 1, *counts[at + 1 :])


def _cheapest(candidates: Iterable[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    """The fewest vials; among as many, more of the larger sizes."""
    found = [counts for counts in candidates if counts is not None]
    return min(found, key=lambda counts: (sum(counts), [-n for n in counts]), default=None)
