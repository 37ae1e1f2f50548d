"""`wavetank`: what is asked at the command line, and how it ends."""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from wavetank.cli import agent, check, compare, models, run
from wavetank.cli.status import Status, status_of
from wavetank.errors import WavetankError

app = App(
    name="wavetank",
    help="Simulates how a fleet of endpoint agents and its servers behave in a storm.",
    help_format="plaintext",
    version=lambda: _version(),
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
app.command(run.run)
app.command(compare.compare)
app.command(check.check)
app.command(models.app)
app.command(agent.app)


def _version() -> str:
    from wavetank.results.provenance import wavetank_version

    return wavetank_version()


def main() -> None:
    """Entry point of the command: does what the arguments say and exits with a `Status`."""
    sys.exit(answer(sys.argv[1:]))


def answer(words: Sequence[str]) -> int:
    """Do what the command line says; returns the exit status. Every error is one message on stderr."""
    try:
        status = app(list(words), exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _complain(_one_line(str(error)) + " (wavetank --help says what there is)", Status.BAD_INPUT)
    except WavetankError as error:
        return _complain(str(error), status_of(error))
    except KeyboardInterrupt:
        return _complain("interrupted", Status.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; a second complaint at exit would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.DONE
    return int(status or Status.DONE)


def _complain(message: str, status: Status) -> int:
    print(f"wavetank: {message}", file=sys.stderr)
    return status


def _one_line(text: str) -> str:
    return " ".join(text.split())
