"""Strategies for things of a protocol: valid on their own, and awkward to write down."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from stepline.core.errors import Place
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity
from stepline.core.time import Period, parse_period
from stepline.protocol import criterion as c
from stepline.protocol import model as m
from stepline.protocol.reading import read_criterion
from stepline.protocol.writing import write_criterion

AWKWARD = (
    "on",
    "yes",
    "null",
    "~",
    "2026-01-05",
    "012",
    "1e3",
    "a: b",
    "# no",
    "- x",
    "'",
    '"',
    "µg",
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
PERIODS = st.sampled_from(["P1D", "P7D", "P2W", "P28D", "P1M", "P6M", "P1Y"]).map(parse_period)
INTENTS, PHASES = st.sampled_from(m.Intent), st.sampled_from(m.Phase)


def unplaced(value: Any) -> Any:
    """A value without the places in the file that it came from."""
    if isinstance(value, Place):
        return Place()
    if isinstance(value, tuple):
        items = [unplaced(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: unplaced(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **changed)
    return value


def texts(*, allow_empty: bool = False) -> st.SearchStrategy[str]:
    """Sentences on one line, with what YAML could misread among them."""
    words = st.one_of(
        st.sampled_from(AWKWARD),
        st.text(
            st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9
        ),
    )
    return st.lists(words, min_size=0 if allow_empty else 1, max_size=12).map(" ".join)


def numbers(low: str, high: str) -> st.SearchStrategy[Decimal]:
    """Decimals to three places."""
    return st.decimals(Decimal(low), Decimal(high), places=3)


EVIDENCE = st.lists(
    st.builds(
        Evidence,
        st.sampled_from(["seed-case", "ismp-ivig-2015", "stepline-design"]),
        st.sampled_from(Kind),
        st.sampled_from([one for one in Status if one is not Status.LOCAL]),
        texts(allow_empty=True),
    ),
    min_size=1,
    max_size=3,
).map(tuple)

LEAVES = [
    "given ivig within P12W",
    "planned any of (ivig, scig)",
    "on methotrexate",
    "stopped methotrexate for intolerance",
    "dermatomyositis",
    "hbsag is positive",
    "measured(anti-hbc) is negative before first(rituximab)",
    "known last(igg)",
    "last(ldh) > 250 U/L",
    "ldh rises >= 30 % above lowest since step start",
    "any of (ck, ldh) > 1 ULN",
    "time since last(rituximab) >= P24W",
    "dose(glucocorticoid as prednisone) >= 20 mg/d for >= P28D",
    "intensity(ivig) >= 0.4 g/kg",
    "courses(ivig) since step start >= 3",
    "response >= minimal",
    "raised-enzymes",
    "policy(ema-sid)",
]


def criteria() -> st.SearchStrategy[c.Criterion]:
    """Criteria whose names the vocabulary and the library know."""
    leaves = st.sampled_from(LEAVES).map(read_criterion).map(_told)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            _several(inner).map(c.And),
            _several(inner).map(c.Or),
            inner.map(c.Not),
            _several(inner).map(lambda parts: c.AtLeast(2, parts)),
            st.builds(c.Sustained, inner, PERIODS),
        ),
        max_leaves=4,
    )


def _several(
    inner: st.SearchStrategy[c.Criterion],
) -> st.SearchStrategy[tuple[c.Criterion, ...]]:
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


def _told(node: c.Criterion) -> c.Criterion:
    return c.Present(("dermatomyositis",)) if node == c.Named("dermatomyositis") else node


# ---------------------------------------------------------------- regimens


@st.composite
def gives(draw: st.DrawFn) -> m.Give:
    """Doses of immunoglobulin on every basis."""
    basis = draw(st.sampled_from([m.Basis.COURSE_TOTAL, m.Basis.PER_DOSE, m.Basis.UNKNOWN]))
    rounded = draw(st.none() | st.just(Quantity(Decimal("2.5"), "g")))
    if basis is m.Basis.UNKNOWN:
        return m.Give(basis, rounded_to=rounded)
    unit = draw(st.sampled_from(["g/kg", "g/m2"]))
    surface = Quantity(Decimal("1.5"), "m2") if unit == "g/m2" and draw(st.booleans()) else None
    return m.Give(
        basis,
        Quantity(draw(numbers("0.1", "2")), unit),
        draw(st.integers(1, 5)) if basis is m.Basis.COURSE_TOTAL else 1,
        draw(st.sampled_from(["equal", "unknown"])),
        draw(st.sampled_from(["", "actual", "adjusted"])),
        "",
        draw(st.booleans()),
        rounded,
        draw(st.none() | st.just(Quantity(Decimal(60), "g"))),
        surface,
    )


@st.composite
def repeats(draw: st.DrawFn) -> m.Repeat:
    """Intervals, days within a course, counts and words."""
    return m.Repeat(
        draw(st.none() | st.just(parse_period("P1M"))),
        draw(st.none() | st.integers(1, 12)),
        draw(st.sampled_from([(), (0, 7), (0, 1, 2)])),
        draw(st.sampled_from(["", "review"])),
        draw(st.booleans()),
    )


@st.composite
def bands(draw: st.DrawFn) -> m.Recognise:
    """Bands of every kind, each present or not."""
    low, high = sorted([draw(numbers("0.01", "1")), draw(numbers("0.01", "1"))])
    amounts = m.QuantityRange(Quantity(low, "g/kg"), Quantity(high, "g/kg"))
    counts = st.none() | st.sampled_from([(1, 1), (2, 5)])
    weeks = m.PeriodRange(parse_period("P3W"), parse_period("P6W"))
    return m.Recognise(
        draw(counts),
        draw(st.none() | st.just(weeks)),
        draw(st.none() | st.just(amounts)),
        draw(st.none() | st.just(amounts)),
        draw(counts),
    )


PREMEDICATIONS = st.builds(
    m.Premedication,
    st.sampled_from(["paracetamol", "antihistamine", "methylprednisolone"]),
    st.none() | st.just(Quantity(Decimal(100), "mg")),
    st.sampled_from(["", "iv", "oral"]),
    st.none() | st.integers(0, 60),
)
CAPS = st.lists(
    st.sampled_from(
        [
            m.Cap(m.Basis.COURSE_TOTAL, Quantity(Decimal(20), "g/kg")),
            m.Cap(m.Basis.PER_DOSE, Quantity(Decimal(20), "g/kg")),
            m.Cap(m.Basis.PER_DOSE, Quantity(Decimal(500), "g")),
        ]
    ),
    max_size=3,
).map(tuple)


@st.composite
def regimens(draw: st.DrawFn) -> m.Regimen:
    """Regimens of immunoglobulin."""
    return m.Regimen(
        draw(NAMES),
        draw(texts()),
        "ivig",
        draw(INTENTS),
        draw(PHASES),
        draw(gives()),
        draw(st.sampled_from(["1.0.0", "2.10.3"])),
        draw(st.sampled_from(["", "iv"])),
        draw(st.none() | repeats()),
        None,
        draw(CAPS),
        draw(st.none() | st.builds(m.Rate, NAMES, st.just("") | NAMES)),
        tuple(draw(st.lists(PREMEDICATIONS, max_size=2))),
        draw(st.none() | bands()),
        tuple(draw(st.dictionaries(NAMES, texts(), max_size=2)).items()),
        draw(st.none() | PERIODS),
        tuple(draw(st.lists(texts(), max_size=2))),
        draw(EVIDENCE),
    )


@st.composite
def tapers(draw: st.DrawFn) -> m.Regimen:
    """Regimens of a glucocorticoid that is tapered."""
    start = Quantity(draw(numbers("20", "90")), "mg/d")
    hold_if = draw(st.sampled_from(["", "relapse is present"]))
    taper = m.Taper(
        start,
        Quantity(Decimal(5), "mg/d"),
        draw(st.none() | PERIODS),
        draw(st.sampled_from(["unknown", "proposed"])),
        hold_if,
    )
    if draw(st.booleans()):
        stage = m.TaperStage(Quantity(Decimal(5), "mg"), draw(PERIODS), taper.floor)
        taper = replace(taper, steps="stated", hold=draw(st.none() | PERIODS), stages=(stage,))
    give = m.Give(m.Basis.PER_DAY, start)
    regimen = draw(regimens())
    return replace(regimen, drug="prednisone", give=give, taper=taper, repeat=None, never_above=())


# ---------------------------------------------------------------- rules


@st.composite
def definitions(draw: st.DrawFn, name: str) -> m.Definition:
    """A definition of a name, or over any drug."""
    parameter = draw(st.sampled_from(["", "X"]))
    criterion: c.Criterion = c.On(("X",)) if parameter else draw(criteria())
    return m.Definition(
        name,
        parameter or draw(st.just("") | NAMES),
        criterion,
        write_criterion(criterion),
        draw(texts(allow_empty=True)),
        parameter,
        draw(texts(allow_empty=True)),
        draw(EVIDENCE),
    )


SCALARS = st.one_of(texts(), st.integers(), st.booleans(), numbers("-9", "9"))
ENTRIES = st.lists(st.dictionaries(texts(), SCALARS, min_size=1, max_size=2), max_size=2).map(tuple)


@st.composite
def cases(draw: st.DrawFn, rule_id: str) -> m.Case:
    """A rule's own test."""
    words = st.lists(texts(), max_size=2).map(tuple)
    verdict = draw(st.sampled_from(["true", "false", "unknown"]))
    return m.Case(
        draw(texts()),
        draw(ENTRIES),
        draw(ENTRIES),
        draw(st.sampled_from(["2026-01-05", "M6"])),
        ((rule_id, verdict),),
        draw(words),
        draw(words),
        draw(words),
    )


