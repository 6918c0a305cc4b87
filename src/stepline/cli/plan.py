"""`stepline plan REGIMEN`: dated doses, vials, volumes and rates from a regimen of the library."""

from __future__ import annotations

import click

from stepline.cli.plan_outputs import output_options, plans_with_outputs, write_outputs
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
@click.option("--tablet", multiple=True, help="A tablet at hand, such as 5mg; may be repeated.")
@click.option("--proposed", is_flag=True, help="Propose the steps of a taper, straight down.")
@click.option("--weekdays-only", is_flag=True, help="Move courses off Saturdays and Sundays.")
@click.option("--dosing-weight", help="actual (default), ideal, ideal-robinson or adjusted.")
@click.option("--sex", help="female or male; ideal and adjusted weight need it.")
@click.option("--age", help="Such as '44 years'; ideal weight holds for adults.")
@click.option("--pregnant", is_flag=True, help="Ideal weight does not hold in pregnancy.")
@click.option("--weight-on", help="The day the weight was measured.")
@click.option("--height-on", help="The day the height was measured.")
@click.option("--previous-product", help="Given before; another brand runs as a first infusion.")
@click.option("--window", help="How far a course may be moved from its counted day, such as 2d.")
@click.option("--move", help="nearest (default with a window), earliest or later.")
@click.option("--given", multiple=True, help="Given already: 2026-01-05, or 2026-01-05=96g.")
@click.option("--given-day", multiple=True, help="Of the course in progress: 2026-01-05=24g.")
@click.option("--missed", help="The day of a course that was missed.")
@click.option("--catch-up", help="shift, keep or skip.")
@click.option("--made-up-on", help="The day on which the missed course is given.")
@click.option("--fall", help="A taper falls by so much at each step: 5mg, or 10%.")
@click.option("--every", help="How long each step of a taper is kept, such as 2w.")
@click.option("--floor", help="The last dose of a taper, such as 5mg; 0mg ends it.")
@click.option("--alternate-from", help="Alternate days from this daily dose down, such as 20mg.")
@click.option("--with", "beside", multiple=True, help="Beside it: rituximab-1g-x2@end+14d.")
@click.option("--surface-cap", help="A local cap of the body surface, such as 2m2.")
@click.option("--closed", multiple=True, help="A day without infusions: 2026-12-25.")
@click.option("--record", help="A case file, FHIR bundle or event table: judge the rules on it.")
@click.option("--subject", type=int, help="Which subject, where the file holds several.")
@click.option("--as-of", help="Judge the record as of this day; the first of the plan if left out.")
@click.option("--override", multiple=True, help="'rule-id=reason': go on although a rule refuses.")
@output_options
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON on stdout.")
def command(as_json: bool, **given: object) -> int:
    """Dated doses of a regimen, with vials, volumes and rates. It orders nothing."""
    from stepline.cli.guarding import guarded_plans, show_plans

    found = plans_with_outputs(given, lambda: guarded_plans(given))
    if not found.refuses:
        write_outputs(found.plans, given)
    if as_json:
        from stepline.review.guarding_output import plans_json

        print_json(plans_json(found))
    else:
        show_plans(found)
    return 2 if found.refuses else 0
