"""The page for the patient: the right days, in lay words, readable by anybody."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import lru_cache

import pytest

from stepline.views.patient import MONTHS, POLICY, render_patient_page
from tests.support.plans import DAILY, PLANNED, planned, usual_plan
from tests.views.reading import Element, read_page

SEED = "ivig-2g-over-5d-monthly"
INFUSED = [regimen for regimen in PLANNED if regimen not in DAILY]


@lru_cache(maxsize=64)
def page(regimen: str) -> tuple[Element, ...]:
    """The elements of the page of a usual plan."""
    return tuple(read_page(render_patient_page(usual_plan(regimen))))


def marked(elements: tuple[Element, ...], *classes: str) -> list[tuple[dt.date, str]]:
    """The days of the month grids with these classes, and what their boxes say."""
    found, month = [], dt.date(1, 1, 1)
    for element in elements:
        if element.tag == "caption":
            name, year = element.text.split()
            month = dt.date(int(year), MONTHS.index(name) + 1, 1)
        if element.tag == "td" and element.classes & set(classes):
            number, _, said = element.text.partition(" ")
            found.append((month.replace(day=int(number)), said))
    return found


@pytest.mark.parametrize("regimen", INFUSED)
def test_the_marked_days_are_those_of_the_plan(regimen: str) -> None:
    days = [day for day, _ in marked(page(regimen), "give")]
    assert days == [dose.date for dose in usual_plan(regimen).doses]


@pytest.mark.parametrize("regimen", DAILY)
def test_every_day_of_a_daily_drug_has_its_amount(regimen: str) -> None:
    plan, boxes = usual_plan(regimen), marked(page(regimen), "give", "day")
    for dose in plan.doses:
        if dose.until is not None:
            span = [said for day, said in boxes if dose.date <= day <= dose.until]
            assert len(span) == dose.days
            assert all(
                said.startswith(f"{dose.portion.amount.value.normalize():f} ") for said in span
            )


def test_a_taper_says_milligrams_and_number_of_tablets_on_each_day() -> None:
    boxes = dict(marked(page("prednisone-taper"), "give", "day"))
    assert boxes[dt.date(2026, 1, 5)] == "90 mg 18 tablets"
    assert boxes[dt.date(2026, 1, 14)] == "90 mg 18 tablets"
    assert boxes[dt.date(2026, 1, 15)] == "85 mg 17 tablets"
    assert boxes[dt.date(2026, 7, 5)] == "5 mg 1 tablet"


def test_methotrexate_names_its_weekday_in_large_letters_and_says_once_a_week() -> None:
    elements = read_page(render_patient_page(planned("methotrexate-weekly", weekday="friday")))
    assert [one.text for one in elements if "huge" in one.classes] == ["FRIDAY"]
    (loud,) = [one.text for one in elements if "loud" in one.classes]
    assert "Once a week, not every day." in loud
    assert "Methotrexate 15 mg, 6 tablets of 2.5 mg, all on that one day." in loud


def test_a_proposal_asks_for_a_signature() -> None:
    (loud,) = [one.text for one in page("prednisone-taper") if "loud" in one.classes]
    assert "only after your clinic has confirmed it" in loud


@pytest.mark.parametrize("regimen", PLANNED)
def test_the_page_loads_nothing_and_runs_nothing(regimen: str) -> None:
    policies = [one.attributes for one in page(regimen) if "http-equiv" in one.attributes]
    assert [one["content"] for one in policies] == [POLICY]
    assert "script-src" not in POLICY
    assert not [one for one in page(regimen) if one.tag in ("script", "link", "img", "a")]
    text = render_patient_page(usual_plan(regimen))
    assert not re.search(r"url\((?!data:)", text)


@pytest.mark.parametrize("regimen", PLANNED)
def test_every_table_has_headers_with_a_scope_and_the_page_a_language(regimen: str) -> None:
    elements = page(regimen)
    assert elements[0].attributes["lang"] == "en-GB" or elements[1].attributes["lang"] == "en-GB"
    assert all(one.attributes.get("scope") in ("col", "row") for one in elements if one.tag == "th")
    assert len([one for one in elements if one.tag == "h1"]) == 1
    captions = [one for one in elements if one.tag == "caption"]
    assert len(captions) == len([one for one in elements if "month" in one.classes])


def test_drugs_are_named_as_the_vocabulary_titles_them() -> None:
    (title,) = [one.text for one in page(SEED) if one.tag == "h1"]
    assert title == "Your calendar: Intravenous immunoglobulin"


def test_a_dose_of_every_second_day_marks_every_second_day() -> None:
    plan = usual_plan("prednisone-taper")
    step = replace(plan.doses[0], per="other-day", days=5)
    elements = tuple(read_page(render_patient_page(replace(plan, doses=(step,)))))
    assert [day.day for day, _ in marked(elements, "give", "day")] == [5, 7, 9, 11, 13]
    assert [one.text for one in elements if one.tag == "td"][-2:] == [
        "90 mg every second day", "18 tablets of 5 mg",
    ]  # fmt: skip
