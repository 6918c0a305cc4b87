"""The machine form of what a review foresees."""

from __future__ import annotations

from decimal import Decimal

from stepline.review.foreseen import Compared, Expected, Foreseen, Foresight

Json = dict[str, object]


def foresight_json(one: Foresight) -> Json:
    """Every forecast, what is not forecast, and the one line that goes with them."""
    return {
        "drugs": [_foreseen(each) for each in one.drugs],
        "refused": [
            {"what": each.what, "measures": list(each.measures), "says": each.says}
            for each in one.refused
        ],
        "creed": one.creed,
    }


def _foreseen(one: Foreseen) -> Json:
    return {
        "drug": one.drug,
        "measures": one.measures,
        "title": one.title,
        "unit": one.unit,
        "model": {
            "id": one.model,
            "version": one.version,
            "label": one.label,
            "says": one.says,
            "because": one.because,
            "statuses": list(one.statuses),
        },
        "basis": one.basis,
        "says": list(one.sentences),
        "expected": None if one.expected is None else _expected(one.expected),
        "compared": [_compared(each) for each in one.compared],
        "notes": list(one.notes),
        "missing": [
            {"what": m.what, "why": m.why, "says": m.says, "settle": list(m.settle)}
            for m in one.missing
        ],
        "evidence": [each.as_json() for each in one.evidence],
        "details": dict(one.details),
    }


def _expected(one: Expected) -> Json:
    return {
        "kind": one.kind,
        "date": one.time_said,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "by": one.by,
        "says": one.says,
    }


def _compared(one: Compared) -> Json:
    return {
        "event": one.event_id,
        "date": one.time_said,
        "measured": _number(one.measured),
        "below": _number(one.below),
        "predicted": one.expected,
        "low": one.low,
        "high": one.high,
        "earlier_values": one.earlier,
        "with_error_of_measurement": one.with_error,
        "within": one.is_within,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
