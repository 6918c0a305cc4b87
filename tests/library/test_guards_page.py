"""The page of guards names what exists, with the severity, source and status that stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stepline.core.evidence import Status
from stepline.dosing.products import products
from stepline.protocol.loading import packaged
from stepline.protocol.problems import CODES
from stepline.protocol.products import drugs_of_products
from stepline.review.guarding_product import RISKS
from stepline.vocabulary.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "guards.md").read_text(encoding="utf-8")
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for room in ("core", "vocabulary", "dosing", "review")
    for path in sorted((ROOT / "src" / "stepline" / room).rglob("*.py"))
)
RULES = {rule.id: rule for rule in packaged().rules}
CONFOUNDERS = {one.id for one in packaged().confounders}
NOTES = {one.id: one.notes for one in products()}


class Row(NamedTuple):
    """One row of a table; `number` is empty in the second."""

    number: str
    where: str
    severity: str
    source: str
    status: str


def rows() -> Iterator[Row]:
    """The rows of both tables."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and "`" in line and len(cells) in (5, 7):
            number = cells[0] if len(cells) == 7 else ""
            where, severity, source, status = cells[-4:]
            yield Row(number, where, severity, source.strip("`"), status.strip(" |"))


ROWS = list(rows())
NAMED = sorted({pair for row in ROWS for pair in re.findall(r"([a-z ]+?) `([^`]+)`", row.where)})


def test_every_incident_has_a_guard() -> None:
    assert [int(n) for n in dict.fromkeys(row.number for row in ROWS) if n] == list(range(1, 21))


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_a_guard_of_the_page_exists(kind: str, name: str) -> None:
    found = {
        "rule": name in RULES,
        "confounder": name in CONFOUNDERS,
        "loader": name in CODES,
        "refusal": _is_written(name),
        "caution": _is_written(name),
        "product note": bool(NOTES.get(name)),
    }
    assert found[kind.strip()]


def _is_written(code: str) -> bool:
    """Whether a code is written in the source, or made of a name and its ending."""
    _, _, ending = code.partition("-")
    return f'"{code}"' in SOURCE or f'f"{{name}}-{ending}"' in SOURCE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where[:50])
def test_a_row_has_the_severity_and_the_source_of_its_rule(row: Row) -> None:
    assert catalogue().has_source(row.source)
    assert row.status in [status.value for status in Status]
    names = [
        name for kind, name in re.findall(r"([a-z ]+?) `([^`]+)`", row.where) if "rule" in kind
    ]
    for rule in [RULES[name] for name in names[:1]]:
        assert row.severity == rule.severity.value
        if "refusal" not in row.where:
            assert (row.source, row.status) in [
                (one.source, one.status.value) for one in rule.evidence
            ]


def test_a_rule_that_refuses_stands_on_the_page() -> None:
    refusing = {rule.id for rule in RULES.values() if rule.severity.value == "refuse"}
    assert refusing - {name for _, name in NAMED} == set()


def test_the_two_readings_of_the_products_agree() -> None:
    assert dict(drugs_of_products()) == {one.id: one.drug for one in products()}


def test_a_contraindication_of_a_product_is_a_rule() -> None:
    contraindicated = {
        fact.value for one in products() for fact in one.contraindications or () if one.drug
    }
    spoken = "\n".join(str(rule.applies) for rule in RULES.values() if rule.severity == "refuse")
    assert [concept for concept in contraindicated if concept not in spoken] == []


def test_a_risk_that_lowers_a_rate_is_a_rule_and_a_cap() -> None:
    caps = {
        risk for one in products() for rate in one.rates for cap in rate.caps for risk in cap.risks
    }
    assert set(RISKS) <= set(RULES)
    assert set(RISKS.values()) <= caps
