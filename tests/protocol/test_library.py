"""The packaged regimens and the packaged pathway say what the case report and its sources say."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest

from stepline.core.evidence import Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.core.time import parse_period
from stepline.protocol.loading import packaged
from stepline.protocol.model import (
    Basis,
    Cap,
    Intent,
    Pathway,
    PeriodRange,
    QuantityRange,
    Recognise,
    Regimen,
    Step,
)
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import Trust

REGIMENS = packaged().regimens


def regimen(regimen_id: str) -> Regimen:
    """A packaged regimen."""
    return packaged().regimen(regimen_id)


def amount(number: str, unit: str) -> Quantity:
    """A quantity."""
    return Quantity(Decimal(number), unit)


def pathway() -> Pathway:
    """The packaged pathway."""
    (found,) = (one for one in packaged().pathways if one.id == "dmpm-ivig-then-rituximab")
    return found


def step(step_id: str) -> Step:
    """A step of the packaged pathway."""
    return pathway().step(step_id)


# ---------------------------------------------------------------- what the seed needs


def test_high_dose_ivig_is_a_course_total_split_over_five_days() -> None:
    give = regimen("ivig-2g-over-5d-monthly").give
    assert (give.basis, give.dose, give.over_days, give.split) == (
        Basis.COURSE_TOTAL,
        amount("2", "g/kg"),
        5,
        "equal",
    )
    assert (
        Cap(Basis.COURSE_TOTAL, amount("2", "g/kg"))
        in regimen("ivig-2g-over-5d-monthly").never_above
    )


def test_a_month_is_no_28_days() -> None:
    repeat = regimen("ivig-2g-over-5d-monthly").repeat
    assert repeat is not None
    assert repeat.every == parse_period("P1M")
    assert repeat.every != parse_period("P28D")
    assert repeat.courses == 6


@pytest.mark.parametrize(
    ("regimen_id", "dose", "every", "intent"),
    [
        ("ivig-400-weekly", "400", "P7D", Intent.IMMUNOMODULATION),
        ("ivig-200-every-2-weeks", "200", "P14D", Intent.IMMUNOMODULATION),
        ("ivig-200-every-4-weeks-replacement", "200", "P28D", Intent.REPLACEMENT),
    ],
)
def test_single_doses_per_kilogram_have_an_interval_and_an_intent(
    regimen_id: str, dose: str, every: str, intent: Intent
) -> None:
    found = regimen(regimen_id)
    assert (found.give.basis, found.give.dose) == (Basis.PER_DOSE, amount(dose, "mg/kg"))
    assert found.repeat is not None
    assert found.repeat.every == parse_period(every)
    assert found.intent is intent


def test_four_weekly_doses_per_square_metre_name_the_formula() -> None:
    found = regimen("rituximab-375-weekly-x4")
    assert (found.give.dose, found.give.bsa) == (amount("375", "mg/m2"), "mosteller")
    assert found.repeat is not None
    assert (found.repeat.every, found.repeat.courses) == (parse_period("P7D"), 4)
    methylprednisolone = found.before_each[2]
    assert methylprednisolone.dose == amount("100", "mg")
    assert (methylprednisolone.route, methylprednisolone.minutes_before) == ("iv", 30)


def test_flat_paired_doses_lie_two_weeks_apart() -> None:
    found = regimen("rituximab-1g-x2")
    assert found.give.dose == amount("1", "g")
    assert found.repeat is not None
    assert found.repeat.offsets == (0, 14)


def test_the_taper_has_a_start_and_a_floor_and_no_invented_steps() -> None:
    found = regimen("prednisone-taper")
    assert found.taper is not None
    assert found.taper.start == amount("1.5", "mg/kg/d")
    assert found.taper.floor == amount("5", "mg/d")
    assert found.taper.over == parse_period("P6M")
    assert found.taper.steps == "proposed"
    assert found.give.rounded_to == amount("5", "mg")


def test_a_maximum_is_marked_as_one() -> None:
    give = regimen("prednisone-high-dose").give
    assert give.up_to
    assert give.dose == amount("1.5", "mg/kg/d")


def test_a_pulse_of_unknown_dose_has_no_dose() -> None:
    give = regimen("methylprednisolone-monthly-pulses").give
    assert (give.basis, give.dose) == (Basis.UNKNOWN, None)


def test_methotrexate_is_weekly_on_a_named_weekday() -> None:
    repeat = regimen("methotrexate-weekly").repeat
    assert repeat is not None
    assert repeat.every == parse_period("P7D")
    assert repeat.weekday


def test_regimens_that_only_the_case_report_carries_say_so() -> None:
    for regimen_id in ("ivig-400-weekly", "ivig-200-every-2-weeks"):
        found = regimen(regimen_id)
        kinds = {one.kind for one in found.evidence}
        assert Kind.CASE_REPORT in kinds
        assert Kind.LABEL not in kinds
        assert any("Outside every label" in note for note in found.notes)


def test_open_ended_regimens_are_reviewed() -> None:
    for one in REGIMENS:
        if one.repeat and one.repeat.until == "review" and one.give.dose:
            lasting = one.intent is not Intent.PROPHYLAXIS
            assert one.review_every or not lasting, one.id


# ---------------------------------------------------------------- evidence


def test_every_regimen_has_a_source_for_its_bands() -> None:
    for one in REGIMENS:
        own = [e for e in one.evidence if e.source == "stepline-design"]
        assert any("band" in e.claim.lower() for e in own), one.id
        assert all(e.status is Status.UNCONFIRMED for e in own), one.id


def test_every_claim_agrees_with_its_source_on_what_sort_of_source_it_is() -> None:
    for one in REGIMENS:
        for evidence in one.evidence:
            source = catalogue().source(evidence.source)
            assert evidence.kind.value == source.kind, (one.id, evidence.source)


def test_nothing_read_in_a_source_of_low_trust_counts_as_known() -> None:
    for one in REGIMENS:
        for evidence in one.evidence:
            if catalogue().source(evidence.source).trust is Trust.LOW:
                assert evidence.status is Status.UNCONFIRMED


# ---------------------------------------------------------------- bands


def test_a_regimen_is_recognised_in_its_own_doses() -> None:
    for one in REGIMENS:
        bands = one.recognise
        if bands is None or one.give.dose is None:
            continue
        dose = one.give.dose
        cap = next((c.dose for c in one.never_above if c.basis is one.give.basis), None)
        band = bands.per_course or bands.per_dose
        assert band is not None, one.id
        shown = dose if comparable(dose.unit, band.low.unit) else cap
        assert shown is not None, one.id
        days = len(one.repeat.offsets) if one.repeat and bands.per_course else 1
        total = in_unit(shown, band.low.unit) * max(days, 1)
        assert band.low.value <= total <= band.high.value, one.id


def test_no_two_regimens_of_a_drug_have_bands_that_both_fit() -> None:
    for one, other in combinations(REGIMENS, 2):
        if one.drug == other.drug and one.phase is other.phase and one.intent is other.intent:
            assert _told_apart(one, other), (one.id, other.id)


def test_regimens_of_one_drug_and_two_phases_differ_in_more_than_their_name() -> None:
    for one, other in combinations(REGIMENS, 2):
        if one.drug == other.drug and not _told_apart(one, other):
            tapers = {one.taper is None, other.taper is None}
            assert one.intent is not other.intent or tapers == {True, False}, (one.id, other.id)


def _told_apart(one: Regimen, other: Regimen) -> bool:
    """Whether some band of the one excludes the other, or one of them states no dose at all."""
    if Basis.UNKNOWN in (one.give.basis, other.give.basis):
        return True
    a, b = one.recognise or Recognise(), other.recognise or Recognise()
    amounts = (a.per_course or a.per_dose, b.per_course or b.per_dose)
    return (
        _days_apart(a.days, b.days)
        or _days_apart(a.doses, b.doses)
        or _periods_apart(a.interval, b.interval)
        or _amounts_apart(*amounts)
    )


def _days_apart(a: tuple[int, int] | None, b: tuple[int, int] | None) -> bool:
    return bool(a and b and (a[1] < b[0] or b[1] < a[0]))


def _periods_apart(a: PeriodRange | None, b: PeriodRange | None) -> bool:
    if a is None or b is None:
        return False
    return a.high.longest_days < b.low.shortest_days or b.high.longest_days < a.low.shortest_days


def _amounts_apart(a: QuantityRange | None, b: QuantityRange | None) -> bool:
    if a is None or b is None or not comparable(a.low.unit, b.low.unit):
        return False
    low, high = in_unit(a.low, b.low.unit), in_unit(a.high, b.low.unit)
    return high < b.low.value or b.high.value < low


# ---------------------------------------------------------------- the pathway


def test_the_pathway_walks_the_steps_of_the_case_report() -> None:
    found = pathway()
    assert [one.id for one in found.steps] == [
        "conventional",
        "ivig-induction",
        "ivig-weekly",
        "ivig-step-down",
        "rituximab-induction",
        "rituximab-maintenance",
        "ig-replacement",
    ]
    assert found.conditions == ("dermatomyositis", "polymyositis", "dermatopolymyositis")
    assert found.ends == ("off-ivig", "beyond-this-pathway")


@pytest.mark.parametrize(
    ("step_id", "target"),
    [
        ("conventional", "ivig-induction"),
        ("ivig-induction", "ivig-weekly"),
        ("ivig-induction", "rituximab-induction"),
        ("ivig-weekly", "ivig-step-down"),
        ("ivig-weekly", "ivig-induction"),
        ("ivig-step-down", "rituximab-induction"),
        ("ivig-step-down", "off-ivig"),
        ("rituximab-induction", "rituximab-maintenance"),
        ("rituximab-induction", "beyond-this-pathway"),
    ],
)
def test_each_exit_is_there_and_rests_on_a_source(step_id: str, target: str) -> None:
    ways = [one for one in step(step_id).exits if one.to == target]
    assert ways
    assert all(one.evidence for one in ways)


def test_rituximab_waits_for_its_gates_and_for_sixteen_weeks() -> None:
    gates = {"hbv-before-rituximab", "igg-before-rituximab", "no-active-infection"}
    assert gates <= set(step("rituximab-induction").gate)
    assert step("rituximab-maintenance").not_sooner == (("rituximab", parse_period("P16W")),)
    review = step("rituximab-induction").review
    assert review is not None
    assert (review.at, review.after_first) == (
        (parse_period("P16W"), parse_period("P26W")),
        "rituximab",
    )


def test_the_search_for_the_lowest_dose_is_part_of_the_step_down() -> None:
    search = step("ivig-step-down").search
    assert search is not None
    assert (search.drug, search.text, search.period) == (
        "ivig",
        "not relapse",
        parse_period("P12W"),
    )
    pattern = step("ivig-step-down").courses
    assert pattern.drugs == ("ivig",)
    assert pattern.intent is Intent.IMMUNOMODULATION
    assert pattern.interval_above == parse_period("P7D")


def test_replacement_runs_beside_the_other_steps() -> None:
    found = step("ig-replacement")
    assert found.parallel
    assert found.enter is not None
    assert "policy(ema-sid)" in found.enter_text
    assert [one.id for one in pathway().steps if one.parallel] == ["ig-replacement"]


def test_every_regimen_of_the_pathway_exists_with_the_intent_of_its_step() -> None:
    for one in pathway().steps:
        wanted = Intent.REPLACEMENT if one.parallel else Intent.IMMUNOMODULATION
        for regimen_id in one.courses.regimens:
            assert regimen(regimen_id).intent is wanted
