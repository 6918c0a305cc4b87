"""What `stepline calc` reads from its options, with everything wrong in them said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from stepline.core.errors import Problem
from stepline.core.quantity import Quantity
from stepline.dosing.bodysize import BodySize, body_size
from stepline.dosing.dose import (
    IVIG_COURSE_LIMIT,
    Body,
    CourseDose,
    Meaning,
    check_plausible,
    course_dose,
)
from stepline.dosing.products import (
    Choice,
    Product,
    infuse_product,
    product,
    rate_of,
    vials_of,
)
from stepline.dosing.rates import Cap, Fluid, Infusion, Ladder, infuse
from stepline.dosing.reading import (
    read_fraction,
    read_height,
    read_ladder,
    read_quantity,
    read_rate,
    read_surface,
)
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.dosing.rounding import Caps, Policy, Rounding, round_course

T = TypeVar("T")
Given = Mapping[str, str | int | tuple[str, ...] | None]
"""Options by name, as the command line hands them over."""
_EXAMPLES = {
    "--height": "160cm",
    "--weight": "60kg",
    "--dose": "40mg, 90mg/d, 24g or 0.4g/kg",
    "--drug": "methylprednisolone",
    "--product": "octagam-10-eu, or --concentration and --step",
}
_MEANINGS = {"per_day": Meaning.PER_DAY, "course_total": Meaning.COURSE_TOTAL, "dose": None}


def read_size(gathering: Gathering, height: str | None, weight: str | None) -> BodySize:
    """A checked height and weight; everything wrong with the command so far is refused here."""
    tall = needed(gathering, "--height", height, read_height)
    heavy = needed(gathering, "--weight", weight, read_quantity)
    size = gathering.attempt(lambda: body_size(tall, heavy))
    gathering.settle()
    assert size is not None
    return size


def needed(gathering: Gathering, option: str, text: object, reader: Callable[[str], T]) -> T | None:
    """The value of an option that must be there; what is wrong is kept and `None` given."""
    if text is None:
        name = option.removeprefix("--")
        message, mend = f"The {name} is missing.", f"add {option}"
        allowed = _EXAMPLES.get(option, "")
        gathering.add(Problem("option-missing", message, allowed=allowed, mend=mend), option)
        return None
    return gathering.attempt(lambda: reader(str(text)), option)


def optional(
    gathering: Gathering, option: str, text: object, reader: Callable[[str], T]
) -> T | None:
    """The value of an option that may be left out."""
    return None if text is None else gathering.attempt(lambda: reader(str(text)), option)


def read_infusion(given: Given) -> tuple[Infusion, Product | None]:
    """An infusion of a product, or of a concentration in steps that are stated."""
    gathering = Gathering()
    body = _body(gathering, given)
    course = _single(gathering, given, body)
    diluted = optional(gathering, "--dilution", given["dilution"], read_quantity)
    strength = optional(gathering, "--concentration", given["concentration"], read_quantity)
    choice = _choice(gathering, given)
    found = _product(gathering, given, choice)
    if found is not None and given["concentration"] is not None:
        gathering.add(_two_strengths(found), "--concentration")
    if course is not None and found is not None:
        gathering.attempt(lambda: check_plausible(found.drug, course.per_dose), "--dose")
    gathering.settle()
    assert course is not None
    amount, weight = course.per_dose, body.weight
    if found is not None:
        return infuse_product(found, amount, choice, weight=weight, diluted_to=diluted), found
    caps = [Cap(choice.cap, "the prescriber's cap")] if choice.cap else []
    ladder = choice.ladder or Ladder(())
    return infuse(Fluid(amount, strength), ladder, weight=weight, caps=caps), None


def read_rounding(given: Given) -> tuple[CourseDose, Rounding, Product | None]:
    """A course in the vials of a product, or in those that are stated."""
    gathering = Gathering()
    body = _body(gathering, given)
    found = optional(gathering, "--product", given["product_id"], product)
    sizes = gathering.attempt(lambda: _sizes(given, found), "--vial")
    tolerance = optional(gathering, "--tolerance", given["tolerance"], read_fraction)
    cap_day = _cap(gathering, "--cap-day", given["cap_day"], body)
    cap_course = _cap(gathering, "--cap-course", given["cap_course"], body)
    if given["cap_course"] is None and body.weight is not None and found is not None:
        cap_course = _limit(found, body)
    course = _course(gathering, given, body, cap_course)
    if course is not None and found is not None:
        gathering.attempt(lambda: check_plausible(found.drug, course.per_day))
    gathering.settle()
    assert course is not None
    assert sizes is not None
    rounding = round_course(
        course.course_total,
        course.days,
        sizes,
        Policy(str(given["policy"])),
        tolerance=tolerance,
        caps=Caps(cap_day, cap_course),
    )
    return course, rounding, found


def _body(gathering: Gathering, given: Given) -> Body:
    """What is known of the body, checked."""
    heavy = optional(
        gathering,
        "--weight",
        given["weight"],
        lambda one: body_size(None, read_quantity(one)).weight,
    )
    return Body(heavy, optional(gathering, "--surface", given["surface"], read_surface))


def _is_refused(given: Given, body: Body) -> bool:
    """Whether a body measure was stated and refused: then nothing more is said about doses."""
    stated = (given["weight"], body.weight), (given["surface"], body.surface)
    return any(text is not None and value is None for text, value in stated)


def _single(gathering: Gathering, given: Given, body: Body) -> CourseDose | None:
    """The dose of one infusion."""
    dose = needed(gathering, "--dose", given["dose"], read_quantity)
    if dose is None or _is_refused(given, body):
        return None
    return gathering.attempt(lambda: course_dose(dose, 1, body=body), "--dose")


def _choice(gathering: Gathering, given: Given) -> Choice:
    steps = _texts(given["steps"])
    ladder = gathering.attempt(lambda: read_ladder(steps), "--step") if steps else None
    cap = optional(gathering, "--cap", given["cap"], read_rate)
    indication, infusion = (str(given[name] or "") for name in ("indication", "infusion"))
    return Choice(indication, infusion, _texts(given["risks"]), cap, ladder)


def _product(gathering: Gathering, given: Given, choice: Choice) -> Product | None:
    """The product, whose label must know a rate; a concentration and steps need none."""
    if given["steps"] and given["concentration"] and given["product_id"] is None:
        return None
    found = needed(gathering, "--product", given["product_id"], product)
    if found is not None:
        gathering.attempt(lambda: rate_of(found, choice))
    return found


def _two_strengths(one: Product) -> Problem:
    return Problem(
        "concentration-twice",
        f"The concentration of {one.title} is its own.",
        mend="leave out --concentration, or name no product; a bag's is --dilution",
    )


def _sizes(given: Given, found: Product | None) -> tuple[Quantity, ...]:
    """The vials that are stated, else those of the product."""
    texts = _texts(given["vials"])
    if texts:
        return tuple(read_quantity(part) for text in texts for part in text.split(","))
    if found is not None:
        return vials_of(found)
    message = "The vial sizes are missing."
    raise DosingRefused.because(
        "vials-missing", message, allowed="5g", mend="add --vial or --product"
    )


def _cap(gathering: Gathering, option: str, text: object, body: Body) -> Quantity | None:
    """A cap as a mass for this body."""
    return optional(
        gathering, option, text, lambda one: course_dose(read_quantity(one), 1, body=body).per_day
    )


def _limit(found: Product, body: Body) -> Quantity | None:
    """The most that any source gives in one course of this drug, for this body."""
    if found.drug != "ivig":
        return None
    return course_dose(IVIG_COURSE_LIMIT, 1, body=body).course_total


def _course(
    gathering: Gathering, given: Given, body: Body, limit: Quantity | None
) -> CourseDose | None:
    """The one dose that is stated, as a course."""
    stated = [name for name in _MEANINGS if given[name] is not None]
    if len(stated) != 1:
        message = "The dose is stated once: of each day, of the whole course, or of a single day."
        allowed = "--per-day, --course-total or --dose"
        gathering.add(Problem("dose-stated-once", message, found=str(len(stated)), allowed=allowed))
        return None
    option, meaning = "--" + stated[0].replace("_", "-"), _MEANINGS[stated[0]]
    dose = optional(gathering, option, given[stated[0]], read_quantity)
    days = given["days"]
    assert isinstance(days, int)
    if dose is None or _is_refused(given, body):
        return None
    return gathering.attempt(
        lambda: course_dose(dose, days, meaning, body=body, never_above=limit), option
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()
