"""Stretches below a level."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stepline.forecast.crossing import Below, stretches_below

VALUES = st.lists(st.integers(0, 20).map(float), min_size=1, max_size=30)


def test_b_cells_fall_below_ten_and_return() -> None:
    times = np.array([0.0, 1.0, 10.0, 20.0, 30.0])
    assert stretches_below(times, np.array([20.0, 0.0, 0.0, 20.0, 30.0]), 10) == (Below(0.5, 15.0),)


def test_what_lasts_beyond_the_course_has_no_end() -> None:
    times = np.array([0.0, 2.0])
    assert stretches_below(times, np.array([20.0, 0.0]), 10) == (Below(1.0, None),)
    assert stretches_below(times, np.array([1.0, 0.0]), 10) == (Below(0.0, None),)
    assert stretches_below(times, np.array([10.0, 10.0]), 10) == ()


@given(VALUES, st.integers(1, 20))
def test_a_time_lies_in_a_stretch_exactly_where_its_value_is_below(
    values: list[float], level: int
) -> None:
    times = np.arange(len(values), dtype=np.float64)
    found = stretches_below(times, np.array(values), level)
    for time, value in zip(times, values, strict=True):
        inside = any(one.start <= time and (one.end is None or time <= one.end) for one in found)
        assert inside or value >= level
        strictly = any(one.start < time and (one.end is None or time < one.end) for one in found)
        assert not strictly or value < level
    assert all(one.end is None or one.start <= one.end for one in found)
