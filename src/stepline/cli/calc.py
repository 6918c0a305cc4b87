"""`stepline calc …`: one calculation from numbers on the command line; no record is read."""

from __future__ import annotations

import click

from stepline.cli.calculating import needed, optional, read_infusion, read_rounding, read_size
from stepline.cli.telling import print_json
from stepline.dosing.bodysize import BMI_FORMULA, body_mass_index
from stepline.dosing.dose import CourseDose
from stepline.dosing.glucocorticoids import equivalent
from stepline.dosing.numbers import say, shown, signed_percent
from stepline.dosing.rates import Infusion, said_duration, said_rate
from stepline.dosing.reading import read_quantity, read_years
from stepline.dosing.refusing import Gathering
from stepline.dosing.rounding import DayVials, Rounding
from stepline.dosing.surface import body_surfaces
from stepline.dosing.weights import Person, body_weights

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
_HEIGHT = click.option("--height", help="Such as 160cm or 63in.")
_WEIGHT = click.option("--weight", help="Such as 60kg or 132lb.")
_SURFACE = click.option("--surface", help="Body surface area for doses per m2: 1.63m2.")


@click.group("calc")
def command() -> None:
    """Calculates body size, doses, vials and infusion times. Every number needs its unit."""


@command.command("bsa")
@_HEIGHT
@_WEIGHT
@_AS_JSON
def bsa(height: str | None, weight: str | None, as_json: bool) -> None:
    """Body surface area by seven formulas."""
    gathering = Gathering()
    size = read_size(gathering, height, weight)
    surfaces = body_surfaces(size)
    if as_json:
        methods = [surface.as_json() for surface in surfaces]
        print_json({"methods": methods, "inputs": size.as_json()})
        return
    for surface in surfaces:
        click.echo(f"{surface.method:13} {surface.value:.4f} m²   {surface.formula}")
    _say_all(size.doubts)
    click.echo("h in cm, w in kg. The formulas differ; name the one you dose by.")


@command.command("weight")
@_HEIGHT
@_WEIGHT
@click.option("--sex", type=click.Choice(["female", "male"]), help="The formulas depend on it.")
@click.option("--age", help="Such as '44 years'.")
@click.option("--pregnant/--not-pregnant", default=None, help="Left out: unknown.")
@_AS_JSON
def weight_(
    height: str | None,
    weight: str | None,
    sex: str | None,
    age: str | None,
    pregnant: bool | None,
    as_json: bool,
) -> None:
    """Ideal (Devine, Robinson) and adjusted body weight, and body mass index."""
    gathering = Gathering()
    years = optional(gathering, "--age", age, read_years)
    size = read_size(gathering, height, weight)
    weights, bmi = body_weights(size, Person(sex, years, pregnant)), body_mass_index(size)
    assert bmi is not None
    if as_json:
        about = {"sex": sex, "age_years": None if years is None else float(years)}
        inputs = {**size.as_json(), **about, "pregnant": pregnant}
        index = {
            "value": float(bmi.value), "unit": bmi.unit, "evidence": BMI_FORMULA.as_json()
        }  # fmt: skip
        methods = [one.as_json() for one in weights]
        print_json({"methods": methods, "body_mass_index": index, "inputs": inputs})
        return
    for one in weights:
        shown = f"{one.value:.2f} kg" if one.value is not None else "unknown"
        gone = f"; missing: {', '.join(one.missing)}" if one.missing else ""
        click.echo(f"{one.method:15} {shown:>10}   {one.formula}{gone}")
    click.echo(f"{'BMI':15} {bmi.value:>7.1f} kg/m²")
    _say_all(tuple(limit for one in weights for limit in one.limits) + size.doubts)
    click.echo("Sources disagree on which weight to dose by; state the one you use.")


@command.command("steroid-equivalent")
@click.option("--drug", help="The glucocorticoid that is given.")
@click.option("--dose", help="Such as 40mg or 90mg/d.")
@click.option("--to", default="prednisone", show_default=True, help="The glucocorticoid compared.")
@click.option("--route", default="oral", show_default=True, help="oral or iv.")
@_AS_JSON
def steroid_equivalent(
    drug: str | None, dose: str | None, to: str, route: str, as_json: bool
) -> None:
    """The equivalent dose of another glucocorticoid, as a range where tables disagree."""
    gathering = Gathering()
    named = needed(gathering, "--drug", drug, str)
    amount = needed(gathering, "--dose", dose, read_quantity)
    gathering.settle()
    assert named is not None
    assert amount is not None
    found = equivalent(named, amount, to=to, route=route)
    if as_json:
        print_json(found.as_json())
        return
    click.echo(found.say())
    _say_all(found.notes)


