"""Strategies for criteria of every kind of node, and for small records that they can be judged on.

Criteria are built backwards from what is wanted, so that every one of them is valid. The world is
small: few concepts, few days, few numbers, so that ties and edges happen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from stepline.core.quantity import Quantity
from stepline.core.time import parse_period
from stepline.engine.situation import Situation
from stepline.protocol import criterion as c
from stepline.protocol.model import Confounder
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.vocabulary.catalogue import catalogue

FIRST_DAY = datetime(2026, 1, 1)
DAYS = (0, 1, 5, 7, 10, 14, 27, 28, 29, 31, 59, 84, 85, 112, 113)

TESTS = st.sampled_from(["ldh", "ck"])
DRUGS = st.sampled_from(["ivig", "rituximab", "prednisone", "methotrexate", "glucocorticoid"])
PRODUCTS = st.sampled_from(["privigen", "flebogamma-dif-10"])
CONDITIONS = st.sampled_from(["thrombosis", "severe-infection"])
CONFOUNDERS = {
    "anti-hbc": (
        Confounder("passive", "anti-hbc", "ivig", parse_period("P12W"), "p", None, "positive"),
    ),
    "ldh": (Confounder("raised", "ldh", "ivig", parse_period("P10D"), "r", None, "raised"),),
}


def day(number: int) -> datetime:
    """The so-manieth day of the world."""
    return FIRST_DAY + timedelta(days=number)


def several(names: st.SearchStrategy[str]) -> st.SearchStrategy[c.Names]:
    """One name, or two different ones."""
    return st.lists(names, min_size=1, max_size=2, unique=True).map(tuple)


PERIODS = st.sampled_from(["P1D", "P5D", "P10D", "P28D", "P12W", "P1M", "P3M"]).map(parse_period)
MOMENTS = st.sampled_from(DAYS).map(day)
PAIRS = st.sampled_from([("P5D", "P10D"), ("P28D", "P12W"), ("P1M", "P3M")]).map(
    lambda pair: (parse_period(pair[0]), parse_period(pair[1]))
)


def anchors() -> st.SearchStrategy[c.Anchor]:
    """Every kind of anchor."""
    names = several(st.one_of(TESTS, DRUGS))
    return st.one_of(
        st.just(c.Now()),
        st.just(c.StepStart()),
        names.map(c.FirstOf),
        names.map(c.LastOf),
        MOMENTS.map(c.OnDate),
    )


@st.composite
def windows(draw: st.DrawFn) -> c.Window:
    """Every form of window that can be written."""
    anchor, period = draw(anchors()), draw(PERIODS)
    near, far = draw(PAIRS)
    return draw(
        st.sampled_from(
            [
                c.EVER,
                c.Window(c.Bound(c.Now(), period, -1), c.Bound(c.Now())),
                c.Window(c.Bound(anchor, period, -1), c.Bound(anchor)),
                c.Window(c.Bound(anchor), c.Bound(anchor, period, 1)),
                c.Window(c.Bound(anchor, far, -1), c.Bound(anchor, near, -1)),
                c.Window(c.Bound(anchor, near, 1), c.Bound(anchor, far, 1)),
                c.Window(c.Bound(anchor), None),
                c.Window(c.Bound(anchor, included=False), None),
                c.Window(None, c.Bound(anchor)),
                c.Window(None, c.Bound(anchor, included=False)),
            ]
        )
    )


def number(unit: str, *values: str) -> st.SearchStrategy[c.Value]:
    """One of a few numbers of a unit."""
    return st.sampled_from(values).map(lambda text: c.Number(Quantity(Decimal(text), unit)))


OPERATORS = st.sampled_from(c.Operator)
WINDOWS = windows()
ENZYMES = number("U/L", "0", "199", "200", "250", "300")
TAKES = st.sampled_from([take for take in c.Take if take is not c.Take.COUNT])


@st.composite
def enzyme_comparisons(draw: st.DrawFn) -> c.Criterion:
    """Comparisons of an enzyme with a number, with its upper limit, or with another value."""
    names = draw(several(TESTS))
    left = draw(
        st.one_of(
            st.builds(c.Pick, TAKES, st.just(names), WINDOWS),
            st.builds(c.Pick, st.just(c.Take.LAST), st.just(names), WINDOWS, st.just(True)),
        )
    )
    multiples = number("1", "0.5", "1", "1.2").map(lambda one: c.UpperLimits(one.quantity))  # type: ignore[attr-defined]
    right = draw(st.one_of(ENZYMES, multiples, st.builds(c.Pick, TAKES, st.just(names), WINDOWS)))
    return c.Compare(left, draw(OPERATORS), right)


@st.composite
def changes(draw: st.DrawFn) -> c.Criterion:
    """Rises and falls, in percent and in units."""
    is_relative = draw(st.booleans())
    take = draw(TAKES)
    names, direction = (draw(TESTS),), draw(st.sampled_from(c.Direction))
    change = c.Change(names, direction, take, draw(WINDOWS), is_relative)
    amount = draw(number("%", "0", "30") if is_relative else number("U/L", "0", "50"))
    return c.Compare(change, draw(OPERATORS), amount)


@st.composite
def dose_comparisons(draw: st.DrawFn) -> c.Criterion:
    """Daily, mean and cumulative doses, cycles and intervals."""
    steroid, as_prednisone = ("glucocorticoid",), draw(st.sampled_from(["", "prednisone"]))
    drug = draw(st.sampled_from(["ivig", "methotrexate", "rituximab"]))
    daily = number("mg/d", "0", "5", "20", "30")
    relative = draw(st.booleans())
    reference = draw(st.sampled_from([c.Take.LOWEST, c.Take.HIGHEST, c.Take.FIRST]))
    direction = draw(st.sampled_from(c.Direction))
    moved = c.DoseChange(steroid, as_prednisone, direction, reference, draw(WINDOWS), relative)
    left, right = draw(
        st.sampled_from(
            [
                (c.DailyDose(steroid, as_prednisone), daily),
                (moved, number("%", "0", "25") if relative else daily),
                (c.DailyDose(steroid, as_prednisone, True), number("mg/kg/d", "0", "0.5", "0.75")),
                (c.WeeklyDose((drug,)), number("mg/wk", "0", "15", "210")),
                (c.WeeklyDose(steroid, as_prednisone), number("mg/wk", "0", "35")),
                (c.MeanDose(steroid, as_prednisone, draw(PERIODS)), daily),
                (c.CumulativeDose(steroid, as_prednisone, draw(WINDOWS)), number("mg", "0", "300")),
                (c.CycleDose("ivig"), number("g/kg", "0.4", "1.5", "2")),
                (c.Intensity("ivig"), number("g/kg", "0.4", "1.6")),
                (c.Courses(drug, draw(WINDOWS)), number("1", "0", "1", "2")),
                (c.Cycles(), number("1", "0", "1", "2")),
                (c.Pick(c.Take.COUNT, ("ldh",), draw(WINDOWS)), number("1", "0", "1")),
            ]
        )
    )
    return c.Compare(left, draw(OPERATORS), draw(right))


@st.composite
def levels(draw: st.DrawFn) -> c.Criterion:
    """A dose at, above or below a level, or being on a drug: what can last for a longest time."""
    steroid, as_prednisone = ("glucocorticoid",), draw(st.sampled_from(["", "prednisone"]))
    left, right = draw(
        st.sampled_from(
            [
                (c.DailyDose(steroid, as_prednisone), number("mg/d", "5", "20", "30")),
                (c.DailyDose(steroid, as_prednisone, True), number("mg/kg/d", "0.5", "0.75")),
                (c.WeeklyDose(("methotrexate",)), number("mg/wk", "15")),
            ]
        )
    )
    return draw(
        st.one_of(st.just(c.Compare(left, draw(OPERATORS), draw(right))), several(DRUGS).map(c.On))
    )


@st.composite
def time_comparisons(draw: st.DrawFn) -> c.Criterion:
    """Times since something, in the step, and between doses."""
    drug = draw(st.sampled_from(["ivig", "methotrexate"]))
    left = draw(
        st.one_of(
            anchors().map(c.TimeSince),
            st.just(c.TimeInStep()),
            st.builds(c.LongestTime, levels(), WINDOWS),
            st.builds(c.ShortestInterval, st.just(drug), WINDOWS),
            st.builds(c.PlannedInterval, st.just("rituximab"), st.sampled_from(["", drug])),
        )
    )
    return c.Compare(left, draw(OPERATORS), c.Duration(draw(PERIODS)))


RESPONSES = st.one_of(
    st.builds(
        c.Compare,
        st.sampled_from([c.Response(), c.BestResponse()]),
        OPERATORS,
        st.sampled_from(c.Category).map(c.CategoryIs),
    ),
    st.builds(
        c.Compare,
        st.just(c.ImprovementScore()),
        OPERATORS,
        number("{score}", "0", "20", "40", "60"),
    ),
)
ANSWERS = st.builds(
    c.Is,
    st.sampled_from([("hbsag",), ("anti-hbc",)]),
    st.sampled_from(["positive", "negative"]),
    WINDOWS,
    st.booleans(),
)
STATEMENTS = st.one_of(
    st.builds(c.Happened, st.just(c.How.RECORDED), several(st.one_of(TESTS, DRUGS)), WINDOWS),
    st.builds(c.Happened, st.sampled_from([c.How.GIVEN, c.How.PLANNED]), several(DRUGS), WINDOWS),
    st.builds(c.Happened, st.sampled_from(c.How), st.just(("ivig",)), WINDOWS, several(PRODUCTS)),
    st.builds(c.Started, several(DRUGS), WINDOWS),
    several(DRUGS).map(c.On),
    CONDITIONS.map(lambda name: c.Present((name,))),
    ANSWERS,
    st.builds(c.Stopped, several(DRUGS), st.sampled_from(["", "intolerance"])),
    st.builds(c.Pick, TAKES, several(TESTS), WINDOWS).map(c.Known),
    st.builds(
        c.DoseMoves,
        st.builds(c.DailyDose, st.just(("glucocorticoid",)), st.sampled_from(["", "prednisone"])),
        st.sampled_from(c.Direction),
        WINDOWS,
    ),
    st.sampled_from([c.Named("nowhere-defined"), c.Named("nowhere-defined", "ivig")]),
)


def criteria(*, max_leaves: int = 4) -> st.SearchStrategy[c.Criterion]:
    """Criteria of every kind of node, nested a few levels deep."""
    leaves = st.one_of(
        enzyme_comparisons(),
        changes(),
        dose_comparisons(),
        time_comparisons(),
        RESPONSES,
        STATEMENTS,
    )
    return st.recursive(leaves, _joined, max_leaves=max_leaves)


def _joined(inner: st.SearchStrategy[c.Criterion]) -> st.SearchStrategy[c.Criterion]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        parts.map(c.And),
        parts.map(c.Or),
        inner.map(c.Not),
        parts.map(lambda some: c.AtLeast(2, some)),
        st.builds(c.Sustained, inner, PERIODS),
        st.builds(c.Once, inner, WINDOWS),
        st.builds(c.While, CONDITIONS.map(lambda name: (name,)), inner, WINDOWS),
        st.builds(c.Confirmed, inner, st.integers(2, 3)),
    )


# ---------------------------------------------------------------- records

DATES = MOMENTS.map(lambda moment: f"{moment:%Y-%m-%d}")
WHEN = st.one_of(DATES, DATES.map(lambda text: {"before": text}), DATES.map(lambda t: {"after": t}))
ENDS = st.sampled_from([None, "ongoing", "2026-02-01", "2026-04-01"])


def entry(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An entry of a case file; a key that draws `None` is left out."""
    return st.fixed_dictionaries({key.replace("_", "-"): value for key, value in keys.items()}).map(
        lambda found: {key: value for key, value in found.items() if value is not None}
    )


