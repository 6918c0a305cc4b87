"""Several versions of one resource in a file: which one counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from stepline.sources.fhir.rows import ResourceKey, RowRefused
from stepline.sources.fhir.unpacking import Found

_NEVER = datetime.min


def latest(found: Iterable[Found]) -> tuple[list[Found], list[tuple[Found, RowRefused]]]:
    """Each resource once, and the versions that do not count.

    The last by `meta.lastUpdated` counts, then by a numbered `meta.versionId`. Where the versions
    do not tell, the first in the file counts, and the others say so.
    """
    by_key: dict[ResourceKey, list[Found]] = {}
    for one in found:
        by_key.setdefault(one.key, []).append(one)
    kept, others = [], []
    for versions in by_key.values():
        best = max(versions, key=_age)
        kept.append(best)
        others += [(one, _outdated(one, best)) for one in versions if one is not best]
    return kept, others


def _age(found: Found) -> tuple[datetime, int]:
    return _updated(found.updated), int(found.version) if found.version.isdecimal() else -1


def _updated(text: str) -> datetime:
    """An instant of the exporting server, in UTC: versions are compared across time zones."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _NEVER
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _outdated(one: Found, best: Found) -> RowRefused:
    if one.content == best.content:
        return RowRefused("duplicate", "The same resource stands in the file twice.")
    where = best.place if best.file == one.file else f"{best.file} {best.place}"
    if _age(one) < _age(best):
        return RowRefused("superseded", f"A later version of it stands at {where}.")
    return RowRefused(
        "duplicate-undecided",
        f"Another version of it stands at {where}, and neither says which is later; "
        "the first in the file was read.",
        "export meta.lastUpdated, or one version only",
    )
