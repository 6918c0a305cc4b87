"""Prints the specification as the reference page of the criterion language.

.venv/bin/python scripts/print_spec.py            writes docs/reference/criteria.md
.venv/bin/python scripts/print_spec.py --check    exits 1 when the page is stale
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stepline.protocol.model import Confounder
from stepline.protocol.writing import write_criterion
from stepline.review.spec import Chapter, Section, SpecCase, read_chapter

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "criteria.md"
PREFACE = ROOT / "spec" / "preface.md"


def chapters() -> list[Chapter]:
    """The chapters in the order of their numbers."""
    files = sorted((ROOT / "spec").glob("*.yaml"))
    return [read_chapter(file.read_text(encoding="utf-8"), file.name) for file in files]


def page(book: Sequence[Chapter]) -> str:
    """The whole page."""
    lines = [PREFACE.read_text(encoding="utf-8"), "## Chapters", ""]
    lines += [f"{n}. [{one.title}](#{anchor(n, one)})" for n, one in enumerate(book, 1)]
    for number, chapter in enumerate(book, 1):
        lines += ["", *printed(number, chapter)]
    return "\n".join(lines).rstrip() + "\n"


def anchor(number: int, chapter: Chapter) -> str:
    """The fragment that Markdown renderers give the chapter's heading."""
    kept = "".join(sign for sign in chapter.title.lower() if sign.isalnum() or sign in " -")
    return f"{number}-{kept.replace(' ', '-')}"


def printed(number: int, chapter: Chapter) -> Iterator[str]:
    """A chapter with its sections."""
    yield f"## {number} {chapter.title}"
    yield ""
    yield wrapped(chapter.text)
    # One filled in for a drug stands at the place of the one over any drug, and after it.
    own = {definition.place: definition for definition in reversed(chapter.library.definitions)}
    for definition in reversed(own.values()):
        yield ""
        yield f"Here `{definition.key}` means `{definition.text}`."
    for confounder in chapter.library.confounders:
        yield ""
        yield confounding(confounder)
    for section in chapter.sections:
        yield ""
        yield from in_section(section)


def confounding(one: Confounder) -> str:
    """When a value does not answer, in a sentence."""
    since = (
        f"from {one.from_period.say()} to {one.to_period.say()}"
        if one.from_period
        else (f"for {one.to_period.say()}")
    )
    least = f" of at least {one.at_least}" if one.at_least else ""
    unless = f", unless `{write_criterion(one.unless)}`" if one.unless else ""
    what = f"{one.concept} ({one.when_answer})"
    return f"Here {what} is confounded {since} after {one.drug}{least}{unless}: {one.says}."


def in_section(section: Section) -> Iterator[str]:
    """A section: what its cases share, then the cases."""
    yield f"### {section.title}"
    yield ""
    if section.text:
        yield wrapped(section.text)
        yield ""
    given = shared(section)
    if given:
        yield given
        yield ""
    yield from (line(case, section) for case in section.cases)


def shared(section: Section) -> str:
    """What every case of a section stands on."""
    said = []
    if section.record:
        said.append(f"Recorded for every case: {', '.join(map(code, section.record))}.")
    if section.planned:
        said.append(f"Planned: {', '.join(map(code, section.planned))}.")
    if section.step_start:
        said.append(f"The step began on {section.step_start}.")
    if section.as_of:
        said.append(f"Judged on {section.as_of} where nothing else is said.")
    return " ".join(said)


def line(case: SpecCase, section: Section) -> str:
    """One case as one item of a list."""
    outcome = f"is **{case.verdict}**" if case.verdict else f"is refused: {quoted(case.refused)}"
    return f"- {case.title}: {told(case, section)}`{case.criterion}` {outcome}"


def told(case: SpecCase, section: Section) -> str:
    """What a case has besides what its section gives it."""
    said = []
    if case.own:
        said.append("with " + ", ".join(map(code, case.own)))
    planned = case.planned[len(section.planned) :]
    if planned:
        said.append("planned " + ", ".join(map(code, planned)))
    if case.complete_for:
        said.append(f"the list of {' and '.join(case.complete_for)} being complete")
    if case.step_start != section.step_start:
        said.append(f"in a step since {case.step_start}")
    if case.step_drugs:
        said.append(f"in a step of {', '.join(case.step_drugs)}")
    if case.as_of != section.as_of:
        said.append(f"on {case.as_of}")
    return f"{', '.join(said)}, " if said else ""


def wrapped(text: str) -> str:
    """Prose in lines of the width of the other pages."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def code(one: object) -> str:
    """An entry as code."""
    return f"`{entry(one)}`"


def entry(one: object) -> str:
    """An entry of a record as its author writes it."""
    if isinstance(one, Mapping):
        return "{" + ", ".join(f"{key}: {entry(value)}" for key, value in one.items()) + "}"
    if isinstance(one, list | tuple):
        return "[" + ", ".join(entry(value) for value in one) + "]"
    return str(one)


def quoted(words: Sequence[str]) -> str:
    """Words that the refusal holds."""
    return ", ".join(f"“{word}”" for word in words)


def main(arguments: Sequence[str]) -> int:
    """Writes the page, or checks it."""
    text = page(chapters())
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    is_fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if not is_fresh:
        print(f"{PAGE.relative_to(ROOT)} is stale: run scripts/print_spec.py", file=sys.stderr)
    return 0 if is_fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
