"""`wavetank agent`: one agent that runs for real."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.real import LOOPBACK, PASSWORD, addresses, first_line, folder_of, host_of, read
from wavetank.cli.status import Status
from wavetank.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wavetank.real.agent.runner import Agent
    from wavetank.scenario.resolved import Resolved

app = App(name="agent", help="One agent that runs for real: register it, run it, look at it.")

DEFAULT_SCENARIO = "native-agent"
TransportName = Literal["http1", "websocket"]
"""The names of `real.transports.agent.registry`, which needs the extra `live` to import."""

Data = Annotated[
    Path | None,
    Parameter(help="The agent's folder: credentials and outbox. Default: wavetank/agent in the user's data."),
]


@app.command
def register(
    *,
    data: Data = None,
    management: Annotated[
        str | None, Parameter(help="The server's management API. Default: https://127.0.0.1:55000.")
    ] = None,
    server: Annotated[
        str | None, Parameter(help="The server's agent API. Default: port 27000 of the same host.")
    ] = None,
    ca: Annotated[Path | None, Parameter(help="Certificates to trust, as a PEM file.")] = None,
    server_data: Annotated[
        Path | None,
        Parameter(help="A server's data folder on this machine, to read addresses and certificate from."),
    ] = None,
    name: Annotated[str | None, Parameter(help="The agent's name. Default: the host's.")] = None,
    user: Annotated[str, Parameter(help="Whose password it is.")] = "admin",
    password_file: Annotated[Path | None, Parameter(help="File whose first line is the password.")] = None,
) -> int:
    """Register an agent: choose its identity, and make it known to the server.

    The password comes from --password-file, from $WAVETANK_PASSWORD, or is asked for on the terminal. Given
    twice, the command is harmless. Exit status: 0 registered; 2 bad input, or the server said no; 3 the
    server was not reached.
    """
    _needs_live()
    from wavetank.real.agent.register import register as ask
    from wavetank.real.transports.agent.messages import Unreachable

    beside = folder_of(server_data, "server")
    known = addresses(beside, asked=server_data is not None)
    local = management is None or urlsplit(management).hostname in LOOPBACK
    management = management or known.get("management") or "https://127.0.0.1:55000"
    server = server or known.get("server") or f"https://{host_of(management)}:27000"
    trusted = read(ca, "--ca") if ca is not None else known.get("ca", "") if local else ""
    password = _password(password_file, beside / "first-password" if local else None)
    folder = folder_of(data, "agent")
    try:
        credentials, new = ask(
            folder, name or os.uname().nodename, management, server, trusted, user, password
        )
    except Unreachable as error:
        print(f"wavetank: {error}; is the server running, and is this its address?", file=sys.stderr)
        return Status.INCONCLUSIVE
    print(f"{'Registered' if new else 'Was registered already'}: {credentials.uuid} ({credentials.name})")
    print(f"Credentials in {folder}; next: wavetank agent run{'' if data is None else f' --data {data}'}")
    return Status.DONE


@app.command
def run(
    *,
    data: Data = None,
    scenario: Annotated[
        str | None,
        Parameter(help="Its timers, batching and retries. Default: native-agent of the catalogue."),
    ] = None,
    sets: options.Sets = None,
    models: options.Models = None,
    server: Annotated[str | None, Parameter(help="The server's agent API. Default: as registered.")] = None,
    stream: Annotated[
        Literal["stateful", "stateless"], Parameter(help="What events of standard input or a file are.")
    ] = "stateful",
    follow: Annotated[
        Path | None, Parameter(help="Take the lines of this file, for ever, also when it is rotated.")
    ] = None,
    rotate_wait: Annotated[
        float,
        Parameter(
            help="Read a rotated file until it was silent for so many seconds.", validator=Number(gte=0)
        ),
    ] = 30.0,
    generate: Annotated[
        bool, Parameter(negative=(), help="Create the events that the scenario's agent has.")
    ] = False,
    agent: Annotated[
        int | None, Parameter(help="Which agent of the scenario this is.", validator=Number(gte=0))
    ] = None,
    confirm: Annotated[
        bool,
        Parameter(negative=(), help='Print "accepted ID" for each event once it is safe, else "dropped".'),
    ] = False,
    until_delivered: Annotated[
        bool, Parameter(negative=(), help="End when the input has ended and all is delivered.")
    ] = False,
    outbox_events: Annotated[
        int, Parameter(help="Stateful events kept at most; then the input waits.", validator=Number(gte=1))
    ] = 1_000_000,
    transport: Annotated[
        TransportName,
        Parameter(help="What carries messages; websocket: commands over a WebSocket instead of long polls."),
    ] = "http1",
    websocket: Annotated[bool, Parameter(negative=(), show=False)] = False,
) -> int:
    """Run an agent: take events from standard input (or a file), and deliver them, whatever happens.

    Each line is an event. What was accepted survives a crash: the same command line goes on where
    the last one was. Ends at SIGTERM or Ctrl-C; what is not delivered yet is kept.
    """
    _needs_live()
    from wavetank.policy.codes import Stream
    from wavetank.protocol.native import generators_of
    from wavetank.real.agent.main import run_agent
    from wavetank.real.credentials import load
    from wavetank.real.transports.agent.registry import TRANSPORTS

    if websocket:
        raise BadOption("--websocket: it is called --transport websocket now")
    folder = folder_of(data, "agent")
    credentials = load(folder)
    if not credentials.registered:
        raise BadOption(f"{credentials.uuid} is not registered yet; first: wavetank agent register")
    if server is not None:
        credentials = credentials._replace(server=server)
    if follow is not None and generate:
        raise BadOption("--follow and --generate: events come from one of the two")
    resolved = _resolved(scenario, sets, models, generate, agent)
    kind = TRANSPORTS[transport]
    if kind.channel is not None and resolved.commands.channel != kind.channel:
        word = kind.channel.name.lower().replace("_", "-")
        raise BadOption(
            f"--transport: {transport} needs a scenario with commands.channel = {word}; it has another one"
        )
    told = _confirm if confirm else _quiet

    def inputs(running: "Agent") -> "list[Coroutine[Any, Any, None]]":
        from wavetank.real.agent import sources
        from wavetank.real.agent.files import following

        of_input = Stream.STATEFUL if stream == "stateful" else Stream.STATELESS
        if follow is not None:
            return [following.follow(running, of_input, follow, told, rotate_wait)]
        if not generate:
            return [sources.read_input(running, of_input, told)]
        made = generators_of(resolved, agent or 0)
        return [sources.generate(running, name, source, told) for name, source in made.items()]

    _say(f"{credentials.uuid} to {credentials.server}")
    run_agent(
        folder,
        credentials,
        resolved,
        inputs,
        _say,
        number=agent,
        until_delivered=until_delivered,
        outbox_events=outbox_events,
        carrier=kind.carrier,
    )
    return Status.DONE


def _say(message: str) -> None:
    with suppress(OSError):  # the disk with the log may be the one that is full
        print(f"wavetank agent: {message}", file=sys.stderr, flush=True)


def _quiet(sequences: list[int | None]) -> None:
    pass


def _confirm(sequences: list[int | None]) -> None:
    lines = ["dropped\n" if sequence is None else f"accepted {sequence}\n" for sequence in sequences]
    sys.stdout.write("".join(lines))
    sys.stdout.flush()


@app.command
def status(*, data: Data = None, json_: Annotated[options.Json, Parameter(name="--json")] = False) -> int:
    """Say how an agent does: what it has produced, delivered, dropped and still keeps.

    Exit status: 0 it runs and has a token; 1 it does not.
    """
    _needs_live()
    from wavetank.real.agent.main import status_of

    state = status_of(folder_of(data, "agent"))
    if json_:
        print(json.dumps(state))
    else:
        for name, value in state.items():
            said = ", ".join(f"{k} {v:,}" for k, v in value.items()) if isinstance(value, dict) else value
            print(f"{name.replace('_', ' '):<16} {said if said != '' else '-'}")
    well = state["running"] and state["state"] in ("valid", "renewing", "renew-wait")
    return Status.DONE if well else Status.NO


def _needs_live() -> None:
    try:
        import h11  # noqa: F401
    except ImportError:
        raise MissingExtra("h11", "live") from None


def _password(file: Path | None, first: Path | None) -> str:
    """Never from the command line, which others can read. `first` is where a server on this machine keeps
    the password that it made; it is used where nobody can be asked.
    """
    if file is not None:
        return first_line(file, "--password-file")
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty() and first is not None and first.exists():
        return _password(first, None)
    if not sys.stdin.isatty():
        raise BadOption(f"no password: give --password-file, or set ${PASSWORD}, or ask from a terminal")
    from getpass import getpass

    return getpass("Password of the management API: ")


def _resolved(
    scenario: str | None, sets: list[str] | None, models: Path | None, generate: bool, agent: int | None
) -> "Resolved":
    from wavetank.protocol.native import class_of, generates, not_honoured

    name = scenario or DEFAULT_SCENARIO
    resolved = options.loaded(name, sets, models).resolve()
    problems = not_honoured(resolved)
    if problems:
        raise BadOption(f"--scenario: an agent cannot honour {'; '.join(problems)} of {name}")
    kind = class_of(resolved, agent or 0)
    if kind is None:
        raise BadOption(f"--agent: {name} has agents 0 to {resolved.agents - 1}")
    if generate and not generates(kind):
        raise BadOption(f"--generate: class {kind.name} of {name} waits for answers before it creates events")
    return resolved
