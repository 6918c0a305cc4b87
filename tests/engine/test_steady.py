"""Only what never asks of the step is worked out once for every step."""

from __future__ import annotations

from decimal import Decimal

from stepline.core.quantity import Quantity
from stepline.core.time import parse_period
from stepline.engine.steady import steady
from stepline.protocol import criterion as c
from stepline.protocol.model import Confounder, Definition

ON = c.On(("glucocorticoid",))
LONG_ENOUGH = c.Compare(c.TimeInStep(), c.Operator.GREATER, c.Duration(parse_period("P28D")))
SINCE_THE_STEP = c.Happened(c.How.RECORDED, ("ldh",), c.Window(c.Bound(c.StepStart()), None))


def test_what_asks_of_the_step_is_told_apart_by_itself_and_by_what_it_names() -> None:
    definition = Definition("long-enough", "", LONG_ENOUGH, "time in step > P28D")
    named, once = c.Named("long-enough"), c.Once(SINCE_THE_STEP, c.EVER)
    whole = c.And((ON, named))
    kept = steady((whole, once), {definition.key: definition}, ())
    assert kept == {id(ON): ON}


def test_a_definition_that_names_itself_is_not_steady() -> None:
    itself = c.Named("itself")
    definition = Definition("itself", "", c.Or((ON, itself)), "on glucocorticoid or itself")
    kept = steady((itself,), {definition.key: definition}, ())
    assert kept == {id(ON): ON}


def test_nothing_is_steady_where_the_step_can_clear_a_confounder() -> None:
    confounder = Confounder(
        "raised", "ldh", "ivig", parse_period("P10D"), "raised by ivig", unless=LONG_ENOUGH
    )
    assert not steady((ON,), {}, (confounder,))


def test_a_number_without_a_step_is_steady() -> None:
    limit = c.Number(Quantity(Decimal(300), "U/L"))
    high = c.Compare(c.Pick(c.Take.LAST, ("ldh",)), c.Operator.GREATER, limit)
    assert steady((high,), {}, ()) == {id(high): high}
