"""Single doses that are taken day after day are a daily dose; a ward's record writes them so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.engine.amounts import Amount
from stepline.engine.dose_sums import cumulative_dose
from stepline.engine.doses import daily_dose
from stepline.engine.situation import Situation
from stepline.engine.stretches import dose_stretches
from stepline.protocol import criterion as c
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue

START = datetime(2026, 1, 1, 8)
DAY = timedelta(days=1)
NAMES = ("prednisone",)


def tablet(day: int, amount: str = "40", **known: object) -> Event:
    """A single dose on a day from the first."""
    plain = Event(
        day + 1, START + day * DAY, "prednisone", "prednisone", Decimal(amount), unit="mg",
        status=EventStatus.GIVEN, route="oral",
    )  # fmt: skip
    return replace(plain, **known)  # type: ignore[arg-type]


def at_end_of(day: int, events: Iterable[Event]) -> Situation:
    """What is known at the end of a day."""
    index = RecordIndex(Record(Subject(1), in_order(events)))
    moment = START.replace(hour=23, minute=59) + day * DAY
    return Situation(index, moment, catalogue())


def now(day: int, events: Iterable[Event]) -> Amount:
    """The daily dose at the end of a day."""
    return daily_dose(NAMES, "", at_end_of(day, events))


def ends(amount: Amount) -> tuple[int | None, int | None]:
    """Both ends of an amount as whole numbers."""
    low, high = amount.low, amount.high
    return None if low is None else int(low), None if high is None else int(high)


def test_forty_milligrams_on_each_of_ten_days_are_forty_a_day_and_never_zero() -> None:
    found = now(9, map(tablet, range(10)))
    assert (*ends(found), found.unit) == (40, 40, "mg/d")
    assert "in single doses" in found.says
    assert found.events == tuple(range(1, 11))


def test_the_doses_of_a_day_are_added_up() -> None:
    evening = [tablet(day, "20", event_id=100 + day) for day in range(5)]
    assert now(4, [*map(tablet, range(5)), *evening]).low == 60


def test_a_single_dose_and_two_are_no_daily_dose_yet() -> None:
    assert [now(day, map(tablet, range(10))).low for day in range(4)] == [0, 0, 40, 40]


def test_after_the_last_dose_it_is_unknown_for_three_days_whether_a_next_one_follows() -> None:
    found = [now(day, map(tablet, range(10))) for day in (10, 12, 13)]
    assert [ends(one) for one in found] == [(0, None), (0, None), (0, 0)]


def test_a_stop_ends_it_at_once() -> None:
    stop = tablet(9, value=None, unit="", status=EventStatus.STOPPED, event_id=50)
    found = now(10, [*map(tablet, range(10)), replace(stop, time=stop.time + DAY)])
    assert ends(found) == (0, 0)


def test_what_was_given_by_vein_is_no_daily_dose() -> None:
    assert now(4, [tablet(day, "1000", route="iv") for day in range(5)]).high == 0


def test_weekly_doses_are_no_daily_dose() -> None:
    assert now(28, [tablet(7 * week) for week in range(5)]).high == 0


def test_a_dose_every_second_day_is_half_a_day_on_the_days_between_too() -> None:
    doses = [tablet(day) for day in range(0, 20, 2)]
    assert [now(day, doses).low for day in (16, 17, 18, 19)] == [20, 20, 20, 20]


def test_a_spell_of_the_drug_is_not_counted_beside_its_single_doses() -> None:
    spell = tablet(0, event_id=90, unit="mg/d", is_spell=True, end_said="ongoing")
    assert now(9, [spell, *map(tablet, range(10))]).low == 40


def test_the_sum_counts_each_tablet_once() -> None:
    node = c.CumulativeDose(NAMES, "", c.EVER)
    found = cumulative_dose(node, at_end_of(9, map(tablet, range(10))))
    assert ends(found) == (400, 400)


def test_the_stretches_of_the_dose_turn_where_single_doses_begin_change_and_end() -> None:
    lower = [tablet(day, "20") for day in range(10, 20)]
    situation = at_end_of(30, [*map(tablet, range(10)), *lower])
    told = dose_stretches(c.DailyDose(NAMES, ""), situation)
    each = {(one.first + n * DAY).date(): ends(one.dose) for one in told for n in range(one.days)}
    days = [each[(START + day * DAY).date()] for day in (1, 2, 9, 10, 19, 20, 22, 23, 30)]
    assert days == [
        (0, 0), (40, 40), (40, 40), (20, 20), (20, 20), (0, None), (0, None), (0, 0), (0, 0),
    ]  # fmt: skip
