"""What is to be checked comes from the rules and products of the library, with their sources."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.quantity import Quantity
from stepline.dosing.products import product, products
from stepline.protocol.loading import packaged
from stepline.review.checks import checks_for

HIGH, LOW = "ivig-2g-over-5d-monthly", "ivig-200-every-2-weeks"


def ids(regimen: str, product_id: str = "", **manner: Quantity) -> tuple[list[str], list[str]]:
    """The ids of the checks before and after."""
    library = packaged()
    one = product(product_id) if product_id else None
    before, after = checks_for(library.regimen(regimen), one, library, **manner)
    return [check.id for check in before], [check.id for check in after]


def test_hepatitis_serology_comes_before_ivig_and_haemoglobin_after_it() -> None:
    before, after = ids(HIGH, "flebogamma-dif-10")
    assert {"hbv-before-ivig", "ivig-renal-risk", "ivig-thrombosis-risk"} <= set(before)
    assert "haemoglobin-after-high-dose-ivig" in after
    assert not set(before) & set(after)


def test_haemoglobin_is_asked_for_after_high_doses_only() -> None:
    assert "haemoglobin-after-high-dose-ivig" not in ids(LOW)[1]
    stated = Quantity(Decimal("1.5"), "g/kg")
    assert "haemoglobin-after-high-dose-ivig" in ids(LOW, cycle_dose=stated)[1]


def test_a_dose_that_cannot_be_compared_leaves_the_check_in() -> None:
    flat = Quantity(Decimal(120), "g")
    assert "haemoglobin-after-high-dose-ivig" in ids(LOW, cycle_dose=flat)[1]


def test_sorbitol_is_asked_about_for_the_product_that_holds_it() -> None:
    assert "flebogamma-fructose-intolerance" in ids(HIGH, "flebogamma-dif-10")[0]
    assert "flebogamma-fructose-intolerance" not in ids(HIGH, "privigen")[0]
    assert "privigen-hyperprolinaemia" in ids(HIGH, "privigen")[0]


@pytest.mark.parametrize("product_id", ["", "octagam-10-eu"])
def test_without_a_product_or_its_excipients_both_are_asked(product_id: str) -> None:
    excipients = {"flebogamma-fructose-intolerance", "privigen-hyperprolinaemia"}
    assert excipients <= set(ids(HIGH, product_id)[0])


@pytest.mark.parametrize("one", [one.id for one in products() if one.drug == "ivig"])
def test_every_contraindication_of_a_product_is_cited_before(one: str) -> None:
    library = packaged()
    before, _ = checks_for(library.regimen(HIGH), product(one), library)
    cited = {fact for check in before for fact in check.evidence}
    assert {fact.evidence for fact in product(one).contraindications or ()} <= cited


def test_the_time_of_watching_is_that_of_the_product() -> None:
    _, after = checks_for(packaged().regimen(HIGH), product("kiovig"), packaged())
    said = [check.title for check in after]
    assert said[0] == "Watch the patient for 1 hour after: first infusion or change of brand"


@pytest.mark.parametrize("regimen", [one.id for one in packaged().regimens])
def test_every_check_has_a_source(regimen: str) -> None:
    before, after = checks_for(packaged().regimen(regimen), None, packaged())
    assert all(check.evidence for check in (*before, *after))


def test_a_rule_of_a_class_concerns_its_drugs_and_nothing_else() -> None:
    assert "pjp-prophylaxis" in ids("prednisone-taper")[1]
    assert "pjp-prophylaxis" not in ids("methotrexate-weekly")[1]
    assert "hbv-before-rituximab" not in ids(HIGH)[0]
    assert "live-vaccine" in ids("rituximab-1g-x2")[1]
    assert "live-vaccine" not in ids(HIGH)[1]
    assert ids("folic-acid-weekly") == ([], [])


def test_notes_that_a_rule_makes_of_itself_are_left_out() -> None:
    before, after = checks_for(packaged().regimen(HIGH), None, packaged())
    notes = " ".join(check.note for check in (*before, *after))
    assert "Patients of blood group A, B or AB carry the risk." in notes
    assert "rule" not in notes
