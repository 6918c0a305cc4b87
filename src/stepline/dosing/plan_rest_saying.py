"""What a reader is told of a course in progress, and what keeps its rest from the next course."""

from __future__ import annotations

from collections.abc import Iterator

from stepline.dosing.numbers import say
from stepline.dosing.plan_dates import Start
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.plan_rest import Rest
from stepline.dosing.refusing import DosingRefused


def cautions_of_rest(plan: Plan, rest: Rest | None) -> Iterator[Caution]:
    """What the course came to before, what is planned of it, and what it lacks."""
    if rest is None:
        return
    given = plan.request.given_days
    days, total = len(given), plan.course.course_total
    planned = ", ".join(say(portion.amount) for portion in rest.amounts.portions)
    text = (
        f"The course of {given[0].date} is in progress: {say(rest.given)} of {say(total)} were "
        f"given on {days} day{'s' * (days != 1)}. Its rest is planned: {planned}."
    )
    yield Caution("course-in-progress", text)
    if rest.short.value:
        each = say(plan.course.per_day)
        text = f"The course stays {say(rest.short)} short: a day gets at most the {each} ordered."
        yield Caution("rest-short", f"{text} A person decides whether more days are given.")


def check_before(rest: Rest, starts: tuple[Start, ...]) -> None:
    """Refuses a rest that runs into the next course. Raises `DosingRefused`: `courses-overlap`."""
    following = starts[1].planned if len(starts) > 1 else None
    if following is not None and rest.days[-1] >= following:
        raise DosingRefused.because(
            "courses-overlap",
            f"The rest of the course until {rest.days[-1]} runs into that of {following}.",
            mend="begin earlier, or state what was given with --given and plan the next course",
        )
