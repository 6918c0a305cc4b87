"""Dose instructions in free text: read into a `Sig`, or not read, with the reason.

A text that has two meanings keeps both and chooses none; a slip is flagged and never corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from stepline.core.errors import Refused
from stepline.record.sig_assembling import assembled
from stepline.record.sig_judging import judged
from stepline.record.sig_numbers import Doubt
from stepline.record.sig_settling import as_total, od_of
from stepline.record.sig_values import (
    FLAG_SAYS,
    REMARK_SAYS,
    Between,
    Body,
    Flag,
    Per,
    Remark,
    Sig,
    Taper,
    Unread,
)
from stepline.record.sig_writing import write_sig
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import ConceptKind

if TYPE_CHECKING:
    from lark import Lark

__all__ = [
    "FLAG_SAYS", "REMARK_SAYS", "Between", "Body", "Flag", "Per", "Remark", "Sig", "Taper",
    "Unread", "read_sig", "write_sig",
]  # fmt: skip

LONGEST = 300
"""Longer texts are letters, not instructions."""
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_NAME = re.compile(r"[^\W\d_][\w'-]*")
_DAY = re.compile(r"(?:\bdays? ?|\band|\bd|\bx) ?\d+$")
_MOST_WORDS = 4
_MASS = r"(?:mg|g|gm|mcg|ug|microgram|gram)s?"
_TURNS = re.compile(
    rf"(?<![\w./])(?P<one>\d+(?:\.\d+)?) ?(?P<unit>{_MASS})? ?(?P<by>/|,|and|&) ?"
    rf"(?P<other>\d+(?:\.\d+)?) ?(?P<own>{_MASS}) ?(?=(?:po |orally )?"
    r"(?P<when>(?:on )?(?:alternate|alternating|alt) days|every (?:other|second|2nd) day|qod|eod))"
)
"""Two amounts before alternate days: `40/20 mg`, `40 mg and 20 mg`."""
_EVERY_OR_TIMES = re.compile(rf"(?<![\w./-])(?:\d+|{'|'.join(_WORDS)}) ?(?:weekly|monthly)\b")
"""A hyphen settles it: 4-weekly is every four weeks."""


def read_sig(text: str, drug: str = "") -> Sig | Unread:
    """The instruction that a text gives, or why it is not read. Never raises.

    `drug` is the vocabulary's id or a name of the drug, where it is known from elsewhere.
    """
    try:
        return _read(text, drug)
    except Doubt as doubt:
        return Unread(doubt.code, doubt.reason)


def _read(text: str, drug: str) -> Sig:
    if len(text) > LONGEST:
        raise Doubt("too-long", f"The text is longer than {LONGEST} characters.")
    plain = _plain(text)
    if re.search(r"\d,\d", plain):
        raise Doubt("number-comma", "A comma in a number can be a decimal or a thousand.")
    named, rest = _named(plain)
    known = _drug(drug) or drug
    if named and known and named != known:
        raise Doubt("drug-differs", "The text names another drug than the order.")
    stated = assembled(_parsed(rest), named or known)
    sig = as_total(rest, stated)
    found = (*_of_spelling(rest), *_of_abbreviation(text, sig))
    remarks = [one for one in found if isinstance(one, Remark)]
    if sig is not stated:
        remarks.append(Remark.TOTAL_BY_AMOUNT)
    return judged(sig, tuple(one for one in found if isinstance(one, Flag)), tuple(remarks))


def _plain(text: str) -> str:
    """Small letters, single spaces, one kind of dash and of micro sign, digits for words."""
    small = " ".join(text.lower().split())
    for signs, plain in (("–−", "-"), ("µμ", "u")):
        small = re.sub(f"[{signs}]", plain, small)
    small = re.sub(r"(?<=\d) ?½", ".5", small).replace("½", "0.5 ")
    small = re.sub(r"\bhalf (?:a |an )?(?=tab)", "0.5 ", small)
    for number, word in enumerate(_WORDS):
        small = re.sub(rf"\b{word}\b", str(number), small)
    small = _TURNS.sub(_by_turns, small)
    small = re.sub(r"(?<=\d)-(?=(?:hour|week|month)ly)", " ", small)
    return re.sub(r"\b([a-z])\.([a-z])\.(?:([a-z])\.)?", r"\1\2\3", small)


def _by_turns(found: re.Match[str]) -> str:
    """`40 mg and 20 mg every other day` may be 20 mg more on every other day: only `/` is clear."""
    unit, by_slash = found["own"], found["by"] == "/"
    if not by_slash and not (found["unit"] and found["when"].endswith("days")):
        return found[0]
    first = found["unit"] or unit
    return f"{found['one']} {first} alternating with {found['other']} {unit} "


def _named(plain: str) -> tuple[str, str]:
    """The drug whose name begins the text, and the rest; the longest name wins."""
    words = plain.split(" ")
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        name = " ".join(words[:count]).rstrip(":,")
        found = _drug(name) if _NAME.match(name) else ""
        if found:
            return found, " ".join(words[count:])
    return "", plain


def _drug(name: str) -> str:
    try:
        concept = catalogue().find(name) if name else None
    except Refused:
        raise Doubt("drug-ambiguous", "The name can mean more than one drug.") from None
    return concept.id if concept is not None and concept.kind is ConceptKind.DRUG else ""


def _of_spelling(plain: str) -> tuple[Flag, ...]:
    """What only the spelling tells; it is gone once the instruction is written anew."""
    naked = re.search(r"(?<!\d)\.\d", plain)
    trailing = re.search(r"\d\.0*(?=[^\d.]|$)(?<=0)|\d\.(?= ?(?:mg|g)\b)", plain)
    uncounted = re.search(r"\bapart\b", plain) and not re.search(r"[x×]|\bdoses?\b", plain)
    found = (
        (Flag.DECIMAL_NAKED, naked),
        (Flag.DECIMAL_TRAILING, trailing),
        (Flag.REPEATS_MISSING, uncounted),
    )
    return tuple(flag for flag, is_so in found if is_so)


def _of_abbreviation(text: str, sig: Sig) -> tuple[Flag | Remark, ...]:
    """Abbreviations with two meanings, where nothing else in the text tells which."""
    small = text.lower()
    times = Flag.EVERY_OR_TIMES if _EVERY_OR_TIMES.search(small) else None
    found = (times, od_of(small, sig))
    return tuple(one for one in found if one is not None)


# ---------------------------------------------------------------- the grammar


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    grammar = files("stepline.record").joinpath("sig.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True)


def _parsed(plain: str) -> Iterable[Any]:
    from lark.exceptions import UnexpectedInput

    if not plain.strip():
        raise Doubt("empty", "The text says nothing of a dose.")
    try:
        return _parser().parse(plain).children
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        at_end = token is not None and token.type == "$END"
        raise _unread(plain, None if at_end else error.pos_in_stream) from None


def _unread(plain: str, position: int | None) -> Doubt:
    before = plain[:position].rstrip()
    if re.search(r"(?:^|[^\w/.&,-]|to ?|take ?)\d+(?:\.\d+)?$", before) and not _DAY.search(before):
        return Doubt("unit-missing", "A number has no unit that can be read.")
    count = len(before.split())
    return Doubt("words-unknown", f"The instruction cannot be read after {count} of its words.")
