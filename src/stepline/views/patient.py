"""A plan as a calendar for the patient, in lay words: one self-contained page without a script.

It says which days and how much, and nothing of what to do: that is for the clinic to say. Days are
marked by a border, a pattern and words, never by colour alone.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from stepline.dosing.numbers import say
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.dosing.plan_saying import (
    WEEKDAYS,
    condition_said,
    days_given,
    drug_name,
    drug_title,
    is_weekly,
    last_course,
    rhythm_of,
    tablets_said,
    weekday_of,
)
from stepline.views.embedding import font_faces
from stepline.views.markup import Markup, element, join, safe, text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ROUTES = {"iv": "infusion into a vein", "sc": "infusion under the skin", "oral": "by mouth"}
_NOTHING = Markup("")


def render_patient_page(plan: Plan, *, beside: Sequence[Plan] = ()) -> str:
    """The whole page; plans beside the first share its months, and each has a list of its own."""
    plans = (plan, *beside)
    names = list(dict.fromkeys(drug_title(one.request.regimen.drug) for one in plans))
    title = f"Your calendar: {_and(names)}"
    head = join(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", text(title)),
        element("style", safe(font_faces())),
        element("style", safe(_style())),
    )
    body = join(
        element("header", _header(plans, title)),
        element("main", join(*_loud(plans), _months(plans), *_lists(plans), _clinic())),
        element("footer", _footer(plans)),
    )
    page = element("html", join(element("head", head), element("body", body)), lang="en-GB")
    return f"<!doctype html>\n{page}\n"


def _style() -> str:
    return files("stepline.views").joinpath("patient.css").read_text(encoding="utf-8")


def _and(names: Sequence[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _header(plans: Sequence[Plan], title: str) -> Markup:
    name_line = element("p", join(text("Name: "), element("span", class_="write")))
    lines = (element("p", text(_when(plan, is_alone=len(plans) == 1))) for plan in plans)
    return join(element("h1", text(title)), *lines, name_line)


def _when(plan: Plan, *, is_alone: bool) -> str:
    """How it is given, and from when to when."""
    how = _ROUTES.get(plan.request.regimen.route, "")
    first, last = plan.doses[0].date, _last_day(plan)
    end = "" if last is None else f" to {_long(last)}"
    line = f"{how[:1].upper()}{how[1:]}. From {_long(first)}{end}." if how else _long(first)
    return line if is_alone else f"{drug_title(plan.request.regimen.drug)}: {line}"


def _last_day(plan: Plan) -> dt.date | None:
    last = plan.doses[-1]
    return last.date if not plan.is_daily else last.until


def _long(day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def _short(day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


# ---------------------------------------------------------------- what must not be overlooked


def _loud(plans: Sequence[Plan]) -> Iterator[Markup]:
    for plan in plans:
        named = "This" if len(plans) == 1 else drug_title(plan.request.regimen.drug)
        yield join(_weekly(plan), _proposed(plan, named))


def _weekly(plan: Plan) -> Markup:
    if not is_weekly(plan):
        return _NOTHING
    first = plan.doses[0]
    tablets = tablets_said(first.portion.pieces) if first.portion.are_tablets else ""
    amount = f"{say(first.portion.amount)}{f', {tablets}' if tablets else ''}, all on that one day."
    return element(
        "div",
        join(
            element("span", text(weekday_of(first).upper()), class_="huge"),
            element("strong", text("Once a week, not every day.")),
            element("br"),
            text(f"{drug_title(first.drug)} {amount}"),
        ),
        class_="loud",
    )


def _proposed(plan: Plan, named: str) -> Markup:
    if not plan.is_proposed:
        return _NOTHING
    said = (
        f"{named} is a proposal. It holds only after your clinic has confirmed it and signed here: "
    )
    return element(
        "div", join(element("strong", text(said)), element("span", class_="write")), class_="loud"
    )


# ---------------------------------------------------------------- months


def _months(plans: Sequence[Plan]) -> Markup:
    marked = _marked_in_all(plans)
    months = sorted({(day.year, day.month) for day in marked})
    grids = (_month(year, month, marked) for year, month in months)
    heading = element("h2", text("Month by month"), id="months")
    legend = " ".join(_legend(plans))
    return element(
        "section",
        join(
            heading,
            element("p", text(legend), class_="quiet"),
            element("div", join(*grids), class_="months"),
        ),
        aria_labelledby="months",
    )


def _legend(plans: Sequence[Plan]) -> Iterator[str]:
    """What the marks of the months mean."""
    first, this = "the first day of each new dose", "the days with this medicine"
    if len(plans) == 1:
        yield f"A thick border and stripes mark {first if plans[0].is_daily else this}."
    else:
        daily = ", and of what is taken daily the first day of each new dose"
        is_mixed = any(plan.is_daily for plan in plans)
        yield f"A thick border and stripes mark the days with a medicine{daily * is_mixed}."
    for plan in plans:
        name = drug_title(plan.request.regimen.drug)
        of = "" if len(plans) == 1 else f" of {name}"
        size = _only_tablet(plan)
        if size:
            yield f"One tablet{of} holds {size}."
        if plan.doses[-1].days is None:
            yield f"The last dose{of} goes on; no end is stated here."


def _only_tablet(plan: Plan) -> str:
    """The strength of the tablets where all are alike; empty otherwise."""
    doses = [dose for dose in plan.doses if dose.portion.are_tablets]
    sizes = {say(size) for dose in doses for size, _ in dose.portion.pieces}
    return sizes.pop() if len(sizes) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a day of the grid says; `is_loud` where a border and a pattern single it out.

    Of each medicine its name (empty where there is only one), its amount, and what stands beside.
    """

    lines: tuple[tuple[str, ...], ...]
    is_loud: bool


