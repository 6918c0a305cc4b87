"""A review as one self-contained page: it loads nothing, prints well and works without a script.

Text reaches the page only through `markup`, which escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

from stepline.core.evidence import Evidence, Status
from stepline.course.model import Course
from stepline.engine.finding import Verdict
from stepline.review.model import Advice, Because, Due, Review, Statement, Stay, Working
from stepline.views import words
from stepline.views.adherence import adherence_line
from stepline.views.embedding import font_faces
from stepline.views.markup import Markup, element, join, safe, text
from stepline.views.report_forecast import render_forecast
from stepline.views.scene import Scene
from stepline.views.svg import ends_of_axis, render_svg
from stepline.views.svg_frame import EDGE, LABELS
from stepline.views.tables import items, table
from stepline.views.terminal import CREED, VERDICT_WORDS
from stepline.views.timeline import timeline

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; font-src data:"
)

SHAPES = {Verdict.TRUE: "●", Verdict.FALSE: "○", Verdict.UNKNOWN: "◐"}


def render_html(review: Review) -> str:
    """The whole page."""
    body = join(
        _header(review),
        element("main", _sections(review)),
        _footer(),
        element("script", safe(_asset("report.js"))),
    )
    head = join(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", text(_title(review))),
        element("style", safe(font_faces())),
        element("style", safe(_asset("report.css"))),
    )
    page = element("html", join(element("head", head), element("body", body)), lang="en")
    return f"<!doctype html>\n{page}\n"


def _asset(name: str) -> str:
    return files("stepline.views").joinpath(name).read_text(encoding="utf-8")


def _title(review: Review) -> str:
    return f"Review: {words.title_of(review)}, as of {review.as_of_said}"


def _header(review: Review) -> Markup:
    return element(
        "header",
        join(
            element("h1", text(words.title_of(review))),
            element("p", text(words.who(review)), class_="who"),
            element("p", text(CREED), class_="creed"),
        ),
    )


def _sections(review: Review) -> Markup:
    parts = [
        ("summary", "Summary", element("ol", items(review.summary))),
        ("timeline", "Timeline", _timeline(review)),
        ("forecast", "Forecast", render_forecast(review.forecast)),
        ("pathway", "On the pathway", _pathway(review)),
        ("alerts", "Alerts", _alerts(review.alerts)),
        ("due", "Due and overdue", _due(review.due)),
        ("advice", "What is next", _advice_list(review)),
        ("response", "Response", table(words.RESPONSE_HEADS, words.response_rows(review))),
        ("relapse", "Relapse and states", _statements(review.relapses.statements())),
        ("states", "States", _statements(review.states)),
        ("tried", "What was tried", table(words.TRIED, words.tried_rows(review))),
        ("changed", "Why treatment was changed", table(words.CHANGED, words.changed_rows(review))),
        ("findings", "Findings", _statements(review.findings)),
        ("safety", "Safety", _statements(review.safety)),
        ("missing", "Not known", _missing(review)),
        ("courses", "Courses", _courses(review)),
        ("quarantine", "Not read", _quarantine(review)),
        ("sources", "Sources", _sources(review.evidence)),
        ("computed", "How it was computed", element("ul", items(words.judged(review)))),
    ]
    shown = [part for part in parts if part[2]]
    links = join(*(element("a", text(title), href=f"#{name}") for name, title, _ in shown))
    contents = element("nav", links, class_="screen", aria_label="Parts of this page")
    return join(contents, *(_section(*part) for part in shown))


def _section(name: str, title: str, content: Markup) -> Markup:
    return element("section", join(element("h2", text(title)), content), id=name)


# ---------------------------------------------------------------- timeline and pathway


def _timeline(review: Review) -> Markup:
    """The figure; what only a script can do is hidden until one runs."""
    help_line = (
        "Point at the figure to read every lane at that moment. Drag across a stretch to zoom in, "
        "double-click for the whole course. With the figure in focus: + − ← → 0, and n or p to "
        "read mark after mark. “Show” beside a finding marks the events it rests on."
    )
    scene = timeline(review)
    figure = element(
        "div",
        safe(render_svg(scene)),
        class_="figure",
        id="figure",
        data_left=str(LABELS),
        data_edge=str(EDGE),
        **(_days_of_axis(scene) if review.record.calendar == "dated" else {}),
    )
    return join(
        element("p", text(help_line), class_="hint screen script"),
        element("div", class_="tools screen script", id="tools"),
        figure,
        element("div", class_="readout screen script", id="readout", aria_live="polite"),
    )


def _days_of_axis(scene: Scene) -> dict[str, str]:
    """What a script needs to name the days of a stretch that it shows larger."""
    zero, end = ends_of_axis(scene)
    return {
        "data_first": f"{scene.axis.start:%Y-%m-%dT%H:%MZ}",
        "data_last": f"{scene.axis.end:%Y-%m-%dT%H:%MZ}",
        "data_zero": f"{zero:.1f}",
        "data_end": f"{end:.1f}",
    }


def _pathway(review: Review) -> Markup:
    if review.pathway is None:
        reasons = [f"{fit.title}: does not apply, {fit.because}" for fit in review.considered]
        return element("ul", items(reasons))
    applies = f"{review.pathway.title} ({review.pathway.version}): {review.pathway.because}"
    walked = [_stay(s, current=s in review.current) for s in review.stays if not s.parallel]
    beside = [_stay(s, current=s in review.current) for s in review.stays if s.parallel]
    ways_out = [_way_out(one) for one in review.advice]
    return join(
        element("p", text(applies)),
        element("ol", join(*walked, *ways_out), class_="steps"),
        element("ol", join(*beside), class_="steps beside") if beside else Markup(""),
    )


def _stay(stay: Stay, *, current: bool) -> Markup:
    met = words.exit_met(stay)
    names = ["stay", "current" if current else "", "parallel" if stay.parallel else ""]
    label = f"{stay.title}{' · now' if current else ''}{' · beside' if stay.parallel else ''}"
    content = join(
        element("h3", text(label)),
        element("p", text(words.stay_times(stay)), class_="when"),
        element("p", text(met)) if met else Markup(""),
    )
    return element("li", content, class_=" ".join(name for name in names if name))


def _way_out(advice: Advice) -> Markup:
    """An exit of the present step: where it leads, and whether it is open."""
    content = join(
        element("h3", text(f"{advice.to_title}?")),
        element("p", _badge(advice.verdict, VERDICT_WORDS[advice.verdict])),
        element("p", text(advice.title), class_="when"),
    )
    return element("li", content, class_=f"way-out {advice.verdict.value}")


# ---------------------------------------------------------------- statements


def _badge(verdict: Verdict, word: str = "") -> Markup:
    shown = f"{SHAPES[verdict]} {word or verdict.value}"
    return element("span", text(shown), class_=f"badge {verdict.value}")


def _statements(statements: Sequence[Statement]) -> Markup:
    return join(*(_statement(s, _badge(s.verdict)) for s in statements))


def _alerts(alerts: Sequence[Statement]) -> Markup:
    if not alerts:
        return element("p", text("No safety rule of the library holds for this record."))
    return join(*(_statement(a, _alert_badge(a)) for a in alerts))


def _due(due: Sequence[Due]) -> Markup:
    """What to look at, most pressing first."""
    rows = [
        [
            one.status.value.replace("-", " "),
            f"{one.title}: {', '.join(one.what)}",
            one.opens_said,
            one.closes_said,
            words.days_said(one),
            f"{one.says}. {one.note}".strip(),
            ", ".join(words.source_status(evidence) for evidence in one.evidence),
        ]
        for one in due
    ]
    return table(["status", "what", "from", "to", "days", "why", "sources"], rows)


def _alert_badge(alert: Statement) -> Markup:
    return _badge(alert.verdict, words.alert_word(alert))


def _statement(statement: Statement, badge: Markup) -> Markup:
    names = f"statement {statement.kind} {statement.verdict.value} {statement.severity}".strip()
    content = _told(statement, badge)
    return element("article", content, class_=names, id=f"{statement.kind}-{statement.id}")


def _told(statement: Statement, badge: Markup) -> Markup:
    """The verdict, the statement in words, what would settle it, and its working."""
    asks = f"To settle it: {', '.join(statement.asks)}." if statement.asks else ""
    show = _show(statement.because, statement.title)
    return join(
        element("h3", join(badge, text(f" {statement.title} "), show)),
        element("p", text(statement.says)),
        element("p", text(asks), class_="asks") if asks else Markup(""),
        element("p", text(statement.note), class_="note") if statement.note else Markup(""),
        _details(statement),
    )


def _show(because: Sequence[Because], title: str) -> Markup:
    """A button that marks the events of a verdict in the figure."""
    if not because:
        return Markup("")
    return element(
        "button",
        text("show"),
        type="button",
        class_="show screen script",
        data_events=" ".join(str(one.event_id) for one in because),
        aria_pressed="false",
        aria_label=f"Show in the timeline: {title}",
    )


def _details(one: Statement | Advice) -> Markup:
    """What a verdict rests on, how it was judged and by which sources, folded away."""
    parts = [
        _because(one.because),
        _list("Missing", [missing.says for missing in one.missing]),
        _working(one.working),
        _list("Sources", [words.evidence_line(evidence) for evidence in one.evidence]),
    ]
    shown = [part for part in parts if part]
    if not shown:
        return Markup("")
    return element("details", join(element("summary", text("working")), *shown))


def _because(events: Sequence[Because]) -> Markup:
    """The events of a verdict; those told alike share a row."""
    heads = ["when", "what", "value", "in the source's words", "place"]
    more = words.more_events(events)
    rows = table(heads, words.because_rows(events))
    return join(rows, element("p", text(more)) if more else Markup(""))


def _list(title: str, lines: Sequence[str]) -> Markup:
    if not lines:
        return Markup("")
    return join(element("h4", text(title)), element("ul", items(dict.fromkeys(lines))))


def _working(working: Working | None) -> Markup:
    if working is None:
        return Markup("")
    return join(element("h4", text("How it was judged")), element("ul", _branch(working, 0)))


def _branch(working: Working, depth: int) -> Markup:
    said = f" — {working.says}" if working.says and not working.parts else ""
    parts = (
        join(*(_branch(part, depth + 1) for part in working.parts)) if depth < 12 else Markup("")
    )
    line = join(_badge(working.verdict), element("code", text(working.text)), text(said))
    return element("li", join(line, element("ul", parts) if parts else Markup("")))


# ---------------------------------------------------------------- advice, missing, tables


def _advice_list(review: Review) -> Markup:
    if review.pathway is None:
        return Markup("")
    if not review.advice:
        return element("p", text("No exit leads out of the present step."))
    return join(*(_advice(one) for one in review.advice))


def _advice(advice: Advice) -> Markup:
    badge = _badge(advice.verdict, VERDICT_WORDS[advice.verdict])
    show = _show(advice.because, advice.title)
    content = join(
        element("h3", join(badge, text(f" {advice.title} "), show)),
        element("p", text(f"Leads to {advice.to}; {advice.says}")),
        _list("For", advice.reasons_for),
        _list("Against", advice.reasons_against),
        _list("To measure or ask, to decide", advice.measure),
        _gate(advice.gate),
        _details(advice),
    )
    return element("article", content, class_=f"statement advice {advice.verdict.value}")


def _gate(gate: Sequence[Statement]) -> Markup:
    """The safety rules that must be seen to before the step begins; the same may gate two exits."""
    if not gate:
        return Markup("")
    rules = [
        element("div", _told(rule, _alert_badge(rule)), class_=f"gate alert {rule.verdict.value}")
        for rule in gate
    ]
    return join(element("h4", text("Before it")), *rules)


def _missing(review: Review) -> Markup:
    rows = [[m.what, m.says, ", ".join(m.settle)] for m in review.missing]
    return table(["what", "why it is not known", "what would settle it"], rows)


def _courses(review: Review) -> Markup:
    rows = [_course(course, review) for course in review.courses]
    heads = ["when", "regimen", "dose", "every", "cycles", "g/kg per 28 d", "intent", "phase",
             "ended for", "fit", "why", "deviations"]  # fmt: skip
    return table(heads, rows)


def _course(course: Course, review: Review) -> list[str]:
    return [
        _whole_days(words.course_times(course, review)),
        _regimen(course, review),
        course.dose,
        course.interval,
        words.cycles(course),
        str(course.intensity) if course.intensity is not None else "",
        course.intent,
        course.phase,
        course.end_reason,
        str(course.score),
        "; ".join(course.because),
        "; ".join(f"{d.kind}: {d.says}" for d in course.deviations),
    ]


def _whole_days(said: str) -> Markup:
    """A text of which no date is broken at the end of a line."""
    parts = (
        element("span", text(word), class_="day") if _DATE.fullmatch(word) else text(word)
        for word in said.split(" ")
    )
    return join(*(join(text(" " * (n > 0)), part) for n, part in enumerate(parts)))


_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


def _regimen(course: Course, review: Review) -> Markup:
    """The title, and below it planned against given as far as anything is known."""
    line = adherence_line(course, review)
    below = element("div", text(f"Given: {line}."), class_="given") if line else Markup("")
    return join(text(course.title), below)


def _quarantine(review: Review) -> Markup:
    rows = [[q.place, q.code, q.reason, q.mend] for q in review.record.quarantine]
    notes = element("ul", items(review.record.notes)) if review.record.notes else Markup("")
    return join(table(["place", "code", "why it was not read", "mend"], rows), notes)


def _sources(evidence: Sequence[Evidence]) -> Markup:
    rows = [[e.source, e.kind.value, _status(e), e.claim] for e in evidence]
    return table(["source", "kind", "status", "claim"], rows)


def _status(evidence: Evidence) -> str:
    doubt = evidence.status is Status.UNCONFIRMED
    return "unconfirmed: check before use" if doubt else evidence.status.value


def _footer() -> Markup:
    return element("footer", element("p", text(CREED)))
