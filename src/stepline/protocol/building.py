"""What the builders of regimens, pathways and rules share: names, sources and criteria."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stepline.core.errors import CriterionRefused, Place
from stepline.core.evidence import Evidence, Kind, Status
from stepline.protocol import criterion as c
from stepline.protocol.amounts import Reader
from stepline.protocol.authoring import EvidenceEntry
from stepline.protocol.checking import check_criterion, holds_a_number
from stepline.protocol.faults import Fault
from stepline.protocol.problems import Path, Problems, did_you_mean
from stepline.protocol.reading import read_criterion
from stepline.protocol.scope import Scope
from stepline.vocabulary.model import ConceptKind, Trust

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_DRUG_KINDS = (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)


@dataclass(frozen=True, slots=True)
class Bench:
    """One file being built: its problems so far, and what it may name."""

    problems: Problems
    scope: Scope

    @property
    def read(self) -> Reader:
        """Reads numbers and ranges."""
        return Reader(self.problems)

    def identified(self, text: str, path: Path) -> None:
        """Reports an id that is not in lower-case words joined by hyphens."""
        if not _ID.fullmatch(text):
            self.problems.add(
                "id-unreadable",
                path,
                "An id is made of lower-case words and digits joined by hyphens.",
                found=text,
                allowed="ivig-2g-over-5d-monthly",
                mend=f"Write {suggested_id(text) or 'such a name'}.",
            )

    def versioned(self, text: str, path: Path) -> None:
        """Reports a version that is not three numbers."""
        if not _VERSION.fullmatch(text):
            self.problems.add(
                "version-unreadable",
                path,
                "A version is three numbers joined by points.",
                found=text,
                allowed="1.0.0",
                mend="Write it like 1.0.0.",
            )

    def evidence(
        self, entries: list[EvidenceEntry], path: Path, *, needed_by: str = ""
    ) -> tuple[Evidence, ...]:
        """The evidence of an entry; `needed_by` names what may not stand without any."""
        if needed_by and not entries and not self.problems.is_written(path):
            self.problems.add(
                "evidence-missing",
                path[:-1],
                f"{needed_by} has no source: a number without one is not accepted.",
                allowed="evidence: [{source: …, kind: …, status: …, claim: …}]",
                mend="Name where it was read and how far it was confirmed.",
            )
        for number, entry in enumerate(entries):
            self._known_source(entry.source, (*path, number, "source"))
            self._trusted(entry, (*path, number, "status"))
        return tuple(_evidence(entry) for entry in entries)

    def _known_source(self, key: str, path: Path) -> None:
        if not self.scope.catalogue.has_source(key):
            keys = [source.key for source in self.scope.catalogue.sources()]
            self.problems.add(
                "source-unknown",
                path,
                f"The list of sources has no “{key}”.",
                found=key,
                allowed="a key of library/sources.yaml",
                mend=did_you_mean(key, keys, "Add the source to library/sources.yaml."),
            )

    def _trusted(self, entry: EvidenceEntry, path: Path) -> None:
        catalogue = self.scope.catalogue
        if not catalogue.has_source(entry.source) or entry.status == "unconfirmed":
            return
        if catalogue.source(entry.source).trust is Trust.LOW:
            self.problems.add(
                "evidence-trusted-too-far",
                path,
                f"“{entry.source}” is a source of low trust: what it says is a hint.",
                found=entry.status,
                allowed="unconfirmed",
                mend="Write status: unconfirmed, or name a better source.",
            )

    def drug(self, name: str, path: Path) -> None:
        """Reports a name that is neither a drug nor a drug class."""
        catalogue = self.scope.catalogue
        if name in catalogue and catalogue.concept(name).kind in _DRUG_KINDS:
            return
        near = [one for one in catalogue.suggest(name) if _is_drug(self, one)]
        self.problems.add(
            "drug-unknown",
            path,
            f"The vocabulary has no drug “{name}”.",
            found=name,
            allowed="a drug or a drug class of the vocabulary",
            mend=f"Did you mean {' or '.join(near)}?" if near else "Add it to the vocabulary.",
        )

    def concept(self, name: str, path: Path) -> None:
        """Reports a name that the vocabulary does not hold."""
        catalogue = self.scope.catalogue
        if name not in catalogue:
            near = catalogue.suggest(name)
            self.problems.add(
                "concept-unknown",
                path,
                f"The vocabulary has no concept “{name}”.",
                found=name,
                allowed="a concept id of the vocabulary",
                mend=f"Did you mean {' or '.join(near)}?" if near else "Add it to the vocabulary.",
            )

    def criterion(self, written: str, path: Path, *, over_any: bool = False) -> c.Criterion | None:
        """The criterion in a text, its names checked; `None` where it cannot be read."""
        text = one_line(written)
        try:
            node = read_criterion(text, place=Place())
        except CriterionRefused as refusal:
            self.problems.keep(refusal, path, text)
            return None
        checked, faults = check_criterion(node, self.scope.known(over_any=over_any))
        for fault in faults:
            self._keep_fault(fault, path, text)
        return checked

    def _keep_fault(self, fault: Fault, path: Path, text: str) -> None:
        self.problems.add_within(
            fault.code,
            path,
            fault.message,
            text,
            _column_of(fault.word, text),
            found=fault.found,
            allowed=fault.allowed,
            mend=fault.mend,
        )


def needs_source(*criteria: c.Criterion | None) -> bool:
    """Whether any of the criteria rests on a number of its own."""
    return any(holds_a_number(one) for one in criteria if one is not None)


def one_line(text: str) -> str:
    """A text with its line breaks and indentation made single spaces."""
    return " ".join(text.split())


def suggested_id(text: str) -> str:
    """A text as an id: lower case, other signs made hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def names_in(words: str | list[str]) -> list[str]:
    """The names in a list, in one word, or in `any of (a, b)`."""
    if isinstance(words, list):
        return words
    inner = re.fullmatch(r"any of \((.*)\)", one_line(words))
    return [name.strip() for name in inner[1].split(",")] if inner else [words]


def named_paths(words: str | list[str], path: Path) -> list[tuple[str, Path]]:
    """Each name with the path at which it stands."""
    names = names_in(words)
    is_list = isinstance(words, list)
    return [(name, (*path, n) if is_list else path) for n, name in enumerate(names)]


def _evidence(entry: EvidenceEntry) -> Evidence:
    return Evidence(entry.source, Kind(entry.kind), Status(entry.status), one_line(entry.claim))


def _is_drug(bench: Bench, concept_id: str) -> bool:
    return bench.scope.catalogue.concept(concept_id).kind in _DRUG_KINDS


def _column_of(word: str, text: str) -> int:
    """The column (from 1) of a word in a criterion; 1 where it is not written as such."""
    found = re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) if word else None
    return found.start() + 1 if found else 1
