"""Exposures of an ingredient as eras: stretches in which a drug is taken to be used.

Pure functions of values. Days are whole calendar days; inside, a stretch is half open. The order of
the exposures changes nothing, and the work grows as n log n.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from stepline.core.errors import Place, Problem, RecordRefused
from stepline.course.era_rules import EraRules

_LATEST = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Exposure:
    """One supply, dose or spell of an ingredient.

    `end` is `None` where it is not known, or where the drug is `ongoing`. `EraRules.end_inclusive`
    says what an end means. An end on the day of the start is that one day under either meaning.
    `is_order` marks one of which only the order is recorded.
    """

    drug: str
    start: date
    end: date | None
    ongoing: bool = False
    event_id: int = 0
    start_exact: bool = True
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class Era:
    """A stretch of one drug, both days included.

    `covered_days`, `gap_days` and `grace_days` add up to its days: days with the drug, drug-free
    days that were bridged (OMOP: GAP_DAYS), and days added after the last supply. `end_known` is
    false where the end of the last exposure is not known: the drug was used until then at least.
    `ordered_ids` are the rows among `event_ids` of which only the order is recorded.
    """

    drug: str
    start: date
    end: date
    covered_days: int
    gap_days: int
    grace_days: int
    exposures: int
    event_ids: tuple[int, ...] = ()
    ongoing: bool = False
    end_known: bool = True
    start_exact: bool = True
    ordered_ids: tuple[int, ...] = ()

    @property
    def days(self) -> int:
        """How many days it has, counting both ends."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An exposure in half-open days."""

    begin: int
    end: int
    exposure: Exposure

    @property
    def is_supply(self) -> bool:
        """Whether its length is a known amount that can be carried over."""
        return self.exposure.end is not None and not self.exposure.ongoing


_place = attrgetter("begin", "end", "exposure.ongoing", "exposure.event_id")


def eras_of(
    exposures: Iterable[Exposure], rules: EraRules, until: date | None = None
) -> tuple[Era, ...]:
    """The eras of every drug, by start, then drug.

    `until` is the last day that is known of: an ongoing drug runs up to it, and no grace beyond.

    Raises `RecordRefused` with every exposure that cannot be used: `end-before-start`,
    `ongoing-without-day` (no `until` is given).
    """
    listed = list(exposures)
    problems = [problem for one in listed for problem in _problems(one, until)]
    if problems:
        raise RecordRefused(problems)
    by_drug: dict[str, list[Exposure]] = {}
    for one in listed:
        by_drug.setdefault(one.drug, []).append(one)
    found = [era for own in by_drug.values() for era in _of_drug(own, rules, until)]
    kept = [era for era in found if era.days >= rules.minimum_era_days]
    return tuple(sorted(kept, key=lambda era: (era.start, era.drug)))


def _problems(one: Exposure, until: date | None) -> Iterable[Problem]:
    place = Place(path=f"event {one.event_id}" if one.event_id else one.drug)
    if one.end is not None and one.end < one.start:
        yield Problem(
            "end-before-start",
            "The exposure ends before it starts.",
            place,
            mend="correct its start or its end",
        )
    if one.ongoing and until is None:
        yield Problem(
            "ongoing-without-day",
            "The exposure is ongoing, and no last day is given.",
            place,
            mend="give the last day that is known of (until)",
        )


def _of_drug(own: list[Exposure], rules: EraRules, until: date | None) -> list[Era]:
    stretches = sorted((_stretch(one, rules, until) for one in own), key=_place)
    if rules.carry_over:
        stretches = _carried(stretches)
    eras: list[list[_Stretch]] = []
    end = 0
    for one in stretches:
        if eras and one.begin - end <= rules.gap_days:
            eras[-1].append(one)
            end = max(end, one.end)
        else:
            eras.append([one])
            end = one.end
    return [_era(members, rules, until) for members in eras]


def _stretch(one: Exposure, rules: EraRules, until: date | None) -> _Stretch:
    begin = one.start.toordinal()
    if one.ongoing and until is not None:
        end = until.toordinal() + 1
    elif one.end is None:
        end = begin + rules.unknown_end_days
    else:
        end = one.end.toordinal() + rules.end_inclusive
    return _Stretch(begin, min(max(end, begin + 1), _LATEST), one)


def _carried(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Each supply begins where the one before is used up; what has no known length stays."""
    moved = []
    used_up = 0
    for one in stretches:
        if one.is_supply:
            begin = max(one.begin, used_up)
            one = _Stretch(begin, min(begin + one.end - one.begin, _LATEST), one.exposure)  # noqa: PLW2901
        used_up = max(used_up, one.end)
        moved.append(one)
    return sorted(moved, key=_place)


def _era(members: list[_Stretch], rules: EraRules, until: date | None) -> Era:
    first, begin = members[0].exposure, members[0].begin
    end = max(one.end for one in members)
    covered = _covered(members)
    is_ongoing = any(one.exposure.ongoing for one in members)
    last = until.toordinal() + 1 if until else _LATEST
    grace = max(0, min(rules.grace_after_last, last - end))
    newest = max(one.exposure.start for one in members)
    return Era(
        drug=first.drug,
        start=date.fromordinal(begin),
        end=date.fromordinal(end + grace - 1),
        covered_days=covered,
        gap_days=end - begin - covered,
        grace_days=grace,
        exposures=len(members),
        event_ids=tuple(sorted(one.exposure.event_id for one in members)),
        ongoing=is_ongoing,
        end_known=all(
            one.exposure.end is not None or one.exposure.ongoing
            for one in members
            if one.exposure.start == newest
        ),
        start_exact=first.start_exact,
        ordered_ids=tuple(
            sorted(one.exposure.event_id for one in members if one.exposure.is_order)
        ),
    )


def _covered(members: Iterable[_Stretch]) -> int:
    """Days with the drug, each counted once; the stretches are in order of their beginning."""
    total, reached = 0, 0
    for one in members:
        total += max(0, one.end - max(one.begin, reached))
        reached = max(reached, one.end)
    return total
