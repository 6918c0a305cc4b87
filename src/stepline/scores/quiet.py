"""Complete clinical response and remission: long enough without activity, on or off therapy.

The wording of IMACS is unconfirmed; see `library/scores/quiet.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence
from stepline.core.policy import Policy
from stepline.core.time import Period
from stepline.scores.logic import Truth
from stepline.scores.values import settle

QuietId = Literal["complete-clinical-response", "remission"]


@dataclass(frozen=True, slots=True)
class QuietVisit:
    """What is known of one day: any activity at all, and any treatment of the disease at all."""

    time: datetime
    is_active: Truth
    is_on_therapy: Truth


@dataclass(frozen=True, slots=True)
class QuietTables:
    """The least number of calendar months, and which definition is on therapy."""

    months: int
    on_therapy: dict[QuietId, bool]
    evidence: dict[QuietId, tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Whether a definition is met at the last visit, and since when nothing was seen.

    `since` is the first visit of the stretch that certainly counts; `possibly_since` that of the
    stretch in which what is unknown counts too. Each is `None` where there is no such visit.
    """

    definition: QuietId
    is_met: Truth
    since: datetime | None
    possibly_since: datetime | None
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "definition": self.definition,
            "met": self.is_met,
            "since": _said(self.since),
            "possibly_since": _said(self.possibly_since),
        }


@lru_cache(maxsize=8)
def quiet_tables(policy: Policy | None = None) -> QuietTables:
    """The packaged definitions, with what a policy decides.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.laboratory_reading import read_quiet_tables

    return read_quiet_tables(policy)


def quiet_disease(
    visits: Sequence[QuietVisit], *, definition: QuietId, policy: Policy | None = None
) -> Quiet:
    """Whether the last visits, in any order given, make such a stretch.

    It counts calendar months from its first visit to its last. It is unknown where only unknown
    activity or treatment stands between too short a stretch and one that is long enough, or no
    visit is given. Days between visits, and before the first, count for nothing.

    Raises:
        ScoreRefused: `visit-twice`.
    """
    tables = quiet_tables(policy)
    settle(_twice(visits))
    ordered = sorted(visits, key=lambda one: one.time, reverse=True)
    wanted = tables.on_therapy[definition]
    certain = _stretch(ordered, wanted, (True,))
    possible = _stretch(ordered, wanted, (True, None))
    return Quiet(
        definition,
        _is_met(certain, possible, tables.months) if visits else None,
        certain[-1].time if certain else None,
        possible[-1].time if possible else None,
        tables.evidence[definition],
    )


def _twice(visits: Sequence[QuietVisit]) -> list[Problem]:
    if len({one.time for one in visits}) == len(visits):
        return []
    message = "Two visits stand at one moment; which one counts is not said."
    return [Problem("visit-twice", message, Place(path="visits"))]


def _stretch(
    backwards: Sequence[QuietVisit], on_therapy: bool, counts: tuple[Truth, ...]
) -> list[QuietVisit]:
    """The visits that count, from the last one back to the first that does not."""
    stretch = []
    for visit in backwards:
        if _fits(visit, on_therapy) not in counts:
            break
        stretch.append(visit)
    return stretch


def _fits(visit: QuietVisit, on_therapy: bool) -> Truth:
    if visit.is_active or visit.is_on_therapy is (not on_therapy):
        return False
    return None if visit.is_active is None or visit.is_on_therapy is None else True


def _is_met(certain: list[QuietVisit], possible: list[QuietVisit], months: int) -> Truth:
    if _lasts(certain, months):
        return True
    return None if _lasts(possible, months) else False


def _lasts(stretch: list[QuietVisit], months: int) -> bool:
    if not stretch:
        return False
    return Period(months=months).after(stretch[-1].time) <= stretch[0].time


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.date().isoformat()
