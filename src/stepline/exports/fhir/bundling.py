"""The bundle of a plan: a care plan, its requests, and a person of whom nothing is said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import msgspec

from stepline.dosing.plan_model import Plan
from stepline.exports.fhir.elements import Json, evidence_of, extension, narrative, of_quantity
from stepline.exports.fhir.lines import lines_of
from stepline.exports.fhir.names import (
    BODY_SIZE,
    CAUTION,
    PROPOSED,
    UNANSWERED,
    id_of,
    regimen_canonical,
)
from stepline.exports.fhir.requests import (
    NOT_AN_ORDER,
    identifier,
    premedication_of,
    request_of,
    subject,
)
from stepline.vocabulary.catalogue import Catalogue, catalogue

_PERSON = "Whoever this plan is made for. The plan knows no person."


def bundle_bytes(
    plan: Plan, *, beside: Sequence[Plan] = (), authored_on: date | None = None
) -> bytes:
    """A FHIR R4 (4.0.1) collection bundle as JSON; the same plans give the same bytes.

    Plans beside the first stand in one bundle with it, each with a care plan of its own, for one
    person. `authored_on` stands only where it is given: no clock is read.
    """
    bundle = bundle_of(plan, catalogue(), beside=beside, authored_on=authored_on)
    text = msgspec.json.Encoder(decimal_format="number").encode(bundle)
    return msgspec.json.format(text, indent=2) + b"\n"


def bundle_of(
    plan: Plan,
    vocabulary: Catalogue,
    *,
    beside: Sequence[Plan] = (),
    authored_on: date | None = None,
) -> Json:
    """The same as JSON values, numbers as `Decimal` and `int`."""
    digests = [digest_of(one) for one in (plan, *beside)]
    whole = digests[0] if not beside else _digest("\n".join(digests))
    person = subject(whole)
    resources = [
        {**resource, "subject": person}
        for one, digest in zip((plan, *beside), digests, strict=True)
        for resource in _resources(one, digest, vocabulary, authored_on)
    ]
    return _bundle(whole, [resources[0], _patient(whole), *resources[1:]])


def _resources(
    plan: Plan, digest: str, vocabulary: Catalogue, authored_on: date | None
) -> list[Json]:
    """The care plan of one plan, and after it its requests."""
    requests = [request_of(plan, line, digest, vocabulary) for line in lines_of(plan)]
    before = [
        premedication_of(plan, number, digest, requests, vocabulary)
        for number in range(len(plan.request.regimen.before_each))
    ]
    everything = [*requests, *before]
    care_plan = _care_plan(plan, digest, everything)
    if authored_on is not None:
        care_plan["created"] = authored_on.isoformat()
        everything = [{**one, "authoredOn": authored_on.isoformat()} for one in everything]
    return [care_plan, *everything]


def _bundle(digest: str, resources: Sequence[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "id": id_of(digest, "bundle"),
        "identifier": identifier(digest),
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }


def digest_of(plan: Plan) -> str:
    """A digest of all that the plan says, from which every id comes."""
    said = json.dumps(plan.as_json(), sort_keys=True, ensure_ascii=True)
    return _digest(said)


def _digest(said: str) -> str:
    return sha256(said.encode()).hexdigest()[:32]


def _patient(digest: str) -> Json:
    return {
        "resourceType": "Patient",
        "id": id_of(digest, "patient"),
        "text": narrative(_PERSON),
    }


def _care_plan(plan: Plan, digest: str, requests: list[Json]) -> Json:
    regimen = plan.request.regimen
    last = plan.doses[-1]
    end = last.until or last.date
    is_open = last.days is None
    return {
        "resourceType": "CarePlan",
        "id": id_of(digest, "care-plan"),
        "text": narrative(regimen.title, f"Version {regimen.version}.", NOT_AN_ORDER),
        "extension": [
            *([extension(PROPOSED, "Boolean", value=True)] if plan.is_proposed else []),
            *_body(plan),
            *(evidence_of(one) for one in plan.evidence),
        ],
        "identifier": [identifier(digest)],
        "instantiatesCanonical": [regimen_canonical(regimen.id, regimen.version)],
        "status": "draft",
        "intent": "proposal" if plan.is_proposed else "plan",
        "title": regimen.title,
        "description": f"{plan.course.working}. {NOT_AN_ORDER}",
        "subject": subject(digest),
        "period": {
            "start": plan.doses[0].date.isoformat(),
            **({} if is_open else {"end": end.isoformat()}),
        },
        "activity": [
            {"reference": {"reference": f"urn:uuid:{one['id']}", "type": "MedicationRequest"}}
            for one in requests
        ],
        **_notes(plan),
    }


def _body(plan: Plan) -> list[Json]:
    size, surface = plan.request.size, plan.surface
    measures = (
        ("weight", size.weight),
        ("height", size.height),
        ("surface", surface.quantity if surface else None),
    )
    parts = [
        extension(name, "Quantity", of_quantity(one)) for name, one in measures if one is not None
    ]
    return [{"url": BODY_SIZE, "extension": parts}] if parts else []


def _notes(plan: Plan) -> Json:
    """Warnings, and parts of the question that no source answers, each with its code."""
    warnings: list[Json] = [
        {
            "extension": [
                extension(CAUTION, "Code", one.code),
                *(evidence_of(source) for source in one.evidence),
            ],
            "text": one.message,
        }
        for one in plan.cautions
    ]
    gaps: list[Json] = [
        {"extension": [extension(UNANSWERED, "Code", one.code)], "text": one.message}
        for one in plan.refusals
    ]
    return {"note": [*gaps, *warnings]} if gaps or warnings else {}
