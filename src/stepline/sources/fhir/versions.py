"""Which version of FHIR a file is in, by fields and resource types that R4 does not have.

A file seldom names its version. R4 and R4B are read; for the purposes here they are the same.
Fields are those that the version histories of hl7.org/fhir list as removed or added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from stepline.core.errors import SourceRefused
from stepline.sources.sniffing import refused

Versions = tuple[str, ...]
_D1: Versions = ("DSTU1",)
_D2: Versions = ("DSTU2",)
_D12: Versions = ("DSTU1", "DSTU2")
_D123: Versions = ("DSTU1", "DSTU2", "STU3")
_D23: Versions = ("DSTU2", "STU3")
_S3: Versions = ("STU3",)
_R5: Versions = ("R5",)

TYPES: Mapping[str, Versions] = {
    "MedicationPrescription": _D1,
    "Alert": _D1,
    "AdverseReaction": _D1,
    "SecurityEvent": _D1,
    "DeviceObservationReport": _D1,
    "MedicationOrder": _D2,
    "DiagnosticOrder": _D12,
    "OrderResponse": _D12,
    "ProcedureRequest": _D23,
    "ReferralRequest": _D23,
    "BodySite": _D23,
    "EligibilityRequest": _D23,
    "Sequence": _S3,
    "ServiceDefinition": _S3,
    "MedicationUsage": _R5,
    "EncounterHistory": _R5,
    "GenomicStudy": _R5,
    "ImagingSelection": _R5,
    "NutritionIntake": _R5,
    "Transport": _R5,
    "InventoryItem": _R5,
}
"""Resource types that R4 does not have."""

FIELDS: Mapping[str, Mapping[str, Versions]] = {
    "Bundle": {"issues": _R5},
    "Patient": {"careProvider": _D12, "animal": _D123},
    "Observation": {
        "name": _D1,
        "reliability": _D1,
        "appliesDateTime": _D1,
        "appliesPeriod": _D1,
        "comments": _D12,
        "comment": _S3,
        "related": _D123,
        "context": _S3,
        "triggeredBy": _R5,
        "bodyStructure": _R5,
    },
    "Condition": {
        "status": _D1,
        "dateAsserted": _D1,
        "patient": _D2,
        "dateRecorded": _D2,
        "assertedDate": _S3,
        "context": _S3,
        "participant": _R5,
    },
    "AllergyIntolerance": {
        "sensitivityType": _D1,
        "substance": _D12,
        "subject": _D1,
        "assertedDate": _S3,
        "participant": _R5,
    },
    "Immunization": {
        "refusedIndicator": _D1,
        "vaccineType": _D1,
        "wasNotGiven": _D2,
        "reported": _D2,
        "notGiven": _S3,
        "date": _D123,
        "informationSource": _R5,
    },
    "Procedure": {
        "patient": _D1,
        "type": _D1,
        "notPerformed": _D2,
        "notDone": _S3,
        "context": _S3,
        "occurrenceDateTime": _R5,
        "occurrencePeriod": _R5,
    },
    "DiagnosticReport": {"name": _D1, "diagnosticDate": _D1, "context": _S3},
    "MedicationRequest": {
        "context": _S3,
        "medication": _R5,
        "reason": _R5,
        "statusChanged": _R5,
        "effectiveDosePeriod": _R5,
        "renderedDosageInstruction": _R5,
    },
    "MedicationAdministration": {
        "patient": _D12,
        "wasNotGiven": _D12,
        "effectiveTimeDateTime": _D2,
        "prescription": _D123,
        "notGiven": _S3,
        "medication": _R5,
        "occurenceDateTime": _R5,
        "occurencePeriod": _R5,
    },
    "MedicationStatement": {
        "patient": _D12,
        "wasNotTaken": _D2,
        "wasNotGiven": _D1,
        "taken": _S3,
        "medication": _R5,
        "renderedDosageInstruction": _R5,
    },
    "MedicationDispense": {
        "patient": _D12,
        "notDone": _S3,
        "medication": _R5,
        "renderedDosageInstruction": _R5,
    },
    "Medication": {"product": _D12, "isBrand": _D123, "package": _D23},
}
"""Fields that R4 does not have, by resource type."""

CODED: Mapping[str, Mapping[str, Versions]] = {
    "Condition": {"clinicalStatus": _D23, "verificationStatus": _D23},
    "AllergyIntolerance": {"clinicalStatus": _S3, "verificationStatus": _S3},
}
"""Fields that were a bare code before R4 and are coded things from R4 on."""

_PROFILES = {"/DSTU2/": "DSTU2", "/STU3/": "STU3", "/3.0/": "STU3", "/5.0/": "R5", "/R5/": "R5"}
_LOOKED_AT = 50
"""How many resources of one type are looked at: an export is of one version."""
_SHOWN = 8


class VersionSigns:
    """The signs of another version found so far."""

    def __init__(self) -> None:
        self._looked: Counter[str] = Counter()
        self._votes: Counter[str] = Counter()
        self.found: dict[str, None] = {}

    def look_at(self, kind: str, raw: msgspec.Raw | bytes) -> None:
        """Looks for signs in one resource; enough are looked at of each type to be sure."""
        self._note(kind, TYPES.get(kind, ()))
        if kind not in FIELDS or self._looked[kind] >= _LOOKED_AT:
            return
        self._looked[kind] += 1
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        for name in fields.keys() & FIELDS[kind].keys():
            self._note(f"{kind}.{name}", FIELDS[kind][name])
        for name, versions in CODED.get(kind, {}).items():
            if name in fields and bytes(fields[name]).lstrip()[:1] == b'"':
                self._note(f"{kind}.{name} as a bare code", versions)

    def look_at_profiles(self, profiles: tuple[str, ...]) -> None:
        """Looks for a version in the profiles that a resource claims to follow."""
        for profile in profiles:
            for part, version in _PROFILES.items():
                if profile.startswith("http://hl7.org/fhir/") and part in profile:
                    self._note(f"the profile {profile[:80]}", (version,))

    def bundle_without_type(self) -> None:
        """Notes a bundle without a type. Alone it is a slip, not a version."""
        if self._votes:
            self._note("a Bundle without type", _D1)

    def _note(self, sign: str, versions: Versions) -> None:
        if versions and sign not in self.found:
            self.found[sign] = None
            self._votes.update(versions)

    def refusal(self, file: str) -> SourceRefused | None:
        """The refusal of the file, where there is any sign of another version."""
        if not self._votes:
            return None
        most = max(self._votes.values())
        likely = [version for version in sorted(self._votes) if self._votes[version] == most]
        signs = sorted(self.found)
        shown = ", ".join(signs[:_SHOWN])
        more = f" and {len(signs) - _SHOWN} more" if len(signs) > _SHOWN else ""
        return refused(
            "fhir-version",
            f"This is FHIR {' or '.join(likely)}, and only R4 is read.",
            file,
            found=f"{shown}{more}",
            allowed="FHIR R4 (4.0.1) or R4B (4.3.0)",
            mend="export it as R4, or convert it to R4 first",
        )
