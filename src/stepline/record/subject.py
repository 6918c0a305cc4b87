"""Who a case is about: sex, age and ancestry, and nothing that would name a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from stepline.core.quantity import convert, parse_quantity
from stepline.core.time import parse_date
from stepline.record.cell import Cell
from stepline.record.model import Subject
from stepline.record.trouble import Trouble, did_you_mean, one_of
from stepline.record.words import IDENTIFYING

_KEYS = frozenset({"sex", "age", "born", "ancestry"})
_SEXES = frozenset({"female", "male", "other", "unknown"})
_OLDEST_YEARS = 130


def read_subject(cell: Cell | None, subject_id: int, trouble: Trouble) -> Subject:
    """The subject of a case; unknown where nothing is said."""
    if cell is None:
        return Subject(subject_id)
    _check_keys(cell, trouble)
    fields = cell.fields
    return Subject(
        subject_id,
        sex=_sex(fields.get("sex"), trouble),
        birth=_birth(fields, trouble),
        age_years=_age(fields.get("age"), trouble),
        ancestry=_stated(fields.get("ancestry")),
    )


def _check_keys(cell: Cell, trouble: Trouble) -> None:
    for key in cell.fields:
        if key.lower() in IDENTIFYING:
            message = "A record is kept without anything that names the patient."
            trouble.add(
                "identifier-refused",
                message,
                cell.key_place(key),
                found=key,
                allowed=one_of(_KEYS),
                mend="delete the line; a case file is shared and quoted",
            )
        elif key not in _KEYS:
            trouble.add(
                "key-unknown",
                f"'{key}' is not said of a subject.",
                cell.key_place(key),
                found=key,
                allowed=one_of(_KEYS),
                mend=did_you_mean(key, _KEYS, "leave it out"),
            )


def _stated(cell: Cell | None) -> str:
    return "" if cell is None or cell.text == "unknown" else cell.text


def _sex(cell: Cell | None, trouble: Trouble) -> str:
    if cell is None:
        return ""
    if cell.text not in _SEXES:
        trouble.add(
            "word-unknown",
            f"'{cell.shown}' is not a word for sex.",
            cell.place,
            found=cell.shown,
            allowed=one_of(_SEXES),
            mend=did_you_mean(cell.text, _SEXES, "use one of them"),
        )
    return _stated(cell)


def _age(cell: Cell | None, trouble: Trouble) -> Decimal | None:
    """Age in years. A bare number is years; months are turned into years exactly or not at all."""
    if cell is None or cell.text == "unknown":
        return None
    text = f"{cell.text} years" if cell.is_number else cell.text
    quantity = trouble.attempt(cell, lambda: convert(parse_quantity(text)[0], "a"))
    if quantity is None:
        return None
    if not 0 <= quantity.value <= _OLDEST_YEARS:
        trouble.add(
            "value-implausible",
            "This is not an age of a living person.",
            cell.place,
            found=cell.text,
            allowed=f"0 to {_OLDEST_YEARS} years",
            mend="check the number",
        )
    return quantity.value


def _birth(fields: Mapping[str, Cell], trouble: Trouble) -> datetime | None:
    """The date of birth where it is exact; a year alone leaves it unknown."""
    cell = fields.get("born")
    if cell is None or cell.text == "unknown":
        return None
    when = trouble.attempt(cell, lambda: parse_date(cell.text))
    return when.time if when is not None and when.is_exact else None