def _marked_in_all(plans: Sequence[Plan]) -> dict[dt.date, _Mark]:
    """The days of all plans; where there are several, each medicine is named on its day."""
    days: dict[dt.date, _Mark] = {}
    for plan in plans:
        name = "" if len(plans) == 1 else drug_name(plan.request.regimen.drug)
        for day, mark in _marked(plan):
            before = days.get(day, _Mark((), is_loud=False))
            lines = (*before.lines, *((name, *one[1:]) for one in mark.lines))
            days[day] = _Mark(lines, is_loud=mark.is_loud or before.is_loud)
    return days


def _marked(plan: Plan) -> Iterator[tuple[dt.date, _Mark]]:
    """Every day with this medicine: its amount, and what stands beside it.

    A dose without an end is marked to the end of its first month.
    """
    alike = bool(_only_tablet(plan))
    for dose in plan.doses:
        end = dose.until or (_end_of_month(dose.date) if plan.is_daily else dose.date)
        lines = (say(dose.portion.amount), *_beside(dose, alike=alike))
        for day in days_given(dose, end):
            yield day, _Mark((("", *lines),), is_loud=day == dose.date)


def _end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _beside(dose: PlannedDose, *, alike: bool) -> Iterator[str]:
    """Tablets as they are counted in a small box: `3 tablets`, or `3 × 5 mg` where sizes differ."""
    if not dose.portion.are_tablets:
        return
    for size, count in dose.portion.pieces:
        yield f"{count} tablet{'s' * (count != 1)}" if alike else f"{count} × {say(size)}"


def _month(year: int, month: int, marked: Mapping[dt.date, _Mark]) -> Markup:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    heads = (
        element("th", element("abbr", text(day[:3]), title=day), scope="col") for day in WEEKDAYS
    )
    rows = (element("tr", join(*(_cell(day, month, marked) for day in week))) for week in weeks)
    table = element(
        "table",
        join(
            element("caption", text(f"{MONTHS[month - 1]} {year}")),
            element("thead", element("tr", join(*heads))),
            element("tbody", join(*rows)),
        ),
    )
    return element("div", table, class_="month")


def _cell(day: dt.date, month: int, marked: Mapping[dt.date, _Mark]) -> Markup:
    if day.month != month:
        return element("td", class_="none")
    number = element("span", text(str(day.day)), class_="number")
    if day not in marked:
        return element("td", number)
    medicines = [_medicine(lines) for lines in marked[day].lines]
    kind = "give" if marked[day].is_loud else "day"
    return element("td", join(number, *medicines), class_=kind)


