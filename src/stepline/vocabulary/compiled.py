"""The library as one JSON file beside this module, so that starting costs milliseconds.

The YAML files are the truth; `compiled.json` is made from them by
`python -m stepline.vocabulary.compiling`, and a test proves the two equal.
"""

from __future__ import annotations

from importlib.resources import files

from stepline.vocabulary.model import Library

COMPILED = "compiled.json"


def packaged_library() -> Library:
    """The library from the compiled file."""
    return decode(files("stepline.vocabulary").joinpath(COMPILED).read_bytes())


def decode(data: bytes) -> Library:
    """A library from JSON. Decimals are strings, so they arrive exact."""
    import msgspec

    return msgspec.json.decode(data, type=Library)


def encode(library: Library) -> bytes:
    """A library as JSON, one field a line, the same bytes every time."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(library), indent=1) + b"\n"
