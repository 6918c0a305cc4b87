"""Finds things of the packaged library by id."""

from __future__ import annotations

import difflib

from stepline.core.errors import Place, ProtocolRefused


def find_in_library(wanted: str) -> str:
    """A thing of the library as YAML; raises `ProtocolRefused` with the nearest ids."""
    from stepline.protocol.dumping import dump
    from stepline.protocol.loading import packaged
    from stepline.vocabulary.catalogue import catalogue

    protocol = packaged()
    things: dict[str, object] = {
        **{d.key: d for d in protocol.definitions},
        **{r.id: r for r in protocol.rules},
        **{p.id: p for p in protocol.pathways},
        **{r.id: r for r in protocol.regimens},
        **{ladder.id: ladder for ladder in protocol.ladders},
    }
    if wanted in things:
        return dump(things[wanted])
    if wanted in catalogue():
        return describe_concept(wanted)
    names = [*things, *(concept.id for concept in catalogue().concepts)]
    near = difflib.get_close_matches(wanted, names, n=3)
    raise ProtocolRefused.because(
        "library-unknown",
        f"The library holds nothing called “{wanted}”.",
        place=Place(),
        found=wanted,
        allowed="an id of a regimen, pathway, rule, definition or concept, or a YAML file",
        mend=f"Did you mean {' or '.join(near)}?" if near else "Run `stepline library list`.",
    )


def describe_concept(concept_id: str) -> str:
    """A concept of the vocabulary as YAML, with its codes and their sources."""
    import yaml

    from stepline.vocabulary.catalogue import catalogue

    concept = catalogue().concept(concept_id)
    fields: dict[str, object] = {
        "id": concept.id,
        "title": concept.title,
        "kind": concept.kind.value,
        "synonyms": list(concept.synonyms),
        "unit": concept.unit,
        "freshness": concept.freshness.period if concept.freshness else "",
        "classes": list(concept.classes),
        "codes": [
            {
                "system": code.system,
                "code": code.code,
                "display": code.display,
                "source": code.evidence.source,
                "status": code.evidence.status.value,
            }
            for code in concept.codes
        ],
        "not researched": list(concept.codes_unknown),
        "note": concept.note,
    }
    kept = {key: value for key, value in fields.items() if value}
    return str(yaml.safe_dump({"concept": kept}, sort_keys=False, allow_unicode=True))
