"""Writes a criterion as text that reads back to the same node."""

from __future__ import annotations

from functools import singledispatch

from stepline.protocol import criterion as c


def write_criterion(node: c.Criterion) -> str:
    """The criterion as an author would write it; `read_criterion(write_criterion(n)) == n`."""
    known = _WRITTEN.get(id(node))
    if known is None or known[0] is not node:
        if len(_WRITTEN) > _MOST_WRITTEN:
            _WRITTEN.clear()
        known = _WRITTEN[id(node)] = (node, _text(node))
    return known[1]


# By identity: engines ask for the text of the same nodes thousands of times, and hashing a tree
# costs as much as writing it. The node is kept beside its text, so its id stays its own.
_WRITTEN: dict[int, tuple[c.Criterion, str]] = {}
_MOST_WRITTEN = 20_000


def _grouped(node: c.Criterion) -> str:
    """The node in brackets where a connective would otherwise bind it differently."""
    text = _text(node)
    return f"({text})" if isinstance(node, c.And | c.Or | c.Not) else text


@singledispatch
def _text(node: c.Node) -> str:
    raise AssertionError(f"no way to write {type(node).__name__}")  # pragma: no cover


@_text.register
def _(node: c.And) -> str:
    return " and ".join(_grouped(part) for part in node.parts)


@_text.register
def _(node: c.Or) -> str:
    return " or ".join(_grouped(part) for part in node.parts)


@_text.register
def _(node: c.Not) -> str:
    part = _grouped(node.part)
    return f"not {part}"


@_text.register
def _(node: c.AtLeast) -> str:
    return f"at least {node.count} of ({', '.join(_text(part) for part in node.parts)})"


@_text.register
def _(node: c.Sustained) -> str:
    return f"{_grouped(node.part)} for >= {node.period}"


@_text.register
def _(node: c.Once) -> str:
    return f"once ({_text(node.part)}){_window(node.window)}"


@_text.register
def _(node: c.While) -> str:
    return f"{node.names[0]} while ({_text(node.part)}){_window(node.window)}"


@_text.register
def _(node: c.DoseMoves) -> str:
    return f"{_value(node.dose)} {node.direction.value}{_window(node.window)}"


@_text.register
def _(node: c.Confirmed) -> str:
    return f"{_grouped(node.part)} at {node.visits} consecutive visits"


@_text.register
def _(node: c.Happened) -> str:
    products = f" of product {_names(node.products)}" if node.products else ""
    return f"{node.how.value} {_names(node.names)}{products}{_window(node.window)}"


@_text.register
def _(node: c.Started) -> str:
    return f"started {_names(node.names)}{_window(node.window)}"


@_text.register
def _(node: c.On) -> str:
    return f"on {_names(node.names)}"


@_text.register
def _(node: c.Present) -> str:
    return node.names[0]


@_text.register
def _(node: c.Is) -> str:
    name = f"measured({node.names[0]})" if node.measured else node.names[0]
    return f"{name} is {node.word}{_window(node.window)}"


@_text.register
def _(node: c.Stopped) -> str:
    reason = f" for {node.reason}" if node.reason else ""
    return f"stopped {_names(node.names)}{reason}"


@_text.register
def _(node: c.Known) -> str:
    return f"known {_value(node.value)}"


@_text.register
def _(node: c.Named) -> str:
    return node.key


@_text.register
def _(node: c.Compare) -> str:
    if isinstance(node.left, c.Change | c.DoseChange):
        return _change(node.left, node.operator, node.right)
    return f"{_value(node.left)} {node.operator.value} {_value(node.right)}"


def _change(change: c.Change | c.DoseChange, operator: c.Operator, operand: c.Value) -> str:
    word = "above" if change.direction is c.Direction.RISES else "below"
    what = change.names[0]
    if isinstance(change, c.DoseChange):
        what = f"dose({_dosed(change.names, change.equivalent)})"
    return (
        f"{what} {change.direction.value} {operator.value} {_value(operand)} "
        f"{word} {change.reference.value}{_window(change.window)}"
    )


def _names(names: c.Names) -> str:
    return names[0] if len(names) == 1 else f"any of ({', '.join(names)})"


@singledispatch
def _value(node: c.Value) -> str:
    raise AssertionError(f"no way to write {type(node).__name__}")  # pragma: no cover


