"""The ward sheet: one page, the same bytes, and the numbers that must not be mistaken."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from typing import cast

import pytest
from pypdf import PdfReader

from stepline.dosing.plan_saying import NO_ORDER
from stepline.dosing.products import products
from stepline.protocol.loading import packaged
from stepline.views.ward import render_ward_sheet
from stepline.views.ward_facts import ward_facts
from tests.support.plans import DAILY, DOSE_UNKNOWN, PLANNED, planned, usual_plan
from tests.views.test_pdf import bared, leaves

SEED = "ivig-2g-over-5d-monthly"
BRANDS = [one.id for one in products() if one.drug == "ivig"]


@lru_cache(maxsize=64)
def sheet(regimen: str, course: int = 0) -> bytes:
    """The ward sheet of a usual plan."""
    return render_ward_sheet(usual_plan(regimen), packaged(), course)


def pages(pdf: bytes) -> list[str]:
    """The words of each page, without spaces."""
    return [bared(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("regimen", PLANNED)
def test_every_regimen_fits_on_exactly_one_page_and_says_all_its_facts(regimen: str) -> None:
    (page,) = pages(sheet(regimen))
    facts = ward_facts(usual_plan(regimen), packaged())
    words = page.lower()
    assert not [leaf for leaf in leaves(facts) if bared(leaf).lower() not in words]
    assert bared(NO_ORDER) in page


def test_only_a_regimen_without_a_known_dose_has_no_sheet() -> None:
    assert DOSE_UNKNOWN == ("methylprednisolone-monthly-pulses",)


@pytest.mark.parametrize("brand", BRANDS)
def test_the_high_dose_fits_on_one_page_with_every_brand(brand: str) -> None:
    assert len(pages(render_ward_sheet(planned(SEED, product=brand), packaged()))) == 1


def test_a_taper_of_86_steps_still_fits_on_one_page() -> None:
    plan = usual_plan("prednisone-taper")
    many = replace(plan, doses=(*plan.doses[:-1] * 5, plan.doses[-1]))
    assert len(many.doses) == 86
    assert len(pages(render_ward_sheet(many, packaged()))) == 1


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert render_ward_sheet(planned(SEED), packaged()) == sheet(SEED)


def test_it_is_a_tagged_document_with_a_title_a_language_and_no_date() -> None:
    reader = PdfReader(io.BytesIO(sheet(SEED)))
    root = cast("dict[str, object]", reader.trailer["/Root"])
    assert reader.metadata is not None
    assert reader.metadata.title == usual_plan(SEED).request.regimen.title
    assert reader.metadata.creation_date is None
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en-GB"


def test_the_day_and_the_course_stand_side_by_side_and_the_total_is_never_one_day() -> None:
    day, course = cast(
        "list[dict[str, object]]", ward_facts(usual_plan(SEED), packaged())["figures"]
    )
    assert day["values"] == [["25 g", "on days 1 to 4"], ["20 g", "on day 5"]]
    assert day["says"] == "Ordered 24 g on each of these days."
    assert course["values"] == [["120 g", ""]]
    assert course["says"] == "120 g is the total of 5 days. NEVER give it in one day."


def test_the_volume_at_each_change_of_rate_adds_up_to_the_dose() -> None:
    facts = ward_facts(planned(SEED, product="octagam-10-eu"), packaged())
    (rate,) = cast("list[dict[str, list[list[str]]]]", facts["rates"])
    assert rate["rows"] == [
        ["0 min", "36", "3600", "30", "18 mL"],
        ["30 min", "72", "7200", "30", "54 mL"],
        ["60 min", "144", "14400", "77.5", "240 mL"],
    ]


def test_what_a_label_does_not_tell_is_left_to_be_written_in() -> None:
    asked = {"product": "kiovig", "indication": "primary-immunodeficiency"}
    plan = planned("ivig-200-every-4-weeks-replacement", **asked)
    (rate,) = cast("list[dict[str, object]]", ward_facts(plan, packaged())["rates"])
    assert rate["complete"] is False
    assert rate["rows"] == [
        ["0 min", "30", "3000", "30", "15 mL"],
        ["highest", "480", "48000", "not known", "not known"],
    ]
    assert "Writeinthoseofthelabel" in pages(render_ward_sheet(plan, packaged()))[0]


def test_a_drug_without_a_rule_says_that_this_is_no_all_clear() -> None:
    assert "thatnothingistobechecked" in pages(sheet("scig-200-weekly"))[0]


def test_a_later_course_has_its_own_days() -> None:
    (page,) = pages(sheet(SEED, 2))
    assert "Course2of6" in page
    assert "Thu05Feb2026" in page
    assert "05Jan2026" not in page


def test_each_vial_has_a_box_for_its_batch_number() -> None:
    days = cast("list[dict[str, object]]", ward_facts(usual_plan(SEED), packaged())["days"])
    assert [day["boxes"] for day in days] == [2, 2, 2, 2, 1]


def test_a_sheet_names_no_patient_and_no_option_of_the_command_line() -> None:
    for regimen in PLANNED:
        facts = ward_facts(usual_plan(regimen), packaged())
        assert not [leaf for leaf in leaves(facts) if "--" in leaf]


def test_weekly_methotrexate_shouts_its_weekday() -> None:
    assert "ONCEAWEEK,onMONDAY.NOTEVERYDAY." in pages(sheet("methotrexate-weekly"))[0]


@pytest.mark.parametrize("regimen", DAILY)
def test_a_daily_drug_has_a_table_of_steps(regimen: str) -> None:
    facts = ward_facts(usual_plan(regimen), packaged())
    assert len(cast("list[object]", facts["steps"])) == len(usual_plan(regimen).doses)
    assert facts["days"] == []


def test_what_several_steps_wait_for_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "only after the review of 2026-02-02; held if relapse"
    monkeypatch.setattr(
        "stepline.views.ward_facts.condition_said", lambda dose: said if dose.day > 30 else ""
    )
    facts = ward_facts(usual_plan("prednisone-taper"), packaged())
    steps = cast("list[list[str]]", facts["steps"])
    assert [step[-1].endswith(" R1") for step in steps] == [
        dose.day > 30 for dose in usual_plan("prednisone-taper").doses
    ]
    assert facts["conditions"] == [f"R1: {said}."]


def test_a_taper_that_no_source_states_says_so_across_the_page() -> None:
    assert "PROPOSED:nosourcestatesthesesteps." in pages(sheet("prednisone-taper"))[0]


def test_a_source_that_nobody_confirmed_is_marked() -> None:
    assert "UNCONFIRMED" in pages(sheet(SEED))[0]
