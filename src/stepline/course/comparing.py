"""How well recognised courses agree with what is known to be true.

A course of the truth and a recognised one are the same when subject and regimen are the same and
the days of both, ends included, overlap by at least half. Half of what is a choice, so both
readings are named: of their union, which is stricter, or of the longer one. Pairs are one to one.
As many are made as can be; among them those that overlap most are tried first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

HALF = Fraction(1, 2)
"""The share of days that two courses must have in common to be the same."""

_DAY = timedelta(days=1)

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A course as a row of a table: who, which regimen, from the first day to the last.

    `regimen` is empty for a course that no regimen of the library explains. `drug` is needed only
    to tell what a missed course was read as. `end` is `None` where the course still ran.
    """

    subject_id: int
    regimen: str
    start: date
    end: date | None
    drug: str = ""


Overlap = Callable[[Stretch, Stretch], Fraction]
"""Two stretches with ends to the share of days that they have in common, 0 to 1."""


def share_of_union(one: Stretch, other: Stretch) -> Fraction:
    """Days in common over days from the earlier start to the later end, where they touch."""
    common = _common(one, other)
    return Fraction(common, _days(one) + _days(other) - common)


def share_of_longer(one: Stretch, other: Stretch) -> Fraction:
    """Days in common over the days of the longer one."""
    return Fraction(_common(one, other), max(_days(one), _days(other)))


def _last(one: Stretch) -> date:
    assert one.end is not None, "open ends are closed before stretches are compared"
    return one.end


def _days(one: Stretch) -> int:
    return max(0, (_last(one) - one.start).days) + 1


def _common(one: Stretch, other: Stretch) -> int:
    first = max(one.start, other.start)
    last = min(one.start + _DAY * _days(one), other.start + _DAY * _days(other))
    return max(0, (last - first).days)


@dataclass(frozen=True, slots=True)
class Pair:
    """A course of the truth and the recognised one that is the same."""

    truth: Stretch
    found: Stretch

    @property
    def start_error(self) -> int:
        """Days between the two starts."""
        return abs((self.truth.start - self.found.start).days)

    @property
    def end_error(self) -> int:
        """Days between the two ends."""
        return abs((_last(self.truth) - _last(self.found)).days)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many courses there are in truth, how many were recognised, and how many are the same."""

    truth: int
    found: int
    same: int

    @property
    def precision(self) -> Fraction | None:
        """Same over recognised; `None` where nothing was recognised."""
        return Fraction(self.same, self.found) if self.found else None

    @property
    def recall(self) -> Fraction | None:
        """Same over truth; `None` where there is no truth."""
        return Fraction(self.same, self.truth) if self.truth else None

    @property
    def f1(self) -> Fraction | None:
        """Twice the same over truth and recognised; `None` where both are empty."""
        both = self.truth + self.found
        return Fraction(2 * self.same, both) if both else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The pairs that are the same, and what is left on either side, in order."""

    pairs: tuple[Pair, ...]
    missed: tuple[Stretch, ...]
    surplus: tuple[Stretch, ...]
    found: tuple[Stretch, ...]

    @property
    def counts(self) -> Counts:
        """All courses, those without a regimen among them."""
        return _counts(self, lambda _: True)

    @property
    def named(self) -> Counts:
        """The courses with a regimen."""
        return _counts(self, bool)

    @property
    def boundary_errors(self) -> tuple[int, ...]:
        """The days by which starts and ends of the pairs differ, ascending; two a pair."""
        return tuple(sorted(e for p in self.pairs for e in (p.start_error, p.end_error)))

    def by_regimen(self) -> dict[str, Counts]:
        """The counts of each regimen, in alphabetical order; unnamed courses under an empty id."""
        names = {one.regimen for one in (*self.missed, *self.found)}
        names |= {pair.truth.regimen for pair in self.pairs}
        return {name: _counts(self, _exactly(name)) for name in sorted(names)}

    def confusions(self) -> dict[tuple[str, str | None], int]:
        """What each missed course was read as, most frequent first.

        A missed course is read as the recognised one of the same subject and drug that overlaps
        it most; as `None` where nothing of the drug does. Under its own regimen, the days differ.
        """
        by_subject = _grouped(self.found, lambda one: one.subject_id)
        tally: dict[tuple[str, str | None], int] = {}
        for one in self.missed:
            key = one.regimen, _read_as(one, by_subject.get(one.subject_id, []))
            tally[key] = tally.get(key, 0) + 1
        return dict(sorted(tally.items(), key=lambda item: (-item[1], str(item[0]))))


def _counts(comparison: Comparison, wanted: Callable[[str], bool]) -> Counts:
    same = sum(wanted(pair.truth.regimen) for pair in comparison.pairs)
    missed = sum(wanted(one.regimen) for one in comparison.missed)
    surplus = sum(wanted(one.regimen) for one in comparison.surplus)
    return Counts(same + missed, same + surplus, same)


