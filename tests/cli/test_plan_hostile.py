"""Whatever is typed after `stepline plan`: an answer or a refusal, and never a traceback."""

from __future__ import annotations

import json

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepline.cli.main import run
from stepline.cli.plan import command

FILES = {"--calendar", "--ward-sheet", "--patient-page", "--fhir", "--record"}
"""Options that write or read where they are told to; their names are tried apart."""
OPTIONS = [
    one for one in command.params if isinstance(one, click.Option) and not FILES & set(one.opts)
]
REGIMENS = (
    "ivig-2g-over-5d-monthly", "ivig-400-weekly", "rituximab-1g-x2", "rituximab-375-weekly-x4",
    "prednisone-taper", "methotrexate-weekly", "methylprednisolone-1g-x3",
)  # fmt: skip
LIKELY = (
    "60kg", "160cm", "2026-01-05", "0", "-1kg", "1e999kg", "9" * 400, "0mg", "1e-400 g", "NaN kg",
    "inf", "2026-02-30", "0000-01-01", "9999-12-31", "2026-01-05=", "2026-01-05=0g", "=", "@", "//",
    "rituximab-1g-x2@start", "rituximab-1g-x2@end+9999d", "ivig-400-weekly@2100-12-31/courses=200",
    "x@2026-01-05/", "methotrexate-weekly@start/weekday=/given=", "5mg", "1mg", "10%", "2w", "P1D",
    "0.01 mL/kg/min for 30 min", "2mg/mL", "0mg/mL", "1e-30mg", "flebogamma-dif-10",
    "kiovig", "monday", "first", "actual", "ideal", "female", "44 years", "keep", "hbv=a b",
    "\x00", "\u202e\u0301", "\ud800", "\n\t\r", " ", "", "\U0001f9ea" * 50, "%s{0}$(x)`",
    "２０２６-01-05", "٦٠kg", "60 kg kg", "1/0 kg", "60kg,60kg,", "--weight",
)  # fmt: skip
values = st.sampled_from(LIKELY) | st.text(max_size=30)


@st.composite
def typed(draw: st.DrawFn) -> list[str]:
    """A command line: some options that may be right, and some with any value at all."""
    words = ["plan", draw(st.sampled_from(REGIMENS))]
    words += draw(
        st.sampled_from(([], ["--start", "2026-01-05", "--weight=60kg", "--height=160cm"]))
    )
    for option in draw(st.lists(st.sampled_from(OPTIONS), max_size=5)):
        name = max(option.opts, key=len)
        words.append(name if option.is_flag else f"{name}={draw(values)}")
    return words


@given(words=typed())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_typed_is_answered_or_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(words)
    told = capsys.readouterr()
    assert code in (0, 2), told.err
    assert "Traceback" not in told.out + told.err
    assert told.out if code == 0 else told.out + told.err


@pytest.mark.parametrize("option", [max(one.opts, key=len) for one in OPTIONS if not one.is_flag])
def test_each_option_meets_every_likely_nonsense(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["plan", "ivig-400-weekly", "--start=2026-01-05", "--weight=60kg", "--courses=1"]
    for value in LIKELY[::4]:
        assert run([*usual, f"{option}={value}", "--json"]) in (0, 2), value
        assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("option", sorted(FILES))
def test_a_file_with_an_impossible_name_is_refused(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["plan", "ivig-400-weekly", "--start=2026-01-05", "--weight=60kg", "--json"]
    for name in ("", "\x00", "\ud800/x", "/nowhere/at/all", "x" * 5000, "\n/\t", "/"):
        assert run([*usual, f"{option}={name}"]) == 2, name
        assert json.loads(capsys.readouterr().out)["refused"]
