"""YAML 1.2 core scalars with positions, on the events of PyYAML's parser.

What differs from YAML 1.1, because a document here can hold a dose: `NO`, `on`, `12:30` and dates
are text, `012` is text (a number with a leading zero is a code or a slip), numbers are whole or
`Decimal`, and a duplicate key is an error. Anchors, aliases, tags and merge keys are refused: what
is written is what is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stepline.core.errors import DocumentRefused, Place, Problem

LARGEST_BYTES = 5_000_000
DEEPEST = 60
_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 30
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_PLAIN_ONLY = "is not allowed: what is written must be what is meant."
_QUOTED = frozenset({"'", '"', "|", ">"})
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FORBIDDEN_CHARACTER = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands.

    `value` is a `dict[str, Node]` in the order written, a `tuple` of nodes, or a scalar: `str`,
    `int`, `Decimal`, `bool` or `None`. `raw` is the text of a scalar; `keys` are the places of a
    mapping's keys.
    """

    value: Any
    place: Place
    raw: str = ""
    keys: dict[str, Place] | None = None


def read_yaml(text: str | bytes, file: str) -> Node:
    """The one document of a YAML file, as nodes with places.

    Raises `DocumentRefused` with every problem that can be found: unreadable bytes, syntax (the
    first only, as nothing after it can be trusted), duplicate keys, anchors, tags, depth, size.
    """
    import yaml

    clean = _checked_text(text, file)
    builder = _Builder(file)
    loader = _loader()(clean)
    try:
        while (event := loader.get_event()) is not None:
            builder.take(event)
    except yaml.YAMLError as error:
        builder.problems.append(_syntax_problem(error, file))
    finally:
        loader.dispose()
    if builder.problems:
        raise DocumentRefused(builder.problems)
    if builder.root is None or (builder.root.value is None and not builder.root.raw):
        raise _refused("document-empty", "The document is empty.", Place(file), "write its content")
    return builder.root


def plain(node: Node) -> object:
    """The values alone: dicts, lists, `str`, `int`, `Decimal`, `bool`, `None`."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def place_of(node: Node, path: Path, key: bool = False) -> Place:
    """Where the value at a path stands, or its key.

    A path that leaves the document stops at the last node that exists and keeps the whole path in
    words, so that a missing key points at the mapping that lacks it.
    """
    place, here = node.place, node
    for depth, part in enumerate(path):
        child = child_of(here, part)
        if child is None:
            break
        is_last = depth == len(path) - 1
        keys = here.keys or {}
        place = keys[str(part)] if key and is_last and str(part) in keys else child.place
        here = child
    return Place(place.file, place.line, place.column, path_text(path))


def path_text(path: Path) -> str:
    """A path in words: `$.steps[2].dose`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "$" + "".join(parts)


def child_of(node: Node, part: str | int) -> Node | None:
    """The node at a key or an index; `None` where there is none."""
    if isinstance(node.value, dict):
        found: Node | None = node.value.get(str(part))
        return found
    if isinstance(node.value, tuple) and isinstance(part, int) and 0 <= part < len(node.value):
        member: Node = node.value[part]
        return member
    return None


@dataclass(slots=True)
class _Open:
    """A mapping or a list that has begun and not ended.

    `key` is a key that waits for its value; `is_lost` marks a value that has no key to stand under.
    """

    place: Place
    is_mapping: bool
    children: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    members: list[Node] = field(default_factory=list)
    key: str | None = None
    is_lost: bool = False

    def path_of_next(self) -> str:
        """The path at which the next value will stand."""
        here = self.place.path
        return f"{here}.{self.key}" if self.is_mapping else f"{here}[{len(self.members)}]"

    def closed(self) -> Node:
        """The node, now complete."""
        if self.is_mapping:
            return Node(self.children, self.place, keys=self.keys)
        return Node(tuple(self.members), self.place)


