"""What `stepline calc` reads from its options, with everything wrong in them said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from stepline.core.errors import Problem
from stepline.dosing.refusing import Gathering

if TYPE_CHECKING:
    from stepline.core.quantity import Quantity
    from stepline.dosing.bodysize import BodySize
    from stepline.dosing.dose import Body, CourseDose, Meaning
    from stepline.dosing.products import Choice, Product
    from stepline.dosing.rates import Infusion
    from stepline.dosing.rounding import Rounding

T = TypeVar("T")
Given = Mapping[str, str | int | tuple[str, ...] | None]
"""Options by name, as the command line hands them over."""
EXAMPLES = {
    "--height": "160cm",
    "--weight": "60kg",
    "--dose": "40mg, 90mg/d, 24g or 0.4g/kg",
    "--drug": "methylprednisolone",
    "--product": "octagam-10-eu, or --concentration and --step",
}


def _size(gathering: Gathering, height: str | None, weight: str | None) -> BodySize:
    """A checked height and weight; everything wrong with the command is refused here."""
    from stepline.dosing.bodysize import body_size
    from stepline.dosing.reading import read_height, read_quantity

    tall = _needed(gathering, "--height", height, read_height)
    heavy = _needed(gathering, "--weight", weight, read_quantity)
    size = gathering.attempt(lambda: body_size(tall, heavy))
    gathering.settle()
    assert size is not None
    return size


def _needed(
    gathering: Gathering, option: str, text: str | None, reader: Callable[[str], T]
) -> T | None:
    """The value of an option that must be there; what is wrong is kept and `None` given."""
    if text is None:
        name = option.removeprefix("--")
        message, mend = f"The {name} is missing.", f"add {option}"
        allowed = _EXAMPLES.get(option, "")
        gathering.add(Problem("option-missing", message, allowed=allowed, mend=mend), option)
        return None
    return gathering.attempt(lambda: reader(text), option)


def _optional(
    gathering: Gathering, option: str, text: object, reader: Callable[[str], T]
) -> T | None:
    """The value of an option that may be left out."""
    return None if text is None else gathering.attempt(lambda: reader(str(text)), option)


def _body(gathering: Gathering, weight: object, surface: object) -> Body:
    """What is known of the body, checked."""
    from stepline.dosing.bodysize import body_size
    from stepline.dosing.dose import Body
    from stepline.dosing.reading import read_quantity, read_surface

    heavy = _optional(
        gathering, "--weight", weight, lambda one: body_size(None, read_quantity(one)).weight
    )
    return Body(heavy, _optional(gathering, "--surface", surface, read_surface))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def _infusion(given: dict[str, str | tuple[str, ...] | None]) -> tuple[Infusion, Product | None]:
    from stepline.dosing.dose import check_plausible, course_dose
    from stepline.dosing.products import infuse_product, product
    from stepline.dosing.rates import Cap, Fluid, infuse
    from stepline.dosing.reading import read_ladder, read_quantity

    gathering = Gathering()
    body = _body(gathering, given["weight"], given["surface"])
    dose = _needed(gathering, "--dose", _text(given["dose"]), read_quantity)
    diluted = _optional(gathering, "--dilution", given["dilution"], read_quantity)
    strength = _optional(gathering, "--concentration", given["concentration"], read_quantity)
    choice = _choice(gathering, given)
    steps = _texts(given["steps"])
    if not (steps and strength):
        found = _needed(gathering, "--product", _text(given["product_id"]), product)
    else:
        found = _optional(gathering, "--product", given["product_id"], product)
    if found is not None and strength is not None:
        gathering.add(_two_strengths(found), "--concentration")
    if dose is None:
        gathering.settle()
    assert dose is not None
    course = gathering.attempt(lambda: course_dose(dose, 1, body=body), "--dose")
    gathering.settle()
    assert course is not None
    amount, weight = course.per_dose, body.weight
    if found is not None:
        check_plausible(found.drug, amount)
        infusion = infuse_product(found, amount, choice, weight=weight, diluted_to=diluted)
        return infusion, found
    caps = [Cap(choice.cap, "the prescriber's cap")] if choice.cap else []
    ladder = choice.ladder or read_ladder(steps)
    return infuse(Fluid(amount, strength), ladder, weight=weight, caps=caps), None


def _two_strengths(product: Product) -> Problem:
    return Problem(
        "concentration-twice",
        f"The concentration of {product.title} is its own.",
        mend="leave out --concentration, or name no product; a bag's is --dilution",
    )


def _choice(gathering: Gathering, given: dict[str, str | tuple[str, ...] | None]) -> Choice:
    from stepline.dosing.products import Choice
    from stepline.dosing.reading import read_ladder, read_quantity

    steps = _texts(given["steps"])
    ladder = gathering.attempt(lambda: read_ladder(steps), "--step") if steps else None
    cap = _optional(gathering, "--cap", given["cap"], read_quantity)
    indication, infusion = _text(given["indication"]) or "", _text(given["infusion"]) or ""
    return Choice(indication, infusion, _texts(given["risks"]), cap, ladder)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _vials(
    given: dict[str, str | int | tuple[str, ...] | None],
) -> tuple[CourseDose, Rounding, Product | None]:
    from stepline.dosing.dose import IVIG_COURSE_LIMIT, check_plausible, course_dose
    from stepline.dosing.products import product
    from stepline.dosing.reading import read_fraction, read_quantity
    from stepline.dosing.rounding import Caps, Policy, round_to_vials

    gathering = Gathering()
    body = _body(gathering, given["weight"], given["surface"])
    found = _optional(gathering, "--product", given["product_id"], product)
    sizes = gathering.attempt(lambda: _sizes(_texts(given["vials"]), found), "--vial")
    tolerance = _optional(gathering, "--tolerance", given["tolerance"], read_fraction)
    cap_day = _optional(gathering, "--cap-day", given["cap_day"], read_quantity)
    cap_course = _optional(gathering, "--cap-course", given["cap_course"], read_quantity)
    stated = _stated(gathering, given)
    gathering.settle()
    assert stated is not None
    assert sizes is not None
    is_ivig = found is not None and found.drug == "ivig"
    if cap_course is None and body.weight is not None and is_ivig:
        cap_course = IVIG_COURSE_LIMIT
    days = given["days"]
    assert isinstance(days, int)
    course = course_dose(stated[0], days, stated[1], body=body, never_above=cap_course)
    day, whole = (
        None if cap is None else course_dose(cap, 1, body=body).course_total
        for cap in (cap_day, cap_course)
    )
    if found is not None:
        check_plausible(found.drug, course.per_day)
    doses = [course.per_day] * days
    policy = Policy(str(given["policy"]))
    caps = Caps(day, whole)
    rounding = round_to_vials(doses, sizes, policy, tolerance=tolerance, caps=caps)
    return course, rounding, found


def _sizes(texts: tuple[str, ...], product: Product | None) -> tuple[Quantity, ...]:
    """The vials that are stated, else those of the product."""
    from stepline.dosing.products import vials_of
    from stepline.dosing.reading import read_quantity
    from stepline.dosing.refusing import DosingRefused

    if texts:
        return tuple(read_quantity(part) for text in texts for part in text.split(","))
    if product is not None:
        return vials_of(product)
    raise DosingRefused.because(
        "vials-missing", "The vial sizes are missing.", allowed="5g", mend="add --vial or --product"
    )


def _stated(
    gathering: Gathering, given: dict[str, str | int | tuple[str, ...] | None]
) -> tuple[Quantity, Meaning | None] | None:
    """The one dose that is stated, and what it is the dose of."""
    from stepline.dosing.dose import Meaning
    from stepline.dosing.reading import read_quantity

    meanings = {"per_day": Meaning.PER_DAY, "course_total": Meaning.COURSE_TOTAL, "dose": None}
    stated = [name for name in meanings if given[name] is not None]
    if len(stated) != 1:
        message = "The dose is stated once: of each day, of the whole course, or of a single day."
        allowed = "--per-day, --course-total or --dose"
        gathering.add(Problem("dose-stated-once", message, found=str(len(stated)), allowed=allowed))
        return None
    option = "--" + stated[0].replace("_", "-")
    dose = _optional(gathering, option, given[stated[0]], read_quantity)
    return None if dose is None else (dose, meanings[stated[0]])


