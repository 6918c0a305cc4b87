"""Criteria that are written alike are one; what is written otherwise stays what it was."""

from __future__ import annotations

from stepline.protocol.criterion import Criterion
from stepline.protocol.loading import packaged
from stepline.protocol.model import Definition
from stepline.protocol.reading import read_criterion
from stepline.protocol.unifying import Unifier
from stepline.protocol.walking import walk
from stepline.protocol.writing import write_criterion


def test_the_same_words_in_two_places_are_one_criterion() -> None:
    unified = Unifier()
    first = unified(read_criterion("on glucocorticoid and ldh > 300 U/L"))
    second = unified(read_criterion("not (ck > 300 U/L) or ldh > 300 U/L"))
    assert first.parts[1] is second.parts[1]  # type: ignore[attr-defined]


def test_a_number_keeps_the_digits_in_which_it_was_written() -> None:
    unified = Unifier()
    texts = ["ldh > 1 ULN", "ldh > 1.0 ULN", "ldh > 300 U/L", "ldh > 300.0 U/L"]
    criteria = [read_criterion(text) for text in texts]
    written = [write_criterion(one) for one in criteria]
    assert [write_criterion(unified(one)) for one in criteria] == written


def test_a_protocol_says_the_same_after_as_before() -> None:
    protocol = packaged()
    unified = Unifier()(protocol)
    assert unified == protocol
    before, after = _criteria(protocol.definitions), _criteria(unified.definitions)
    assert [write_criterion(one) for one in before] == [write_criterion(one) for one in after]


def test_no_two_parts_of_a_unified_protocol_are_written_alike() -> None:
    criteria = _criteria(Unifier()(packaged()).definitions)
    parts = {id(part): repr(part) for one in criteria for part in walk(one)}
    assert len(set(parts.values())) == len(parts)


def _criteria(definitions: tuple[Definition, ...]) -> list[Criterion]:
    return [definition.criterion for definition in definitions]
