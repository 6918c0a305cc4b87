"""Which persons of an export cannot be read one without the other.

Persons are tied where a resource of one points at one of the other, where both have a resource of
the same type and id (only one of the two counts), and where they stand on one line. What is about
nobody is beside every person who points at it, or at whom it points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stepline.sources.scratch import Scratch

_MOST_BESIDE = 5_000_000
"""Rows of what is beside persons; an export with more is read whole."""
_MOST_VERSIONS = 100
"""Versions of one resource about nobody; an export with more is read whole."""

_DOUBLE = (
    "CREATE INDEX by_mark ON stands (mark)",
    """CREATE TABLE twice AS SELECT DISTINCT * FROM stands WHERE mark IN
    (SELECT mark FROM stands GROUP BY mark HAVING MIN(line) < MAX(line))""",
    "CREATE INDEX twice_mark ON twice (mark)",
    "CREATE INDEX twice_line ON twice (line)",
    "CREATE TABLE beside (subject INT, line INT, start INT, size INT, UNIQUE (subject, line))",
)
_MANY_VERSIONS = "SELECT 1 FROM twice WHERE subject < 0 GROUP BY mark HAVING COUNT(*) > ? LIMIT 1"
_BESIDE = (
    """SELECT p.subject, s.line, s.start, s.size FROM points p JOIN stands s ON s.mark = p.mark
    WHERE p.subject >= 0 AND s.subject < 0""",
    """SELECT s.subject, p.line, p.start, p.size FROM points p JOIN stands s ON s.mark = p.mark
    WHERE s.subject >= 0 AND p.subject < 0""",
    """SELECT a.subject, b.line, b.start, b.size FROM
    (SELECT DISTINCT mark, subject FROM twice WHERE subject >= 0) a
    JOIN twice b ON b.mark = a.mark WHERE b.subject < 0""",
)
_FARTHER = """SELECT b.subject, t.line, t.start, t.size FROM beside b
    JOIN twice u ON u.line = b.line JOIN twice t ON t.mark = u.mark WHERE t.line <> b.line"""
"""Every version of what is beside a person, so that the same one counts as in the whole."""
_PAIRS = (
    "SELECT one, other FROM together",
    """SELECT DISTINCT p.subject, s.subject FROM points p JOIN stands s ON s.mark = p.mark
    WHERE p.subject >= 0 AND s.subject >= 0 AND p.subject <> s.subject""",
    """SELECT DISTINCT MIN(subject) OVER (PARTITION BY mark), subject
    FROM twice WHERE subject >= 0""",
)
_FOREIGN = (
    "SELECT 1 FROM names GROUP BY url HAVING COUNT(*) > 1 LIMIT 1",
    """SELECT 1 FROM asked a JOIN names n ON n.url = a.url
    WHERE n.kind <> a.kind OR n.id <> a.id LIMIT 1""",
)
"""A fullUrl that names two resources, or one that another line names otherwise."""


def has_foreign_names(scratch: Scratch) -> bool:
    """Whether a reference cannot be followed without the names that stand on other lines."""
    return any(row for question in _FOREIGN for row in scratch.rows(question))


def lay_beside(scratch: Scratch) -> bool:
    """Fills `twice` and `beside`; false where that is too much."""
    for statement in _DOUBLE:
        scratch.run(statement)
    if any(scratch.rows(_MANY_VERSIONS, (_MOST_VERSIONS,))):
        return False
    total = sum(_insert(scratch, question) for question in _BESIDE)
    grown = total
    while grown and total < _MOST_BESIDE:
        grown = _insert(scratch, _FARTHER)
        total += grown
    return total < _MOST_BESIDE


def _insert(scratch: Scratch, question: str) -> int:
    return scratch.run(f"INSERT OR IGNORE INTO beside {question}")


def ties_of(scratch: Scratch, most: int) -> Mapping[int, frozenset[int]] | None:
    """Each person who is tied to another, with all that are tied to either.

    `None` where more than `most` persons are tied together.
    """
    groups: dict[int, frozenset[int]] = {}
    for one, other in _pairs(scratch):
        joined = groups.get(one, frozenset((one,))) | groups.get(other, frozenset((other,)))
        if len(joined) > most:
            return None
        groups.update(dict.fromkeys(joined, joined))
    return groups


def _pairs(scratch: Scratch) -> Iterator[tuple[int, int]]:
    for question in _PAIRS:
        for one, other in scratch.rows(question):
            if one != other:
                yield one, other
