"""Whatever is written, it is read or refused: never a crash, and never another answer."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.record.casefile import read_case, record_from_entries
from stepline.record.model import Record
from stepline.record.saying import say_event
from stepline.record.words import MODIFIERS

WORDS = (
    "ivig", "rituximab", "prednisone", "methotrexate", "ldh", "hbsag", "mmt8-80", "weight",
    "dermatomyositis", "muscle-strength", "DM", "glucocorticoid", "muscle-enzyme",
)  # fmt: skip
TEXTS = (
    "unknown", "normal", "negative", "present", "stopped", "ongoing", "2 g/kg", "375 mg/m2",
    "30 mg/d", "15 mg/wk", "300 U/L", "> 500 U/L", "0.2..0.4 g/kg", "1e400 mg", "nan", "M0", "M6",
    "2026-01-05", "2026-01", "before M0", "about M24", "P1W after 2nd ivig", "last ivig", "M0..M2",
    "2026-01-05..2026-01-09", "last follow-up", "P7D", "P1M", "P0D", "P1D", "5 consecutive days",
    "intolerance", "inferred", "planned", "", "..", "first", "9999-12-31", "M1200", "D99999",
)  # fmt: skip
scalars = st.sampled_from(TEXTS) | st.integers(-3, 40) | st.none() | st.booleans()
forms = st.dictionaries(
    st.sampled_from(["dose", "course_total", "daily", "up_to", "from", "to", "before", "after",
                     "between", "until", "steps"]),
    scalars | st.lists(scalars, max_size=3),
    max_size=3,
)  # fmt: skip
values = scalars | forms | st.lists(scalars, max_size=3)
wild = st.builds(
    lambda concept, value, rest: {concept: value, **rest},
    st.sampled_from(WORDS),
    values,
    st.dictionaries(st.sampled_from(sorted(MODIFIERS)), values, max_size=5),
)
moments = st.sampled_from(
    ["M0", "M6", "before M0", "after M6", "about M24", "unknown", "last follow-up", "M0..M0+4d",
     "first ivig", "about P1M after last ivig", "between M0 and last follow-up"]
)  # fmt: skip
doses = st.sampled_from(
    ["unknown", "0.4 g/kg", "0.1..0.4 g/kg", {"dose": "0.2 g/kg"}, {"course_total": "2 g/kg"},
     {"up_to": "1 g/kg"}, {"from": "1 g/kg", "to": "0.2 g/kg"}, "20 g/d", "stopped", "not given"]
)  # fmt: skip
tame = st.builds(
    lambda dose, moment, ends, repeat: {"ivig": dose, **moment, **ends, **repeat},
    doses,
    st.dictionaries(st.sampled_from(["on", "from", "since", "during"]), moments, min_size=1,
                    max_size=1),
    st.dictionaries(st.sampled_from(["until", "stopped"]),
                    st.sampled_from(["M12", "ongoing", "about M24", "last follow-up", "other"]),
                    max_size=1),
    st.fixed_dictionaries({}, optional={
        "every": st.sampled_from(["P7D", "P1M", "unknown"]),
        "courses": st.integers(1, 4),
        "over": st.integers(1, 5),
        "days": st.just([0, 14]),
    }),
)  # fmt: skip
anything = st.lists(tame | wild, min_size=1, max_size=3) | st.lists(tame, min_size=1, max_size=2)


@settings(max_examples=500, deadline=None)
@given(entries=anything, calendar=st.sampled_from(["auto", "relative"]))
def test_any_entry_is_read_or_refused(entries: list[dict[str, object]], calendar: str) -> None:
    with suppress(Refused):
        _is_sound(record_from_entries(entries, calendar=calendar))


def _is_sound(record: Record) -> None:
    ids = [event.event_id for event in record.events]
    assert sorted(ids) == list(range(1, len(ids) + 1))
    keys = [(event.time, event.event_id) for event in record.events]
    assert keys == sorted(keys)
    for event in record.events:
        assert event.time.year < 9000
        assert event.end_time is None or event.time <= event.end_time
        assert event.time_earliest is None or event.time_earliest <= event.time
        assert event.time_latest is None or event.time <= event.time_latest
        assert event.time_exact == (not event.time_said)
        assert say_event(record, event)


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="{}[]:,-# \n\tabldhM0\"'&*!|>%@`0123456789", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        _is_sound(read_case(f"measurements:\n{text}", "case.yaml"))
