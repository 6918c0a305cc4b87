"""A review as one self-contained page: it loads nothing, prints well and works without a script.

Text reaches the page only through `markup`, which escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files

from stepline import __version__
from stepline.core.evidence import Evidence, Status
from stepline.course.model import Course
from stepline.engine.finding import Verdict
from stepline.record.saying import say
from stepline.review.model import Advice, Because, Review, Statement, Stay, Working
from stepline.views.embedding import font_faces
from stepline.views.markup import Markup, element, join, safe, text
from stepline.views.svg import render_svg
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
        _footer(review),
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
    return f"Review: {review.record.title or 'one patient'}, as of {review.as_of_said}"


def _header(review: Review) -> Markup:
    subject = review.record.subject
    parts = [subject.sex, f"{subject.age_years} years" if subject.age_years is not None else ""]
    who = ", ".join(part for part in parts if part) or "sex and age not recorded"
    return element(
        "header",
        join(
            element("h1", text(review.record.title or "Review of one patient")),
            element("p", text(f"{who} · as of {review.as_of_said}"), class_="who"),
            element("p", text(CREED), class_="creed"),
        ),
    )


def _sections(review: Review) -> Markup:
    return join(
        _section("summary", "Summary", element("ol", _items(review.summary))),
        _section("timeline", "Timeline", _timeline(review)),
        _section("pathway", "On the pathway", _pathway(review)),
        _section("alerts", "Alerts", _alerts(review.alerts)),
        _section("advice", "What is next", _advice_list(review.advice)),
        _section("findings", "Findings", _statements(review.findings)),
        _section("missing", "Not known", _missing(review)),
        _section("courses", "Courses", _courses(review)),
        _section("quarantine", "Not read", _quarantine(review)),
        _section("sources", "Sources", _sources(review.evidence)),
    )


def _section(name: str, title: str, content: Markup) -> Markup:
    if not content:
        return Markup("")
    return element("section", join(element("h2", text(title)), content), id=name)


def _items(lines: Iterable[str]) -> Markup:
    return join(*(element("li", text(line)) for line in lines))


# ---------------------------------------------------------------- timeline and pathway


def _timeline(review: Review) -> Markup:
    help_line = (
        "Point at a mark to read it. Drag to zoom, double-click or press Escape for the whole "
        "course. Choose “show” beside a finding to see the events it rests on."
    )
    return join(
        element("p", text(help_line), class_="hint screen"),
        element("div", safe(render_svg(timeline(review))), class_="figure", id="figure"),
        element("p", text(""), class_="readout screen", id="readout", aria_live="polite"),
    )


def _pathway(review: Review) -> Markup:
    if review.pathway is None:
        reasons = [f"{fit.title}: does not apply, {fit.because}" for fit in review.considered]
        return element("ul", _items(reasons))
    applies = f"{review.pathway.title} ({review.pathway.version}): {review.pathway.because}"
    now = {(stay.step, stay.since) for stay in review.current}
    steps = [_stay(stay, current=(stay.step, stay.since) in now) for stay in review.stays]
    return join(element("p", text(applies)), element("ol", join(*steps), class_="steps"))


def _stay(stay: Stay, *, current: bool) -> Markup:
    until = stay.until_said or "not stated"
    lines = [element("p", text(f"{stay.since_said} – {until}"), class_="when")]
    if stay.advice_met_said:
        said = f"Exit to {stay.advice_to} first met: {stay.advice_met_said}. "
        lines.append(element("p", text(said + stay.delay_says)))
    names = ["stay", "current" if current else "", "parallel" if stay.parallel else ""]
    label = f"{stay.title}{' · now' if current else ''}{' · beside' if stay.parallel else ''}"
    content = join(element("h3", text(label)), *lines)
    return element("li", content, class_=" ".join(name for name in names if name))


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


def _alert_badge(alert: Statement) -> Markup:
    word = "holds" if alert.verdict is Verdict.TRUE else "cannot be excluded"
    return _badge(alert.verdict, f"{word} · {alert.severity}")


def _statement(statement: Statement, badge: Markup) -> Markup:
    events = " ".join(str(because.event_id) for because in statement.because)
    show = element("button", text("show"), type="button", class_="show screen", data_events=events)
    asks = f"To settle it: {', '.join(statement.asks)}." if statement.asks else ""
    content = join(
        element("h3", join(badge, text(f" {statement.title} "), show if events else Markup(""))),
        element("p", text(statement.says)),
        element("p", text(asks), class_="asks") if asks else Markup(""),
        element("p", text(statement.note), class_="note") if statement.note else Markup(""),
        _details(statement),
    )
    names = f"statement {statement.kind} {statement.verdict.value} {statement.severity}".strip()
    return element("article", content, class_=names, id=f"{statement.kind}-{statement.id}")


def _details(statement: Statement) -> Markup:
    parts = [
        _because(statement.because),
        _list("Missing", [missing.says for missing in statement.missing]),
        _working(statement.working),
        _list("Sources", [_evidence_line(evidence) for evidence in statement.evidence]),
    ]
    shown = [part for part in parts if part]
    if not shown:
        return Markup("")
    return element("details", join(element("summary", text("working")), *shown))


def _because(events: Sequence[Because]) -> Markup:
    """The events of a verdict; many alike are counted after the first."""
    if not events:
        return Markup("")
    rows = [
        [b.time, b.title, " ".join(x for x in (b.value, b.unit) if x), b.quote or b.note, b.source]
        for b in events[:12]
    ]
    table = _table(["when", "what", "value", "in the source's words", "place"], rows)
    more = f"and {len(events) - 12} more events" if len(events) > 12 else ""
    return join(table, element("p", text(more)) if more else Markup(""))


def _list(title: str, lines: Sequence[str]) -> Markup:
    if not lines:
        return Markup("")
    return join(element("h4", text(title)), element("ul", _items(dict.fromkeys(lines))))


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


def _evidence_line(evidence: Evidence) -> str:
    doubt = " (unconfirmed: check before use)" if evidence.status is Status.UNCONFIRMED else ""
    claim = f": {evidence.claim}" if evidence.claim else ""
    return f"{evidence.source} [{evidence.kind.value}, {evidence.status.value}]{claim}{doubt}"


# ---------------------------------------------------------------- advice, missing, tables


def _advice_list(advice: Sequence[Advice]) -> Markup:
    return join(*(_advice(one) for one in advice))


def _advice(advice: Advice) -> Markup:
    badge = _badge(advice.verdict, VERDICT_WORDS[advice.verdict])
    content = join(
        element("h3", join(badge, text(f" {advice.title}"))),
        _list("For", advice.reasons_for),
        _list("Against", advice.reasons_against),
        _list("To measure or ask, to decide", advice.measure),
        element(
            "details",
            join(
                element("summary", text("working")),
                _because(advice.because),
                _working(advice.working),
                _list("Sources", [_evidence_line(evidence) for evidence in advice.evidence]),
            ),
        ),
    )
    return element("article", content, class_=f"statement advice {advice.verdict.value}")


def _missing(review: Review) -> Markup:
    rows = [[m.what, m.says, ", ".join(m.settle)] for m in review.missing]
    return _table(["what", "why it is not known", "what would settle it"], rows)


def _courses(review: Review) -> Markup:
    rows = [_course(course, review) for course in review.courses]
    heads = ["when", "regimen", "dose", "every", "cycles", "g/kg per 28 d", "intent", "phase",
             "fit", "why", "deviations"]  # fmt: skip
    return _table(heads, rows)


def _course(course: Course, review: Review) -> list[str]:
    start = course.start_said if course.start_said and not course.start_exact else ""
    end = "ongoing" if course.ongoing else course.end_said
    if not end and course.end is not None:
        end = say(review.record, course.end)
    return [
        f"{start or say(review.record, course.start)} – {end}",
        course.title,
        course.dose,
        course.interval,
        str(course.cycles) if course.cycles is not None else "not known",
        str(course.intensity) if course.intensity is not None else "",
        course.intent,
        course.phase,
        str(course.score),
        "; ".join(course.because),
        "; ".join(f"{d.kind}: {d.says}" for d in course.deviations),
    ]


def _quarantine(review: Review) -> Markup:
    rows = [[q.place, q.code, q.reason, q.mend] for q in review.record.quarantine]
    notes = element("ul", _items(review.record.notes)) if review.record.notes else Markup("")
    return join(_table(["place", "code", "why it was not read", "mend"], rows), notes)


def _sources(evidence: Sequence[Evidence]) -> Markup:
    rows = [[e.source, e.kind.value, e.status.value, e.claim] for e in evidence]
    return _table(["source", "kind", "status", "claim"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    if not rows:
        return Markup("")
    head = element("tr", join(*(element("th", text(h), scope="col") for h in heads)))
    body = join(*(element("tr", join(*(element("td", text(c)) for c in row))) for row in rows))
    table = element("table", join(element("thead", head), element("tbody", body)))
    return element("div", table, class_="scroll")


def _footer(review: Review) -> Markup:
    judged = f"Judged as of {review.as_of_said} with what was known then."
    lines = [CREED, judged, f"Stepline {__version__}."]
    return element("footer", join(*(element("p", text(line)) for line in lines)))
