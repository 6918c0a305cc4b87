"""`stepline plan REGIMEN`: dated doses, vials, volumes and rates from a regimen of the library."""

from __future__ import annotations

from pathlib import Path

import click

from stepline.cli.telling import print_json, say


@click.command("plan")
@click.argument("regimen")
@click.option("--start", help="The first day: 2026-01-05.")
@click.option("--weight", help="Such as 60kg.")
@click.option("--height", help="Such as 160cm; for doses per m².")
@click.option("--courses", help="How many; the regimen's own number where left out.")
@click.option("--product", help="A product of the library, such as flebogamma-dif-10.")
@click.option("--dose", "--per-day", "dose", help="On each day of giving, for the regimen's own.")
@click.option("--course-total", help="Of a whole course, in place of the regimen's own.")
@click.option("--vial", multiple=True, help="A vial at hand, in place of the product's.")
@click.option("--policy", help="course (default), nearest, down, within or exact.")
@click.option("--tolerance", help="Such as 10%.")
@click.option("--indication", help="Rates depend on it; the regimen's own where left out.")
@click.option("--infusion", help="first or later: whether the plan begins with a first infusion.")
@click.option("--risk", multiple=True, help="thrombosis or renal; lowers the highest rate.")
@click.option("--cap", help="A rate not to exceed, beside those of the label.")
@click.option("--step", multiple=True, help="'0.01 mL/kg/min for 30 min'; the last alone.")
@click.option("--dilution", help="Concentration in the bag, such as 2mg/mL.")
@click.option("--weekday", help="Monday to sunday; weekly methotrexate needs it.")
@click.option("--tablet", help="The tablet at hand, such as 5mg.")
@click.option("--proposed", is_flag=True, help="Propose the steps of a taper, straight down.")
@click.option("--weekdays-only", is_flag=True, help="Move courses off Saturdays and Sundays.")
@click.option("--closed", multiple=True, help="A day without infusions: 2026-12-25.")
@click.option(
    "--fhir",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a FHIR R4 bundle there.",
)
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON on stdout.")
def command(as_json: bool, fhir: Path | None, **given: object) -> None:
    """Dated doses of a regimen, with vials, volumes and rates. It orders nothing."""
    from stepline.dosing.plan_reading import read_request
    from stepline.dosing.planning import make_plan

    plan = make_plan(read_request(given))
    if fhir is not None:
        from stepline.exports.fhir import save_bundle

        save_bundle(plan, fhir)
        say(f"wrote {fhir}")
    if as_json:
        print_json(plan.as_json())
        return
    from stepline.cli.planning_text import show_plan

    show_plan(plan)