class _Builder:
    """Builds nodes from parser events and collects what is wrong with them.

    It keeps its own stack, so that no depth of nesting can exhaust the interpreter's.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event; raises `DocumentRefused` where going on makes no sense."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._note_features(event)
            self._scalar(event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._note_features(event)
            self._begin(event, is_mapping=kind == "MappingStartEvent")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._add(self._open.pop().closed())
        elif kind == "AliasEvent":
            self._alias(event)
        elif kind == "DocumentStartEvent":
            self._begin_document(event)

    def _scalar(self, event: Any) -> None:
        text, is_plain = event.value, event.style not in _QUOTED
        if self._waits_for_key():
            self._key(text, self._place(event, f"{self._open[-1].place.path}.{text}"), is_plain)
            return
        place = self._place(event, self._path())
        self._add(Node(self._resolved(text, place) if is_plain else text, place, text))

    def _begin(self, event: Any, *, is_mapping: bool) -> None:
        if len(self._open) == DEEPEST:
            message = f"The document is nested more than {DEEPEST} deep."
            place = self._place(event, "")
            raise _refused("document-too-deep", message, place, "nest less deeply")
        place = self._place(event, self._path())
        self._open.append(_Open(place, is_mapping))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.members.append(node)
        elif parent.key is None:
            self._report("key-not-text", "A key must be a word.", node.place, "write a word")
            parent.key, parent.is_lost = "", True
        else:
            if not parent.is_lost:
                parent.children[parent.key] = node
            parent.key, parent.is_lost = None, False

    def _key(self, key: str, place: Place, is_plain: bool) -> None:
        parent = self._open[-1]
        parent.key, parent.is_lost = key, False
        if key in parent.keys:
            first = parent.keys[key].line
            message = f"The key '{_short(key)}' stands twice; it stood first on line {first}."
            self._report("key-duplicate", message, place, "keep one of the two", key)
            parent.is_lost = True
        elif key == "<<" and is_plain:
            mend = "write the keys out, or quote the key"
            self._report("yaml-feature", "A merge key is not allowed.", place, mend, key)
            parent.is_lost = True
        else:
            parent.keys[key] = place

    def _alias(self, event: Any) -> None:
        place = self._place(event, self._path())
        what = f"The alias '*{_short(event.anchor)}'"
        self._report("yaml-feature", f"{what} {_PLAIN_ONLY}", place, "write the value out")
        self._add(Node(None, place))

    def _note_features(self, event: Any) -> None:
        """Anchors and tags: a reader cannot see through them."""
        found = []
        if event.anchor:
            found.append(("anchor", f"&{event.anchor}"))
        if event.tag:
            found.append(("tag", event.tag.replace("tag:yaml.org,2002:", "!!")))
        for what, written in found:
            message = f"The {what} '{_short(written)}' {_PLAIN_ONLY}"
            place = self._place(event, self._path())
            self._report("yaml-feature", message, place, "write the value out", written)

    def _begin_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "The file holds more than one document."
            place = self._place(event, "")
            raise DocumentRefused(
                [*self.problems, _problem("document-many", message, place, "write one in a file")]
            )

    def _resolved(self, text: str, place: Place) -> str | int | Decimal | bool | None:
        try:
            return _resolved(text)
        except ValueError:
            message = "The number has too many digits or too large an exponent."
            self._report("number-too-large", message, place, "check the number", text)
            return None

    def _waits_for_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].key is None

    def _path(self) -> str:
        if self._waits_for_key():
            return self._open[-1].place.path
        return self._open[-1].path_of_next() if self._open else "$"

    def _report(self, code: str, message: str, place: Place, mend: str, found: str = "") -> None:
        self.problems.append(Problem(code, message, place, _short(found), mend=mend))

    def _place(self, event: Any, path: str) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1, path)


def _resolved(text: str) -> str | int | Decimal | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    is_integer = _INTEGER.fullmatch(text) is not None
    if not is_integer and not _DECIMAL.fullmatch(text):
        return text
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(text)
    if is_integer:
        return int(text)
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(text)
    return number


def _loader() -> Any:
    """PyYAML's parser in C where it is built, else in Python; only its events are used."""
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _checked_text(text: str | bytes, file: str) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_BYTES:
        raise _refused(
            "document-too-large",
            f"The document has {size} bytes; {LARGEST_BYTES} are allowed.",
            Place(file),
            "split the document",
        )
    decoded = _decoded(text, file) if isinstance(text, bytes) else text
    decoded = decoded.removeprefix("\ufeff")
    if not decoded.strip():
        raise _refused("document-empty", "The document is empty.", Place(file), "write its content")
    problem = _forbidden_character(decoded, file)
    if problem:
        raise DocumentRefused([problem])
    return decoded


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = "The document is not text in UTF-8."
        place = Place(file, line, column)
        raise _refused("document-not-text", message, place, "save it as UTF-8 text") from None


def _forbidden_character(text: str, file: str) -> Problem | None:
    found = _FORBIDDEN_CHARACTER.search(text)
    if found is None:
        return None
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    return Problem(
        "document-not-text",
        f"The document holds a character (U+{ord(found[0]):04X}) that is no text.",
        Place(file, line, column),
        mend="remove the character; save the document as UTF-8 text",
    )


def _syntax_problem(error: Any, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    said = getattr(error, "problem", None) or "it cannot be read"
    context = getattr(error, "context", None)
    message = f"The document is not well-formed YAML: {said}{f' ({context})' if context else ''}."
    return Problem("yaml-syntax", message, place, mend=_syntax_mend(said))


def _syntax_mend(said: str) -> str:
    if "cannot start any token" in said:
        return "indent with spaces, not tabs; quote text that begins with a special character"
    if "mapping values are not allowed" in said:
        return "quote text that holds a colon, and check the indentation"
    return "check the indentation, the brackets and the quotes near this place"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"


def _problem(code: str, message: str, place: Place, mend: str) -> Problem:
    return Problem(code, message, place, mend=mend)


def _refused(code: str, message: str, place: Place, mend: str) -> DocumentRefused:
    return DocumentRefused([_problem(code, message, place, mend)])
