"""The compiled protocol says what the YAML files say, and is not used where they have changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from typing import cast

import pytest

from stepline.protocol.compiled import COMPILED, compiled, encode
from stepline.protocol.loading import load_together, packaged, packaged_files
from stepline.protocol.model import Regimen

REMAKE = "run python -m stepline.protocol.compiling"


def test_the_compiled_file_is_what_the_library_makes() -> None:
    made = encode(load_together(packaged_files()), packaged_files())
    assert files("stepline.protocol").joinpath(COMPILED).read_bytes() == made, REMAKE


def test_the_compiled_protocol_is_the_one_that_is_loaded_to_the_last_character() -> None:
    found = compiled(packaged_files())
    assert repr(found) == repr(load_together(packaged_files()))
    assert packaged() == found


def test_a_library_that_has_changed_is_read_anew() -> None:
    (name, text), *rest = packaged_files()
    assert compiled([(name, text + "\n# a word more\n"), *rest]) is None
    assert compiled([(f"other-{name}", text), *rest]) is None
    assert compiled(rest) is None


def test_a_value_of_a_kind_that_nobody_reads_back_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: int = 1

    protocol = replace(packaged(), regimens=(cast("Regimen", Odd()),))
    with pytest.raises(TypeError, match="Odd"):
        encode(protocol, packaged_files())
