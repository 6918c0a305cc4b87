"""The addresses under which a bundle says what FHIR R4 has no element for, and ids from content.

No domain belongs to the project, so the addresses stand under `.invalid`, which is reserved and
never resolves (RFC 6761): they can be told apart from all others and promise no page behind them.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

BASE = "http://stepline.invalid/fhir"
_EXTENSIONS = f"{BASE}/StructureDefinition"

PLANNED_DOSE = f"{_EXTENSIONS}/planned-dose"
"""On a Dosage: `exact`, `course`, `day`, `per`, and `vial` or `tablet` with `size` and `count`."""
CONCENTRATION = f"{_EXTENSIONS}/infused-concentration"
"""On a MedicationRequest: the mass in a volume of what runs in or is drawn up."""
EXACT_MINUTES = f"{_EXTENSIONS}/exact-minutes"
"""On Timing.repeat: the minutes as a ratio, where no short decimal holds them."""
MINUTES_BEFORE = f"{_EXTENSIONS}/given-before"
"""On a Dosage: how long before the infusion it is given."""
EVIDENCE = f"{_EXTENSIONS}/evidence"
"""On a CarePlan or one of its notes: `source`, `kind`, `status`, `claim`."""
CAUTION = f"{_EXTENSIONS}/caution"
"""On a note of a CarePlan: the code of a warning."""
UNANSWERED = f"{_EXTENSIONS}/unanswered"
"""On a note of a CarePlan: the code of a part of the question that no source answers."""
BODY_SIZE = f"{_EXTENSIONS}/body-size"
"""On a CarePlan: `weight`, `height` and `surface` that the doses were worked out from."""
PROPOSED = f"{_EXTENSIONS}/proposed"
"""On a CarePlan: the steps of the taper are a proposal that no source states."""

PLANS = f"{BASE}/plan"
"""The system of the identifier of a plan: a digest of its content."""
PRODUCTS = f"{BASE}/product"
"""The system of the products of the library."""
REGIMENS = f"{BASE}/PlanDefinition"
"""Where a regimen would stand: `…/PlanDefinition/<id>|<version>`."""

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
DOSE_TYPES = "http://terminology.hl7.org/CodeSystem/dose-rate-type"


def regimen_canonical(regimen: str, version: str) -> str:
    """The canonical address of one version of a regimen."""
    return f"{REGIMENS}/{regimen}|{version}"


def id_of(digest: str, part: str) -> str:
    """The id of a part of a plan: the same for the same content, in every run."""
    return str(uuid5(NAMESPACE_URL, f"{PLANS}/{digest}/{part}"))
