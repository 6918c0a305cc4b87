"""Scores for the rows of a file: rows in, one machine-readable outcome for each out.

Functions that take a whole file refuse it with *all* its mistakes before they give anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from stepline.core.errors import Place, Problem, Refused
from stepline.core.evidence import Evidence, Status
from stepline.core.policy import Policy
from stepline.core.quantity import Quantity, convert, read_unit
from stepline.scores.change import Visit, definition_of_improvement, deterioration
from stepline.scores.change_tables import WorseningId
from stepline.scores.classification import TREE_ONLY, classify
from stepline.scores.classification_tables import classification_tables
from stepline.scores.files import read_table
from stepline.scores.inactive import InactiveId, inactive_disease
from stepline.scores.table import (
    NUMBER,
    TRUTH,
    Column,
    Row,
    Table,
    assay_column,
    text_column,
    unit_column,
)
from stepline.scores.tis import total_improvement
from stepline.scores.tis_tables import EnzymeRule, Population, tis_tables
from stepline.scores.values import EnzymeReading, Pair

CORE_SET = ("physician", "patient", "mmt", "haq", "enzyme", "extramuscular")
POPULATIONS: tuple[Population, ...] = ("adult", "juvenile")
_OF_ONE_CELL = frozenset({"reading-out-of-range", "number-not-exact", "limit-not-positive"})
"""Problems that stand whatever the other cells of a row hold."""
_MOMENTS = {"before": "_0", "after": "_1", "uln": "_uln", "uln_after": "_uln_1"}
ACTIVITY = "U/L"


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


@dataclass(frozen=True, slots=True)
class Scoring:
    """A score of single rows: the columns that it reads, and what a row comes to."""

    columns: Mapping[str, Column]
    judge: Callable[[Row], Outcome]


@dataclass(frozen=True, slots=True)
class Noted:
    """An outcome with notes on how its readings were read."""

    outcome: Outcome
    notes: tuple[str, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What it rests on."""
        return self.outcome.evidence

    def as_json(self) -> dict[str, object]:
        """Machine form; the notes stand after those of the outcome itself."""
        found = self.outcome.as_json()
        own = found.get("notes", [])
        assert isinstance(own, list)
        return found | {"notes": [*own, *self.notes]}


def tis_columns() -> dict[str, Column]:
    """The columns of a file of total improvement scores."""
    tables = tis_tables()
    enzymes = [one.id for one in tables.enzymes]
    numbers = ["mmt_max"]
    numbers += [f"{scale.id}{end}" for scale in tables.scales for end in ("_0", "_1")]
    numbers += [f"{one}{end}" for one in enzymes for end in ("_0", "_1", "_uln", "_uln_1")]
    named = {"id": text_column(), "population": text_column(*POPULATIONS)}
    units = {f"{one}_unit": unit_column(ACTIVITY) for one in enzymes}
    assays = dict.fromkeys(("ldh_assay_0", "ldh_assay_1"), assay_column())
    return named | dict.fromkeys(numbers, NUMBER) | units | assays


def tis_scoring(
    *,
    enzyme_rule: EnzymeRule | None = None,
    policy: Policy | None = None,
    units: Mapping[str, str] | None = None,
) -> Scoring:
    """The total improvement score of each row; `_0` is baseline, `_1` follow-up.

    `units` are the units of enzymes whose row states none; without either they are in one unit,
    whichever it is.
    """
    enzymes = [one.id for one in tis_tables().enzymes]
    scales = [scale.id for scale in tis_tables().scales]

    def judge(row: Row) -> Outcome:
        outcome = total_improvement(
            _pairs(row, scales),
            population="juvenile" if row.text("population") == "juvenile" else "adult",
            mmt_max=row.number("mmt_max"),
            enzymes=_enzymes(row, enzymes),
            enzyme_rule=enzyme_rule,
            policy=policy,
        )
        return _noted(outcome, [_unit(row, one, units)[1] for one in enzymes])

    return Scoring(tis_columns(), judge)


