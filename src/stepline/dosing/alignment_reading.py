"""Reads several regimens for one calendar: `rituximab-1g-x2@end+14d` beside the one asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from stepline.dosing.alignment import Alignment, aligned
from stepline.dosing.plan_model import Plan
from stepline.dosing.plan_options import Given, read_day, texts
from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan
from stepline.dosing.refusing import DosingRefused, Gathering

_SHARED = (
    "weight", "height", "dosing_weight", "sex", "age", "pregnant", "weight_on", "height_on",
    "weekdays_only", "closed",
)  # fmt: skip
"""What is true of the person and the place, and so of every regimen."""
_OWN = (
    "catch_up", "courses", "dilution", "dose", "every", "fall", "floor", "given", "given_day",
    "indication", "infusion", "made_up_on", "missed", "previous_product", "product", "proposed",
    "tablet", "weekday",
)  # fmt: skip
"""What may be said of one regimen alone."""
_BETWEEN = re.compile(rf"/(?=(?:{'|'.join(_OWN).replace('_', '-')})(?:=|/|$))")
"""Between two options; a unit such as mg/mL holds a stroke too."""
_REPEATED = ("given", "given_day", "tablet")
Planner = Callable[[Given], Plan]
"""Makes the plan of one regimen from its options."""
_FORM = re.compile(
    r"(?P<regimen>[a-z0-9-]+)@(?P<when>\d{4}-\d{2}-\d{2}|(?:start|end)(?:\+\d{1,4}d)?)"
    r"(?P<options>(?:/.*)?)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """A regimen beside the one asked for: its own options, and when it starts.

    `anchor` is `start` or `end` of the first plan, with `days` after it; or empty, with a `day`.
    """

    options: Mapping[str, object]
    anchor: str
    days: int
    day: date | None

    def start_in(self, plan: Plan) -> date:
        """The first day, beside a plan."""
        if self.day is not None:
            return self.day
        first, last = plan.doses[0].date, max(dose.until or dose.date for dose in plan.doses)
        return (first if self.anchor == "start" else last) + timedelta(days=self.days)


def plan_of(given: Given) -> Plan:
    """The plan of one regimen. Raises `DosingRefused` as `read_request` and `make_plan`."""
    return make_plan(read_request(given))


def read_aligned(given: Given, planner: Planner = plan_of) -> Alignment:
    """The plans of a request and of each `--with`, in one calendar.

    Raises `DosingRefused` with every problem: of the first plan as the planner, of each other one
    the same, `with-unreadable`, `with-option-unknown`, and as `aligned`.
    """
    gathering = Gathering()
    first = gathering.attempt(lambda: planner(given))
    beside = [
        gathering.attempt(lambda text=text: read_beside(text), "--with")  # type: ignore[misc]
        for text in texts(given.get("beside"))
    ]
    gathering.settle()
    assert first is not None
    plans = [first]
    for one in beside:
        assert one is not None
        path = f"--with {one.options['regimen']}"
        made = gathering.attempt(
            lambda one=one: planner(_own_options(one, first, given)),  # type: ignore[misc]
            path,
        )
        plans += [] if made is None else [made]
    gathering.settle()
    return aligned(plans)


def read_beside(text: str) -> Beside:
    """One regimen beside another.

    `REGIMEN@2026-07-06`, `REGIMEN@start+14d` or `REGIMEN@end+14d`, then `/name=value` for options
    of its own. Raises `DosingRefused`: `with-unreadable`, `with-option-unknown`,
    `with-option-twice`.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise DosingRefused.because(
            "with-unreadable",
            "A regimen beside another says when it begins.",
            found=text[:60],
            allowed="rituximab-1g-x2@2026-07-06, …@start+14d or …@end+14d, then /courses=2",
            mend="write the regimen, @ and its first day",
        )
    options = _options(found["options"])
    options["regimen"] = found["regimen"]
    when = found["when"]
    if when[0].isdigit():
        return Beside(options, "", 0, read_day(when))
    anchor, _, days = when.partition("+")
    return Beside(options, anchor, int(days[:-1]) if days else 0, None)


def _options(text: str) -> dict[str, object]:
    options: dict[str, object] = {}
    for part in _BETWEEN.split(text.removeprefix("/")) if text else ():
        name, _, value = part.partition("=")
        key = name.replace("-", "_")
        if key not in _OWN or (key != "proposed") != bool(value):
            raise DosingRefused.because(
                "with-option-unknown",
                "This is no option of a regimen beside another.",
                found=part[:40],
                allowed=", ".join(
                    name if name == "proposed" else f"{_typed(name)}=…" for name in _OWN
                ),
            )
        if key in options and key not in _REPEATED:
            raise DosingRefused.because(
                "with-option-twice",
                "An option stands twice.",
                found=part[:40],
                mend="state it once",
            )
        options[key] = _value(options.get(key), key, value)
    return options


def _value(before: object, key: str, value: str) -> object:
    """The value of an option, after what a repeated one holds already."""
    if key == "proposed":
        return True
    return (*texts(before), value) if key in _REPEATED else value


def _typed(name: str) -> str:
    return name.replace("_", "-")


def _own_options(one: Beside, first: Plan, given: Given) -> Given:
    shared = {name: given[name] for name in _SHARED if name in given}
    start = one.start_in(first).isoformat()
    return _of_use({**shared, **one.options, "start": start})


def _of_use(given: dict[str, object]) -> dict[str, object]:
    """Without the weight rule where the dose does not rest on the weight: it serves the others."""
    from stepline.dosing.plan_reading import read_regimen

    regimen = read_regimen(str(given["regimen"]))
    if regimen.give.dose is None or "/kg" not in regimen.give.dose.unit:
        given.pop("dosing_weight", None)
    return given
