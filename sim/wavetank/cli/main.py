"""`wavetank`: what is asked at the command line, and how it ends."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from cyclopts import App, CycloptsError

from wavetank.cli.status import Status, status_of
from wavetank.errors import ScenarioError, WavetankError

app = App(
    name="wavetank",
    help="Simulates how a fleet of endpoint agents and its servers behave in a storm.",
    help_format="plaintext",
    version=lambda: _version(),
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
COMMANDS = {
    "run": "wavetank.cli.run:run",
    "compare": "wavetank.cli.compare:compare",
    "sweep": "wavetank.cli.sweep:sweep",
    "size": "wavetank.cli.size:size",
    "frontier": "wavetank.cli.frontier:frontier",
    "review": "wavetank.cli.review:app",
    "check": "wavetank.cli.check:check",
    "agree": "wavetank.cli.agree:agree",
    "calibrate": "wavetank.cli.calibrate:calibrate",
    "validate": "wavetank.cli.validate:validate",
    "report": "wavetank.cli.report:report",
    "import": "wavetank.cli.import_:import_",
    "models": "wavetank.cli.models:app",
    "libraries": "wavetank.cli.libraries:app",
    "uml": "wavetank.cli.uml:uml",
    "server": "wavetank.cli.server:app",
    "agent": "wavetank.cli.agent:app",
}
"""Where each command lives. A command is imported when it is asked for: a run waits for no other."""

for command, place in COMMANDS.items():
    app.command(place, name=command)


def _version() -> str:
    from wavetank.results.provenance import wavetank_version

    return wavetank_version()


def answer(words: Sequence[str]) -> int:
    """Do what the command line says; returns the exit status. Every error is one message on stderr."""
    _open_streams()
    if not words or words[0] not in COMMANDS:
        _import_all()
    try:
        status = app(list(words), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _complain(_one_line(str(error)) + " (wavetank --help says what there is)", Status.BAD_INPUT)
    except ScenarioError as error:
        for each in error.errors:
            _complain(str(each), Status.BAD_INPUT)
        return Status.BAD_INPUT
    except WavetankError as error:
        return _complain(str(error), status_of(error))
    except KeyboardInterrupt:
        return _complain("interrupted", Status.INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        # our output was closed by its reader (rich leaves by SystemExit then): no one would read a message
        _mute()
        return Status.DONE
    except OSError as error:
        _mute()
        return _complain(f"the output cannot be written: {error.strerror or error}", Status.INCONCLUSIVE)
    return int(status or Status.DONE)


def _import_all() -> None:
    """Import every command: a page of help has the first words of each."""
    for command in COMMANDS:
        app[command]


def _open_streams() -> None:
    """Output goes nowhere where it was closed, and what a terminal's alphabet lacks becomes a mark."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _mute() -> None:
    """Nothing more is written at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str, status: Status) -> int:
    print(f"wavetank: {message}", file=sys.stderr)
    return status


def _one_line(text: str) -> str:
    return " ".join(text.split())
