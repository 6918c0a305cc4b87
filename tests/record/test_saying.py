"""How a record is spoken of."""

from __future__ import annotations

from datetime import datetime

import pytest

from stepline.record.casefile import record_from_entries
from stepline.record.saying import say, say_event


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"ldh": "518 U/L", "flag": "elevated", "on": "2026-01-05"},
         "LDH 518 U/L (elevated), 2026-01-05"),
        ({"ldh": "normal", "on": "2026-01-05T14:30"}, "LDH normal, 2026-01-05 14:30"),
        ({"ck": "> 500 U/L", "on": "2026-01"}, "CK at least 500 U/L, 2026-01"),
        ({"mmt8-80": 72, "on": "2026-01-05"}, "MMT-8 unilateral 72 points, 2026-01-05"),
        ({"igg": "unknown", "on": "2026-01-05"}, "IgG value unknown, 2026-01-05"),
        ({"prednisone": "30 mg/d", "from": "2026-01-01", "until": "2026-03-01"},
         "prednisone 30 mg/d, 2026-01-01 to 2026-03-01"),
        ({"prednisone": "30 mg/d", "from": "2026-01-01", "until": "ongoing"},
         "prednisone 30 mg/d, 2026-01-01, ongoing"),
        ({"prednisone": "30 mg/d", "from": "2026-01-01"},
         "prednisone 30 mg/d, 2026-01-01, end not stated"),
        ({"prednisone": {"up_to": "1.5 mg/kg/d"}, "during": "before M0"},
         "prednisone at most 1.5 mg/kg/d, before M0"),
        ({"ivig": "200 mg/kg", "every": "P14D", "from": "after M12", "until": "about M24",
          "stopped": "loss-of-response"},
         "IVIg 200 mg/kg every 14 days stopped for loss-of-response, after M12 to about M24"),
        ({"methylprednisolone": "unknown", "every": "P1M", "during": "before M0"},
         "methylprednisolone dose unknown every month, before M0"),
        ({"methotrexate": "stopped", "reason": "intolerance", "on": "M3"},
         "methotrexate stopped for intolerance, M3"),
        ({"rituximab": "375 mg/m2", "status": "planned", "on": "M6"},
         "rituximab 375 mg/m² planned, M6"),
        ({"rituximab": "375 mg/m2", "status": "not-given", "on": "M6"},
         "rituximab 375 mg/m² not given, M6"),
        ({"symptoms": "improved", "at": "unknown"}, "symptoms improved, time not stated"),
    ],
)  # fmt: skip
def test_an_event_is_said_in_a_line(entry: dict[str, object], line: str) -> None:
    record = record_from_entries([entry])
    assert say_event(record, record.events[0]) == line


def test_a_record_without_dates_is_never_spoken_of_in_dates() -> None:
    record = record_from_entries([{"ldh": "normal", "at": "M0"}])
    assert say(record, datetime(2000, 7, 1)) == "M6"
    assert say(record, datetime(2000, 7, 4)) == "M6+3d"


def test_a_record_with_dates_is_spoken_of_in_dates() -> None:
    record = record_from_entries([{"ldh": "normal", "on": "2026-01-05"}])
    assert say(record, datetime(2026, 7, 1)) == "2026-07-01"
