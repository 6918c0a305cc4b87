"""A figure as a PNG picture, drawn with the typeface that the package brings."""

from __future__ import annotations

from stepline.views.fonts import font_paths

_PAGE = """#set page(width: auto, height: auto, margin: 0pt, fill: white)
#set document(date: none)
#image("/figure.svg", format: "svg", width: {width}pt)
"""
_POINTS_PER_PIXEL = 0.75
"""SVG pixels are 1/96 inch, points 1/72 inch."""


def render_png(svg: str, *, ppi: int = 144) -> bytes:
    """The figure as PNG bytes at `ppi` pixels an inch; 96 gives one pixel for each of the SVG."""
    import tempfile
    from pathlib import Path

    import typst

    page = _PAGE.format(width=_width(svg) * _POINTS_PER_PIXEL)
    with tempfile.TemporaryDirectory(prefix="stepline-") as folder:
        Path(folder, "figure.svg").write_text(svg, encoding="utf-8")
        Path(folder, "page.typ").write_text(page, encoding="utf-8")
        written: bytes = typst.compile(
            str(Path(folder, "page.typ")),
            root=folder,
            format="png",
            ppi=float(ppi),
            font_paths=font_paths(),
            ignore_system_fonts=True,
        )
    return written


def _width(svg: str) -> float:
    """The width of a figure of ours in pixels, from its view box."""
    box = svg.partition('viewBox="')[2].partition('"')[0]
    return float(box.split()[2])