@st.composite
def rules(draw: st.DrawFn) -> m.Rule:
    """A rule with cases."""
    rule_id, applies, consequence = draw(NAMES), draw(criteria()), draw(criteria())
    key = draw(st.sampled_from(["alert", "require"]))
    return m.Rule(
        rule_id,
        draw(texts()),
        applies,
        draw(texts()),
        consequence if key == "alert" else None,
        consequence if key == "require" else None,
        draw(st.sampled_from(m.Severity)),
        draw(st.sampled_from(m.UnknownPolicy)),
        tuple(draw(st.lists(texts(), max_size=2))),
        draw(texts(allow_empty=True)),
        draw(st.sampled_from(["1.0.0", "0.3.12"])),
        draw(EVIDENCE),
        tuple(draw(st.lists(cases(rule_id), max_size=2))),
        (("when", write_criterion(applies)), (key, write_criterion(consequence))),
    )


@st.composite
def confounders(draw: st.DrawFn) -> m.Confounder:
    """A confounder of a serology or a value."""
    return m.Confounder(
        draw(NAMES),
        draw(st.sampled_from(["igg", "ldh"])),
        "ivig",
        parse_period("P12W"),
        draw(texts()),
        draw(st.none() | st.sampled_from([Period(days=5, written="P5D")])),
        draw(st.sampled_from(["", "raised"])),
        draw(st.none() | st.just(Quantity(Decimal("1.5"), "g/kg"))),
        draw(st.none() | criteria()),
        tuple(draw(st.lists(texts(), max_size=2))),
        draw(EVIDENCE),
    )


