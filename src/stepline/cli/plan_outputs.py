"""The files of `stepline plan`: calendar, ward sheet, page for the patient, FHIR bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stepline.cli.telling import say
from stepline.cli.writing import unwritable, write_all
from stepline.core.errors import OutputRefused, Place, Problem, Refused

if TYPE_CHECKING:
    from stepline.dosing.plan_model import Plan
    from stepline.review.guarded_planning import GuardedPlans

F = TypeVar("F", bound=Callable[..., Any])
Given = Mapping[str, object]
Plans = Sequence["Plan"]
_FILE = str
"""A path as typed: what is wrong with it is said with the rest, and not by the parser alone."""
_FILES = {
    "calendar": "--calendar",
    "ward_sheet": "--ward-sheet",
    "patient_page": "--patient-page",
    "fhir": "--fhir",
}
_WITH = {
    "course": ("ward_sheet", "--course"),
    "stamp": ("calendar", "--stamp"),
    "remind": ("calendar", "--remind"),
    "calendar_key": ("calendar", "--calendar-key"),
    "authored_on": ("fhir", "--authored-on"),
}
"""Options that say something only beside the file that they are for."""
_OPTIONS = (
    click.option("--calendar", type=_FILE, metavar="FILE.ics", help="Write an iCalendar file."),
    click.option("--remind", type=int, metavar="HOURS", help="Alarms so long before each day."),
    click.option("--stamp", metavar="MOMENT", help="Moment of the calendar, 2026-01-02T09:30Z."),
    click.option("--calendar-key", metavar="TEXT", help="Tells apart patients with equal plans."),
    click.option("--ward-sheet", type=_FILE, metavar="FILE.pdf", help="Write one course on A4."),
    click.option("--course", type=int, metavar="N", help="Which course the ward sheet is of."),
    click.option("--patient-page", type=_FILE, metavar="FILE.html", help="Write a lay calendar."),
    click.option("--fhir", type=_FILE, metavar="FILE.json", help="Write a FHIR R4 bundle."),
    click.option("--authored-on", metavar="DAY", help="The day of the FHIR drafts, 2026-01-02."),
)


def output_options(command: F) -> F:
    """Gives a command the options of these files."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def plans_with_outputs(given: Given, planning: Callable[[], GuardedPlans]) -> GuardedPlans:
    """The plans, once the files that are asked for can be made of them.

    Raises `Refused` with what is wrong with the plans and with the files, all at once:
    `output-folder-missing`, `output-is-folder`, `output-name-wrong`, `output-twice`,
    `output-missing` (an option without its file), `course-unknown`, `stamp-wrong`, `remind-wrong`,
    `authored-on-wrong`.
    """
    problems = [*_wrong_files(given), *_alone(given), *_wrong_values(given)]
    try:
        found = planning()
    except Refused as refusal:
        raise type(refusal)([*refusal.problems, *problems]) from None
    problems += _wrong_course(found.plans[0], given)
    if problems:
        from stepline.review.guarding_output import refusing_problems

        raise OutputRefused([*refusing_problems(found), *problems])
    return found


def write_outputs(plans: Plans, given: Given) -> None:
    """Writes every file that was asked for; all are made before the first is written."""
    contents = {_path(given, name): _RENDER[name](plans, given) for name in _asked(given)}
    write_all(contents)
    for path in contents:
        say(f"wrote {path}")
    if given.get("ward_sheet") is not None and len(plans) > 1:
        say(
            f"The ward sheet is that of {plans[0].request.regimen.id}, and names the plans beside "
            "it; print the others from a plan of their own."
        )


def _asked(given: Given) -> list[str]:
    return [name for name in _FILES if given.get(name) is not None]


def _path(given: Given, name: str) -> Path:
    return Path(str(given[name]))


def _wrong_files(given: Given) -> list[Problem]:
    return unwritable({_FILES[name]: _path(given, name) for name in _asked(given)})


def _alone(given: Given) -> list[Problem]:
    return [
        Problem(
            "output-missing",
            f"{option} says nothing without {_FILES[file]}.",
            Place(path=option),
            mend=f"add {_FILES[file]}, or leave {option} out",
        )
        for name, (file, option) in _WITH.items()
        if given.get(name) is not None and given.get(file) is None
    ]


def _wrong_course(plan: Plan, given: Given) -> list[Problem]:
    course = given.get("course")
    known = sorted({dose.course for dose in plan.doses})
    if not isinstance(course, int) or course in known:
        return []
    message = f"The plan has no course {course}."
    allowed = f"{known[0]} to {known[-1]}"
    return [Problem("course-unknown", message, Place(path="--course"), allowed=allowed)]


def _wrong_values(given: Given) -> list[Problem]:
    remind = given.get("remind")
    problems = []
    if isinstance(remind, int) and not 0 < remind <= 24 * 28:
        message = "A reminder comes 1 to 672 hours before the day begins."
        place = Place(path="--remind")
        problems.append(Problem("remind-wrong", message, place, found=str(remind)))
    if given.get("stamp") is not None and _stamp(given) is None:
        allowed = "a day and a time in UTC, such as 2026-01-02T09:30Z"
        problems.append(_unread(given, "stamp", "The moment of the calendar", allowed))
    if given.get("authored_on") is not None and _authored(given) is None:
        allowed = "a day such as 2026-01-02"
        problems.append(_unread(given, "authored_on", "The day of the drafts", allowed))
    return problems


def _unread(given: Given, name: str, what: str, allowed: str) -> Problem:
    """A value that cannot be read, under the name of its option."""
    option = name.replace("_", "-")
    message, found = f"{what} cannot be read.", str(given[name])
    return Problem(f"{option}-wrong", message, Place(path=f"--{option}"), found, allowed)


def _authored(given: Given) -> date | None:
    """The day on which the drafts were made; `None` where it is left out or is none."""
    try:
        return date.fromisoformat(str(given.get("authored_on")))
    except ValueError:
        return None


def _stamp(given: Given) -> datetime | None:
    """The moment in UTC; `None` where it is left out or is none."""
    try:
        moment = datetime.fromisoformat(str(given.get("stamp")))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def _calendar(plans: Plans, given: Given) -> bytes:
    from stepline.exports.calendar import calendar_of
    from stepline.protocol.loading import packaged

    remind = given.get("remind")
    return calendar_of(
        plans[0],
        packaged(),
        beside=plans[1:],
        stamp=_stamp(given),
        remind=timedelta(hours=remind) if isinstance(remind, int) else None,
        key=str(given.get("calendar_key") or ""),
    )


def _ward_sheet(plans: Plans, given: Given) -> bytes:
    from stepline.protocol.loading import packaged
    from stepline.views.ward import render_ward_sheet

    course = given.get("course")
    number = course if isinstance(course, int) else 0
    return render_ward_sheet(plans[0], packaged(), number, beside=plans[1:])


def _patient_page(plans: Plans, _: Given) -> bytes:
    from stepline.views.patient import render_patient_page

    return render_patient_page(plans[0], beside=plans[1:]).encode()


def _fhir(plans: Plans, given: Given) -> bytes:
    from stepline.exports.fhir import bundle_bytes

    return bundle_bytes(plans[0], beside=plans[1:], authored_on=_authored(given))


_RENDER: Mapping[str, Callable[[Plans, Given], bytes]] = {
    "calendar": _calendar,
    "ward_sheet": _ward_sheet,
    "patient_page": _patient_page,
    "fhir": _fhir,
}