def _medicine(lines: Sequence[str]) -> Markup:
    """One medicine in the box of a day: its name where there are several, and its amount."""
    name, amount, *beside = lines
    parts = [element("span", text(name), class_="name")] if name else []
    parts.append(element("strong", text(amount)))
    for line in beside:
        parts += [element("br"), text(line)]
    return element("div", join(*parts))


# ---------------------------------------------------------------- the list


def _lists(plans: Sequence[Plan]) -> Iterator[Markup]:
    for number, plan in enumerate(plans, start=1):
        name = "" if len(plans) == 1 else f"{drug_title(plan.request.regimen.drug)}, "
        yield _list(plan, name, "list" if number == 1 else f"list-{number}")


def _list(plan: Plan, name: str, anchor: str) -> Markup:
    heads, rows = _rows(plan)
    said = f"{name}{'step by step' if plan.is_daily else 'day by day'}"
    heading = element("h2", text(f"{said[:1].upper()}{said[1:]}"), id=anchor)
    head = element("tr", join(*(element("th", text(one), scope="col") for one in heads)))
    body = join(*(_row(row) for row in rows))
    table = element("table", join(element("thead", head), element("tbody", body)), class_="list")
    box = element(
        "div", table, class_="scroll", tabindex="0", role="region", aria_labelledby=anchor
    )
    return element("section", join(heading, box), aria_labelledby=anchor)


def _row(row: Sequence[str]) -> Markup:
    first = element("th", text(row[0]), scope="row")
    return element("tr", join(first, *(element("td", text(cell)) for cell in row[1:])))


def _rows(plan: Plan) -> tuple[tuple[str, ...], Iterable[Sequence[str]]]:
    if plan.is_daily:
        heads = ("from", "up to and with", "how much", "tablets each time")
        return heads, [_stretch(dose) for dose in plan.doses]
    if plan.doses[0].portion.are_tablets:
        return ("day", "on this day", "tablets on this day"), [_tablets(d) for d in plan.doses]
    return ("day", "on this day", "which one"), [_infusion(plan, dose) for dose in plan.doses]


def _stretch(dose: PlannedDose) -> tuple[str, ...]:
    until = _short(dose.until) if dose.until is not None else "no end is stated"
    amount = f"{say(dose.portion.amount)} {rhythm_of(dose)}"
    waits = condition_said(dose)
    amount += f", {waits}" if waits else ""
    return _short(dose.date), until, amount, tablets_said(dose.portion.pieces) or "not known"


def _tablets(dose: PlannedDose) -> tuple[str, ...]:
    tablets = tablets_said(dose.portion.pieces) or "not known"
    return _long(dose.date), say(dose.portion.amount), tablets


def _infusion(plan: Plan, dose: PlannedDose) -> tuple[str, ...]:
    days = [one.date for one in plan.of_course(dose.course)]
    before = plan.days_before(dose.course)
    which = f"infusion {days.index(dose.date) + 1 + before} of {len(days) + before}"
    if len(days) + before == 1:
        which = f"infusion {dose.course} of {last_course(plan)}"
    elif last_course(plan) > 1:
        which = f"round {dose.course} of {last_course(plan)}, {which}"
    return _long(dose.date), say(dose.portion.amount), which


# ---------------------------------------------------------------- the clinic


def _clinic() -> Markup:
    lines = ("Telephone", "Where to come, and when", "What the clinic tells you")
    rows = (
        element("p", join(text(f"{line}: "), element("span", class_="write"))) for line in lines
    )
    ask = "If something here is unclear, or a day cannot be kept, ask your clinic."
    return element(
        "section",
        join(element("h2", text("Your clinic"), id="clinic"), *rows, element("p", text(ask))),
        aria_labelledby="clinic",
    )


def _footer(plans: Sequence[Plan]) -> Markup:
    said = "A calculation that a professional checks before it is handed over. It orders nothing."
    regimens = (plan.request.regimen for plan in plans)
    named = "; ".join(f"{one.id}, version {one.version}" for one in regimens)
    return element("p", text(f"{said} ({named})"))