# ---------------------------------------------------------------- pathways

PATTERNS = st.sampled_from(
    [
        m.CoursePattern(("ivig-400-weekly",)),
        m.CoursePattern(("ivig-400-weekly", "rituximab-1g-x2")),
        m.CoursePattern(drugs=("glucocorticoid", "methotrexate")),
        m.CoursePattern((), ("ivig",), m.Intent.REPLACEMENT, parse_period("P1W")),
        m.CoursePattern((), ("ivig",), None, parse_period("P7D"), parse_period("P28D")),
        m.CoursePattern(("ivig-400-weekly",), intent=m.Intent.IMMUNOMODULATION),
    ]
)
REVIEWS = st.sampled_from(
    [
        None,
        m.Review(parse_period("P28D")),
        m.Review(at=(parse_period("P16W"), parse_period("P26W")), after_first="rituximab"),
    ]
)


@st.composite
def steps(draw: st.DrawFn, step_id: str, targets: tuple[str, ...]) -> m.Step:
    """A step whose exits lead to the targets."""
    evidence = draw(EVIDENCE)
    exits = []
    for target in targets:
        when = draw(criteria())
        exits.append(m.Exit(target, when, write_criterion(when), draw(texts()), draw(EVIDENCE)))
    enter, holds = draw(st.none() | criteria()), draw(criteria())
    search = m.Search("ivig", holds, write_criterion(holds), parse_period("P12W"))
    return m.Step(
        step_id,
        draw(texts()),
        draw(PATTERNS),
        draw(st.sampled_from([(), ("prednisone-taper",)])),
        draw(REVIEWS),
        tuple(exits),
        draw(st.sampled_from([(), ("hbv-before-rituximab",)])),
        draw(st.sampled_from([(), (("rituximab", parse_period("P16W")),)])),
        draw(st.booleans()) if enter else False,
        enter,
        write_criterion(enter) if enter else "",
        draw(st.none() | st.just(search)),
        evidence,
    )


@st.composite
def pathways(draw: st.DrawFn) -> m.Pathway:
    """A chain of steps that ends."""
    names = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    *ids, end = names
    chain = [
        draw(steps(here, (following,))) for here, following in zip(ids, names[1:], strict=True)
    ]
    defined = draw(st.lists(NAMES, max_size=2, unique=True))
    return m.Pathway(
        draw(NAMES),
        draw(texts()),
        "1.2.3",
        draw(st.sampled_from([("dermatomyositis",), ("polymyositis", "dermatomyositis")])),
        tuple(chain),
        tuple(draw(definitions(f"own-{name}")) for name in defined),
        (end,),
        draw(EVIDENCE),
    )
