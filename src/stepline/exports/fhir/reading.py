"""The bundle of a plan read back into dated doses.

Only bundles of this form are read here; any other FHIR is a record and is imported as one. What is
wrong is told all at once, each with its place in the bundle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import msgspec

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.exports.fhir.instructions import BundleProblem, read_instructions
from stepline.exports.fhir.names import PROPOSED, REGIMENS
from stepline.exports.fhir.shapes import CarePlan, Request
from stepline.exports.fhir.told import ToldDose, ToldPlan, in_order
from stepline.sources.fhir import structs
from stepline.sources.fhir.coding import read_drug
from stepline.sources.fhir.decoding import malformed
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.surroundings import Surroundings
from stepline.sources.fhir.unpacking import unpack_bundle
from stepline.sources.sniffing import FileKind, kind_of, refused, without_mark
from stepline.vocabulary.catalogue import catalogue

_PLANS = ("plan", "proposal")
_MOST_PROBLEMS = 20
_LARGEST = 64 * 1024 * 1024


class _Reader:
    """Reads the resources of one bundle and keeps what is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.care_plans: list[CarePlan] = []
        self.requests: list[str] = []
        self.doses: list[ToldDose] = []
        self.around = Surroundings(catalogue(), {}, {}, {}, frozenset(), {}, {})

    def take(self, raw: msgspec.Raw, url: str, place: str) -> None:
        """One resource; of another type than those of a plan, nothing."""
        match msgspec.json.decode(raw, type=structs.Head).resource_type:
            case "CarePlan":
                self.care_plans.append(msgspec.json.decode(raw, type=CarePlan))
            case "MedicationRequest":
                self.requests.append(url)
                self.doses += self._doses(msgspec.json.decode(raw, type=Request), place)

    def _doses(self, request: Request, place: str) -> Iterable[ToldDose]:
        if request.status != "draft" or request.intent not in _PLANS:
            raise BundleProblem(
                "request-not-planned",
                "This request is no draft of a plan.",
                found=f"status {request.status[:20]}, intent {request.intent[:20]}",
                allowed="status draft with intent plan or proposal",
            )
        for step in read_instructions(request, self._drug(request)):
            if isinstance(step, ToldDose):
                yield step
            else:
                self.add(step, f"{place}.{step.path}")

    def _drug(self, request: Request) -> str:
        product = self.around.product(
            request.medication_codeable_concept, request.medication_reference, request.contained
        )
        if product.thing is None:
            raise BundleProblem("drug-unknown", "This request names no drug.")
        concept = read_drug(product.thing, self.around.catalogue, "").concept
        if concept is None:
            raise BundleProblem(
                "drug-unknown", "The drug of this request is none that the vocabulary holds."
            )
        return concept.id

    def attempt(self, reading: Callable[[], None], place: str) -> None:
        """Keeps what a reading refuses."""
        try:
            reading()
        except BundleProblem as problem:
            self.add(problem, place)
        except RowRefused as refusal:
            self.add(BundleProblem(refusal.code, refusal.reason, mend=refusal.mend), place)
        except msgspec.ValidationError as error:
            wrong = malformed(error)
            self.add(BundleProblem(wrong.code, wrong.reason, mend=wrong.mend), place)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.add(BundleProblem("resource-malformed", "This resource cannot be read."), place)

    def add(self, problem: BundleProblem, place: str) -> None:
        """Keeps one problem at a place of the bundle."""
        where = Place(self.file, path=place)
        self.problems.append(
            Problem(
                problem.code, problem.message, where, problem.found, problem.allowed, problem.mend
            )
        )