VALUES = st.sampled_from(["200 U/L", "250 U/L", "300 U/L", "< 250 U/L", "elevated", "normal"])
FIRST_DATES = st.sampled_from(["2025-12-01", "2026-01-01", "2026-01-15"])
ENTRIES = st.one_of(
    entry(ldh=VALUES, on=WHEN, uln=st.sampled_from([None, "250 U/L"])),
    entry(ck=VALUES, on=DATES),
    entry(
        ivig=st.sampled_from(["0.4 g/kg", "2 g/kg", "unknown"]),
        on=WHEN,
        product=st.sampled_from([None, "privigen", "octagam-5", "a brand"]),
    ),
    entry(rituximab=st.sampled_from(["1 g", "not given"]), on=WHEN),
    entry(methotrexate=st.sampled_from(["15 mg", "stopped"]), on=DATES),
    entry(
        prednisone=st.sampled_from(["5 mg/d", "30 mg/d", "unknown"]), **{"from": FIRST_DATES}
    ).flatmap(
        lambda found: ENDS.map(lambda end: found if end is None else {**found, "until": end})
    ),
    entry(methylprednisolone=st.just("1 g"), route=st.just("iv"), on=DATES),
    entry(thrombosis=st.sampled_from(["present", "absent", "suspected"]), on=DATES),
    entry(severe_infection=st.sampled_from(["present", "absent"]), on=DATES),
    entry(hbsag=st.sampled_from(["positive", "negative"]), on=DATES),
    entry(anti_hbc=st.sampled_from(["positive", "negative", "indeterminate"]), on=DATES),
    entry(muscle_strength=st.sampled_from(["improved", "worse"]), on=DATES),
    entry(physician_global=st.sampled_from(["6 cm", "4 cm", "1 cm"]), on=DATES),
    entry(mmt8_80=st.sampled_from([60, 62, 76]), on=DATES),
    entry(patient_global=st.sampled_from(["5 cm", "1 cm"]), on=DATES),
    entry(haq=st.sampled_from([2, 1]), on=DATES),
    entry(extramuscular_global=st.sampled_from(["4 cm", "1 cm"]), on=DATES),
    entry(tis=st.sampled_from([10, 40]), on=DATES),
    entry(response=st.sampled_from(["none", "moderate"]), on=DATES),
    entry(weight=st.just("60 kg"), on=DATES),
)
PLANNED = entry(rituximab=st.just("1 g"), on=DATES)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Small records with ties, bounds, flags, spells with and without an end, and plans."""
    return record_from_entries(
        draw(st.lists(ENTRIES, max_size=8)),
        planned=draw(st.lists(PLANNED, max_size=1)),
        complete_for=draw(st.sampled_from([(), ("medications",), ("conditions",)])),
    )


def situation(record: Record, moment: datetime) -> Situation:
    """A record at a moment, in a step that began on the fifteenth day."""
    return Situation(
        RecordIndex(record),
        moment,
        catalogue(),
        confounders=CONFOUNDERS,
        step_start=day(14),
        step_drugs=("ivig",),
    )
