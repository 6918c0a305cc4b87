"""Builds a regimen from what its author wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stepline.core.quantity import Quantity, comparable
from stepline.core.time import Period
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench, one_line
from stepline.protocol.model import (
    Basis,
    Cap,
    Give,
    Intent,
    Phase,
    Premedication,
    Rate,
    Recognise,
    Regimen,
    Repeat,
    Taper,
    TaperStage,
)
from stepline.protocol.problems import Path
from stepline.protocol.regimen_checks import check_regimen

_BASES = (Basis.COURSE_TOTAL, Basis.PER_DOSE, Basis.PER_DAY)
_AT_MOST = "up to "


def build_regimen(entry: a.RegimenEntry, path: Path, bench: Bench) -> Regimen | None:
    """The regimen; `None` where no dose could be read. Every fault is reported to the bench."""
    bench.identified(entry.id, (*path, "id"))
    bench.versioned(entry.version, (*path, "version"))
    bench.drug(entry.drug, (*path, "drug"))
    give = _give(entry.give, (*path, "give"), bench)
    taper = _taper(entry, give, path, bench)
    repeat = _repeat(entry, path, bench)
    caps = _caps(entry.never_above, (*path, "never_above"), bench)
    before_each = _premedications(entry.before_each, (*path, "before_each"), bench)
    recognise = _recognise(entry.recognise, (*path, "recognise"), bench)
    review_every = _review(entry.review, (*path, "review"), bench)
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”")
    if give is None:
        return None
    regimen = Regimen(
        entry.id,
        one_line(entry.title),
        entry.drug,
        Intent(entry.intent),
        Phase(entry.phase),
        give,
        entry.version,
        entry.route,
        repeat,
        taper,
        caps,
        Rate(entry.rate.by, entry.rate.indication) if entry.rate else None,
        before_each,
        recognise,
        tuple(entry.target.items()),
        review_every,
        tuple(one_line(note) for note in entry.notes),
        evidence,
    )
    check_regimen(regimen, path, bench)
    return regimen


def _give(entry: a.GiveEntry, path: Path, bench: Bench) -> Give | None:
    said = {basis: text for basis in _BASES if (text := getattr(entry, basis.value))}
    if len(said) != 1:
        bench.problems.add(
            "dose-basis",
            path,
            "Say once how much is given, and of what it is the dose.",
            found=" and ".join(basis.value for basis in said) or "no dose",
            allowed="one of course_total, dose, daily; dose: unknown where it is not known",
            mend="Keep one." if said else "Add one of them.",
        )
        return None
    ((basis, text),) = said.items()
    over = bench.read.days(entry.over, (*path, "over")) if entry.over else 1
    rounded_to = _mass(entry.rounded_to, (*path, "rounded_to"), bench)
    if text == "unknown":
        return Give(Basis.UNKNOWN, over_days=over, split=entry.split, rounded_to=rounded_to)
    dose = bench.read.dose(basis, text.removeprefix(_AT_MOST), (*path, basis.value))
    if dose is None:
        return None
    up_to = text.startswith(_AT_MOST)
    cap = _cap_of_dose(basis, dose, entry.capped_at, (*path, "capped_at"), bench)
    surface = _surface(dose, entry.surface_above, (*path, "surface_above"), bench)
    give = Give(basis, dose, over, entry.split, entry.weight, entry.bsa, up_to, rounded_to, cap)
    return replace(give, surface_above=surface)


def _surface(dose: Quantity, text: str, path: Path, bench: Bench) -> Quantity | None:
    """The body surface above which a dose per m² is meant."""
    surface = bench.read.quantity(text, path)
    if surface is None or (comparable(surface.unit, "m2") and comparable(dose.unit, "g/m2")):
        return surface
    bench.problems.add(
        "surface-wrong",
        path,
        "A dose per m² may be meant for a body surface above so many m².",
        found=f"{dose} above {text}",
        allowed="{dose: 750 mg/m2, surface_above: 1.5 m2}",
        mend="Write a surface in m2, or leave it out where the dose is not per m².",
    )
    return None


def _cap_of_dose(
    basis: Basis, dose: Quantity, text: str, path: Path, bench: Bench
) -> Quantity | None:
    """The mass that a dose by weight or surface is lowered to."""
    cap = bench.read.dose(basis, text, path) if text else None
    if cap is None:
        return None
    mass = "g/d" if basis is Basis.PER_DAY else "g"
    if comparable(cap.unit, mass) and not comparable(dose.unit, mass):
        return cap
    bench.problems.add(
        "dose-cap-wrong",
        path,
        "A dose per kilogram or per m² is capped at a mass.",
        found=f"{dose} capped at {text}",
        allowed="{dose: 750 mg/m2, capped_at: 1 g}, {daily: 1 mg/kg/d, capped_at: 75 mg/d}",
        mend="Write a mass, or leave it out where the dose is flat.",
    )
    return None


def _mass(text: str, path: Path, bench: Bench) -> Quantity | None:
    quantity = bench.read.quantity(text, path)
    if quantity is None or comparable(quantity.unit, "g"):
        return quantity
    bench.problems.add(
        "dose-unit-for-basis",
        path,
        "Doses are rounded to a mass.",
        found=text,
        allowed="5 mg, 100 mg, 5 g",
        mend="Write a mass.",
    )
    return None


def _taper(entry: a.RegimenEntry, give: Give | None, path: Path, bench: Bench) -> Taper | None:
    taper = entry.taper
    if taper is None:
        return None
    here = (*path, "taper")
    floor = bench.read.dose(Basis.PER_DAY, taper.to, (*here, "to"))
    over = bench.read.period(taper.over, (*here, "over"))
    if taper.hold_if:
        bench.criterion(taper.hold_if, (*here, "hold_if"))
    start = give.dose if give and give.basis is Basis.PER_DAY else None
    if give is not None and start is None:
        bench.problems.add(
            "taper-without-daily-dose",
            here,
            "A taper begins at a known daily dose.",
            found=f"give: {give.basis.value}",
            allowed="give: {daily: 1.5 mg/kg/d}",
            mend="Write the first daily dose under give.",
            at_key=True,
        )
    if start is None or floor is None:
        return None
    hold = bench.read.period(taper.hold, (*here, "hold"))
    stages = _stages(taper, here, bench)
    return Taper(start, floor, over, taper.steps, one_line(taper.hold_if), hold, stages)


def _stages(taper: a.TaperEntry, path: Path, bench: Bench) -> tuple[TaperStage, ...]:
    """The stated steps; without `stages` none are stated, and with them nothing else."""
    if (taper.steps == "stated") != bool(taper.stages):
        bench.problems.add(
            "taper-stages-missing",
            (*path, "steps"),
            "Stated steps stand under stages, and only they do.",
            found=f"steps: {taper.steps}, {len(taper.stages)} stages",
            allowed="steps: stated, with stages",
            mend="Write the stages, or leave the steps unknown.",
        )
    stages = []
    for number, one in enumerate(taper.stages):
        here = (*path, "stages", number)
        by = bench.read.dose(Basis.PER_DOSE, one.by, (*here, "by"))
        every = bench.read.period(one.every, (*here, "every"))
        to = bench.read.dose(Basis.PER_DAY, one.to, (*here, "to"))
        if by is not None and every is not None and to is not None:
            stages.append(TaperStage(by, every, to))
    return tuple(stages)


def _repeat(entry: a.RegimenEntry, path: Path, bench: Bench) -> Repeat | None:
    repeat, here = entry.repeat, (*path, "repeat")
    if "repeat" not in entry.model_fields_set:
        return None
    return Repeat(
        bench.read.period(repeat.every, (*here, "every")),
        bench.read.count(repeat.courses, (*here, "courses"), "courses"),
        bench.read.offsets(repeat.on, (*here, "on")) if repeat.on else (),
        repeat.until,
        repeat.weekday,
    )


def _caps(
    entry: dict[str, str] | list[dict[str, str]], path: Path, bench: Bench
) -> tuple[Cap, ...]:
    if isinstance(entry, dict):
        limits = [(basis, text, (*path, basis)) for basis, text in entry.items()]
    else:
        limits = [
            (basis, text, (*path, number, basis))
            for number, one in enumerate(entry)
            for basis, text in one.items()
        ]
    return tuple(cap for limit in limits if (cap := _cap(*limit, bench)) is not None)


def _cap(name: str, text: str, path: Path, bench: Bench) -> Cap | None:
    basis = next((basis for basis in _BASES if basis.value == name), None)
    if basis is None:
        bench.problems.add(
            "dose-basis",
            path,
            f"A limit is one of a course total, a dose or a daily dose, not of “{name}”.",
            found=name,
            allowed=", ".join(basis.value for basis in _BASES),
            mend="Write which dose is limited.",
            at_key=True,
        )
        return None
    dose = bench.read.dose(basis, text, path)
    return Cap(basis, dose) if dose else None


def _premedications(
    entries: list[str | dict[str, Any]], path: Path, bench: Bench
) -> tuple[Premedication, ...]:
    each = (_premedication(one, (*path, number), bench) for number, one in enumerate(entries))
    return tuple(one for one in each if one is not None)


def _premedication(entry: str | dict[str, Any], path: Path, bench: Bench) -> Premedication | None:
    """From `paracetamol` or `{methylprednisolone: 100 mg iv, minutes_before: 30}`."""
    fields = _premedication_fields(entry)
    if fields is None:
        bench.problems.add(
            "premedication-unreadable",
            path,
            "What is given before each dose cannot be read.",
            found=", ".join(map(str, entry)) if isinstance(entry, dict) else entry,
            allowed="paracetamol, or {methylprednisolone: 100 mg iv, minutes_before: 30}",
            mend="Write a drug, or a drug with its dose and route and the minutes before.",
        )
        return None
    drug, dose, route, minutes = fields
    at = (*path, drug) if isinstance(entry, dict) and drug in entry else path
    bench.drug(drug, at)
    return Premedication(drug, bench.read.quantity(dose, at), route, minutes)


def _premedication_fields(entry: str | dict[str, Any]) -> tuple[str, str, str, int | None] | None:
    if isinstance(entry, str):
        return entry, "", "", None
    rest = dict(entry)
    minutes = rest.pop("minutes_before", None)
    is_count = minutes is None or (isinstance(minutes, int) and minutes >= 0)
    if not is_count or len(rest) != 1:
        return None
    ((drug, said),) = rest.items()
    if not isinstance(said, str):
        return None
    words = [] if said == "unknown" else said.split()
    route = words.pop() if len(words) in (1, 3) else ""
    return str(drug), " ".join(words), route, minutes


def _recognise(entry: a.RecogniseEntry | None, path: Path, bench: Bench) -> Recognise | None:
    if entry is None:
        return None
    read = bench.read
    return Recognise(
        read.days_range(entry.days, (*path, "days")),
        read.period_range(entry.interval, (*path, "interval")),
        read.quantity_range(entry.per_course, (*path, "per_course")),
        read.quantity_range(entry.per_dose, (*path, "per_dose")),
        read.days_range(entry.doses, (*path, "doses")),
    )


def _review(entry: a.ReviewEntry, path: Path, bench: Bench) -> Period | None:
    if entry.at or entry.after_first:
        bench.problems.add(
            "review-unreadable",
            path,
            "A regimen is reviewed every so often; fixed times belong to a pathway's step.",
            found="at, after_first",
            allowed="review: {every: P28D}",
            mend="Write every.",
        )
    return bench.read.period(entry.every, (*path, "every"))