def read_plan(data: bytes, file: str = "bundle") -> ToldPlan:
    """The plan that a bundle of `bundle_bytes` tells: every dose with its date, exactly.

    Raises `SourceRefused` with every problem: what no FHIR R4 bundle is (as the importer), and
    `plan-missing`, `plan-several`, `regimen-unstated`, `request-not-planned`, `drug-unknown`,
    `request-missing`, `request-foreign`, `dose-…`, `date-…`, `timing-contradicts`, `rate-…`,
    `doses-missing`, `dose-twice`.
    """
    bundle = _bundle(data, file)
    reader = _Reader(file)
    for index, entry in enumerate(bundle.entry):
        place = f"Bundle.entry[{index}].resource"
        if bytes(entry.resource) not in (b"", b"null"):
            reader.attempt(_taking(reader, entry, place), place)
    for problem in _whole(reader):
        reader.add(problem, "Bundle")
    if reader.problems:
        raise SourceRefused(reader.problems[:_MOST_PROBLEMS])
    regimen, version = _regimen(reader.care_plans[0])
    is_proposed = any(
        one.url == PROPOSED and one.value_boolean for one in reader.care_plans[0].extension
    )
    return ToldPlan(regimen, version, is_proposed, in_order(tuple(reader.doses)))


def _taking(reader: _Reader, entry: structs.Entry, place: str) -> Callable[[], None]:
    return lambda: reader.take(entry.resource, entry.full_url, place)


def _bundle(data: bytes, file: str) -> structs.Bundle:
    """The bundle, once the importer's own checks of its form have passed."""
    if len(data) > _LARGEST:
        raise refused("file-too-large", "The bundle of a plan is smaller than 64 MiB.", file)
    if kind_of(data[:4096], file) is not FileKind.JSON:
        raise refused("not-json", "This is no FHIR JSON.", file, allowed="a FHIR R4 bundle (JSON)")
    text = without_mark(data)
    unpack_bundle(text, file)
    bundle: structs.Bundle = msgspec.json.decode(text, type=structs.Bundle)
    return bundle


def _whole(reader: _Reader) -> Iterator[BundleProblem]:
    """What is wrong with the bundle as a whole."""
    if not reader.care_plans:
        yield BundleProblem(
            "plan-missing", "The bundle holds no CarePlan.", mend="export the plan again"
        )
    elif len(reader.care_plans) > 1:
        yield BundleProblem(
            "plan-several",
            "The bundle holds several plans.",
            found=f"{len(reader.care_plans)} CarePlan resources",
            allowed="one",
        )
    elif _regimen(reader.care_plans[0]) == ("", ""):
        yield BundleProblem(
            "regimen-unstated",
            "The plan does not say which regimen it follows, and in which version.",
            allowed=f"{REGIMENS}/<id>|<version> in CarePlan.instantiatesCanonical",
        )
    if len(reader.care_plans) == 1:
        yield from _unlisted(reader.care_plans[0], reader.requests)
    if not reader.doses and not reader.problems:
        yield BundleProblem("doses-missing", "No request of the bundle holds a planned dose.")
    yield from _repeated(reader.doses)


def _unlisted(care_plan: CarePlan, requests: Iterable[str]) -> Iterator[BundleProblem]:
    """The plan lists its requests: one that is gone, or that it does not list, is no part of it."""
    listed = {one.reference.reference for one in care_plan.activity if one.reference}
    present = set(requests)
    if listed - present:
        yield BundleProblem(
            "request-missing",
            "The plan lists requests that the bundle does not hold.",
            found=f"{len(listed - present)} missing",
            mend="export the whole plan again",
        )
    if present - listed:
        yield BundleProblem(
            "request-foreign",
            "The bundle holds requests that its plan does not list.",
            found=f"{len(present - listed)} not listed",
            allowed="the requests of one plan",
        )


def _repeated(doses: Iterable[ToldDose]) -> Iterator[BundleProblem]:
    """One drug twice on one day of one course is a dose told twice."""
    seen: set[tuple[str, int, dt.date]] = set()
    for dose in doses:
        key = (dose.drug, dose.course, dose.date)
        if key in seen:
            yield BundleProblem(
                "dose-twice",
                f"{dose.date} of course {dose.course} has two doses of {dose.drug}.",
                allowed="one dose of a drug on a day of a course",
            )
        seen.add(key)


def _regimen(care_plan: CarePlan) -> tuple[str, str]:
    ours = [one for one in care_plan.instantiates_canonical if one.startswith(f"{REGIMENS}/")]
    if len(ours) != 1:
        return "", ""
    regimen, bar, version = ours[0].removeprefix(f"{REGIMENS}/").partition("|")
    return (regimen, version) if regimen and bar and version else ("", "")
