"""What a text leaves open and the drug settles: the right eye, and the total of a course."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from stepline.core.quantity import Quantity, comparable, order
from stepline.record.sig_values import Body, Flag, Per, Remark, Sig
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import Concept

_OD = re.compile(r"\b(?:od|o\.d\.?)(?!\w)")
_OVER_DAYS = re.compile(r"\bover \d")


def od_of(text: str, sig: Sig) -> Flag | Remark | None:
    """What the letters `od` in a text are: asked, or said to be once a day; `None` without them.

    A route or a tablet settles them, and so does an amount by mass of a drug of the vocabulary
    that has none for the eye: drops are counted, and what is scaled by the body is for no eye.
    """
    if not _OD.search(text) or sig.route or sig.form:
        return None
    drug = _concept(sig.drug)
    by_body = sig.amount is not None and sig.body is not Body.ABSOLUTE
    by_mass = sig.amount is not None and comparable(sig.unit, "mg")
    is_for_no_eye = by_body or (by_mass and drug is not None and drug.into_eye is None)
    return Remark.OD_DAILY if is_for_no_eye else Flag.RIGHT_EYE


def as_total(plain: str, sig: Sig) -> Sig:
    """An amount over days as their total, where on each day it would be implausible.

    `2 g/kg over 5 days` of immunoglobulin would be 10 g/kg, above the plausible range of a course.
    Where the vocabulary has no such range, or it allows both (`0.4 g/kg over 5 days`), nothing is
    settled.
    """
    ends, drug = sig.dose, _concept(sig.drug)
    is_open = sig.per is Per.NOT_STATED and sig.times == 1 and sig.on_days is not None
    if not is_open or ends is None or drug is None or not _OVER_DAYS.search(plain):
        return sig
    days = sig.on_days.low if sig.on_days else Decimal(1)
    each = Quantity(ends[0].value * days, ends[0].unit)
    return replace(sig, per=Per.COURSE) if _is_above_all(each, drug) else sig


def can_be_course(amount: Quantity, drug: str) -> bool:
    """Whether the days of a course, added up, lie in a plausible range of the drug, if it has one.

    A sum is worked out here and not stated: it must not send a row whose text is sound to
    quarantine.
    """
    concept = _concept(drug)
    ranges = concept.doses if concept is not None else ()
    own = [
        one for one in ranges if one.of in ("dose", "course") and comparable(one.unit, amount.unit)
    ]
    return not own or any(order(amount, Quantity(one.high, one.unit)) <= 0 for one in own)


def _is_above_all(amount: Quantity, drug: Concept) -> bool:
    """Whether an amount is above every plausible range of a course of a drug."""
    ranges = [one for one in drug.doses if one.of == "course"]
    highest = [Quantity(one.high, one.unit) for one in ranges if comparable(one.unit, amount.unit)]
    return bool(highest) and all(order(amount, one) > 0 for one in highest)


def _concept(drug: str) -> Concept | None:
    known = catalogue()
    return known.concept(drug) if drug in known else None
