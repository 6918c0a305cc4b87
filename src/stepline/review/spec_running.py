"""Runs the cases of the specification on an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from stepline.core.errors import Refused
from stepline.engine.finding import Finding
from stepline.engine.reference import judge
from stepline.engine.situation import Situation
from stepline.protocol.checking import check_criterion
from stepline.protocol.criterion import Criterion
from stepline.protocol.definitions import Definitions, instances
from stepline.protocol.faults import Known
from stepline.protocol.model import Definition, Regimen
from stepline.protocol.reading import read_criterion
from stepline.record.casefile import record_from_entries
from stepline.review.cases import CaseResult, Ground, ground_of, moment_of
from stepline.review.spec import Chapter, SpecCase, read_chapter
from stepline.vocabulary.catalogue import catalogue

Engine = Callable[[Criterion, Situation], Finding]
"""Judges a criterion in a situation; every engine runs every case."""


def run_spec(files: Sequence[tuple[str, str]], engine: Engine = judge) -> tuple[CaseResult, ...]:
    """Runs every case of chapters given as pairs of name and text, in order."""
    chapters = [read_chapter(text, file) for file, text in files]
    return tuple(run_case(case, chapter, engine) for chapter in chapters for case in chapter.cases)


def run_case(case: SpecCase, chapter: Chapter, engine: Engine = judge) -> CaseResult:
    """Runs one case of a chapter."""
    failures = _refusals(case, chapter) if case.refused else _failures(case, chapter, engine)
    return CaseResult(chapter.title, case.title, tuple(failures), case.place)


def criterion_of(case: SpecCase, chapter: Chapter) -> Criterion:
    """The checked criterion of a case; `Refused` where it cannot be read or is wrong."""
    node = read_criterion(case.criterion)
    keys = frozenset(definition.key for definition in chapter.library.definitions)
    checked, faults = check_criterion(node, Known(catalogue(), keys))
    if faults:
        says = " ".join(f"{one.message} {one.allowed} {one.mend}" for one in faults)
        raise Refused.because(faults[0].code, says, found=faults[0].found)
    return checked


def situation_of(case: SpecCase, chapter: Chapter, criterion: Criterion) -> Situation:
    """What a case's criterion is judged on."""
    record = record_from_entries(
        case.record, planned=case.planned, complete_for=case.complete_for, file=chapter.file
    )
    ground = _ground(chapter, criterion)
    situation = ground.situation(record, moment_of(case.as_of, record))
    if not case.step_start:
        return situation
    start = moment_of(case.step_start, record)
    return replace(situation, step_start=start, step_drugs=case.step_drugs)


def _ground(chapter: Chapter, criterion: Criterion) -> Ground:
    own = chapter.library.definitions
    filled: tuple[Definition, ...] = instances([criterion], Definitions(own))
    return ground_of((), (*filled, *own), chapter.library.confounders, _regimens(chapter))


def _regimens(chapter: Chapter) -> tuple[Regimen, ...]:
    if not chapter.regimens:
        return ()
    from stepline.protocol.loading import packaged

    return tuple(packaged().regimen(name) for name in chapter.regimens)


def _failures(case: SpecCase, chapter: Chapter, engine: Engine) -> Iterator[str]:
    try:
        criterion = criterion_of(case, chapter)
        finding = engine(criterion, situation_of(case, chapter, criterion))
    except Refused as refusal:
        yield from (str(problem) for problem in refusal.problems)
        return
    if finding.verdict.value != case.verdict:
        yield f"is {finding.verdict.value} and should be {case.verdict} ({_seen(finding)})"
    yield from _not_found(case.because, _seen(finding), "does not say")
    missed = " ".join(missing.says for missing in finding.all_missing())
    yield from _not_found(case.missing, missed, "does not miss")


def _refusals(case: SpecCase, chapter: Chapter) -> Iterator[str]:
    try:
        criterion_of(case, chapter)
    except Refused as refusal:
        said = " ".join(str(problem) for problem in refusal.problems)
        yield from _not_found(case.refused, said, "is refused without the words")
        return
    yield "is read, and should be refused"


def _seen(finding: Finding) -> str:
    """Everything that the working of a verdict says."""
    parts = [_seen(part) for part in finding.parts]
    missing = [one.says for one in finding.missing]
    return "; ".join(text for text in (finding.says, *missing, *parts) if text)


def _not_found(words: Sequence[str], text: str, what: str) -> Iterator[str]:
    for word in words:
        if word.lower() not in text.lower():
            yield f"{what} “{word}”: {text}"
