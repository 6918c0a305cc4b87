"""The recogniser on patients of a second generator, and the baselines that it is measured by."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stepline.course.comparing import Stretch, compare
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.vocabulary.catalogue import catalogue
from tests.support.baselines import Exposure, aligned, eras, ingredient_sets
from tests.support.walkers import walkers

DAY_ZERO = date(2026, 1, 1)


def doses(drug: str, *days: int) -> list[Exposure]:
    """Doses on days counted from 1 January 2026."""
    moments = [DAY_ZERO + timedelta(days=day) for day in days]
    return [Exposure(drug, moment, moment) for moment in moments]


def test_patients_of_another_making_are_read_as_they_were_made() -> None:
    made = walkers(60, seed=11, noise="none")
    truth = [one for walked in made for one in walked.truth]
    found = [
        Stretch(w.record.subject.subject_id, c.regimen, c.start.date(), c.end.date(), c.drug)
        for w in made
        for c in recognise(RecordIndex(w.record), packaged().regimens, catalogue())
        if c.end
    ]
    result = compare(truth, found)
    assert result.counts.f1 is not None
    assert result.counts.f1 >= 0.97


def test_the_same_seed_makes_the_same_patients_and_fewer_are_the_first_of_many() -> None:
    assert walkers(3, seed=5, noise="heavy") == walkers(6, seed=5, noise="heavy")[:3]
    assert walkers(3, seed=5, noise="heavy") != walkers(3, seed=6, noise="heavy")


def test_an_era_spans_90_days_and_not_91() -> None:
    assert len(eras(1, doses("ivig", 0, 90), {})) == 1
    assert len(eras(1, doses("ivig", 0, 91), {})) == 2


def test_a_second_ingredient_splits_a_set() -> None:
    both = [*doses("ivig", 0, 28, 56, 84, 112), *doses("rituximab", 60)]
    drugs = [one.drug for one in ingredient_sets(1, both, {})]
    assert drugs.count("ivig") > 1
    assert len(ingredient_sets(1, doses("ivig", 0, 28, 56, 84, 112), {})) == 1


def test_alignment_reads_a_regular_weekly_course_as_weekly() -> None:
    found = aligned(1, doses("ivig", *range(0, 140, 7)))
    truth = [Stretch(1, "ivig-400-weekly", DAY_ZERO, DAY_ZERO + timedelta(days=133), "ivig")]
    assert compare(truth, found).counts.same == 1


@given(st.lists(st.tuples(st.sampled_from(["ivig", "rituximab"]), st.integers(0, 40)), max_size=60))
def test_every_baseline_ends_on_doses_of_the_same_day(rows: list[tuple[str, int]]) -> None:
    given_doses = sorted(dose for drug, day in rows for dose in doses(drug, day))
    assert len(aligned(1, given_doses)) <= len(rows)
    assert len(eras(1, given_doses, {})) <= len(rows)
    assert len(ingredient_sets(1, given_doses, {})) <= 2 * len(rows)
