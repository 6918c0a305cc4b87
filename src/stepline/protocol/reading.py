"""Reads a criterion from text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, VisitError

from stepline.core.errors import CriterionRefused, Place, Problem, Refused
from stepline.core.quantity import Quantity, comparable, parse_quantity
from stepline.core.time import parse_date, parse_period
from stepline.protocol import criterion as c

LONGEST = 4_000
"""Characters in one criterion; more than this is a mistake or an attack."""

DEEPEST = 60
"""Open brackets within one another, and words (not, for, consecutive) that wrap a part."""

_WORDS = {
    "either": "or",
    "_OR": "or",
    "_AND": "and",
    "_FOR_AT_LEAST": "for >=",
    "CONSECUTIVE_VISITS": "at 2 consecutive visits",
    "NAME": "a name",
    "QUANTITY": "a number with its unit",
    "PERIOD": "a period such as P28D",
    "OPERATOR": "< <= = >= >",
    "DATE": "a date such as 2026-01-05",
    "RPAR": ")",
    "LPAR": "(",
    "COMMA": ",",
    "TAKE": "last, first, lowest, highest, mean, total or count",
    "HOW": "given, planned or recorded",
    "DIRECTION": "rises or falls",
    "_REFERENCE": "above or below",
    "$END": "the end",
}


def read_criterion(text: str, *, place: Place | None = None) -> c.Criterion:
    """The criterion that a text states.

    Names stay names: whether `relapse` is a definition or a condition is decided when the file is
    checked. Raises `CriterionRefused` with the column of the word that is wrong.
    """
    where = place or Place()
    _refuse_the_huge(text, where)
    try:
        tree = _parser().parse(text)
        result: c.Criterion = _Builder().transform(tree).children[0]
    except UnexpectedInput as error:
        raise CriterionRefused([_problem(text, error, where)]) from None
    except VisitError as error:
        raise _from_builder(error, where) from None
    return result


def _refuse_the_huge(text: str, where: Place) -> None:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    wrapped = len(re.findall(r"\bnot\b|\bfor\s*>=|\bconsecutive\b", text))
    if len(text) > LONGEST or deepest + wrapped > DEEPEST:
        raise CriterionRefused.because(
            "criterion-too-large",
            "This criterion is too long or too deeply nested to be read.",
            place=where,
            found=f"{len(text)} characters, {deepest} brackets deep, {wrapped} words that wrap",
            allowed=f"up to {LONGEST} characters, and {DEEPEST} brackets and wrapping words",
            mend="Give parts of it a name under `definitions` and use the names.",
        )


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("stepline.protocol").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False, propagate_positions=False)


def _problem(text: str, error: UnexpectedInput, where: Place) -> Problem:
    column = len(text) + 1 if isinstance(error, UnexpectedEOF) else error.column
    token = getattr(error, "token", None)
    at_end = isinstance(error, UnexpectedEOF) or (token is not None and token.type == "$END")
    if at_end:
        found, column = "the end of the criterion", len(text) + 1
    elif isinstance(error, UnexpectedCharacters):
        found = _word_at(text, column - 1)
    else:
        found = str(token)
    sets = (getattr(error, name, None) for name in ("accepts", "expected", "allowed"))
    expected: set[str] = next((found for found in sets if found), set())
    return Problem(
        "criterion-syntax",
        f"The criterion cannot be read at column {column}: “{_pointed(text, column)}”.",
        Place(where.file, where.line, _column(where, text, column), where.path),
        found=found,
        allowed=", ".join(sorted({_spoken(name) for name in expected})),
        mend=_mend(found, text),
    )


def _column(where: Place, text: str, column: int) -> int:
    """The column in the file when the criterion stands on one line of it; else in the criterion."""
    return where.column + column - 1 if where.column and "\n" not in text else column


def _pointed(text: str, column: int) -> str:
    start = max(0, column - 1 - 20)
    return f"{text[start : column - 1]}▶{text[column - 1 : column + 20]}".replace("\n", " ")


def _word_at(text: str, position: int) -> str:
    match = re.match(r"\S+", text[position : position + 40])
    return match.group(0) if match else ""


def _spoken(terminal: str) -> str:
    return _WORDS.get(terminal, terminal.strip("_").lower().replace("_", " "))


def _mend(found: str, text: str) -> str:
    if re.search(r"[A-Z]", found) and not re.match(r"P\d", found):
        return "Names are written in lower case with hyphens."
    if re.search(r"\d\s*(days|weeks|months|years)", text):
        return "Write times as ISO periods: P28D for 28 days, P12W for 12 weeks, P1M for a month."
    if found.startswith(("!", "==", "&", "|")):
        return "Use the words and, or, not, and a single =."
    return "See docs/reference/criteria.md for everything that can be said."


def _from_builder(error: VisitError, where: Place) -> CriterionRefused:
    cause = error.orig_exc
    if isinstance(cause, Refused):
        return CriterionRefused([problem.at(where) for problem in cause.problems])
    raise cause


def _refuse(code: str, message: str, *, found: str, allowed: str, mend: str) -> CriterionRefused:
    return CriterionRefused([Problem(code, message, Place(), found, allowed, mend)])


@dataclass(frozen=True, slots=True)
class _OfProduct:
    """The products that a statement on doses is limited to, until the statement is built."""

    products: c.Names


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """One method a rule of the grammar; each returns a node."""

    # ---- connectives

    def either(self, *parts: c.Criterion) -> c.Criterion:
        return parts[0] if len(parts) == 1 else c.Or(parts)

    def both(self, *parts: c.Criterion) -> c.Criterion:
        return parts[0] if len(parts) == 1 else c.And(parts)

    def negated(self, part: c.Criterion) -> c.Criterion:
        return c.Not(part)

    def items(self, *parts: c.Criterion) -> tuple[c.Criterion, ...]:
        return parts

    def any_of(self, _any: Token, parts: tuple[c.Criterion, ...] | None = None) -> c.Criterion:
        return _one_or(c.Or, parts if parts is not None else _any)

    def all_of(self, parts: tuple[c.Criterion, ...]) -> c.Criterion:
        return _one_or(c.And, parts)

    def at_least(self, words: Token, parts: tuple[c.Criterion, ...]) -> c.Criterion:
        count = int(re.findall(r"\d+", words)[0])
        if not 1 <= count <= len(parts):
            raise _refuse(
                "at-least-out-of-range",
                "“at least n of” asks for a number that the list cannot give.",
                found=f"at least {count} of {len(parts)}",
                allowed=f"1 to {len(parts)}",
                mend="Change the number or add to the list.",
            )
        return c.AtLeast(count, parts)

    def sustained(self, part: c.Criterion, period: Token) -> c.Criterion:
        return c.Sustained(part, parse_period(str(period)))

    def once(self, part: c.Criterion, window: c.Window = c.EVER) -> c.Criterion:
        return c.Once(part, window)

    def confirmed(self, part: c.Criterion, words: Token) -> c.Criterion:
        visits = int(re.findall(r"\d+", words)[0])
        if visits < 2:
            raise _refuse(
                "visits-out-of-range",
                "A confirmation needs at least two visits.",
                found=str(words),
                allowed="at 2 consecutive visits, or more",
                mend="Leave the words out for a single visit.",
            )
        return c.Confirmed(part, visits)

    # ---- the record and the patient

    def names(self, first: Any) -> c.Names:
        return first if isinstance(first, tuple) else (str(first),)

    def name_list(self, *names: Token) -> c.Names:
        return tuple(str(name) for name in names)

    def happened(self, *parts: Any) -> c.Criterion:
        hows = [c.How(str(p)) for p in parts if isinstance(p, Token)]
        names = next(p for p in parts if isinstance(p, tuple))
        products = next((p.products for p in parts if isinstance(p, _OfProduct)), ())
        window = _window_of(parts)
        each = [c.Happened(how, names, window, products) for how in hows]
        return each[0] if len(each) == 1 else c.Or(tuple(each))

    def of_product(self, names: c.Names) -> _OfProduct:
        return _OfProduct(names)

    def started(self, names: c.Names, window: c.Window | None = None) -> c.Criterion:
        return c.Started(names, window or c.EVER)

    def on(self, names: c.Names) -> c.Criterion:
        return c.On(names)

    def stopped(self, names: c.Names, reason: Token | None = None) -> c.Criterion:
        return c.Stopped(names, str(reason) if reason else "")

    def known(self, value: c.Value) -> c.Criterion:
        return c.Known(_response_or(value))

    def is_word(self, *parts: Any) -> c.Criterion:
        subject, word = parts[0], str(parts[1])
        if isinstance(subject, c.Pick):
            return c.Is(subject.names, word, _window_of(parts), measured=True)
        return c.Is((str(subject),), word, _window_of(parts))

    def dose_moves(
        self, dose: c.DailyDose, direction: Token, window: c.Window = c.EVER
    ) -> c.Criterion:
        return c.DoseMoves(dose, c.Direction(str(direction)), window)

    def while_(self, name: Token, part: c.Criterion, window: c.Window = c.EVER) -> c.Criterion:
        return c.While((str(name),), part, window)

    def named_with(self, name: Token, argument: Token) -> c.Criterion:
        return c.Named(str(name), str(argument))

    def bare(self, name: Token) -> c.Criterion:
        return c.Named(str(name))

    # ---- comparisons

    def compare(self, left: c.Value, operator: Token, right: c.Value) -> c.Criterion:
        return _compared(_response_or(left), c.Operator(str(operator)), right)

    def compare_any(
        self, items: tuple[c.Criterion, ...], operator: Token, right: c.Value
    ) -> c.Criterion:
        sign = c.Operator(str(operator))
        each = tuple(_compared(c.Pick(c.Take.LAST, (n,)), sign, right) for n in _names_in(items))
        return _one_or(c.Or, each)

    def change(self, *parts: Any) -> c.Criterion:
        name, direction, operator, operand, take, *rest = parts
        return _changed((str(name),), direction, operator, operand, take, _window_of(rest))

    def change_any(self, *parts: Any) -> c.Criterion:
        items, direction, operator, operand, take, *rest = parts
        window = _window_of(rest)
        each = tuple(
            _changed((name,), direction, operator, operand, take, window)
            for name in _names_in(items)
        )
        return _one_or(c.Or, each)

    def dose_change(self, dose: c.DailyDose, *parts: Any) -> c.Criterion:
        direction, operator, operand, take, *rest = parts
        return _dose_changed(dose, direction, operator, operand, take, _window_of(rest))

    def literal(self, text: Token) -> c.Value:
        return _literal(str(text))

    def period(self, text: Token) -> c.Value:
        return c.Duration(parse_period(str(text)))

    # ---- values

    def bare_value(self, name: Token) -> c.Value:
        return c.Pick(c.Take.LAST, (str(name),))

    def pick(self, take: Token, names: c.Names, window: c.Window = c.EVER) -> c.Value:
        return c.Pick(c.Take(str(take)), names, window)

    def measured(self, _word: Token, names: c.Names, window: c.Window = c.EVER) -> c.Value:
        return c.Pick(c.Take.LAST, names, window, measured=True)

    def time_since(self, anchor: c.Anchor) -> c.Value:
        return c.TimeSince(anchor)

    def time_in_step(self) -> c.Value:
        return c.TimeInStep()

    def daily_dose(self, name: Token, equivalent: Token | None = None) -> c.Value:
        return c.DailyDose((str(name),), str(equivalent or ""))

    def weekly_dose(self, name: Token, equivalent: Token | None = None) -> c.Value:
        return c.WeeklyDose((str(name),), str(equivalent or ""))

    def longest_time(self, part: c.Criterion, window: c.Window = c.EVER) -> c.Value:
        return c.LongestTime(part, window)

    def mean_dose(self, name: Token, *rest: Token) -> c.Value:
        equivalent = str(rest[0]) if len(rest) == 2 else ""
        return c.MeanDose((str(name),), equivalent, parse_period(str(rest[-1])))

    def cumulative_dose(self, name: Token, *rest: Any) -> c.Value:
        equivalent = next((str(p) for p in rest if isinstance(p, Token)), "")
        return c.CumulativeDose((str(name),), equivalent, _window_of(rest))

    def cycle_dose(self, name: Token) -> c.Value:
        return c.CycleDose(str(name))

    def intensity(self, name: Token) -> c.Value:
        return c.Intensity(str(name))

    def courses(self, name: Token, window: c.Window = c.EVER) -> c.Value:
        return c.Courses(str(name), window)

    def cycles(self) -> c.Value:
        return c.Cycles()

    def shortest_interval(self, name: Token, window: c.Window = c.EVER) -> c.Value:
        return c.ShortestInterval(str(name), window)

    def planned_interval(self, name: Token, other: Token | None = None) -> c.Value:
        return c.PlannedInterval(str(name), str(other or ""))

    def best_response(self) -> c.Value:
        return c.BestResponse()

    def improvement_score(self) -> c.Value:
        return c.ImprovementScore()

    # ---- windows and anchors

    def within(self, period: Token) -> c.Window:
        return c.Window(c.Bound(c.Now(), parse_period(str(period)), -1), c.Bound(c.Now()))

    def within_of(self, period: Token, side: Token, anchor: c.Anchor) -> c.Window:
        moved = parse_period(str(period))
        if str(side) == "before":
            return c.Window(c.Bound(anchor, moved, -1), c.Bound(anchor))
        return c.Window(c.Bound(anchor), c.Bound(anchor, moved, 1))

    def ago(self, near: Token, far: Token) -> c.Window:
        return _between(near, far, "before", c.Now())

    def between(self, near: Token, far: Token, side: Token, anchor: c.Anchor) -> c.Window:
        return _between(near, far, str(side), anchor)

    def since(self, anchor: c.Anchor) -> c.Window:
        return c.Window(c.Bound(anchor), None)

    def after(self, _word: Token, anchor: c.Anchor) -> c.Window:
        return c.Window(c.Bound(anchor, included=False), None)

    def before(self, _word: Token, anchor: c.Anchor) -> c.Window:
        return c.Window(None, c.Bound(anchor, included=False))

    def until(self, anchor: c.Anchor) -> c.Window:
        return c.Window(None, c.Bound(anchor))

    def ever(self) -> c.Window:
        return c.EVER

    def step_start(self) -> c.Anchor:
        return c.StepStart()

    def now(self) -> c.Anchor:
        return c.Now()

    def on_date(self, text: Token) -> c.Anchor:
        return c.OnDate(parse_date(str(text)).time)

    def moment_of(self, take: Token, names: c.Names) -> c.Anchor:
        if str(take) == "first":
            return c.FirstOf(names)
        if str(take) == "last":
            return c.LastOf(names)
        raise _refuse(
            "anchor-not-a-moment",
            "A window or a time can be counted from a first or a last event only.",
            found=f"{take}(…)",
            allowed="first(…), last(…), step start, now, a date",
            mend="Use first(…) or last(…).",
        )


def _one_or(kind: type[c.And] | type[c.Or], parts: Any) -> c.Criterion:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _window_of(parts: Any) -> c.Window:
    return next((p for p in parts if isinstance(p, c.Window)), c.EVER)


def _between(near: Token, far: Token, side: str, anchor: c.Anchor) -> c.Window:
    first, second = parse_period(str(near)), parse_period(str(far))
    if side == "before":
        return c.Window(c.Bound(anchor, second, -1), c.Bound(anchor, first, -1))
    return c.Window(c.Bound(anchor, first, 1), c.Bound(anchor, second, 1))


def _literal(text: str) -> c.Value:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(.*)", text)
    number, unit = match.groups() if match else (text, "")
    if unit == "ULN":
        return c.UpperLimits(Quantity(Decimal(number), "1"))
    if not unit:
        return c.Number(Quantity(Decimal(number), "1"))
    return c.Number(parse_quantity(f"{number} {unit}")[0])


def _names_in(items: tuple[c.Criterion, ...]) -> list[str]:
    wrong = [item for item in items if not (isinstance(item, c.Named) and not item.argument)]
    if wrong:
        raise _refuse(
            "names-expected",
            "Before a comparison, “any of (…)” lists names, not criteria.",
            found="a criterion inside the list",
            allowed="any of (ck, ldh) > 1 ULN",
            mend="List concept names only, or compare each one on its own.",
        )
    return [item.name for item in items if isinstance(item, c.Named)]


_CATEGORIES = {category.value for category in c.Category}


def _response_or(value: c.Value) -> c.Value:
    is_response = isinstance(value, c.Pick) and value.names == ("response",)
    return c.Response() if is_response and value == c.Pick(c.Take.LAST, ("response",)) else value


def _compared(left: c.Value, operator: c.Operator, right: c.Value) -> c.Criterion:
    if isinstance(left, c.Response | c.BestResponse):
        return c.Compare(left, operator, _category(right))
    if isinstance(left, c.DailyDose) and _is_per_kilogram(right):
        return c.Compare(replace(left, per_kilogram=True), operator, right)
    return c.Compare(left, operator, _response_or(right))


def _is_per_kilogram(value: c.Value) -> bool:
    return isinstance(value, c.Number) and comparable(value.quantity.unit, "mg/kg/d")


def _category(value: c.Value) -> c.Value:
    word = value.names[0] if isinstance(value, c.Pick) else ""
    if word not in _CATEGORIES:
        raise _refuse(
            "response-category",
            "A response is compared with a category.",
            found=word or "a number",
            allowed=", ".join(category.value for category in c.Category),
            mend="Write for example: response >= minimal.",
        )
    return c.CategoryIs(c.Category(word))


def _changed(
    names: c.Names,
    direction: Token,
    operator: Token,
    operand: c.Value,
    take: Token,
    window: c.Window,
) -> c.Criterion:
    relative = _is_relative(operand, "ldh rises >= 30 % above lowest since step start")
    change = c.Change(names, c.Direction(str(direction)), c.Take(str(take)), window, relative)
    return c.Compare(change, c.Operator(str(operator)), operand)


def _is_relative(operand: c.Value, example: str) -> bool:
    """Whether a change is compared with percent; refused where it is compared with no number."""
    if isinstance(operand, c.Number):
        return operand.quantity.unit == "%"
    raise _refuse(
        "change-needs-number",
        "A rise or fall is compared with a number and its unit, or with percent.",
        found=type(operand).__name__,
        allowed=example,
        mend="Write the number and its unit.",
    )


_DOSE_REFERENCES = (c.Take.LOWEST, c.Take.HIGHEST, c.Take.FIRST)


def _dose_changed(
    dose: c.DailyDose,
    direction: Token,
    operator: Token,
    operand: c.Value,
    take: Token,
    window: c.Window,
) -> c.Criterion:
    example = "dose(glucocorticoid as prednisone) rises >= 25 % above lowest within P12W"
    relative = _is_relative(operand, example)
    reference = c.Take(str(take))
    if reference not in _DOSE_REFERENCES:
        raise _refuse(
            "dose-change-reference",
            "A daily dose is told from its lowest, its highest or its first in a window.",
            found=str(take),
            allowed=example,
            mend="Write lowest, highest or first.",
        )
    moved = c.Direction(str(direction))
    change = c.DoseChange(dose.names, dose.equivalent, moved, reference, window, relative)
    return c.Compare(change, c.Operator(str(operator)), operand)
