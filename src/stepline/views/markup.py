"""Markup that is escaped by construction: plain text cannot become an element."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is already markup. Made by `text`, `element` and `join`; never from data."""

    __slots__ = ()


VOID = frozenset({"meta", "br", "hr"})


def text(value: str) -> Markup:
    """Plain text, escaped."""
    return Markup(escape(value, quote=True))


def safe(value: str) -> Markup:
    """Markup that this package wrote itself: a figure, a style sheet, a script."""
    return Markup(value)


def join(*parts: Markup) -> Markup:
    """Markup one after another."""
    return Markup("".join(parts))


def element(tag: str, content: Markup | None = None, /, **attributes: str) -> Markup:
    """One element. `class_` is written `class`, `data_events` is written `data-events`."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"'
        for name, value in attributes.items()
    )
    if tag in VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{content or ''}</{tag}>")
