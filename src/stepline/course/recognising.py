"""Reads regimens out of doses.

Single doses of one drug are read by the best of all ways to divide them into courses
(`segmenting`); spells are read one stated order at a time (`spells`). Which rows are doses is told
by `reconciling`. What no regimen of the library explains becomes an unnamed course that is
described.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from stepline.course.describing import course_of
from stepline.course.lanes import Lanes
from stepline.course.model import Course
from stepline.course.points import profile_of
from stepline.course.reconciling import last_happened, remarked, told
from stepline.course.segmenting import segments_of
from stepline.course.spells import from_spells
from stepline.course.supplies import daily_rows
from stepline.course.wholes import as_doses, to_their_last_days
from stepline.protocol.model import Regimen
from stepline.record.index import RecordIndex
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept


def recognise(
    index: RecordIndex, regimens: Sequence[Regimen], catalogue: Catalogue
) -> tuple[Course, ...]:
    """The courses of a record, ordered by start, then drug; ids count from 1 in that order."""
    drugs = [c for c in index.concepts if catalogue.concept(c).is_drug]
    by_drug: dict[str, list[Regimen]] = {}
    for regimen in sorted(regimens, key=lambda one: one.id):
        by_drug.setdefault(regimen.drug, []).append(regimen)
    found = [
        course
        for drug in drugs
        for course in _of_drug(catalogue.concept(drug), index, by_drug.get(drug, []))
    ]
    found.sort(key=lambda course: (course.start, course.event_ids[0]))
    return tuple(_numbered(course, n) for n, course in enumerate(found, 1))


@lru_cache(maxsize=4)
def concepts_read(catalogue: Catalogue) -> frozenset[str]:
    """What recognition reads of a record: drugs and body size, beside its last moment."""
    return frozenset(one.id for one in catalogue.concepts if one.is_drug) | {"weight", "height"}


def _numbered(course: Course, number: int) -> Course:
    return replace(course, course_id=number)


def _of_drug(drug: Concept, index: RecordIndex, regimens: list[Regimen]) -> list[Course]:
    own, last = index.of(drug.id), last_happened(index)
    moments = told(own, regimens, last, is_spell=False)
    spells = told(own, regimens, last, is_spell=True)
    given, running = as_doses(moments.events, spells.events, regimens, index)
    daily, single = daily_rows(given, regimens)
    segments = segments_of(single, index, _lanes(tuple(map(_Same, regimens))))
    found = to_their_last_days([course_of(one, index) for one in segments], single)
    found += from_spells([*running, *daily], index, regimens, drug)
    return [remarked(remarked(one, spells), moments) for one in found]


@lru_cache(maxsize=512)
def _lanes(regimens: tuple[_Same, ...]) -> Lanes:
    return Lanes([profile_of(one.regimen) for one in regimens])


class _Same:
    """A regimen that is hashed by what it is in memory: hashing all of it takes longer than use."""

    __slots__ = ("regimen",)

    def __init__(self, regimen: Regimen) -> None:
        self.regimen = regimen

    def __hash__(self) -> int:
        return hash(self.regimen.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and (
            self.regimen is other.regimen or self.regimen == other.regimen
        )
