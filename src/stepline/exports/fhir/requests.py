"""Requests for medication of a plan: the drug itself, and what is given before each dose."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from stepline.core.quantity import decimal_of, in_unit
from stepline.dosing.numbers import say
from stepline.dosing.plan_model import Plan
from stepline.exports.fhir.dosages import dosages_of
from stepline.exports.fhir.elements import (
    Json,
    drug,
    extension,
    narrative,
    of_quantity,
    quantity,
    route,
)
from stepline.exports.fhir.lines import Line
from stepline.exports.fhir.names import (
    CONCENTRATION,
    MINUTES_BEFORE,
    PLANS,
    PRODUCTS,
    id_of,
    regimen_canonical,
)
from stepline.protocol.model import Intent, Premedication
from stepline.vocabulary.catalogue import Catalogue

NOT_AN_ORDER = "A calculation for a professional to check and decide on; it orders nothing."


def request_of(plan: Plan, line: Line, digest: str, catalogue: Catalogue) -> Json:
    """The request of one line of treatment: a draft, and never an order."""
    regimen = plan.request.regimen
    course = f", course {line.course} of {plan.courses}" if line.course is not None else ""
    title = f"{regimen.title}{course}"
    concentration = line.spans[0][0].portion.concentration
    outside = (
        [extension(CONCENTRATION, "Quantity", of_quantity(concentration))] if concentration else []
    )
    return {
        **_head(digest, f"request/{line.course or 'all'}", title, outside),
        **_common(plan, digest),
        **_medication(plan, catalogue),
        "reasonCode": [{"text": regimen.intent.value}],
        "note": [{"text": f"{title} (version {regimen.version}). {NOT_AN_ORDER}"}],
        "dosageInstruction": dosages_of(plan, line.spans),
    }


def _head(digest: str, part: str, title: str, extensions: Sequence[Json] = ()) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": id_of(digest, part),
        "text": narrative(title, NOT_AN_ORDER),
        **({"extension": list(extensions)} if extensions else {}),
    }


def _common(plan: Plan, digest: str) -> Json:
    regimen = plan.request.regimen
    return {
        "status": "draft",
        "intent": "proposal" if plan.is_proposed else "plan",
        "subject": subject(digest),
        "instantiatesCanonical": [regimen_canonical(regimen.id, regimen.version)],
        "groupIdentifier": identifier(digest),
    }


def subject(digest: str) -> Json:
    """A pointer to the person whom the plan is made for, of whom nothing is said."""
    return {"reference": f"urn:uuid:{id_of(digest, 'patient')}", "type": "Patient"}


def identifier(digest: str) -> Json:
    """The identifier that the whole plan shares."""
    return {"system": PLANS, "value": digest}


def _medication(plan: Plan, catalogue: Catalogue) -> Json:
    """The drug; where a product is named, a contained Medication with its strength."""
    code = drug(plan.request.regimen.drug, catalogue)
    product = plan.request.product
    if product is None:
        return {"medicationCodeableConcept": code}
    coding = code["coding"]
    assert isinstance(coding, list)
    named = {"system": PRODUCTS, "code": product.id, "display": product.title}
    medication: Json = {
        "resourceType": "Medication",
        "id": "product",
        "code": {"coding": [*coding, named], "text": product.title},
    }
    if product.concentration is not None:
        mg = decimal_of(in_unit(product.concentration.value, "mg/mL"))
        strength = {"numerator": quantity(mg, "mg"), "denominator": quantity(Decimal(1), "mL")}
        medication["ingredient"] = [{"itemCodeableConcept": code, "strength": strength}]
    return {"contained": [medication], "medicationReference": {"reference": "#product"}}


# ---------------------------------------------------------------- before each dose


def premedication_of(
    plan: Plan, number: int, digest: str, requests: Sequence[Json], catalogue: Catalogue
) -> Json:
    """What is given before each dose, as a request of its own on the same dates."""
    regimen = plan.request.regimen
    one = regimen.before_each[number]
    name = catalogue.concept(one.drug).title if one.drug in catalogue else one.drug
    title = f"{name} before each dose of: {regimen.title}"
    return {
        **_head(digest, f"before/{number}", title),
        **_common(plan, digest),
        "medicationCodeableConcept": drug(one.drug, catalogue),
        "supportingInformation": [
            {"reference": f"urn:uuid:{request['id']}", "type": "MedicationRequest"}
            for request in requests
        ],
        "reasonCode": [{"text": Intent.PREMEDICATION.value}],
        "note": [{"text": f"{title}. {NOT_AN_ORDER}"}],
        "dosageInstruction": [_before(plan, one)],
    }


def _before(plan: Plan, one: Premedication) -> Json:
    before = one.minutes_before
    lead = f"{before} min before each dose" if before is not None else "before each dose"
    given = say(one.dose) if one.dose is not None else "dose not stated"
    ahead = [
        extension(MINUTES_BEFORE, "Duration", quantity(Decimal(before), "min")),
    ] if before is not None else []  # fmt: skip
    return {
        **({"extension": ahead} if ahead else {}),
        "sequence": 1,
        "text": f"{given}, {lead}",
        "timing": {"event": [dose.date.isoformat() for dose in plan.doses]},
        **({"route": route(one.route)} if one.route else {}),
        **({"doseAndRate": [{"doseQuantity": of_quantity(one.dose)}]} if one.dose else {}),
    }
