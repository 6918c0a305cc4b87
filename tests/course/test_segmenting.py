"""The search finds the best reading: every reading of a few doses is tried and compared."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.course import points as p
from stepline.course import unnamed
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
