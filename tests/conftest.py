"""Hypothesis settings: repeatable by default, deep on request.

`pytest --hypothesis-profile=deep` searches longer and with a new seed each time.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", deadline=None, max_examples=5_000)
settings.load_profile("repeatable")
