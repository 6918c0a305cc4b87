"""`stepline plan REGIMEN`: dated doses, vials, volumes and rates from a regimen of the library."""

from __future__ import annotations

import click

from stepline.cli.telling import print_json


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
@click.option("--record", help="A case file, FHIR bundle or event table: judge the rules on it.")
@click.option("--subject", type=int, help="Which subject, where the file holds several.")
@click.option("--as-of", help="Judge the record as of this day; the first of the plan if left out.")
@click.option("--override", multiple=True, help="'rule-id=reason': go on although a rule refuses.")
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON on stdout.")
def command(as_json: bool, **given: object) -> int:
    """Dated doses of a regimen, with vials, volumes and rates. It orders nothing."""
    from stepline.cli.guarding import guarded_plan, show_guards, show_refusal

    plan, guarded = guarded_plan(given)
    if as_json:
        from stepline.review.guarding_output import guarded_json

        print_json(guarded_json(plan, guarded))
    else:
        from stepline.cli.planning_text import show_plan

        show_refusal(guarded)
        show_plan(plan)
        show_guards(guarded)
    return 2 if guarded.refuses else 0
