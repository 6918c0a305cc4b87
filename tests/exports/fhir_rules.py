"""The rules of FHIR R4 that concern the bundle of a plan.

Structure, types, cardinalities and required codes come from HL7's own JSON schema of 4.0.1
(`fixtures/fhir-r4-schema.json`, the definitions that a plan needs, descriptions left out). What a
schema cannot say, the invariants, is written out here under the keys of the specification.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

Json = dict[str, Any]
_SCHEMA = Path(__file__).parent / "fixtures" / "fhir-r4-schema.json"
_TIME_UNITS = ("s", "min", "h", "d", "wk", "mo", "a")
_MEALS = ("C", "CM", "CD", "CV")
_INTENTS = ("proposal", "plan", "order", "option")
_ORDERS = ("original-order", "reflex-order", "filler-order", "instance-order")
_STATUSES = ("active", "on-hold", "completed", "entered-in-error", "draft", "unknown")
_BOUND = {
    ("CarePlan", "status"): (*_STATUSES, "revoked"),
    ("CarePlan", "intent"): _INTENTS,
    ("MedicationRequest", "status"): (*_STATUSES, "cancelled", "stopped"),
    ("MedicationRequest", "intent"): (*_INTENTS, *_ORDERS),
}
"""Required bindings that the schema leaves open, as the resource pages of R4 list them."""


@lru_cache(maxsize=1)
def _validator() -> Draft6Validator:
    return Draft6Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def broken_rules(bundle: Json) -> list[str]:
    """What breaks a rule: the key of the invariant, or `schema`, with its place."""
    wrong = [
        f"schema {'.'.join(map(str, error.absolute_path))}"
        for error in _validator().iter_errors(bundle)
    ]
    wrong += [f"{key} {path}" for path, node in _nodes(bundle, "Bundle") for key in _element(node)]
    wrong += list(_of_bundle(bundle))
    for entry in bundle.get("entry", []):
        wrong += [f"{key} {entry['resource'].get('id')}" for key in _resource(entry["resource"])]
    return wrong


def _nodes(node: object, path: str) -> Iterator[tuple[str, object]]:
    yield path, node
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _nodes(child, f"{path}.{name}")
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _nodes(child, f"{path}[{place}]")


def _element(node: object) -> Iterator[str]:
    """Invariants of any element: `ele-1`, `ext-1`, and those of data types by their own fields."""
    if node in ({}, [], "", None):
        yield "ele-1"
    if not isinstance(node, dict):
        return
    if "url" in node and "fullUrl" not in node:
        values = [name for name in node if name.startswith("value")]
        if len(values) + ("extension" in node) != 1:
            yield "ext-1"
    if "code" in node and "value" in node and "system" not in node:
        yield "qty-3"
    if ("numerator" in node) != ("denominator" in node):
        yield "rat-1"
    if "start" in node and "end" in node and node["start"] > node["end"]:
        yield "per-1"
    if "valueDuration" in node and node["valueDuration"].get("code") not in _TIME_UNITS:
        yield "drt-1"
    if "repeat" in node:
        yield from _repeat(node["repeat"])


def _repeat(repeat: Json) -> Iterator[str]:
    """Timing.repeat: `tim-1` to `tim-10` (there is no `tim-3`)."""
    rules = {
        "tim-1": "duration" not in repeat or "durationUnit" in repeat,
        "tim-2": "period" not in repeat or "periodUnit" in repeat,
        "tim-4": repeat.get("duration", 0) >= 0,
        "tim-5": repeat.get("period", 0) >= 0,
        "tim-6": "periodMax" not in repeat or "period" in repeat,
        "tim-7": "durationMax" not in repeat or "duration" in repeat,
        "tim-8": "countMax" not in repeat or "count" in repeat,
        "tim-9": "offset" not in repeat
        or ("when" in repeat and not set(repeat["when"]) & set(_MEALS)),
        "tim-10": "timeOfDay" not in repeat or "when" not in repeat,
    }
    yield from (key for key, holds in rules.items() if not holds)


def _resource(resource: Json) -> Iterator[str]:
    """Invariants of a resource: containment, local references, narrative, care plan activities."""
    contained = resource.get("contained", [])
    metas = [one.get("meta", {}) for one in contained]
    activities = resource.get("activity", [])
    targets = [
        node["reference"]
        for _, node in _nodes(resource, "")
        if isinstance(node, dict) and isinstance(node.get("reference"), str)
    ]
    local = {target[1:] for target in targets if target.startswith("#")}
    rules = {
        "dom-2": not any("contained" in one for one in contained),
        "dom-3": all(one.get("id") in local for one in contained),
        "dom-4": not any({"versionId", "lastUpdated"} & set(one) for one in metas),
        "dom-5": not any("security" in one for one in metas),
        "dom-6": bool(resource.get("text", {}).get("div")),
        "ref-1": local <= {one.get("id") for one in contained},
        "cpl-3": not any({"detail", "reference"} <= set(one) for one in activities),
        "binding": all(
            resource[field] in codes
            for (kind, field), codes in _BOUND.items()
            if kind == resource["resourceType"]
        ),
    }
    yield from (key for key, holds in rules.items() if not holds)


def _of_bundle(bundle: Json) -> Iterator[str]:
    urls = [entry.get("fullUrl") for entry in bundle.get("entry", [])]
    if len(set(urls)) < len(urls):
        yield "bdl-7 Bundle"
    if any("/_history/" in url for url in urls if url):
        yield "bdl-8 Bundle"
    known = set(urls)
    for path, node in _nodes(bundle, "Bundle"):
        target = node.get("reference") if isinstance(node, dict) else None
        if isinstance(target, str) and not target.startswith("#") and target not in known:
            yield f"reference-unresolved {path}"
