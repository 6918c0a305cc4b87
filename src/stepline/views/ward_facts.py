"""What a ward sheet says of one course, as plain data for the typesetter.

Nothing of a patient is in it: the label, batch numbers, times and signatures are boxes to fill.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.dosing.numbers import say, shown
from stepline.dosing.plan_model import Caution, Plan, PlannedDose, Portion, RateStep, Run
from stepline.dosing.plan_saying import (
    NO_ORDER,
    WEEKDAYS,
    condition_said,
    cycle_dose_of,
    drug_name,
    is_weekly,
    pieces_said,
    premedication_said,
    rhythm_of,
    round_said,
    run_said,
    say_total,
    tablets_said,
    weekday_of,
)
from stepline.dosing.plan_totals import pieces_in, volume_in
from stepline.dosing.rates import said_rate
from stepline.protocol.model import Protocol
from stepline.review.checks import Check, checks_for
from stepline.vocabulary.catalogue import catalogue

Json = dict[str, object]
UNKNOWN = "not known"


def ward_facts(
    plan: Plan, protocol: Protocol, course: int = 0, *, beside: Sequence[Plan] = ()
) -> Json:
    """Everything on the ward sheet of one course (the first of the plan where it is 0), as JSON.

    A daily drug has no courses to give on a ward: its sheet holds every stretch of the plan. Plans
    `beside` it are named among the notes.
    """
    course = course or plan.doses[0].course
    doses = plan.doses if plan.is_daily else plan.of_course(course)
    before_days = plan.days_before(course)
    sources = _Sources()
    request = plan.request
    before, after = checks_for(
        request.regimen, request.product, protocol, cycle_dose=cycle_dose_of(plan)
    )
    is_watched = any(dose.observation is not None for dose in doses)
    harms = [one for one in plan.evidence if one.kind is Kind.INCIDENT]
    facts: Json = {
        **_head(plan, course),
        "harms": sources.number(harms),
        "figures": _figures(plan, doses, before_days),
        "total": _totals_said(doses),
        "daily": plan.is_daily,
        "days": []
        if plan.is_daily
        else [_day(dose, number) for number, dose in _numbered(doses, before_days)],
        **_stretches(doses if plan.is_daily else ()),
        "rates": list(_rates(doses, before_days, sources)),
        "watched": list(_watched(doses, before_days, sources)),
        "premedication": [premedication_said(one) for one in request.regimen.before_each],
        "before": [_check(check, sources) for check in before],
        "after": [_check(check, sources) for check in after if not (is_watched and check.is_watch)],
        "notes": [
            *(_other(one) for one in beside),
            *(_caution(caution, sources) for caution in _told_once(plan)),
        ],
        "refusals": [_refusal(problem) for problem in plan.refusals],
    }
    sources.number(plan.evidence)
    return {**facts, "sources": sources.listed(), "creed": NO_ORDER}


# ---------------------------------------------------------------- head and big figures


def _head(plan: Plan, course: int) -> Json:
    request, regimen = plan.request, plan.request.regimen
    strength = request.product.concentration if request.product is not None else None
    product = request.product.title if request.product is not None else ""
    return {
        "title": regimen.title,
        "regimen": f"{regimen.id} · version {regimen.version}",
        "drug": drug_name(regimen.drug),
        "course": "" if plan.is_daily else round_said(plan, course).capitalize(),
        "weekly": _weekly(plan, course),
        "proposed": plan.is_proposed,
        "route": regimen.route,
        "product": product,
        "strength": ""
        if strength is None or say(strength.value) in product
        else say(strength.value),
        "weight": say(request.size.weight) if request.size.weight is not None else "",
        "height": say(request.size.height) if request.size.height is not None else "",
        "working": _working(plan),
    }


def _working(plan: Plan) -> str:
    """The arithmetic of a dose by weight or surface; empty where the dose is flat."""
    working = plan.course.working.split(", ")[0]
    return working if "×" in working else ""


def _weekly(plan: Plan, course: int) -> str:
    if not is_weekly(plan):
        return ""
    return f"ONCE A WEEK, on {weekday_of(plan.of_course(course)[0]).upper()}. NOT EVERY DAY."


def _figures(plan: Plan, doses: tuple[PlannedDose, ...], before: int) -> list[Json]:
    """The two numbers that are taken for each other: of the course and of the day."""
    if plan.is_daily:
        return _daily_figures(doses)
    ordered = say(doses[0].portion.exact)
    count = len(doses)
    if count == 1:
        return [{
            "name": "This dose, on one day", "values": [[say(doses[0].portion.amount), ""]],
            "says": f"Ordered {ordered}. One dose on {_date(doses[0])}; it is not repeated daily.",
        }]  # fmt: skip
    amounts = {say(dose.portion.amount): _days_of(doses, dose, before) for dose in doses}
    whole = "Rest of the course" if before else "Whole course"
    return [
        {
            "name": f"On each day of giving ({count} days)",
            "values": [[amount, f"on {days}"] for amount, days in amounts.items()],
            "says": f"Ordered {ordered} on each of these days.",
        },
        {
            "name": f"{whole}, {count} days together", "values": [[say_total(doses), ""]],
            "says": f"{say_total(doses)} is the total of {count} days. NEVER give it in one day.",
        },
    ]  # fmt: skip


def _days_of(doses: tuple[PlannedDose, ...], like: PlannedDose, before: int) -> str:
    """The days, counted from 1, that get the same amount: `days 1 to 4`, `day 5`."""
    numbered = _numbered(doses, before)
    days = [n for n, dose in numbered if dose.portion.amount == like.portion.amount]
    return _listed(days, doses)


def _listed(numbers: list[int], doses: Sequence[PlannedDose]) -> str:
    """Days of a course, or doses of one whose days do not follow each other."""
    follow = all((b.date - a.date).days == 1 for a, b in pairwise(doses))
    word = "day" if follow else "dose"
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    if len(numbers) == 2:
        return f"{word}s {numbers[0]} and {numbers[1]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{word}s {numbers[0]} to {numbers[-1]}"
    return f"{word}s {', '.join(map(str, numbers))}"


def _daily_figures(doses: tuple[PlannedDose, ...]) -> list[Json]:
    first, last = doses[0], doses[-1]
    parts: list[Json] = [{
        "name": f"First dose, {rhythm_of(first)}", "values": [[say(first.portion.amount), ""]],
        "says": f"From {_date(first)}; {tablets_said(first.portion.pieces) or 'tablets unknown'}.",
    }]  # fmt: skip
    if last.portion.amount != first.portion.amount:
        end = "no end is stated" if last.until is None else f"until {last.until:%d %b %Y}"
        parts.append({
            "name": f"Last dose, {rhythm_of(last)}", "values": [[say(last.portion.amount), ""]],
            "says": f"From {_date(last)}; {end}.",
        })  # fmt: skip
    return parts


# ---------------------------------------------------------------- tables


def _numbered(doses: tuple[PlannedDose, ...], before: int) -> Iterator[tuple[int, PlannedDose]]:
    """Doses with their number in the course, of which so many were given before."""
    return iter(enumerate(doses, start=before + 1))


def _date(dose: PlannedDose) -> str:
    return f"{WEEKDAYS[dose.date.weekday()][:3]} {dose.date:%d %b %Y}"


def _day(dose: PlannedDose, number: int) -> Json:
    portion = dose.portion
    pieces = pieces_said(portion.pieces)
    run = portion.run
    return {
        "day": str(number),
        "date": _date(dose),
        "ordered": say(portion.exact),
        "give": say(portion.amount),
        "volume": _volume_said(portion),
        "pieces": pieces or UNKNOWN,
        "tablets": portion.are_tablets,
        "boxes": 0 if portion.are_tablets else sum(count for _, count in portion.pieces),
        "took": run_said(run) if run is not None else "",
    }


def _volume_said(portion: Portion) -> str:
    """The volume of what is given; nothing for tablets."""
    if portion.are_tablets:
        return ""
    return _known(portion.volume_ml(portion.amount), " mL")


def _stretches(doses: tuple[PlannedDose, ...]) -> Json:
    """The stretches of a daily drug; what several of them wait for is said once, under a mark."""
    waits = [one for one in dict.fromkeys(map(condition_said, doses)) if one]
    marks = {said: f"R{number}" for number, said in enumerate(waits, start=1)}
    return {
        "steps": [_stretch(dose, marks.get(condition_said(dose), "")) for dose in doses],
        "conditions": [f"{mark}: {said}." for said, mark in marks.items()],
    }


def _stretch(dose: PlannedDose, mark: str) -> list[str]:
    until = f"{dose.until:%d %b}" if dose.until is not None else "no end stated"
    if dose.until is not None and dose.until.year != dose.date.year:
        until = f"{dose.until:%d %b %Y}"
    days = str(dose.days) if dose.days is not None else "—"
    amount = say(dose.portion.amount)
    if dose.per == "other-day":
        amount += f" {rhythm_of(dose)}"
    tablets = pieces_said(dose.portion.pieces) or UNKNOWN
    return [f"{dose.date:%d %b %Y}", until, days, amount, f"{tablets} {mark}".strip()]


def _rates(doses: tuple[PlannedDose, ...], before: int, sources: _Sources) -> Iterator[Json]:
    """The rates of each different infusion, in the order in which they come."""
    alike: dict[object, list[int]] = {}
    for number, dose in _numbered(doses, before):
        run = dose.portion.run
        if run is not None:
            alike.setdefault((dose.portion.amount, run.steps), []).append(number)
    for days in alike.values():
        dose = doses[days[0] - 1 - before]
        assert dose.portion.run is not None
        yield _rate(dose, dose.portion.run, _listed(days, doses), sources)


def _rate(dose: PlannedDose, run: Run, days: str, sources: _Sources) -> Json:
    cap = run.infusion.cap
    marks = sources.number(run.infusion.evidence)
    return {
        "name": f"{say(dose.portion.amount)}, {days}: {run_said(run)}",
        "rows": [list(row) for row in _steps(run)],
        "complete": run.infusion.minutes is not None,
        "cap": f"Never above {said_rate(cap.rate)}: {cap.because}." if cap is not None else "",
        "marks": marks,
    }


def _steps(run: Run) -> Iterator[tuple[str, ...]]:
    """Rates with the time from the start and the volume that is in when each ends.

    Where steps between the first and the highest are unknown, so is when the highest begins.
    """
    start: Fraction | None = Fraction(0)
    into: Fraction | None = Fraction(0)
    for number, step in enumerate(run.steps, start=1):
        is_after_gap = run.infusion.minutes is None and number == len(run.steps)
        begun = "highest" if is_after_gap or start is None else f"{shown(start, 1)} min"
        start = _added(start, step.minutes)
        into = _added(into, _volume(step))
        yield (
            begun,
            _known(step.ml_per_h),
            _known(step.mg_per_h),
            _known(step.minutes),
            _known(into, " mL"),
        )


def _added(total: Fraction | None, part: Fraction | None) -> Fraction | None:
    return None if total is None or part is None else total + part


def _volume(step: RateStep) -> Fraction | None:
    """Millilitres that run in during a step; `None` where its rate or time is unknown."""
    if step.ml_per_h is None or step.minutes is None:
        return None
    return step.ml_per_h * step.minutes / 60


def _known(number: Fraction | None, unit: str = "") -> str:
    return UNKNOWN if number is None else f"{shown(number, 1)}{unit}"


def _watched(doses: tuple[PlannedDose, ...], before: int, sources: _Sources) -> Iterator[Json]:
    """How long to watch after the infusions of which days; nothing where no source says."""
    alike: dict[str, list[int]] = {}
    for number, dose in _numbered(doses, before):
        if dose.observation is not None:
            alike.setdefault(say(dose.observation.period), []).append(number)
    for period, days in alike.items():
        watch = doses[days[0] - 1 - before].observation
        assert watch is not None
        on = "" if len(doses) == 1 else f"{_listed(days, doses)}: "
        text = f"{on}{period} ({watch.after})"
        yield {"text": text[:1].upper() + text[1:], "marks": sources.number((watch.evidence,))}


# ---------------------------------------------------------------- words and sources


def _check(check: Check, sources: _Sources) -> Json:
    return {
        "title": check.title,
        "look": "; ".join(check.look),
        "note": check.note,
        "marks": sources.number(check.evidence),
    }


def _told_once(plan: Plan) -> Iterator[Caution]:
    """Cautions without what only helps at the command line; the head tells of a taper."""
    for caution in plan.cautions:
        if caution.code != "taper-proposed" and _on_paper(caution.message):
            yield caution


def _other(plan: Plan) -> Json:
    """A plan beside this one, of which this sheet says no more than its days."""
    days = list(dict.fromkeys(f"{dose.date:%d %b %Y}" for dose in plan.doses))
    said = ", ".join(days[:6]) + (f" … {days[-1]}" if len(days) > 6 else "")
    if plan.is_daily:
        said = f"from {days[0]} on"
    return {"text": f"Planned beside this: {plan.request.regimen.title}, {said}.", "marks": []}


def _caution(caution: Caution, sources: _Sources) -> Json:
    return {"text": _on_paper(caution.message), "marks": sources.number(caution.evidence)}


def _refusal(problem: Problem) -> str:
    return f"{problem.message} {problem.allowed}".strip()


def _on_paper(message: str) -> str:
    """A message without its hints at options: a sheet of paper has none."""
    kept = []
    for sentence in re.split(r"(?<=[.]) (?=[A-Z])", message):
        head, dashes, _ = sentence.partition("--")
        cut = max(head.rfind(";"), head.rfind(", or "))
        if not dashes:
            kept.append(sentence)
        elif cut > 0:
            kept.append(f"{head[:cut]}.")
    return " ".join(kept)


class _Sources:
    """Numbers sources in the order in which the sheet first cites them."""

    def __init__(self) -> None:
        self._status: dict[str, list[Evidence]] = {}

    def number(self, evidence: Iterable[Evidence]) -> list[Json]:
        """The marks of some evidence: the number of each source, and whether it is unconfirmed."""
        marks: dict[tuple[int, bool], None] = {}
        for one in evidence:
            self._status.setdefault(one.source, []).append(one)
            number = list(self._status).index(one.source) + 1
            marks[number, one.status is Status.UNCONFIRMED] = None
        return [{"number": number, "doubt": doubt} for number, doubt in marks]

    def listed(self) -> list[Json]:
        """Every source with its title, kind and statuses."""
        return [_source(n, key, facts) for n, (key, facts) in enumerate(self._status.items(), 1)]


def _source(number: int, key: str, facts: list[Evidence]) -> Json:
    known = catalogue()
    statuses = dict.fromkeys(one.status.value for one in facts)
    return {
        "number": number,
        "title": known.source(key).title if known.has_source(key) else key,
        "kind": facts[0].kind.value,
        "status": ", ".join(statuses),
        "doubt": Status.UNCONFIRMED.value in statuses,
    }


def _totals_said(doses: tuple[PlannedDose, ...]) -> str:
    """What a course comes to: mass, volume and vials, as far as known."""
    ended = tuple(dose for dose in doses if dose.days is not None)
    if not ended:
        return "no end is stated"
    volume, pieces = volume_in(ended), pieces_in(ended)
    parts = [say_total(ended)]
    parts += [f"{shown(volume, 1)} mL"] if volume is not None else []
    parts += [pieces_said(pieces)] if pieces else []
    parts += ["before the last line, which has no end"] if ended != doses else []
    return " · ".join(parts)
