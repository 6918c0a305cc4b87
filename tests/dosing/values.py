"""Short ways to write values in the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, parse_quantity
from stepline.dosing.bodysize import BodySize, body_size


def q(text: str) -> Quantity:
    """The quantity of a text."""
    return parse_quantity(text)[0]


def size(height: str, weight: str) -> BodySize:
    """A checked body."""
    return body_size(q(height), q(weight))


def codes(act: Callable[[], object]) -> list[str]:
    """The codes of every problem that an act is refused for."""
    with pytest.raises(Refused) as refused:
        act()
    return [problem.code for problem in refused.value.problems]
