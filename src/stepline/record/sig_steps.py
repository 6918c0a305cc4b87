"""Instructions in steps: `20 mg daily for 5 days, then 10 mg daily`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stepline.record.sig import LONGEST, read_sig, write_sig
from stepline.record.sig_values import Flag, Sig, Unread

_NEXT = re.compile(
    r"[,;.]? *\b(?:and )?then\b,? *|[,;.] *(?=(?:reduc|decreas|increas)(?:e|ing)\b *(?:down )?to\b)"
)
_TO = re.compile(r"^(?:reduc|decreas|increas)(?:e|ing)\b *(?:down )?to\b *")
_STOP = re.compile(r"^(?:and )?stop\b[. ]*$")


def read_sigs(text: str, drug: str = "") -> tuple[Sig, ...] | Unread:
    """The instruction of a text, or its steps in order; never raises.

    Each step is read as a text of its own. A step that does not say how long it lasts, and is not
    the last, is flagged; one that is not read leaves the whole text unread.
    """
    whole = read_sig(text, drug)
    if isinstance(whole, Sig):
        return (whole,)
    parts = [_TO.sub("", part) for part in _NEXT.split(" ".join(text.lower().split()))]
    is_ended = len(parts) > 1 and bool(_STOP.match(parts[-1]))
    if is_ended:
        parts.pop()
    if (len(parts) < 2 and not is_ended) or len(text) > LONGEST:
        return whole
    steps: list[Sig] = []
    for part in parts:
        step = read_sig(part, drug or (steps[0].drug if steps else ""))
        if isinstance(step, Unread):
            return Unread(step.code, f"Of step {len(steps) + 1}: {step.reason}")
        steps.append(step)
    lasting = len(steps) if is_ended else len(steps) - 1
    return tuple(_timed(step) if n < lasting else step for n, step in enumerate(steps))


def write_sigs(steps: Sequence[Sig]) -> str:
    """The steps as their one plain text."""
    return ", then ".join(write_sig(step) for step in steps)


def _timed(step: Sig) -> Sig:
    """A step that another follows, flagged where nothing tells when it is over."""
    by_count = step.repeats is not None or bool(step.days) or step.once
    is_course = step.on_days is not None and step.every is None
    to_a_floor = step.taper is not None and step.taper.to is not None
    to_a_day = bool(step.until) and step.until != "review"
    if step.duration or by_count or is_course or to_a_floor or to_a_day:
        return step
    found = {*step.flags, Flag.STEP_LENGTH_MISSING}
    return replace(step, flags=tuple(flag for flag in Flag if flag in found))
