"""Scores for every row of a CSV file: rows in, one machine-readable outcome for each out.

Each function refuses a file with *all* its mistakes before it gives anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from stepline.core.errors import Place, Problem, Refused
from stepline.core.evidence import Evidence
from stepline.scores.change import Visit, definition_of_improvement, deterioration
from stepline.scores.change_tables import WorseningId
from stepline.scores.classification import TREE_ONLY, classify
from stepline.scores.classification_tables import classification_tables
from stepline.scores.inactive import InactiveId, inactive_disease
from stepline.scores.table import (
    NUMBER,
    TRUTH,
    Column,
    Row,
    Table,
    read_table,
    text_column,
)
from stepline.scores.tis import total_improvement
from stepline.scores.tis_tables import EnzymeRule, Population, tis_tables
from stepline.scores.values import EnzymeReading, Pair

CORE_SET = ("physician", "patient", "mmt", "haq", "enzyme", "extramuscular")
POPULATIONS: tuple[Population, ...] = ("adult", "juvenile")
_OF_ONE_CELL = frozenset({"reading-out-of-range", "number-not-exact", "limit-not-positive"})
"""Problems that stand whatever the other cells of a row hold."""
_MOMENTS = {"before": "_0", "after": "_1", "uln": "_uln"}


class Outcome(Protocol):
    """What every score gives."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What it rests on."""
        ...

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        ...


Judged = list[tuple[str, Outcome]]
"""The id of each row, or of each subject, and its outcome, in the order of the file."""


def tis_columns() -> dict[str, Column]:
    """The columns of a file of total improvement scores."""
    tables = tis_tables()
    numbers = ["mmt_max"]
    numbers += [f"{scale.id}{end}" for scale in tables.scales for end in ("_0", "_1")]
    numbers += [f"{one.id}{end}" for one in tables.enzymes for end in ("_0", "_1", "_uln")]
    named = {"id": text_column(), "population": text_column(*POPULATIONS)}
    return named | dict.fromkeys(numbers, NUMBER)


def score_tis(
    content: bytes, file: str, *, enzyme_rule: EnzymeRule = EnzymeRule.RATIO_TO_ULN
) -> Judged:
    """The total improvement score of each row; `_0` is baseline, `_1` follow-up."""

    def judge(row: Row) -> Outcome:
        return total_improvement(
            _pairs(row, [scale.id for scale in tis_tables().scales]),
            population="juvenile" if row.text("population") == "juvenile" else "adult",
            mmt_max=row.number("mmt_max"),
            enzymes=_enzymes(row),
            enzyme_rule=enzyme_rule,
        )

    return _each_row(read_table(content, file, tis_columns()), judge)


def judge_improvement(content: bytes, file: str) -> Judged:
    """The IMACS definition of improvement for each row; `enzyme` is one enzyme in one unit."""
    numbers = ["mmt_max", *(f"{name}{end}" for name in CORE_SET for end in ("_0", "_1"))]
    columns = {"id": text_column()} | dict.fromkeys(numbers, NUMBER)

    def judge(row: Row) -> Outcome:
        pairs = _pairs(row, CORE_SET)
        return definition_of_improvement(pairs, mmt_max=row.number("mmt_max"))

    return _each_row(read_table(content, file, columns), judge)


def judge_inactive(content: bytes, file: str, *, definition: InactiveId) -> Judged:
    """Whether disease is inactive in each row."""
    names = ("ck", "cmas", "mmt", "physician")
    columns = {"id": text_column()} | dict.fromkeys(names, NUMBER)

    def judge(row: Row) -> Outcome:
        values = {name: row.number(name) for name in names}
        return inactive_disease(values, definition=definition)

    return _each_row(read_table(content, file, columns), judge)


def judge_classification(content: bytes, file: str) -> Judged:
    """The classification of each row; `biopsy` says whether one was done."""
    names = (*(item.id for item in classification_tables().items), *TREE_ONLY)
    columns = {"id": text_column(), "biopsy": text_column("yes", "no"), "onset_age": NUMBER}
    columns |= dict.fromkeys(names, TRUTH)

    def judge(row: Row) -> Outcome:
        findings = {name: row.truth(name) for name in names}
        biopsy = row.text("biopsy") == "yes"
        return classify(findings, onset_age=row.number("onset_age"), with_biopsy=biopsy)

    return _each_row(read_table(content, file, columns), judge)


