"""Writes `docs/README.md`: every page of the documentation by its title.

.venv/bin/python scripts/docs_index.py
"""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
INDEX = DOCS / "README.md"

FOLDERS = {
    "tutorials": "Learn by doing",
    "how-to": "Get something done",
    "explanation": "Understand",
    "reference": "Look it up",
    "decisions": "Why it is built so",
}


def main() -> None:
    """Writes the index."""
    INDEX.write_text(index(DOCS), encoding="utf-8")


def index(docs: Path) -> str:
    """The text of the index: one section a folder that holds pages."""
    sections = [section(docs, folder, title) for folder, title in FOLDERS.items()]
    return "\n".join(["# Documentation", "", *filter(None, sections)])


def section(docs: Path, folder: str, title: str) -> str:
    """One folder's heading and links; empty where it holds no page."""
    pages = sorted((docs / folder).glob("*.md"))
    links = [f"- [{title_of(page)}]({folder}/{page.name})\n" for page in pages]
    return f"## {title}\n\n{''.join(links)}" if links else ""


def title_of(page: Path) -> str:
    """The first heading of a page."""
    headings = (
        line[2:] for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# ")
    )
    return next(headings, page.stem)


if __name__ == "__main__":
    main()