@_value.register
def _(node: c.Number) -> str:
    unit = "" if node.quantity.unit == "1" else f" {node.quantity.unit}"
    return f"{node.quantity.value:f}{unit}"


@_value.register
def _(node: c.UpperLimits) -> str:
    return f"{node.multiple.value:f} ULN"


@_value.register
def _(node: c.Duration) -> str:
    return str(node.period)


@_value.register
def _(node: c.CategoryIs) -> str:
    return node.category.value


@_value.register
def _(node: c.Response) -> str:
    return "response"


@_value.register
def _(_node: c.BestResponse) -> str:
    return "best response"


@_value.register
def _(_node: c.ImprovementScore) -> str:
    return "improvement score"


@_value.register
def _(node: c.Pick) -> str:
    names = ", ".join(node.names)
    if node.measured:
        return f"measured({names}){_window(node.window)}"
    return f"{node.take.value}({names}){_window(node.window)}"


@_value.register
def _(node: c.TimeSince) -> str:
    return f"time since {_anchor(node.anchor)}"


@_value.register
def _(node: c.TimeInStep) -> str:
    return "time in step"


@_value.register
def _(node: c.DailyDose) -> str:
    return f"dose({_dosed(node.names, node.equivalent)})"


@_value.register
def _(node: c.WeeklyDose) -> str:
    return f"weekly dose({_dosed(node.names, node.equivalent)})"


@_value.register
def _(node: c.LongestTime) -> str:
    return f"longest time({_text(node.part)}){_window(node.window)}"


@_value.register
def _(node: c.MeanDose) -> str:
    return f"mean dose({_dosed(node.names, node.equivalent)}) within {node.period}"


@_value.register
def _(node: c.CumulativeDose) -> str:
    return f"cumulative dose({_dosed(node.names, node.equivalent)}){_window(node.window)}"


@_value.register
def _(node: c.Intensity) -> str:
    return f"intensity({node.drug})"


@_value.register
def _(node: c.CycleDose) -> str:
    return f"cycle dose({node.drug})"


@_value.register
def _(node: c.Courses) -> str:
    return f"courses({node.drug}){_window(node.window)}"


@_value.register
def _(node: c.Cycles) -> str:
    return "cycles"


@_value.register
def _(node: c.ShortestInterval) -> str:
    return f"shortest interval({node.drug}){_window(node.window)}"


@_value.register
def _(node: c.PlannedInterval) -> str:
    return f"planned interval({', '.join(name for name in (node.drug, node.other) if name)})"


def _dosed(names: c.Names, equivalent: str) -> str:
    return f"{names[0]} as {equivalent}" if equivalent else names[0]


def _anchor(anchor: c.Anchor) -> str:
    match anchor:
        case c.StepStart():
            return "step start"
        case c.Now():
            return "now"
        case c.FirstOf(names):
            return f"first({', '.join(names)})"
        case c.LastOf(names):
            return f"last({', '.join(names)})"
        case c.OnDate(date):
            return f"{date:%Y-%m-%d}"
    raise AssertionError(f"no way to write {type(anchor).__name__}")  # pragma: no cover


def _window(window: c.Window) -> str:
    match window:
        case c.Window(None, None):
            return ""
        case c.Window(c.Bound(anchor, None, 0, included), None):
            return f" {'since' if included else 'after'} {_anchor(anchor)}"
        case c.Window(None, c.Bound(anchor, None, 0, included)):
            return f" {'until' if included else 'before'} {_anchor(anchor)}"
        case c.Window(c.Bound(c.Now(), period, -1), c.Bound(c.Now(), None)):
            return f" within {period}"
        case c.Window(c.Bound(anchor, period, -1), c.Bound(_, None)):
            return f" within {period} before {_anchor(anchor)}"
        case c.Window(c.Bound(anchor, None), c.Bound(_, period, 1)):
            return f" within {period} after {_anchor(anchor)}"
        case c.Window(c.Bound(c.Now(), far, -1), c.Bound(_, near, -1)):
            return f" within {near}..{far}"
        case c.Window(c.Bound(anchor, far, -1), c.Bound(_, near, -1)):
            return f" within {near}..{far} before {_anchor(anchor)}"
        case c.Window(c.Bound(anchor, near, 1), c.Bound(_, far, 1)):
            return f" within {near}..{far} after {_anchor(anchor)}"
    raise AssertionError("a window that the language cannot say")  # pragma: no cover
