"""What holds of every total improvement score."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stepline.scores.tis import Tis, total_improvement
from stepline.scores.values import EnzymeReading, Pair

TOPS = {"physician": 100, "patient": 100, "mmt": 80, "haq": 3000, "extramuscular": 100}
STEPS = {"physician": 10, "patient": 10, "mmt": 1, "haq": 1000, "extramuscular": 10}
RISES = {"mmt"}

Case = tuple[dict[str, Pair], dict[str, EnzymeReading]]


def reading(name: str) -> st.SearchStrategy[Decimal]:
    """A reading on a scale, in the steps in which it is written."""
    whole = st.integers(0, TOPS[name])
    return whole.map(lambda number: Decimal(number) / STEPS[name])


def pairs(name: str) -> st.SearchStrategy[Pair]:
    """Two readings on one scale."""
    return st.builds(Pair, reading(name), reading(name))


ENZYMES = st.builds(
    EnzymeReading,
    *[st.integers(0, 6000).map(Decimal)] * 2,
    st.sampled_from(["35", "200", "250", "7.7"]).map(Decimal),
)
CASES: st.SearchStrategy[Case] = st.tuples(
    st.fixed_dictionaries({name: pairs(name) for name in TOPS}),
    st.dictionaries(st.sampled_from(["ck", "aldolase", "ldh", "ast", "alt"]), ENZYMES, min_size=1),
)


def scored(case: Case) -> Tis:
    """The adult score of a case."""
    measures, enzymes = case
    return total_improvement(
        measures, population="adult", mmt_max=Decimal(TOPS["mmt"]), enzymes=enzymes
    )


@given(CASES)
def test_a_score_is_a_multiple_of_two_and_a_half_from_0_to_100(case: Case) -> None:
    found = scored(case)
    assert found.tis is not None
    assert 0 <= found.tis <= 100
    assert found.tis % Decimal("2.5") == 0
    assert found.lower == found.tis == found.upper


@given(CASES, st.sampled_from(sorted(TOPS)), st.data())
def test_a_better_follow_up_never_scores_less(case: Case, name: str, data: st.DataObject) -> None:
    measures, enzymes = case
    other = data.draw(reading(name))
    ends = sorted([measures[name].after or Decimal(0), other], reverse=name not in RISES)
    worse, better = (
        scored(({**measures, name: replace(measures[name], after=end)}, enzymes)) for end in ends
    )
    assert worse.lower <= better.lower


@given(CASES, st.data())
def test_bounds_contain_the_score_whatever_is_missing(case: Case, data: st.DataObject) -> None:
    measures, enzymes = case
    whole = scored(case)
    hide = st.sampled_from([(), ("before",), ("after",), ("before", "after")])
    hidden = {name: data.draw(hide) for name in measures}
    partial = {
        name: replace(pair, **dict.fromkeys(hidden[name])) for name, pair in measures.items()
    }
    followed = data.draw(st.sampled_from(["known", "follow-up missing", "nothing"]))
    readings = {
        "known": enzymes,
        "follow-up missing": {name: replace(one, after=None) for name, one in enzymes.items()},
        "nothing": {},
    }[followed]
    found = scored((partial, readings))
    assert whole.tis is not None
    assert found.lower <= whole.tis <= found.upper
    assert found.category in (None, whole.category)
    assert (found.tis is None) == bool(found.missing)


def times(value: Decimal | None) -> Decimal | None:
    """U/L in nkat/L, nearly: any factor does."""
    return None if value is None else value * 16


@given(CASES)
def test_neither_the_order_of_the_readings_nor_the_unit_of_an_enzyme_matters(case: Case) -> None:
    measures, enzymes = case
    backwards = dict(reversed(measures.items()))
    in_nkat = {
        name: EnzymeReading(times(e.before), times(e.after), times(e.uln))
        for name, e in reversed(enzymes.items())
    }
    assert scored((backwards, in_nkat)).as_json() == scored(case).as_json()
