"""The seed of the project as a record: everything it says, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from stepline.core.errors import RecordRefused
from stepline.core.evidence import Kind, Status
from stepline.record.casefile import read_case, seed_case
from stepline.record.model import Event, EventStatus, Interpretation, Record
from stepline.record.saying import say_time
from tests.support.shared import shared

SEED = "seed/000_a677ccfb08653e41.txt"


@pytest.fixture(scope="module")
def record() -> Record:
    return seed_case()


def of(record: Record, concept: str) -> list[Event]:
    return [event for event in record.events if event.concept == concept]


def text_of_the_case() -> str:
    path = files("stepline.library").joinpath("records", "seed-case.yaml")
    return path.read_text(encoding="utf-8")


def test_every_quotation_stands_in_the_report() -> None:
    record = read_case(text_of_the_case(), "seed-case.yaml", folder=shared(SEED).parent)
    assert all(event.quote for event in record.events)
    assert not any("not checked" in note for note in record.notes)


def test_a_quotation_that_the_report_does_not_hold_is_refused() -> None:
    text = text_of_the_case().replace("with no significant side effects", "with some side effects")
    with pytest.raises(RecordRefused) as refusal:
        read_case(text, "seed-case.yaml", folder=shared(SEED).parent)
    assert [problem.code for problem in refusal.value.problems] == ["quote-not-in-source"]


def test_quotations_that_cannot_be_checked_are_said_to_be_unchecked(record: Record) -> None:
    assert any("not checked" in note for note in record.notes)


def test_the_subject_is_known_without_a_name(record: Record) -> None:
    subject = record.subject
    assert (subject.sex, subject.age_years, subject.birth) == ("female", Decimal(44), None)


def test_no_date_is_known(record: Record) -> None:
    assert (record.calendar, record.day_zero) == ("relative", datetime(2000, 1, 1))
    assert record.day_zero_said == "first day of the first IVIG course"


def test_immunoglobulin_is_six_courses_then_weekly_then_every_other_week_then_replacement(
    record: Record,
) -> None:
    rows = of(record, "ivig")
    dosed = Counter((row.value, row.unit, row.interval, row.intent) for row in rows)
    assert dosed == {
        (Decimal("0.4"), "g/kg", "", "immunomodulation"): 30,
        (Decimal(400), "mg/kg", "", "immunomodulation"): 27,
        (Decimal(200), "mg/kg", "P14D", "immunomodulation"): 1,
        (Decimal(200), "mg/kg", "P28D", "replacement"): 1,
    }
    assert sum(row.value or 0 for row in rows if row.unit == "g/kg") == 12


def test_each_course_begins_on_the_day_of_its_month(record: Record) -> None:
    said = [say_time(record, row) for row in of(record, "ivig")[:30:5]]
    assert said == ["M0", "M1", "M2", "M3", "M4", "M5"]


def test_the_times_of_the_step_down_are_only_bounded(record: Record) -> None:
    (step_down,) = [row for row in of(record, "ivig") if row.interval == "P14D"]
    assert (step_down.time_said, step_down.end_said) == ("after M12", "about M24")
    assert (step_down.time_exact, step_down.end_exact) == (False, False)
    assert (step_down.status, step_down.reason) == (EventStatus.STOPPED, "loss-of-response")
    assert "reached progressively; the steps are unknown" in step_down.note


def test_replacement_runs_on_and_began_no_earlier_than_rituximab(record: Record) -> None:
    (replacement,) = [row for row in of(record, "ivig") if row.intent == "replacement"]
    first = of(record, "rituximab")[0]
    assert replacement.time_earliest == first.time_earliest == datetime(2002, 1, 1)
    assert (replacement.end_time, replacement.end_said) == (None, "ongoing")


def test_rituximab_is_four_weekly_doses_per_square_metre_and_two_flat_ones(record: Record) -> None:
    rows = of(record, "rituximab")
    dosed = [(row.value, row.unit) for row in rows]
    assert dosed == [(Decimal(375), "mg/m2")] * 4 + [(Decimal(1), "g")] * 2
    assert [row.time_said for row in rows] == [
        "after M24",
        "after M24, day 8",
        "after M24, day 15",
        "after M24, day 22",
        "about 6 months after last rituximab",
        "about 6 months after last rituximab, day 15",
    ]


def test_prednisone_is_a_maximum_before_and_a_taper_without_steps_after(record: Record) -> None:
    before, first, between, floor = of(record, "prednisone")
    assert (before.value, before.value_high, before.unit) == (None, Decimal("1.5"), "mg/kg/d")
    assert (first.value, between.value, floor.value) == (Decimal(90), None, Decimal(5))
    assert (between.value_low, between.value_high) == (Decimal(5), Decimal(90))
    assert floor.end_said == "not stated"


@pytest.mark.parametrize("drug", ["methotrexate", "azathioprine"])
def test_what_was_not_tolerated_has_a_reason_and_no_dose(record: Record, drug: str) -> None:
    (row,) = of(record, drug)
    assert (row.status, row.reason) == (EventStatus.STOPPED, "intolerance")
    assert (row.value, row.text, row.time_said) == (None, "dose unknown", "before day zero")
    assert "reaction: unknown" in row.note


def test_pulses_are_monthly_at_an_unknown_dose(record: Record) -> None:
    (row,) = of(record, "methylprednisolone")
    assert (row.interval, row.route, row.value) == ("P1M", "iv", None)


def test_enzymes_are_a_number_once_and_a_word_once(record: Record) -> None:
    for concept, number in (("ldh", 518), ("aldolase", 8)):
        before, after = of(record, concept)
        assert (before.value, before.interpretation) == (Decimal(number), Interpretation.ELEVATED)
        assert "read as U/L" in before.note
        assert (after.value, after.interpretation) == (None, Interpretation.NORMAL)
        assert before.reference_high is None


def test_the_weight_is_inferred_and_says_from_what(record: Record) -> None:
    (weight,) = of(record, "weight")
    assert (weight.value, weight.certainty) == (Decimal(60), Status.DERIVED)
    assert "1.5 mg/kg/d" in weight.note


def test_every_attempt_is_one_event_without_a_date_or_a_count(record: Record) -> None:
    (attempt,) = of(record, "dose-reduction-attempt")
    assert (attempt.text, attempt.value, attempt.time_exact) == ("failed", None, False)
    assert "count: unknown" in attempt.note
    assert "outcome: ldh early increase, symptoms worse" in attempt.note


def test_what_followed_rituximab_is_there(record: Record) -> None:
    (low_igg,) = of(record, "hypogammaglobulinaemia")
    (infections,) = of(record, "upper-respiratory-tract-infection")
    assert (low_igg.interpretation, low_igg.value) == (Interpretation.POSITIVE, None)
    assert "attributed to rituximab" in low_igg.note
    assert infections.text == "recurrent"


def test_side_effects_of_steroids_are_major_and_not_named(record: Record) -> None:
    steroid, ivig, rituximab = of(record, "adverse-event")
    assert steroid.interpretation is Interpretation.POSITIVE
    assert "of glucocorticoid; severity: major; which: unknown" in steroid.note
    assert [event.interpretation for event in (ivig, rituximab)] == [Interpretation.NEGATIVE] * 2


def test_antibodies_were_negative_and_which_is_unknown(record: Record) -> None:
    (antibodies,) = of(record, "myositis-specific-antibodies")
    assert antibodies.interpretation is Interpretation.NEGATIVE
    assert antibodies.note == "which: unknown"


def test_what_the_report_does_not_tell_is_listed(record: Record) -> None:
    assert {"height", "ck", "hbsag", "anti-hbc", "igg", "haemoglobin"} <= set(record.unknowns)
    assert not {event.concept for event in record.events} & set(record.unknowns)


def test_only_arithmetic_and_inference_are_derived(record: Record) -> None:
    derived = {event.concept for event in record.events if event.certainty is Status.DERIVED}
    assert derived == {"weight", "ivig", "rituximab", "prednisone"}
    assert all(event.note or event.text for event in record.events if event.certainty == "derived")


def test_the_record_rests_on_its_report(record: Record) -> None:
    (evidence,) = record.evidence
    assert (evidence.source, evidence.kind) == ("seed-case", Kind.CASE_REPORT)


def test_the_last_follow_up_is_last(record: Record) -> None:
    assert {event.time_said for event in record.events[-2:]} == {"last follow-up"}
    assert record.last_moment == record.events[-1].time
