"""`wavetank calibrate`."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from wavetank.cli import options, real
from wavetank.cli.options import BadOption
from wavetank.cli.status import Status
from wavetank.errors import MissingExtra

if TYPE_CHECKING:
    from wavetank.validation.calibration.own_server import Running


def calibrate(
    *,
    out: Annotated[
        Path | None, Parameter(help="File to write the cost card in, CARD.toml; default: print it.")
    ] = None,
    repetitions: Annotated[
        int,
        Parameter(
            help="Slices of each operation that must count.",
            converter=options.whole,
            validator=Number(gte=1, lte=1000),
        ),
    ] = 5,
    seed: options.Seed = None,
    server: real.Server = None,
    server_pid: Annotated[
        int,
        Parameter(
            help="Process of --server on this machine, whose CPU time is read.",
            converter=options.whole,
            validator=Number(gte=0),
        ),
    ] = 0,
    i_own_this_server: real.Owned = False,
    management: real.Management = None,
    ca: real.Ca = None,
    password_file: real.PasswordFile = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
) -> int:
    """Measure what each operation of a server costs, and write a cost card for server.card.

    Without --server, the built-in one is started. CPU times are those of the processes' own clocks. A slice
    of which other processes or the host took more than 2 % is void.

    Exit status: 0 done; 2 bad input; 3 the machine is too busy, nothing is written.
    """
    need_extra()
    from wavetank.cli.bar import bar
    from wavetank.validation.calibration.cost_card import card_text, origin_now
    from wavetank.validation.calibration.measuring import Plan
    from wavetank.validation.calibration.measuring import calibrate as measure

    if out is not None and (out.suffix != ".toml" or not out.parent.is_dir()):
        raise BadOption(f"--out: {out} is no .toml file in a folder that is there")
    if server_pid and server is None:
        raise BadOption("--server-pid goes with --server")
    target = real.target_of("live", server, i_own_this_server, management, ca, password_file)
    load_before = os.getloadavg()[0]
    plan = Plan(repetitions=repetitions, tries=3 * repetitions, seed=1 if seed is None else seed)
    with _running(target, server_pid) as running, bar() as watch:
        calibration = measure(running.target, running.ca, running.pid, plan, watch)
    card = card_text(calibration, origin_now(load_before))
    if out is not None:
        out.write_text(card, encoding="utf-8")
    _show(calibration, card, out, json_)
    return Status.DONE


@contextmanager
def _running(target: object, server_pid: int) -> "Iterator[Running]":
    """The server given, or the built-in one."""
    from wavetank.engines.live.target import Target
    from wavetank.validation.calibration.own_server import Running, ca_file, own_server

    if not isinstance(target, Target):
        with own_server() as running:
            yield running
        return
    with tempfile.TemporaryDirectory(prefix="wavetank-calibrate-") as folder:
        yield Running(target, server_pid, ca_file(target, Path(folder)))


def _show(calibration: object, card: str, out: Path | None, json_: bool) -> None:
    from wavetank.cli import tables
    from wavetank.validation.calibration import cost_card
    from wavetank.validation.calibration.costs import costs_of, server_spreads
    from wavetank.validation.calibration.measuring import Calibration

    assert isinstance(calibration, Calibration)
    if json_:
        spreads = server_spreads(calibration.slices)
        plain = {
            "operations": {operation.name: each._asdict() for operation, each in spreads.items()},
            "service_us": costs_of(spreads).service,
            "misfit": costs_of(spreads).misfit,
            "void": calibration.void,
            "memory": calibration.memory._asdict(),
            "bytes": calibration.bytes._asdict(),
            "card": card,
        }
        print(json.dumps(plain, allow_nan=False))
        return
    console = tables.console()
    tables.put(console, tables.plain_table(cost_card.HEADS, cost_card.lines_of(calibration)))
    console.print()
    tables.say(console, cost_card.memory_words(calibration))
    tables.say(console, f"Void slices: {calibration.void}.")
    if out is None:
        print(f"\n{card}", end="")
    else:
        print(f"Card written to {out}")


def need_extra() -> None:
    """Raises MissingExtra."""
    try:
        import wavetank.validation.calibration.measuring  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "a library", "live") from None