def score_tis(content: bytes, file: str, *, enzyme_rule: EnzymeRule | None = None) -> Judged:
    """The total improvement score of each row of a file that fits into memory."""
    return each_row(content, file, tis_scoring(enzyme_rule=enzyme_rule))


def improvement_scoring(
    *, policy: Policy | None = None, units: Mapping[str, str] | None = None
) -> Scoring:
    """The IMACS definition of improvement for each row; `enzyme` is one enzyme in one unit."""
    numbers = ["mmt_max", *(f"{name}{end}" for name in CORE_SET for end in ("_0", "_1"))]
    columns = {"id": text_column()} | dict.fromkeys(numbers, NUMBER)
    columns["enzyme_unit"] = unit_column(ACTIVITY)

    def judge(row: Row) -> Outcome:
        pairs = _pairs(row, CORE_SET)
        outcome = definition_of_improvement(pairs, mmt_max=row.number("mmt_max"), policy=policy)
        return _noted(outcome, [_unit(row, "enzyme", units)[1]])

    return Scoring(columns, judge)


def inactive_scoring(*, definition: InactiveId, units: Mapping[str, str] | None = None) -> Scoring:
    """Whether disease is inactive in each row; CK is in U/L where no other unit is stated."""
    names = ("ck", "cmas", "mmt", "physician")
    columns = {"id": text_column()} | dict.fromkeys(names, NUMBER)
    columns["ck_unit"] = unit_column(ACTIVITY)

    def judge(row: Row) -> Outcome:
        unit, notes = _unit(row, "ck", units)
        values = {name: row.number(name) for name in names}
        values["ck"] = _converted(values["ck"], unit)
        return _noted(inactive_disease(values, definition=definition), [notes])

    return Scoring(columns, judge)


def classification_scoring(*, policy: Policy | None = None) -> Scoring:
    """The classification of each row; `biopsy` says whether one was done."""
    names = (*(item.id for item in classification_tables().items), *TREE_ONLY)
    columns = {"id": text_column(), "biopsy": text_column("yes", "no"), "onset_age": NUMBER}
    columns |= dict.fromkeys(names, TRUTH)

    def judge(row: Row) -> Outcome:
        findings = {name: row.truth(name) for name in names}
        biopsy = row.text("biopsy") == "yes"
        age = row.number("onset_age")
        return classify(findings, onset_age=age, with_biopsy=biopsy, policy=policy)

    return Scoring(columns, judge)


def judge_classification(content: bytes, file: str) -> Judged:
    """The classification of each row of a file that fits into memory."""
    return each_row(content, file, classification_scoring())


def judge_deterioration(
    content: bytes,
    file: str,
    *,
    definition: WorseningId,
    policy: Policy | None = None,
    units: Mapping[str, str] | None = None,
) -> Judged:
    """Confirmed deterioration of each subject: one row a visit, and visit 0 is baseline.

    Visits are ordered by their number (0, 1, 2 …), whatever the order of the rows; two visits are
    consecutive when no other row stands between them. An enzyme is in U/L where no other unit is
    stated, and may change its unit between visits.
    """
    columns = {"id": text_column(), "visit": Column(NUMBER.read, is_required=True)}
    columns |= dict.fromkeys((*CORE_SET, "mmt_max"), NUMBER)
    columns["enzyme_unit"] = unit_column(ACTIVITY)
    table = read_table(content, file, columns)
    subjects: dict[str, list[Row]] = {}
    for row in table.rows:
        if row.is_sound:
            subjects.setdefault(row.text("id"), []).append(row)
    judged: Judged = []
    for name, rows in subjects.items():
        ordered = sorted(rows, key=_visit_of)
        table.note(_visit_problems(ordered, table.file))
        outcome = _deterioration(ordered, definition, table, policy=policy, units=units)
        if outcome is not None:
            notes = [_unit(row, "enzyme", units)[1] for row in ordered]
            judged.append((name, _noted(outcome, notes)))
    table.settle()
    return judged


