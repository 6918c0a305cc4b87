"""The search finds the best reading: every reading of a few doses is tried and compared."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.course import points as p
from stepline.course import segmenting, steady, unnamed
from stepline.course.lanes import Lanes
from stepline.course.lattice import Node, lattice_of
from stepline.course.points import FIRST, Gap, Profile, Worth, profile_of
from stepline.course.segmenting import searched
from stepline.course.worths import Worths
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order

START = datetime(2026, 1, 5)
NO_WAY = -(10**9)
ROWS = {
    "ivig": ([1, 2, 7, 7, 13, 14, 14, 28, 42], [("0.4", "g/kg"), ("0.2", "g/kg"), ("1", "g/kg"),
             ("2", "g/kg"), ("4", "g/kg"), ("0.4", ""), ("24", "g")]),
    "rituximab": ([7, 14, 14, 90, 183], [("1000", "mg"), ("1000", "mg"), ("500", "mg"),
                                         ("100", "mg"), ("1000", "")]),
}  # fmt: skip


class EveryReading:
    """The highest sum of all readings, by trying each of them from the first dose to the last."""

    def __init__(self, events: list[Event], profiles: list[Profile]) -> None:
        self.profiles = profiles
        self.worths = Worths(RecordIndex(Record(Subject(1), in_order(events))), profiles)
        self.nodes = [node for ending in lattice_of(events, self.worths.is_told) for node in ending]
        self.told = {id(node): self._of(node) for node in self.nodes}
        self.end = max(node.end for node in self.nodes)
        self.last = {node.end: node.last for node in self.nodes}

    def _of(self, node: Node) -> tuple[list[tuple[int, Worth]], bool]:
        told = self.worths.of(node)
        return sorted({**told.explained, **told.odd}.items()), told.mixed

    def from_place(self, place: int, before: Profile | None) -> int:
        """The best sum of the doses from a place on, after a course of a regimen or of none."""
        if place == self.end:
            return 0
        return max(self._beginning(node, before) for node in self.nodes if node.begin == place)

    def _beginning(self, node: Node, before: Profile | None) -> int:
        worths, mixed = self.told[id(node)]
        gap = node.day - self.last[node.begin] if node.begin else 0
        sums = [NO_WAY]
        if node.is_whole:
            bands = [unnamed.gap_in(gap, band) for band in range(len(unnamed.BANDS))]
            began = p.BEGIN_UNNAMED + max(map(self._own, bands)) * (0 < gap <= 62)
            ways = [self._unnamed(node, band, FIRST) for band in range(len(unnamed.BANDS))]
            sums.append(began + max(self.from_place(node.end, None), *ways))
        for lane, worth in worths:
            if worth.begins:
                profile = self.profiles[lane]
                told = bool(node.cycle.intent)
                began = p.begin_worth(profile, before, ordered=False, told=told)
                own = self._own(p.gap_worth(gap, profile.gap, profile.usual))
                began += own * (0 < gap <= 62)
                closing = p.closing_worth(profile, 1, FIRST, mixed=mixed) + p.INTENT * told
                sums.append(
                    began + worth.points + self._chain(node, lane, worth, 1, FIRST, closing)
                )
        return max(sums)

    def _own(self, gap: Gap | None) -> int:
        return gap.points if gap and not gap.kind else 0

    def _chain(
        self, node: Node, lane: int, worth: Worth, count: int, mood: int, closing: int
    ) -> int:
        """The best of ending a regimen's course here and of going on with any later cycle."""
        profile = self.profiles[lane]
        best = closing + self.from_place(node.end, profile)
        for other in self.nodes:
            skipped = other.begin - node.end
            gap = p.gap_worth(other.day - node.day, profile.gap, profile.usual)
            if skipped not in (0, 1) or gap is None or (skipped and gap.kind):
                continue
            worths, mixed = self.told[id(other)]
            total = count + 1 + gap.left_out
            if lane not in dict(worths) or (profile.most and total > profile.most):
                continue
            now, after = dict(worths)[lane], p.mood_after(mood, gap)
            now = self.worths.beside(now, worth, node, other)
            points = now.points + gap.points + p.EXTRA * skipped
            points += p.long_worth(mood) if gap.left_out else 0
            ends = p.closing_worth(profile, total, after, mixed=mixed)
            best = max(best, points + self._chain(other, lane, now, total, after, ends))
        return best

    def _unnamed(self, node: Node, band: int, mood: int) -> int:
        """The best of going on in one band, at least once; ending there is worth nothing more."""
        best = NO_WAY
        for other in self.nodes:
            gap = unnamed.gap_in(other.day - node.day, band)
            same = other.cycle.intent == node.cycle.intent
            if other.begin != node.end or not other.is_whole or gap is None or not same:
                continue
            if gap.kind and mood == FIRST:
                continue
            points = gap.points + self.worths.likeness(node, other)
            points += p.long_worth(mood) if gap.left_out else 0
            after = self._unnamed(other, band, p.mood_after(mood, gap))
            best = max(best, points + max(self.from_place(other.end, None), after))
        return best


