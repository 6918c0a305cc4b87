"""Every fault that a protocol file can have, and the collector that finds their places.

A code is listed here once with what it means; a collector refuses to report a code that is not
listed, and a test asks for a broken file for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeVar

from stepline.core.documents import Node, place_of
from stepline.core.documents_yaml import child_of
from stepline.core.errors import Place, Problem, ProtocolRefused, Refused
from stepline.protocol.columns import placed_within

T = TypeVar("T")
Path = tuple[str | int, ...]

CODES: dict[str, str] = {
    # files
    "file-kind-unknown": "The file is neither regimens, nor a pathway, nor rules.",
    "value-empty": "A key stands without a value.",
    "id-unreadable": "An id is not made of lower-case words joined by hyphens.",
    "id-duplicate": "Two things of one kind have one id.",
    "version-unreadable": "A version is not three numbers joined by points.",
    # evidence
    "evidence-missing": "A clinical number or rule stands without a source.",
    "source-unknown": "The list of sources has no such key.",
    "evidence-trusted-too-far": "A fact from a source of low trust is not called unconfirmed.",
    # amounts
    "range-unreadable": "A range cannot be read.",
    "range-reversed": "The lower end of a range lies above the upper end.",
    "count-below-one": "Something is counted that must happen at least once.",
    "days-unreadable": "A number of days cannot be read.",
    "period-zero": "A period has no length.",
    # regimens
    "drug-unknown": "The vocabulary has no such drug.",
    "dose-basis": "A regimen states no dose, or more than one.",
    "dose-unit-for-basis": "The unit of a dose does not fit what it is the dose of.",
    "dose-per-day-or-course": "A dose over several days could be each day's or the course's.",
    "dose-above-cap": "The doses of a regimen add up to more than it is never to exceed.",
    "surface-wrong": "A body surface is stated for a dose that is not per m², or is none.",
    "dose-cap-wrong": "A dose is capped at what is no mass, or is flat and needs no cap.",
    "dose-implausible": "A dose lies outside what the vocabulary holds possible.",
    "repeat-contradicts": "A repeat gives days and an interval that cannot both hold.",
    "offsets-unreadable": "The days of doses within a course cannot be read.",
    "methotrexate-not-weekly": "Methotrexate is given otherwise than weekly on a named weekday.",
    "taper-without-daily-dose": "A taper starts from no known daily dose.",
    "taper-stages-missing": "The steps of a taper are called stated without stages, or have them.",
    "taper-not-falling": "A taper does not end below its start.",
    "premedication-unreadable": "What is given before each dose cannot be read.",
    # pathways
    "condition-unknown": "A pathway is for something that is no condition of the vocabulary.",
    "regimen-unknown": "No regimen has this id.",
    "rule-unknown": "No rule has this id.",
    "courses-pattern": "Which courses make up a step cannot be told.",
    "interval-limit-unreadable": "A limit on an interval cannot be read.",
    "not-sooner-unreadable": "A waiting time cannot be read.",
    "review-unreadable": "When a step is reviewed cannot be told.",
    "exit-to-nowhere": "An exit leads to no step and no end.",
    "step-unreachable": "No exit leads to a step.",
    "end-unreached": "No exit leads to an end.",
    "steps-missing": "A pathway has no steps.",
    "parallel-without-enter": "A step that runs beside others says not when it begins.",
    # rules, definitions, confounders
    "alert-or-require": "A rule must say what it alerts to, or what it requires, and not both.",
    "case-expects-unknown-rule": "A case expects a verdict of a rule that does not exist.",
    "definition-name-unreadable": "The name of a definition cannot be read.",
    "definition-circular": "A definition rests on itself.",
    "rung-incomplete": "A definition of response must give what it is told by.",
    "ladder-name-unknown": "A ladder of response may name its own measures and definitions only.",
    "confounder-window": "When a value is confounded cannot be told.",
    # schedules of monitoring
    "schedule-start": "From which day a schedule counts cannot be told.",
    "schedule-times": "A schedule says neither once nor every, or says both.",
    "schedule-turns": "How long the turns of a schedule last cannot be told.",
    # criteria
    "name-unknown": "A name is neither a definition nor a condition.",
    "name-is-a-drug": "A drug stands where a statement is needed.",
    "name-is-a-value": "A value stands where a statement is needed.",
    "name-needs-an-answer": "Something with answers stands where a statement is needed.",
    "definition-unknown": "Nothing defines this name with this argument.",
    "placeholder-misplaced": "X stands outside a definition over any drug.",
    "concept-unknown": "The vocabulary has no such concept.",
    "product-unknown": "The library has no such product.",
    "product-of-other-drug": "A product is named for a drug that it is no product of.",
    "drug-expected": "Something that is no drug stands where a drug is needed.",
    "drug-has-no-value": "A drug is asked for a value.",
    "equivalent-unknown": "A dose cannot be told in equivalents of this.",
    "value-without-a-number": "Something without a number is compared.",
    "units-not-comparable": "The two sides of a comparison are told in different kinds of unit.",
    "answer-unknown": "A test or an assessment cannot have this answer.",
    "window-reversed": "A window ends before it begins.",
}


class Problems:
    """What was found wrong with one file so far, each problem with its place.

    `document` is the file's YAML tree; `text` its text, by which a column within a criterion is
    turned into a column of the file.
    """

    def __init__(self, document: Node, text: str) -> None:
        self.document = document
        self.text = text
        self.found: list[Problem] = []

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        found: str = "",
        allowed: str = "",
        mend: str = "",
        at_key: bool = False,
    ) -> None:
        """Report a fault at a path of the document."""
        place = self.place(path, at_key=at_key)
        self.add_placed(code, place, message, found=found, allowed=allowed, mend=mend)

    def add_placed(self, code: str, place: Place, message: str, **details: str) -> None:
        """Report a fault at a place that is already known."""
        self._report(Problem(_listed(code), message, place, **details))

    def add_within(
        self, code: str, path: Path, message: str, text: str, column: int, **details: str
    ) -> None:
        """Report a fault at a column (from 1) of the text that stands at a path."""
        place = placed_within(self.text, self.place(path), text, column)
        self.add_placed(code, place, message, **details)

    def keep(self, refusal: Refused, path: Path, text: str = "") -> None:
        """Take over the problems of a refusal; a column in them is a column of `text`."""
        here = self.place(path)
        for problem in refusal.problems:
            place = here
            if text and problem.place.column:
                place = placed_within(self.text, here, text, problem.place.column)
            self._report(problem.at(place))

    def keep_placed(self, problems: Iterable[Problem], prefix: str = "$") -> None:
        """Take over problems that know their line, found below the path `prefix`."""
        for problem in problems:
            path = f"{prefix}{problem.place.path.removeprefix('$')}"
            self._report(problem.at(replace(problem.place, path=path)))

    def attempt(self, read: Callable[[str], T], text: str, path: Path) -> T | None:
        """What `read` makes of a text; `None` where it refuses, with its problems kept."""
        try:
            return read(text)
        except Refused as refusal:
            self.keep(refusal, path)
            return None

    def place(self, path: Path, *, at_key: bool = False) -> Place:
        """Where the value at a path stands, or its key."""
        return place_of(self.document, path, key=at_key)

    def is_written(self, path: Path) -> bool:
        """Whether something other than nothing stands at a path, readable or not."""
        here: Any = self.document
        for part in path:
            here = child_of(here, part) if here is not None else None
        return here is not None and here.value not in (None, (), {}, "")

    def in_order(self) -> tuple[Problem, ...]:
        """The problems in the order of the file, each once."""
        by_place = sorted(self.found, key=lambda one: (one.place.line, one.place.column))
        return tuple(dict.fromkeys(by_place))

    def refuse_if_any(self) -> None:
        """Raise `ProtocolRefused` with everything found, if anything was."""
        if self.found:
            raise ProtocolRefused(self.in_order())

    def _report(self, problem: Problem) -> None:
        self.found.append(problem)


def did_you_mean(word: str, words: Iterable[str], otherwise: str) -> str:
    """How to mend a misspelt word."""
    near = get_close_matches(word, sorted(words), n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else otherwise


def _listed(code: str) -> str:
    if code not in CODES:
        raise KeyError(code)
    return code
