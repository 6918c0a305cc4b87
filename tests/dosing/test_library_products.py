"""The product files: every number has a source of its kind, and a wrong file is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

import pytest

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import comparable
from stepline.dosing.bodysize import body_size
from stepline.dosing.products import Product, product, products
from stepline.dosing.products_reading import read_product_file
from stepline.dosing.surface import body_surfaces
from stepline.vocabulary.catalogue import catalogue
from tests.dosing.values import codes, q

MODULES = [
    "alignment",
    "bodysize",
    "dose",
    "glucocorticoids",
    "plan_steroids",
    "plan_weight",
    "rounding",
    "surface",
    "tapering",
    "weights",
]


def evidence_in(value: object) -> Iterator[Evidence]:
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from evidence_in(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from evidence_in(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from evidence_in(getattr(value, field.name))


@pytest.mark.parametrize("name", MODULES)
def test_what_the_code_cites_is_a_source_of_that_kind(name: str) -> None:
    cited = list(evidence_in(vars(import_module(f"stepline.dosing.{name}"))))
    assert cited or name == "surface"
    for one in cited:
        assert catalogue().source(one.source).kind == one.kind


def test_every_surface_formula_cites_its_source() -> None:
    for surface in body_surfaces(body_size(None, None)):
        assert catalogue().source(surface.evidence.source).kind == surface.evidence.kind


@pytest.mark.parametrize("one", products(), ids=lambda one: one.id)
def test_every_number_of_a_product_has_a_source(one: Product) -> None:
    cited = list(evidence_in(one))
    assert cited
    for evidence in cited:
        source = catalogue().source(evidence.source)
        assert evidence.kind == source.kind
        if source.key in ("stepline-memory", "stepline-design"):
            assert evidence.status is Status.UNCONFIRMED


@pytest.mark.parametrize("one", products(), ids=lambda one: one.id)
def test_units_of_a_product_are_those_of_its_quantities(one: Product) -> None:
    if one.concentration:
        assert comparable(one.concentration.value.unit, "mg/mL")
    for size in one.vials.value if one.vials else ():
        assert comparable(size.unit, "g")
    for observation in one.observations:
        assert comparable(observation.period.unit, "min")


def test_the_products_of_the_published_case_are_there() -> None:
    flebogamma = product("flebogamma-dif-10")
    assert flebogamma.vials is not None
    assert flebogamma.vials.value == (q("5 g"), q("10 g"), q("20 g"))
    assert {fact.value for fact in flebogamma.contraindications or ()} == {
        "anti-iga",
        "hereditary-fructose-intolerance",
    }
    assert flebogamma.vials.evidence.kind is Kind.LABEL


def test_hyperprolinaemia_forbids_privigen() -> None:
    forbidden = product("privigen").contraindications or ()
    assert "hyperprolinaemia" in {fact.value for fact in forbidden}


def test_first_infusions_and_changes_of_brand_are_watched_longer() -> None:
    first, other = product("privigen").observations
    assert (first.period, other.period) == (q("1 h"), q("20 min"))


def test_a_product_file_is_refused_with_every_mistake_and_its_line() -> None:
    content = b"""
products:
  - id: made-up
    title: Made up
    drug: ivig
    routes: [iv]
    concentration: {value: 100, source: ema-leaflets, status: verified}
    vials: {sizes: [5 g]}
    excipients: unknown
    iga_at_most: unknown
    contraindications: unknown
    rates: unknown
    observations: unknown
    colour: blue
"""
    assert sorted(codes(lambda: read_product_file(content, "x.yaml"))) == [
        "key-missing",
        "key-missing",
        "key-unknown",
        "unit-missing",
    ]


def test_importing_the_room_loads_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from stepline.dosing import bodysize, dose, glucocorticoids, products, rates\n"
        "from stepline.dosing import reading, rounding, surface, weights\n"
        "import stepline.cli.calc\n"
        "heavy = ('pydantic', 'yaml', 'pint', 'polars', 'numpy', 'lark', 'rich')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr
