"""Checks what a criterion says against the vocabulary and the definitions.

The language reader knows no names: `relapse` may be a definition or a condition, `ldh` a test or a
slip. Here each name is looked up, each comparison is checked for its units, and a bare name that is
a condition becomes `Present`. Every fault is returned, never only the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from stepline.core.quantity import comparable
from stepline.protocol import criterion as c
from stepline.protocol import faults
from stepline.protocol.definitions import PLACEHOLDER
from stepline.protocol.faults import DRUGS, Fault, Known
from stepline.protocol.measures import CATEGORY, NO_NUMBER, PERIOD, UPPER_LIMITS, units_of
from stepline.protocol.products import drugs_of_products
from stepline.protocol.walking import Part, rewrite, walk
from stepline.protocol.writing import write_criterion
from stepline.vocabulary.model import Concept, ConceptKind

_GIVEN = (*DRUGS, ConceptKind.VACCINE, ConceptKind.PROCEDURE)


def check_criterion(node: c.Criterion, known: Known) -> tuple[c.Criterion, tuple[Fault, ...]]:
    """The criterion with conditions told from definitions, and every fault found in it."""
    found = (fault for part in walk(node) for fault in _faults(part, known))
    return conditions_told(node, known), tuple(dict.fromkeys(found))


def conditions_told(node: c.Criterion, known: Known) -> c.Criterion:
    """The criterion with every bare name of a condition read as the patient having it."""

    def told(part: Part) -> Part:
        if isinstance(part, c.Named) and not part.argument and not known.defines(part):
            concept = known.concept(part.name)
            if concept is not None and _can_be_present(concept, known):
                return c.Present((part.name,))
        return part

    return rewrite(node, told)


def holds_a_number(node: c.Criterion) -> bool:
    """Whether a criterion rests on a literal number or period, which needs a source."""
    literals = (c.Number, c.UpperLimits, c.Duration, c.Sustained, c.MeanDose)
    return any(
        isinstance(part, literals) or (isinstance(part, c.Bound) and part.offset is not None)
        for part in walk(node)
    )


# ---------------------------------------------------------------- one kind of node at a time


@singledispatch
def _faults(_part: Part, _known: Known) -> Iterator[Fault]:
    yield from ()


@_faults.register
def _(part: c.Named, known: Known) -> Iterator[Fault]:
    if known.defines(part):
        over_any = part.key not in known.definitions
        if over_any and not _is_known(part.argument, known):
            yield faults.unknown_concept(part.argument, known)
        return
    concept = known.concept(part.name)
    if part.argument:
        yield faults.no_definition(part, known)
    elif concept is None:
        yield faults.unknown_name(part.name, known)
    elif not _can_be_present(concept, known):
        yield faults.says_nothing(concept)


@_faults.register
def _(part: c.Happened, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)
    if part.how is not c.How.RECORDED:
        yield from _wrong_kind(part.names, _GIVEN, part.how.value, known)
    for product in part.products:
        yield from _wrong_product(product, part.names, known)


@_faults.register
def _(part: c.On, known: Known) -> Iterator[Fault]:
    yield from _drugs_only(part.names, "on", known)


@_faults.register
def _(part: c.Started, known: Known) -> Iterator[Fault]:
    yield from _drugs_only(part.names, "started", known)


@_faults.register
def _(part: c.Stopped, known: Known) -> Iterator[Fault]:
    yield from _drugs_only(part.names, "stopped", known)


@_faults.register(c.FirstOf)
@_faults.register(c.LastOf)
@_faults.register(c.Present)
def _(part: c.FirstOf | c.LastOf | c.Present, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)


@_faults.register
def _(part: c.Is, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)
    for concept in _concepts(part.names, known):
        if concept.answers and part.word not in concept.answers:
            yield Fault(
                "answer-unknown",
                f"“{part.word}” is not an answer that {concept.title} can have.",
                part.word,
                found=part.word,
                allowed=", ".join(concept.answers),
                mend=faults.nearest(part.word, concept.answers, "Use one of the answers."),
            )


@_faults.register
def _(part: c.Pick, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)
    if part.take is c.Take.COUNT:
        return
    for concept in _concepts(part.names, known):
        if concept.kind in DRUGS:
            yield Fault(
                "drug-has-no-value",
                f"A drug has no value of its own: {concept.id}.",
                concept.id,
                found=concept.id,
                allowed="dose(…), courses(…), time since last(…), on …, given …",
                mend=f"Say what about it, for example: dose({concept.id}) >= …",
            )


@_faults.register
def _(part: c.Change, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)


@_faults.register(c.DailyDose)
@_faults.register(c.WeeklyDose)
@_faults.register(c.DoseChange)
@_faults.register(c.MeanDose)
@_faults.register(c.CumulativeDose)
def _(
    part: c.DailyDose | c.WeeklyDose | c.DoseChange | c.MeanDose | c.CumulativeDose, known: Known
) -> Iterator[Fault]:
    yield from _drugs_only(part.names, "dose", known)
    yield from _equivalents(part.names, part.equivalent, known)


@_faults.register(c.Intensity)
@_faults.register(c.CycleDose)
@_faults.register(c.Courses)
@_faults.register(c.ShortestInterval)
def _(
    part: c.Intensity | c.CycleDose | c.Courses | c.ShortestInterval, known: Known
) -> Iterator[Fault]:
    yield from _drugs_only((part.drug,), "cycles and intervals", known)


@_faults.register
def _(part: c.PlannedInterval, known: Known) -> Iterator[Fault]:
    drugs = tuple(name for name in (part.drug, part.other) if name)
    yield from _drugs_only(drugs, "cycles and intervals", known)


@_faults.register
def _(part: c.LongestTime, _known: Known) -> Iterator[Fault]:
    match part.part:
        case c.On() | c.Compare(c.DailyDose() | c.WeeklyDose(), _, c.Number()):
            return
    text = write_criterion(part.part)
    yield Fault(
        "longest-time-of-what",
        "A longest time is that of a dose compared with a number, or of being on a drug.",
        text,
        found=text,
        allowed="longest time(dose(prednisone) >= 20 mg/d), longest time(on methotrexate)",
        mend="For anything else say how long it held up to now: … for >= P12W.",
    )


@_faults.register
def _(part: c.While, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(part.names, known)
    for concept in _concepts(part.names, known):
        if not _can_be_present(concept, known) and concept.kind is not ConceptKind.ASSESSMENT:
            yield Fault(
                "condition-expected",
                f"“while” is said of a condition, and {concept.id} is none.",
                concept.id,
                found=f"{concept.id} ({concept.kind.value})",
                allowed="a condition, such as relapse while (dose(prednisone) falls)",
                mend=f"Say of {concept.id}: once (… and …).",
            )


@_faults.register
def _(part: c.Sustained, _known: Known) -> Iterator[Fault]:
    if part.period.is_empty:
        yield faults.no_time(str(part.period))


@_faults.register
def _(part: c.Window, _known: Known) -> Iterator[Fault]:
    start, end = part.start, part.end
    if start is None or end is None or start.anchor != end.anchor:
        return
    if start.offset and start.offset.is_empty and end.offset is None:
        yield faults.no_time(str(start.offset))
    if _is_reversed(start, end):
        yield Fault(
            "window-reversed",
            "The window ends before it begins.",
            str(start.offset or end.offset),
            found=f"{start.offset} and {end.offset}",
            allowed="the shorter period first: within P5D..P10D after last(ivig)",
            mend="Exchange the two periods.",
        )


@_faults.register
def _(part: c.Compare, known: Known) -> Iterator[Fault]:
    if any(not _is_known(name, known) for name in _names_of(part)):
        return
    left, right = units_of(part.left, known.concept), units_of(part.right, known.concept)
    for concept_id, unit in (*left, *right):
        if unit == NO_NUMBER:
            yield faults.no_number(concept_id, known)
    for name, one in left:
        for other_name, other in right:
            if NO_NUMBER not in (one, other) and not _comparable(one, other):
                yield faults.not_comparable(name, one, other_name, other, part)


# ---------------------------------------------------------------- what is asked of names


def _is_known(name: str, known: Known) -> bool:
    return name in known.catalogue or (known.placeholder and name == PLACEHOLDER)


def _concepts(names: c.Names, known: Known) -> Iterator[Concept]:
    yield from (concept for name in names if (concept := known.concept(name)) is not None)


def _names_of(part: c.Compare) -> Iterator[str]:
    for inner in walk(part):
        yield from getattr(inner, "names", ())
        if drug := getattr(inner, "drug", ""):
            yield drug


def _can_be_present(concept: Concept, known: Known) -> bool:
    if concept.kind is ConceptKind.GROUP:
        members = known.catalogue.members(concept.id)
        return bool(members) and all(one.kind is ConceptKind.CONDITION for one in members)
    return concept.kind is ConceptKind.CONDITION


def _unknown_names(names: c.Names, known: Known) -> Iterator[Fault]:
    yield from (faults.unknown_concept(name, known) for name in names if not _is_known(name, known))


def _wrong_product(product: str, names: c.Names, known: Known) -> Iterator[Fault]:
    drug = drugs_of_products().get(product)
    if drug is None:
        yield faults.unknown_product(product)
        return
    drugs = {one.id for n in names if n in known.catalogue for one in known.catalogue.members(n)}
    if drug not in {*drugs, *names}:
        yield faults.product_of_other_drug(product, drug, names)


def _drugs_only(names: c.Names, what: str, known: Known) -> Iterator[Fault]:
    yield from _unknown_names(names, known)
    yield from _wrong_kind(names, DRUGS, what, known)


def _wrong_kind(
    names: c.Names, kinds: tuple[ConceptKind, ...], what: str, known: Known
) -> Iterator[Fault]:
    for concept in _concepts(names, known):
        if concept.kind not in kinds:
            yield Fault(
                "drug-expected",
                f"“{what}” is said of a drug, and {concept.id} is none.",
                concept.id,
                found=f"{concept.id} ({concept.kind.value})",
                allowed="a drug or a drug class of the vocabulary",
                mend=f"Name a drug, or say: recorded {concept.id}.",
            )


def _equivalents(names: c.Names, equivalent: str, known: Known) -> Iterator[Fault]:
    if not equivalent:
        return
    concept = known.concept(equivalent)
    if concept is None:
        yield faults.unknown_concept(equivalent, known)
    elif concept.equivalent is None:
        yield Fault(
            "equivalent-unknown",
            f"Doses cannot be told as {equivalent}: the vocabulary holds no equivalence for it.",
            equivalent,
            found=f"{names[0]} as {equivalent}",
            allowed="a glucocorticoid, such as prednisone",
            mend="Write: dose(glucocorticoid as prednisone).",
        )


# ---------------------------------------------------------------- units


def _comparable(one: str, other: str) -> bool:
    spoken = {PERIOD, CATEGORY}
    if one in spoken or other in spoken:
        return one == other
    if UPPER_LIMITS in (one, other):
        return one != other and "1" not in (one, other)
    return comparable(one, other)


def _is_reversed(start: c.Bound, end: c.Bound) -> bool:
    """Whether a window's offsets from one anchor are surely in the wrong order."""
    if start.offset is None or end.offset is None or start.direction != end.direction:
        return False
    first, second = (start, end) if start.direction > 0 else (end, start)
    if first.offset is None or second.offset is None:
        return False
    return first.offset.shortest_days > second.offset.longest_days