def each_row(content: bytes, file: str, scoring: Scoring) -> Judged:
    """Every row of a file that fits into memory.

    Raises:
        ScoreRefused: everything that is wrong with the file.
    """
    table = read_table(content, file, scoring.columns)
    judged = [(row.text("id"), one) for row, one in judged_rows(table.rows, scoring, table)]
    table.settle()
    return judged


def judged_rows(
    rows: Iterable[Row], scoring: Scoring, table: Table
) -> Iterator[tuple[Row, Outcome]]:
    """Judges every row; what is wrong goes into the table."""
    for row in rows:
        try:
            yield row, scoring.judge(row)
        except Refused as refusal:
            table.note(
                _placed(problem, table.file, row.line)
                for problem in refusal.problems
                if row.is_sound or problem.code in _OF_ONE_CELL
            )


def _deterioration(
    rows: list[Row],
    definition: WorseningId,
    table: Table,
    *,
    policy: Policy | None,
    units: Mapping[str, str] | None,
) -> Outcome | None:
    maximum = next((m for m in (row.number("mmt_max") for row in rows) if m is not None), None)
    visits = [_visit(row, units) for row in rows]
    try:
        return deterioration(
            visits[0], visits[1:], definition=definition, mmt_max=maximum, policy=policy
        )
    except Refused as refusal:
        for problem in refusal.problems:
            line = rows[_index_of(problem.place.path)].line
            table.note([_placed(problem, table.file, line)])
        return None


def _visit(row: Row, units: Mapping[str, str] | None) -> Visit:
    values = {name: row.number(name) for name in CORE_SET}
    return values | {"enzyme": _converted(values["enzyme"], _unit(row, "enzyme", units)[0])}


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


def _enzymes(row: Row, names: list[str]) -> dict[str, EnzymeReading]:
    readings = {name: _enzyme(row, name) for name in names}
    return {name: one for name, one in readings.items() if one.pair != Pair(None, None)}


def _enzyme(row: Row, name: str) -> EnzymeReading:
    before, after, uln, uln_after = (
        row.number(f"{name}{end}") for end in ("_0", "_1", "_uln", "_uln_1")
    )
    assays = (_word(row, f"{name}_assay_0"), _word(row, f"{name}_assay_1"))
    return EnzymeReading(before, after, uln, uln_after, assays)


def _word(row: Row, name: str) -> str:
    value = row.values.get(name)
    return value if isinstance(value, str) else ""


def _unit(row: Row, name: str, units: Mapping[str, str] | None) -> tuple[str, tuple[str, ...]]:
    """The unit of an enzyme, U/L where none is stated, and notes on how it was read."""
    written = _word(row, f"{name}_unit") or (units or {}).get(name, ACTIVITY)
    return read_unit(written)


def _converted(value: Decimal | None, unit: str) -> Decimal | None:
    if value is None or unit == ACTIVITY or not value.is_finite():
        return value
    return convert(Quantity(value, unit), ACTIVITY).value


def _noted(outcome: Outcome, notes: Iterable[tuple[str, ...]]) -> Outcome:
    found = tuple(dict.fromkeys(note for some in notes for note in some))
    return Noted(outcome, found) if found else outcome


def _placed(problem: Problem, file: str, line: int) -> Problem:
    return problem.at(Place(file, line, path=_column_of(problem.place.path)))


def _column_of(path: str) -> str:
    """The column that a path speaks of: `measures.haq.after` is `haq_1`."""
    parts = path.split(".")
    if len(parts) == 3:
        return parts[1] + _MOMENTS.get(parts[2], "")
    return parts[-1]


def line_of(
    name: str, outcome: Outcome, *, evidence: bool = False, policy: Policy | None = None
) -> dict[str, object]:
    """One machine-readable outcome, with the policy it rests on, and with its sources if wanted."""
    line: dict[str, object] = {"id": name, **outcome.as_json()}
    if policy is not None and any(one.status is Status.LOCAL for one in outcome.evidence):
        line["policy"] = policy.id
    if evidence:
        line["evidence"] = [one.as_json() for one in dict.fromkeys(outcome.evidence)]
    return line