@st.composite
def doses(draw: st.DrawFn) -> list[Event]:
    """Up to six doses of one drug, at intervals and of amounts that regimens compete for."""
    drug = draw(st.sampled_from(sorted(ROWS)))
    gaps, amounts = ROWS[drug]
    intent = draw(st.sampled_from(["", "", "immunomodulation"]))
    day, rows = 0, []
    for number in range(draw(st.integers(1, 6))):
        value, unit = draw(st.sampled_from(amounts))
        moment = START + timedelta(days=day)
        rows.append(Event(number + 1, moment, drug, drug, Decimal(value), unit=unit, intent=intent))
        day += draw(st.sampled_from(gaps))
    return list(in_order(rows))


@settings(max_examples=150, deadline=None)
@given(doses())
def test_no_reading_has_more_points_than_the_one_that_is_found(events: list[Event]) -> None:
    regimens = sorted(packaged().regimens, key=lambda one: one.id)
    profiles = [profile_of(one) for one in regimens if one.drug == events[0].concept]
    index = RecordIndex(Record(Subject(1), in_order(events)))
    worths = Worths(index, profiles)
    lattice = lattice_of(events, worths.is_told)
    found = searched(lattice, worths, Lanes(profiles), frozenset())
    assert sum(one.points for one in found) == EveryReading(events, profiles).from_place(0, None)


@st.composite
def regular_doses(draw: st.DrawFn) -> list[Event]:
    """Stretches of the same dose at the same interval, as long courses are."""
    drug = draw(st.sampled_from(sorted(ROWS)))
    gaps, amounts = ROWS[drug]
    day, rows = 0, list[Event]()
    for _ in range(draw(st.integers(1, 3))):
        gap, (value, unit) = draw(st.sampled_from(gaps)), draw(st.sampled_from(amounts))
        running = draw(st.sampled_from([1, 1, 2, 5])) if gap > 6 else 1
        for _ in range(draw(st.integers(1, 14))):
            for _ in range(running):
                moment = START + timedelta(days=day)
                number = len(rows) + 1
                rows.append(Event(number, moment, drug, drug, Decimal(value), unit=unit))
                day += 1
            day += gap - running
    return list(in_order(rows))


@settings(max_examples=100, deadline=None)
@given(regular_doses())
def test_a_step_that_is_copied_is_the_one_that_a_search_finds(events: list[Event]) -> None:
    regimens = sorted(packaged().regimens, key=lambda one: one.id)
    lanes = Lanes([profile_of(one) for one in regimens if one.drug == events[0].concept])
    index = RecordIndex(Record(Subject(1), in_order(events)))
    found = []
    for alike in (steady.ALIKE, len(events) + 1):
        worths = Worths(index, lanes.profiles)
        lattice = lattice_of(events, worths.is_told)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(segmenting, "ALIKE", alike)
            found.append(searched(lattice, worths, lanes, frozenset()))
    assert found[0] == found[1]


def test_a_long_regular_course_is_copied_from_its_first_cycles() -> None:
    events = [
        Event(n + 1, START + timedelta(days=7 * n), "ivig", "ivig", Decimal("0.4"), unit="g/kg")
        for n in range(40)
    ]
    index = RecordIndex(Record(Subject(1), in_order(events)))
    lanes = Lanes([profile_of(one) for one in packaged().regimens if one.drug == "ivig"])
    worths = Worths(index, lanes.profiles)
    with pytest.MonkeyPatch.context() as patch:
        copies: list[Node] = []
        copied = steady.Steady.copied

        def counted(step: steady.Steady, node: Node, *rest: Any) -> Any:
            copies.append(node)
            return copied(step, node, *rest)

        patch.setattr(steady.Steady, "copied", counted)
        (course,) = searched(lattice_of(events), worths, lanes, frozenset())
    assert len(course.cycles) == 40
    assert len(copies) > 20


def test_two_weekly_doses_a_day_apart_stay_two_cycles_and_five_days_running_are_one() -> None:
    def cycles(*days: int) -> list[int]:
        events = [
            Event(n, START + timedelta(days=day), "ivig", "ivig", Decimal("0.4"), unit="g/kg")
            for n, day in enumerate(days, 1)
        ]
        index = RecordIndex(Record(Subject(1), in_order(events)))
        lanes = Lanes([profile_of(one) for one in packaged().regimens if one.drug == "ivig"])
        found = segmenting.segments_of(events, index, lanes)
        return [len(cycle.events) for one in found for cycle in one.cycles]

    assert cycles(0, 7, 14, 21, 31, 34, 42, 49) == [1] * 8
    assert cycles(0, 1, 2, 3, 4, 30, 31, 32, 33, 34) == [5, 5]