@command.command("infusion-time")
@click.option("--product", "product_id", help="A product of the library, such as octagam-10-eu.")
@click.option("--dose", help="What one infusion holds: 24g, or 0.4g/kg with --weight.")
@_WEIGHT
@_SURFACE
@click.option("--indication", default="", help="Such as dermatomyositis; caps depend on it.")
@click.option("--risk", "risks", multiple=True, help="thrombosis or renal; may be repeated.")
@click.option("--infusion", type=click.Choice(["first", "later"]), help="Of this product.")
@click.option("--cap", help="A rate not to exceed, beside those of the label.")
@click.option("--dilution", help="Concentration in the bag, of a product that is diluted.")
@click.option("--concentration", help="Of what is infused, where no product is named.")
@click.option("--step", "steps", multiple=True, help="'0.01 mL/kg/min for 30 min'; the last alone.")
@_AS_JSON
def infusion_time(as_json: bool, **given: str | tuple[str, ...] | None) -> None:
    """The steps and the duration of an infusion, under the caps that hold for this patient."""
    infusion, product = read_infusion(given)
    if as_json:
        about = product.as_json() if product else None
        print_json({**infusion.as_json(), "product": about})
        return
    _show_infusion(infusion)


@command.command("vials")
@click.option("--per-day", help="The dose of each day: 24g, or 0.4g/kg with --weight.")
@click.option("--course-total", help="The dose of the whole course: 120g, or 2g/kg with --weight.")
@click.option("--dose", help="The dose of a single day.")
@click.option("--days", type=int, default=1, show_default=True)
@_WEIGHT
@_SURFACE
@click.option("--product", "product_id", help="Takes the vial sizes of a product.")
@click.option("--vial", "vials", multiple=True, help="A vial size; may be repeated.")
@click.option(
    "--policy",
    type=click.Choice(["course", "nearest", "down", "within", "exact"]),
    default="course",
    show_default=True,
)
@click.option("--tolerance", help="Such as 10%.")
@click.option("--cap-day", help="What no day may exceed.")
@click.option("--cap-course", help="What the course may not exceed; IVIG with a weight: 2 g/kg.")
@_AS_JSON
def vials_(as_json: bool, **given: str | int | tuple[str, ...] | None) -> None:
    """Rounds a course to whole vials; shows the error of each day and of the course."""
    course, rounding, product = read_rounding(given)
    if as_json:
        about = product.as_json() if product else None
        print_json({**rounding.as_json(), "dose": course.as_json(), "product": about})
        return
    _show_rounding(course, rounding)


def _show_infusion(infusion: Infusion) -> None:

    click.echo(f"Duration: {infusion.say()}")
    if infusion.volume_ml is not None:
        click.echo(f"Volume:   {shown(infusion.volume_ml, 1)} mL")
    for step in infusion.steps:
        flow = "" if step.ml_per_h is None else f"{shown(step.ml_per_h, 1):>7} mL/h"
        rate = f"{flow}{shown(step.mg_per_h, 1):>9} mg/h"
        click.echo(f"  {rate}   for {said_duration(step.minutes)}")
    if infusion.cap is not None:
        click.echo(f"Cap:      {said_rate(infusion.cap.rate)}, {infusion.cap.because}")
    click.echo(f"Status:   {infusion.status.value}")
    _say_all(infusion.notes)


def _show_rounding(course: CourseDose, rounding: Rounding) -> None:

    click.echo(f"Ordered:  {course.say()}")
    for number, day in enumerate(rounding.days, start=1):
        click.echo(f"  day {number}: {_said_day(day)}")
    if rounding.is_met:
        error = signed_percent(rounding.error_percent)
        waste = f", {say(rounding.waste)} wasted" if rounding.waste.value else ""
        count = rounding.vial_count
        click.echo(f"Course:   {say(rounding.given)} ({error}), {count} vials{waste}")
    for text in rounding.unmet:
        click.echo(f"Not met:  {text}")
    if rounding.caps.course is not None:
        click.echo(f"Cap:      {say(rounding.caps.course)} in the course")
    if rounding.caps.day is not None:
        click.echo(f"Cap:      {say(rounding.caps.day)} in a day")


def _said_day(day: DayVials) -> str:

    vials = " + ".join(f"{count} × {say(size)}" for size, count in day.vials)
    return f"{say(day.given)} ({signed_percent(day.error_percent)}): {vials}"


def _say_all(notes: tuple[str, ...]) -> None:
    for note in dict.fromkeys(notes):
        click.echo(f"Note: {note}")
