"""Planned against given in a review: what is known, in the machine form and in words."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries
from stepline.review.model import Review
from stepline.review.output import as_json
from stepline.review.reviewing import library_of, review
from stepline.views.report import render_html
from stepline.views.terminal import render_text
from stepline.vocabulary.catalogue import catalogue

SICK = {"dermatomyositis": "present", "on": "2025-12-01"}


def reviewed(*entries: object) -> Review:
    """The review of a small record of a patient for whom a pathway is meant."""
    record = record_from_entries([SICK, *entries], file="test")
    return review(record, library_of(packaged()), catalogue())


def told(*entries: object) -> list[Any]:
    """The courses of the machine form, through its text and its schema."""
    found: dict[str, Any] = json.loads(json.dumps(as_json(reviewed(*entries))))
    schema = json.loads(files("stepline.review").joinpath("review.schema.json").read_text())
    jsonschema.validate(found, schema)
    return [one["adherence"] for one in found["courses"]]


def weekly(*weeks: int) -> list[object]:
    """24 g of immunoglobulin in these weeks from Monday 5 January 2026; 400 mg/kg for 60 kg."""
    days = [date(2026, 1, 5) + timedelta(days=7 * week) for week in weeks]
    doses = [{"ivig": "24 g", "on": day.isoformat(), "intent": "immunomodulation"} for day in days]
    return [{"weight": "60 kg", "on": "2025-12-01"}, *doses]


def test_a_missed_week_is_told_in_doses_intensity_days_and_grams() -> None:
    (found,) = told(*weekly(*(week for week in range(11) if week != 5)))
    assert found == {
        "given_doses": 10,
        "planned_doses": 11,
        "relative_dose_intensity": "0.9091",
        "relative_dose_intensity_at_least": None,
        "longest_delay_days": 7,
        "cumulative_dose": {"unit": "g", "exact": "240", "at_least": "240", "unknown": 0},
        "missing": [],
    }


def test_a_course_of_which_nothing_is_known_says_nothing() -> None:
    entry = {"methotrexate": "unknown", "from": "before 2026-01-01"}
    assert told(entry) == [None]
    assert "Given" not in render_html(reviewed(entry)).partition('id="courses"')[2]
    assert "GIVEN OF PLANNED" not in render_text(reviewed(entry))


def test_the_line_stands_with_its_course_on_the_page_and_in_the_terminal() -> None:
    result = reviewed(*weekly(*(week for week in range(11) if week != 5)))
    line = "10 of 11 doses, dose intensity 91 %, longest delay 7 days, 240 g in all."
    assert f"Given: {line}" in render_html(result)
    assert line in " ".join(render_text(result).split())


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        # 60 kg: 60 mg are 1 of up to 1.5 mg/kg a day.
        ("2026-01-31", ("31 of 31 days", "dose intensity at least 67 %", "1860 mg in all")),
        ("2026-06-29", ("180 of 180 days", "dose intensity at least 67 %", "10.8 g in all")),
    ],
)
def test_a_maximum_is_told_as_a_bound(until: str, expected: tuple[str, ...]) -> None:
    spell = {"prednisone": "60 mg/d", "from": "2026-01-01", "until": until}
    page = render_html(reviewed({"weight": "60 kg", "on": "2026-01-01"}, spell))
    assert f"Given: {', '.join(expected)}." in page


def test_an_ongoing_drug_is_looked_at_up_to_the_day_of_the_review() -> None:
    spell = {"mycophenolate": "2 g/d", "from": "2026-01-01", "until": "ongoing"}
    visit = {"ldh": "200 U/L", "on": "2026-01-10"}
    (found,) = told(spell, visit)
    assert (found["given_doses"], found["planned_doses"]) == (10, 10)
    assert found["cumulative_dose"]["exact"] == "20"