def judge_deterioration(content: bytes, file: str, *, definition: WorseningId) -> Judged:
    """Confirmed deterioration of each subject: one row a visit, and visit 0 is baseline.

    Visits are ordered by their number (0, 1, 2 …), whatever the order of the rows; two visits are
    consecutive when no other row stands between them.
    """
    columns = {"id": text_column(), "visit": Column(NUMBER.read, is_required=True)}
    columns |= dict.fromkeys((*CORE_SET, "mmt_max"), NUMBER)
    table = read_table(content, file, columns)
    subjects: dict[str, list[Row]] = {}
    for row in table.rows:
        if row.is_sound:
            subjects.setdefault(row.text("id"), []).append(row)
    judged: Judged = []
    for name, rows in subjects.items():
        ordered = sorted(rows, key=_visit_of)
        table.problems += _visit_problems(ordered, table.file)
        outcome = _deterioration(ordered, definition, table)
        if outcome is not None:
            judged.append((name, outcome))
    table.settle()
    return judged


def _each_row(table: Table, judge: Callable[[Row], Outcome]) -> Judged:
    """Judges every row; where anything at all is wrong, raises with all of it."""
    judged: Judged = []
    for row in table.rows:
        try:
            judged.append((row.text("id"), judge(row)))
        except Refused as refusal:
            table.problems += [
                _placed(problem, table.file, row.line)
                for problem in refusal.problems
                if row.is_sound or problem.code in _OF_ONE_CELL
            ]
    table.settle()
    return judged


def _deterioration(rows: list[Row], definition: WorseningId, table: Table) -> Outcome | None:
    maximum = next((m for m in (row.number("mmt_max") for row in rows) if m is not None), None)
    visits: list[Visit] = [{name: row.number(name) for name in CORE_SET} for row in rows]
    try:
        return deterioration(visits[0], visits[1:], definition=definition, mmt_max=maximum)
    except Refused as refusal:
        for problem in refusal.problems:
            line = rows[_index_of(problem.place.path)].line
            table.problems.append(_placed(problem, table.file, line))
        return None


def _index_of(path: str) -> int:
    """The row that a path speaks of: `baseline.haq` is the first, `visits[0].haq` the second."""
    if not path.startswith("visits["):
        return 0
    return int(path.removeprefix("visits[").partition("]")[0]) + 1


def _visit_of(row: Row) -> tuple[int, int]:
    number = row.number("visit")
    assert number is not None
    return int(number), row.line


def _visit_problems(rows: list[Row], file: str) -> list[Problem]:
    numbers = [row.number("visit") for row in rows]
    maxima = {row.number("mmt_max") for row in rows} - {None}
    problems = []
    if 0 not in numbers:
        message = "A subject has no visit 0, which is the baseline."
        problems.append(Problem("baseline-missing", message, Place(file, rows[0].line)))
    for index, row in enumerate(rows):
        place = Place(file, row.line, path="visit")
        number = numbers[index]
        assert number is not None
        if number != int(number) or number < 0:
            message = "Visits are counted in whole numbers from 0."
            problems.append(Problem("visit-not-whole", message, place, found=str(number)))
        if number in numbers[:index]:
            message = "A subject has two rows for one visit."
            problems.append(Problem("visit-twice", message, place, found=str(number)))
    if len(maxima) > 1:
        message = "The form of muscle testing changes between the visits of a subject."
        problems.append(
            Problem("mmt-max-changes", message, Place(file, rows[-1].line, 0, "mmt_max"))
        )
    return problems


def _pairs(row: Row, names: list[str] | tuple[str, ...]) -> dict[str, Pair]:
    """The measures of which anything is known."""
    pairs = {name: Pair(row.number(f"{name}_0"), row.number(f"{name}_1")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair != Pair(None, None)}


def _enzymes(row: Row) -> dict[str, EnzymeReading]:
    readings = {
        one.id: EnzymeReading(*(row.number(f"{one.id}{end}") for end in ("_0", "_1", "_uln")))
        for one in tis_tables().enzymes
    }
    return {name: one for name, one in readings.items() if one.pair != Pair(None, None)}


def _placed(problem: Problem, file: str, line: int) -> Problem:
    return problem.at(Place(file, line, path=_column_of(problem.place.path)))


def _column_of(path: str) -> str:
    """The column that a path speaks of: `measures.haq.after` is `haq_1`."""
    parts = path.split(".")
    if len(parts) == 3:
        return parts[1] + _MOMENTS.get(parts[2], "")
    return parts[-1]


def lines_of(judged: Judged, *, evidence: bool = False) -> Iterator[dict[str, object]]:
    """One machine-readable outcome a row, with what it rests on where asked for."""
    for name, outcome in judged:
        cited = {"evidence": [one.as_json() for one in outcome.evidence]} if evidence else {}
        yield {"id": name, **outcome.as_json(), **cited}
