"""Makes `units_table.json`: the cache of factors for the units that a clinic uses.

Run it with `python -m stepline.core.units_table` after changing the list; a test proves that the
committed file says what the library says.
"""

from __future__ import annotations

import json
from pathlib import Path

_CLINICAL = """
1 % {score} {INR} {ratio} {count} {index} [pH]
pg ng ug mg g kg [lb_av] [oz_av]
fL nL uL mL dL L
um mm cm m [in_i] [ft_i] mm2 cm2 m2 mm3 cm3
s min h d wk mo a
/s /min /h /d /wk /mo /a
U kU [IU] m[IU] k[IU] 10*6.[IU] kat ukat nkat
nmol umol mmol mol meq mosm
g/kg mg/kg ug/kg ng/kg mL/kg L/kg U/kg [IU]/kg mmol/kg
mg/m2 g/m2 ug/m2 kg/m2
ug/min mg/min g/min mg/h g/h ug/h ug/d mg/d g/d [IU]/d [IU]/kg/d mg/wk g/wk mg/mo g/mo mg/a g/a
mg/(7.d) g/(7.d) g/(14.d) mg/(28.d) g/(28.d) g/(30.d) mg/(14.d)
ug/kg/min ug/kg/h ug/kg/d mg/kg/min mg/kg/h mg/kg/d mg/kg/wk mg/kg/mo
g/kg/h g/kg/d g/kg/wk g/kg/mo g/kg/(28.d) g/kg/(30.d) g/kg/(14.d) g/kg/(7.d)
g/kg/a mg/kg/(28.d) mg/kg/(14.d) mg/kg/(7.d)
mg/m2/d mg/m2/wk mg/m2/(28.d) g/m2/d
mL/kg/min mL/kg/h mL/kg/d L/kg/h L/kg/d
mL/min mL/h mL/d L/h L/d L/min mL/min/{1.73_m2} L/h/kg L/d/kg
pg/mL ng/mL ug/mL mg/mL g/mL ng/dL ug/dL mg/dL g/dL ng/L ug/L mg/L g/L kg/m3 ug/uL
nmol/L umol/L mmol/L mol/L pmol/L meq/L mosm/kg mosm/L mmol/mol
U/L U/mL kU/L mU/L mU/mL ukat/L nkat/L umol/min/L
[IU]/L [IU]/mL m[IU]/L m[IU]/mL k[IU]/L u[IU]/mL
{copies}/mL {copies}/uL
10*12/L 10*9/L 10*6/L 10*3/L 10*6/uL 10*3/uL /uL /mL /L /mm3 10*3/mm3 10*9{cells}/L
{cells}/uL {cells}/L {cells}/mL 10*6{cells}/L
mg/g ug/g ug/mg mg/mmol g/mol g/g
mm/h mm[Hg] kPa Cel K [degF]
mg.d/L mg.h/L g.d/L ug.h/mL d/L
"""

UNITS = tuple(_CLINICAL.split())
"""Canonical units answered without importing the library."""

PATH = Path(__file__).with_name("units_table.json")


def table_text() -> str:
    """The text of the table, one unit a line, as the library answers today."""
    from stepline.core.units_ucum import root_by_library

    rows = []
    for unit in UNITS:
        root = root_by_library(unit)
        row = {
            "factor": str(root.factor),
            "above": [list(part) for part in root.dimension.above],
            "below": [list(part) for part in root.dimension.below],
        }
        rows.append(f"  {json.dumps(unit)}: {json.dumps(row)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    PATH.write_text(table_text(), encoding="utf-8")
