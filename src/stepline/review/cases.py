"""Runs the cases that rules carry: small records, and what must come of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stepline.core.errors import Place, Refused
from stepline.core.time import RelativeCalendar, parse_date
from stepline.course.recognising import recognise
from stepline.engine.finding import Verdict
from stepline.engine.reference import judge
from stepline.engine.situation import Situation
from stepline.protocol.definitions import Definitions, instances
from stepline.protocol.model import Case, Confounder, Definition, Regimen, Rule
from stepline.protocol.monitoring import ScheduleCase
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.record.reading import EPOCH
from stepline.review.alerts import judge_rule
from stepline.review.model import Statement
from stepline.review.stating import Teller
from stepline.review.verdicts import alert_verdict
from stepline.vocabulary.catalogue import catalogue


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case: nothing in `failures` when it passed.

    `rule` is the id of the rule, or the title of the chapter, that carries the case.
    """

    rule: str
    name: str
    failures: tuple[str, ...] = ()
    place: Place = Place()

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures

    @property
    def says(self) -> str:
        """The failures in one text; empty when it passed."""
        return "; ".join(self.failures)

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "rule": self.rule,
            "name": self.name,
            "passed": self.passed,
            "failures": list(self.failures),
            "file": self.place.file,
            "line": self.place.line,
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """What every case of a library stands on: its definitions, confounders and regimens."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    confounders: Mapping[str, tuple[Confounder, ...]] = field(default_factory=dict)
    regimens: tuple[Regimen, ...] = ()

    def situation(self, record: Record, moment: datetime) -> Situation:
        """A record at a moment on this ground, with its courses recognised."""
        index = RecordIndex(record)
        courses = recognise(index, self.regimens, catalogue())
        return Situation(index, moment, catalogue(), self.definitions, self.confounders, courses)

    def of_case(self, case: Case | ScheduleCase) -> Situation:
        """The record of a case at its moment; raises `Refused` where its entries cannot be read."""
        record = record_from_entries(
            case.entries,
            planned=case.planned,
            file=case.place.file,
            complete_for=case.complete_for,
        )
        return self.situation(record, moment_of(case.as_of, record))


def ground_of(
    rules: Sequence[Rule],
    definitions: Sequence[Definition],
    confounders: Sequence[Confounder],
    regimens: Sequence[Regimen] = (),
) -> Ground:
    """Definitions by key, filled in where rules name them for a drug; confounders by concept."""
    known = Definitions(definitions)
    criteria = [c for rule in rules for c in (rule.applies, rule.alert, rule.require) if c]
    criteria += [definition.criterion for definition in definitions]
    by_key = {one.key: one for one in (*instances(criteria, known), *known)}
    by_concept: dict[str, tuple[Confounder, ...]] = {}
    for confounder in confounders:
        by_concept[confounder.concept] = (*by_concept.get(confounder.concept, ()), confounder)
    return Ground(by_key, by_concept, tuple(regimens))


def run_rule_cases(
    rules: Sequence[Rule],
    definitions: Sequence[Definition] = (),
    confounders: Sequence[Confounder] = (),
    regimens: Sequence[Regimen] = (),
) -> tuple[CaseResult, ...]:
    """Runs every case of every rule, in order; a rule that speaks on an empty record fails too."""
    ground = ground_of(rules, definitions, confounders, regimens)
    by_id = {rule.id: rule for rule in rules}
    results = [_run(rule.id, case, by_id, ground) for rule in rules for case in rule.cases]
    results += [_on_nothing(rule, ground) for rule in rules]
    return tuple(results)


def moment_of(text: str, record: Record) -> datetime:
    """The moment that `as_of` names: a date or time, or a month of a record without dates."""
    if record.calendar == "relative":
        return RelativeCalendar(record.day_zero or EPOCH).parse(text)
    return parse_date(text).time


def _run(rule_id: str, case: Case, by_id: Mapping[str, Rule], ground: Ground) -> CaseResult:
    try:
        situation = ground.of_case(case)
    except Refused as refusal:
        says = tuple(str(problem) for problem in refusal.problems)
        return CaseResult(rule_id, case.name, says, case.place)
    failures = tuple(_failures(case, by_id, situation))
    return CaseResult(rule_id, case.name, failures, case.place)


def _failures(case: Case, by_id: Mapping[str, Rule], situation: Situation) -> Iterator[str]:
    for rule_id, expected in case.expect:
        if rule_id not in by_id:
            yield f"there is no rule {rule_id}"
            continue
        verdict, finding = alert_verdict(by_id[rule_id], situation)
        if verdict.value != expected:
            seen = "; ".join(missing.says for missing in finding.all_missing())
            yield f"{rule_id} is {verdict.value} and should be {expected}" + f" ({seen})" * bool(
                seen
            )
    statements = _statements(case, by_id, situation)
    asked = " ".join(ask for one in statements for ask in one.asks)
    yield from _not_found(case.asks, asked, "does not ask for")
    yield from _not_found(case.mentions, _told(statements), "does not mention")


def _statements(
    case: Case, by_id: Mapping[str, Rule], situation: Situation
) -> tuple[Statement, ...]:
    teller = Teller(situation.index, situation.catalogue)
    rules = [by_id[rule_id] for rule_id, _ in case.expect if rule_id in by_id]
    found = [judge_rule(rule, situation, teller) for rule in rules]
    return tuple(one for one in found if one is not None)


def _told(statements: Sequence[Statement]) -> str:
    """Everything that a reader of these alerts is told."""
    texts = [(one.title, one.says, *one.asks, *(m.says for m in one.missing)) for one in statements]
    return " ".join(text for each in texts for text in each)


def _not_found(words: Sequence[str], text: str, what: str) -> Iterator[str]:
    for word in words:
        if word.lower() not in text.lower():
            yield f"{what} “{word}”"


def _on_nothing(rule: Rule, ground: Ground) -> CaseResult:
    """Nobody is warned of anything about whom nothing is known."""
    name = "an empty record raises nothing"
    verdict = judge(rule.applies, ground.situation(record_from_entries([]), EPOCH)).verdict
    if verdict is not Verdict.TRUE:
        return CaseResult(rule.id, name, place=rule.place)
    return CaseResult(rule.id, name, (f"{rule.id} speaks on an empty record",), rule.place)