def _exactly(name: str) -> Callable[[str], bool]:
    return lambda regimen: regimen == name


def _read_as(missed: Stretch, found: Sequence[Stretch]) -> str | None:
    same_drug = [one for one in found if one.drug == missed.drug]
    best = max(same_drug, key=lambda one: share_of_union(missed, one), default=None)
    return best.regimen if best and _common(missed, best) else None


def compare(
    truth: Iterable[Stretch], found: Iterable[Stretch], overlap: Overlap = share_of_union
) -> Comparison:
    """Pairs recognised courses with true ones; the order of neither changes the result.

    An open end is taken to lie on the last day that either table tells of the subject.
    """
    true, read = _closed(list(truth), list(found))
    groups = _grouped(read, _subject_and_regimen)
    pairs: list[Pair] = []
    missed: list[Stretch] = []
    surplus: list[Stretch] = []
    for key, own in _grouped(true, _subject_and_regimen).items():
        others = groups.pop(key, [])
        matched = _matched(own, others, overlap)
        pairs += [Pair(own[i], others[j]) for i, j in matched]
        missed += _without(own, {i for i, _ in matched})
        surplus += _without(others, {j for _, j in matched})
    surplus += [one for others in groups.values() for one in others]
    surplus.sort(key=_order)
    return Comparison(tuple(pairs), tuple(missed), tuple(surplus), tuple(read))


def _closed(truth: list[Stretch], found: list[Stretch]) -> tuple[list[Stretch], list[Stretch]]:
    last: dict[int, date] = {}
    for one in (*truth, *found):
        known = last.get(one.subject_id, one.start)
        last[one.subject_id] = max(known, one.start, one.end or one.start)

    def closed(one: Stretch) -> Stretch:
        end = one.end or last[one.subject_id]
        return Stretch(one.subject_id, one.regimen, one.start, end, one.drug)

    return sorted(map(closed, truth), key=_order), sorted(map(closed, found), key=_order)


def _order(one: Stretch) -> tuple[int, str, date, date, str]:
    return one.subject_id, one.regimen, one.start, _last(one), one.drug


def _subject_and_regimen(one: Stretch) -> tuple[int, str]:
    return one.subject_id, one.regimen


def _grouped(some: Iterable[Stretch], key: Callable[[Stretch], K]) -> dict[K, list[Stretch]]:
    groups: dict[K, list[Stretch]] = {}
    for one in some:
        groups.setdefault(key(one), []).append(one)
    return groups


def _without(some: Sequence[Stretch], taken: set[int]) -> list[Stretch]:
    return [one for place, one in enumerate(some) if place not in taken]


def _matched(
    own: Sequence[Stretch], others: Sequence[Stretch], overlap: Overlap
) -> list[tuple[int, int]]:
    """As many pairs as can be made, as places in both lists.

    The best overlaps are taken first; then each stretch left over looks for a way to be paired by
    moving others along, until none finds one; it ends after as many rounds as stretches.
    """
    near = _candidates(own, others, overlap)
    partner: dict[int, int] = {}
    paired: set[int] = set()
    best_first = sorted((-share, i, j) for i, row in enumerate(near) for share, j in row)
    for _, i, j in best_first:
        if i not in paired and j not in partner:
            partner[j] = i
            paired.add(i)
    for i in range(len(own)):
        if i not in paired:
            _move_along(i, near, partner)
    return sorted((i, j) for j, i in partner.items())


def _candidates(
    own: Sequence[Stretch], others: Sequence[Stretch], overlap: Overlap
) -> list[list[tuple[Fraction, int]]]:
    """For each stretch the others that are near enough; starts ascend, so the search can stop."""
    near = []
    for one in own:
        row = []
        for place, other in enumerate(others):
            if other.start >= one.start + _DAY * _days(one):
                break
            share = overlap(one, other)
            if share >= HALF:
                row.append((share, place))
        near.append(row)
    return near


def _move_along(
    first: int, near: Sequence[Sequence[tuple[Fraction, int]]], partner: dict[int, int]
) -> None:
    """Finds a path of exchanges from an unpaired stretch to a free one, and takes it."""
    came_from: dict[int, int] = {}
    waiting = [first]
    while waiting:
        i = waiting.pop(0)
        for _, j in near[i]:
            if j in came_from:
                continue
            came_from[j] = i
            if j not in partner:
                _exchange(j, first, came_from, partner)
                return
            waiting.append(partner[j])


def _exchange(free: int, first: int, came_from: dict[int, int], partner: dict[int, int]) -> None:
    before = {i: j for j, i in partner.items()}
    while True:
        i = came_from[free]
        partner[free] = i
        if i == first:
            return
        free = before[i]


def percentile(ascending: Sequence[int], percent: int) -> int | None:
    """The smallest value that so many per cent do not exceed (nearest rank); `None` of nothing."""
    if not ascending:
        return None
    rank = -(-len(ascending) * percent // 100)
    return ascending[max(rank, 1) - 1]
