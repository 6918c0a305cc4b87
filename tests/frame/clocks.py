"""Finds calls that read a clock or unseeded chance, by reading the syntax tree.

Names are followed through `import … as …` and `from … import …`; a call hidden behind a variable is
not found. ruff bans the same names where they are imported plainly; this reads every spelling.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

CLOCKS = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.ctime",
        "time.gmtime",
        "time.localtime",
        "time.time",
        "time.time_ns",
    }
)
CHANCE = frozenset({"os.urandom", "random.SystemRandom", "uuid.uuid1", "uuid.uuid4"})
GENERATORS = frozenset({"random.Random", "numpy.random.default_rng", "numpy.random.Philox"})
"""Generators that are welcome when they are given a seed."""

NUMPY_VALUES = frozenset({"numpy.random.Generator", "numpy.random.SeedSequence"})


def clocks_and_chance(source: str) -> list[str]:
    """`line: name` for every use found, in the order of the file."""
    tree = ast.parse(source)
    names = imported_names(tree)
    found = [
        (node.lineno, name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and is_banned(name := full_name(node, names))
    ]
    found += [(node.lineno, name) for node, name in unseeded_generators(tree, names)]
    return [f"{line}: {name}" for line, name in sorted(found)]


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: `dt` is `datetime.datetime`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.split(".")[0]
                names[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def full_name(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name that an expression stands for; empty where it is none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        head = full_name(node.value, names)
        return f"{head}.{node.attr}" if head else ""
    return ""


def is_banned(name: str) -> bool:
    """Whether a name reads a clock or the global generator."""
    if name in CLOCKS or name in CHANCE:
        return True
    if name in GENERATORS or name in NUMPY_VALUES:
        return False
    module, _, function = name.rpartition(".")
    return module in {"random", "numpy.random"} and bool(function)


def unseeded_generators(tree: ast.AST, names: dict[str, str]) -> Iterator[tuple[ast.Call, str]]:
    """Generators made without a seed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = full_name(node.func, names)
            if name in GENERATORS:
                yield node, f"{name}()"
