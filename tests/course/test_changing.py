"""A dose or interval that was changed is told from one that slid."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stepline.course.changing import Change, ChangeRules, changes_of
from stepline.course.model import Course
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order

FIRST = datetime(2026, 1, 5)


def dose(number: int, day: int, amount: str | None, *, unit: str = "g", **more: str) -> Event:
    value = Decimal(amount) if amount else None
    time = FIRST + timedelta(days=day)
    return Event(number, time, "ivig", "ivig", value, unit=unit, **more)  # type: ignore[arg-type]


def weight(number: int, day: int, kilograms: int) -> Event:
    time = FIRST + timedelta(days=day)
    return Event(number, time, "weight", "weight", Decimal(kilograms), unit="kg")


def changes(events: list[Event], rules: ChangeRules | None = None) -> list[Change]:
    doses = [event for event in events if event.concept == "ivig"]
    index = RecordIndex(Record(Subject(1), in_order(events)))
    ids = tuple(event.event_id for event in doses)
    course = Course(1, "", "ivig", "", "", "", doses[0].time, doses[-1].time, ids)
    return list(changes_of([course], index, rules))


def told(found: list[Change]) -> list[tuple[str, str]]:
    return [(one.kind, one.what) for one in found]


def test_a_lower_dose_kept_for_three_cycles_is_planned() -> None:
    events = [dose(n, 28 * n, "30" if n < 4 else "20") for n in range(8)]
    (found,) = changes(events)
    assert (found.kind, found.what, found.unit) == ("planned-change", "dose", "g")
    assert (found.before, found.after) == (Decimal(30), Decimal(20))
    assert found.on == date(2026, 1, 5) + timedelta(days=112)
    assert found.because == ("kept for 4 cycles",)


def test_one_odd_dose_is_an_unexplained_step_and_its_return_no_second() -> None:
    events = [dose(n, 28 * n, "20" if n == 4 else "30") for n in range(8)]
    found = changes(events)
    assert told(found) == [("unexplained-step", "dose")]
    assert found[0].event_ids == (4,)


def test_a_new_order_makes_even_a_single_step_planned() -> None:
    events = [dose(n, 28 * n, "30", group="order 1") for n in range(4)]
    events.append(dose(4, 112, "20", group="order 2"))
    (found,) = changes(events)
    assert (found.kind, found.because) == ("planned-change", ("a new order",))


def test_a_stated_reason_makes_a_step_planned() -> None:
    events = [dose(n, 28 * n, "30") for n in range(4)]
    events.append(dose(4, 112, "20", reason="intolerance"))
    (found,) = changes(events)
    assert found.because == ("stated reason: intolerance",)


def test_a_longer_interval_that_is_kept_is_planned() -> None:
    days = [0, 7, 14, 21, 35, 49, 63, 77]
    found = changes([dose(n, day, "24") for n, day in enumerate(days)])
    assert told(found) == [("planned-change", "interval")]
    assert (found[0].before, found[0].after, found[0].unit) == (Decimal(7), Decimal(14), "d")


def test_one_longer_interval_is_a_delay_and_no_change() -> None:
    days = [0, 7, 14, 28, 35, 42, 49]
    assert changes([dose(n, day, "24") for n, day in enumerate(days)]) == []


def test_the_time_between_two_courses_is_no_interval() -> None:
    doses = [dose(n, day, "1") for n, day in enumerate([0, 14, 200, 214, 400, 414])]
    index = RecordIndex(Record(Subject(1), tuple(doses)))
    courses = [
        Course(n, "", "ivig", "", "", "", a.time, b.time, (a.event_id, b.event_id))
        for n, (a, b) in enumerate(zip(doses[::2], doses[1::2], strict=True), 1)
    ]
    assert changes_of(courses, index) == ()


def test_intervals_that_grow_by_a_day_now_and_then_drift() -> None:
    days = [0]
    for interval in (28, 28, 29, 30, 31, 32, 33, 34):
        days.append(days[-1] + interval)
    found = changes([dose(n, day, "30") for n, day in enumerate(days)])
    assert told(found) == [("interval-drift", "interval")]
    assert (found[0].before, found[0].after) == (Decimal(28), Decimal(33))


def test_five_intervals_are_too_few_to_call_a_drift() -> None:
    days = [0]
    for interval in (28, 30, 32, 34, 36):
        days.append(days[-1] + interval)
    assert changes([dose(n, day, "30") for n, day in enumerate(days)]) == []


def test_a_dose_that_stays_while_weight_rises_drifts_per_kilogram() -> None:
    events = [weight(90, -1, 60), weight(91, 60, 75)]
    events += [dose(n, 28 * n, "24") for n in range(6)]
    found = changes(events)
    assert told(found) == [("dose-per-weight-drift", "dose")]
    assert (found[0].before, found[0].after) == (Decimal("0.4"), Decimal("0.32"))
    assert found[0].because == ("the dose stayed, and weight went from 60 kg to 75 kg",)
    assert found[0].on == date(2026, 1, 5) + timedelta(days=84)


def test_a_dose_that_follows_weight_does_not_drift() -> None:
    events = [weight(90, -1, 60), weight(91, 60, 75)]
    events += [dose(n, 28 * n, "24" if n < 3 else "30") for n in range(6)]
    assert told(changes(events)) == [("planned-change", "dose")]


def test_without_a_weight_nothing_is_said_per_kilogram() -> None:
    assert changes([dose(n, 28 * n, "24") for n in range(6)]) == []


def test_doses_that_are_not_known_are_no_change() -> None:
    events = [dose(n, 28 * n, None if n in (2, 3) else "24") for n in range(6)]
    assert changes(events) == []


def test_grams_and_milligrams_are_compared_exactly() -> None:
    events = [dose(n, 28 * n, "30") for n in range(3)]
    events += [dose(n, 28 * n, "30000", unit="mg") for n in range(3, 6)]
    assert changes(events) == []


def test_rounding_to_vials_is_no_step() -> None:
    events = [dose(n, 28 * n, "30" if n % 2 else "27.5") for n in range(6)]
    assert changes(events) == []


def test_a_step_of_exactly_the_part_named_is_a_step() -> None:
    rules = ChangeRules(step=Fraction(1, 10))
    events = [dose(n, 28 * n, "30" if n < 3 else "27") for n in range(6)]
    assert told(changes(events, rules)) == [("planned-change", "dose")]
    below = [dose(n, 28 * n, "30" if n < 3 else "27.01") for n in range(6)]
    assert changes(below, rules) == []


doses = st.lists(
    st.tuples(st.integers(4, 60), st.sampled_from(["20", "24", "30"])), min_size=1, max_size=20
)


@given(doses, st.randoms())
def test_the_order_of_rows_changes_nothing(steps: list[tuple[int, str]], chance: object) -> None:
    day, events = 0, []
    for number, (interval, amount) in enumerate(steps):
        events.append(dose(number, day, amount))
        day += interval
    first = changes(events)
    mixed = list(events)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    index = RecordIndex(Record(Subject(1), tuple(mixed)))
    ids = tuple(event.event_id for event in mixed)
    course = Course(1, "", "ivig", "", "", "", events[0].time, events[-1].time, ids)
    assert list(changes_of([course], index)) == first


@given(st.integers(1, 60), st.sampled_from(["20", "24.5"]), st.integers(1, 20))
def test_what_never_differs_never_changes(every: int, amount: str, count: int) -> None:
    assert changes([dose(n, every * n, amount) for n in range(count)]) == []
