"""`stepline`: the front door.

Exit codes: 0 done, 2 the input is refused (every problem is listed), 1 a fault of the program.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from stepline import __version__
from stepline.cli.telling import print_json, report_bug, report_file, report_refusal
from stepline.core.errors import Refused, SteplineError

COMMANDS = {
    "demo": "stepline.cli.demo",
    "review": "stepline.cli.review",
    "check": "stepline.cli.check",
    "test": "stepline.cli.test",
    "show": "stepline.cli.show",
    "graph": "stepline.cli.graph",
    "library": "stepline.cli.library",
    "import": "stepline.cli.importing",
    "score": "stepline.cli.score",
    "calc": "stepline.cli.calc",
    "plan": "stepline.cli.plan",
    "synth": "stepline.cli.synth",
    "recognise": "stepline.cli.recognise",
    "forecast": "stepline.cli.forecast",
    "eras": "stepline.cli.eras",
}

CREED = (
    "For professionals who decide themselves: it shows its working and its doubts, "
    "and never orders anything."
)


class LazyCommands(click.Group):
    """Loads a command's module only when it is called, so that help starts at once."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or `None`."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


@click.command(cls=LazyCommands, epilog=CREED)
@click.version_option(__version__, prog_name="stepline")
def stepline() -> None:
    """Turns a treatment protocol into something a computer can recognise, judge and draw."""


def main() -> None:
    """Runs the command line and exits."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; never lets a traceback out."""
    as_json = "--json" in arguments
    try:
        outcome = stepline.main(args=arguments, prog_name="stepline", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        if as_json:
            print_json({"refused": [{"code": "usage", "message": error.format_message()}]})
        return 2
    except Refused as refusal:
        report_refusal(refusal, as_json=as_json)
        return 2
    except SteplineError as error:
        click.echo(str(error), err=True)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        report_file(error, as_json=as_json)
        return 2
    except Exception as fault:  # the last line of defence; a bug, said as one
        if os.environ.get("STEPLINE_DEBUG"):
            raise
        report_bug(fault)
        return 1
