"""`wavetank server`: the runnable server, and what an operator asks of one that runs."""

import getpass
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.real import PASSWORD, first_line, folder_of
from wavetank.cli.status import Status
from wavetank.errors import MissingExtra

if TYPE_CHECKING:
    from wavetank.real.server.app import Server
    from wavetank.real.server.operator import Operator

app = App(name="server", help="The server that agents report to, for real.", result_action="return_value")

Data = Annotated[
    Path | None,
    Parameter(help="The server's folder: keys, certificates, database. Default: in the user's data folder."),
]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]
PasswordFile = Annotated[
    Path | None, Parameter(help="File with the password; default: $WAVETANK_PASSWORD, or it is asked for.")
]


@app.default
def serve(
    *,
    data: Data = None,
    scenario: Annotated[
        str | None, Parameter(help="Take ttl, hold, idle time-out and body limit from a scenario.")
    ] = None,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    management_port: Annotated[
        Port, Parameter(help="Port of the management API; 0 takes a free one.")
    ] = 55_000,
    agent_port: Annotated[Port, Parameter(help="Port of the agent API; 0 takes a free one.")] = 27_000,
    algorithm: Annotated[
        Literal["ES256", "RS256", "HS256", "EdDSA"], Parameter(help="How tokens are signed.")
    ] = "ES256",
    ttl: Annotated[str | None, Parameter(help="How long a token lives; default: 15min.")] = None,
    hold: Annotated[str | None, Parameter(help="How long a poll is held; default: 60s.")] = None,
    idle_timeout: Annotated[
        str | None, Parameter(help="How long a kept connection may be idle; default: 75s.")
    ] = None,
    body_limit: Annotated[
        str | None, Parameter(help="The largest body, before and after decompression; default: 1MiB.")
    ] = None,
    keep_events: Annotated[
        int, Parameter(help="The newest events kept; older ones are removed.", validator=Number(gte=1))
    ] = 10_000_000,
    connections_per_address: Annotated[
        int,
        Parameter(help="Connections of one address without valid credentials.", validator=Number(gte=1)),
    ] = 256,
    commands_waiting: Annotated[
        int, Parameter(help="Commands that may wait for one agent.", validator=Number(gte=1))
    ] = 1_000,
    tls_resumption: Annotated[bool, Parameter(help="Let agents resume TLS sessions.")] = True,
    log_level: Annotated[Literal["debug", "info", "warning"], Parameter(help="What is logged.")] = "info",
) -> int:
    """Run the server until Ctrl-C or SIGTERM. The first start makes keys, certificates and a password.

    Logs are JSON lines on standard error. Exit status: 0 ended as asked; 2 it cannot start.
    """
    _need_extra()
    from dataclasses import replace

    from wavetank.real.server.running import run
    from wavetank.real.server.settings import Settings, as_modelled

    settings = Settings(
        data=folder_of(data, "server"),
        host=host,
        management_port=management_port,
        agent_port=agent_port,
        algorithm=algorithm,
        keep_events=keep_events,
        commands_waiting=commands_waiting,
        tls_resumption=tls_resumption,
    )
    if scenario is not None:
        settings = as_modelled(settings, options.loaded(scenario, None, None).resolve())
    limits = replace(settings.limits, strangers=connections_per_address)
    if idle_timeout is not None:
        limits = replace(limits, idle_s=options.duration_s(idle_timeout, "--idle-timeout"))
    if body_limit is not None:
        limits = replace(limits, body_bytes=options.size_bytes(body_limit, "--body-limit"))
    settings = replace(settings, limits=limits)
    if ttl is not None:
        settings = replace(settings, ttl_s=_whole_seconds(ttl))
    if hold is not None:
        settings = replace(settings, hold_s=options.duration_s(hold, "--hold"))
    run(settings, log_level, _greet)
    return Status.DONE


def _greet(server: "Server") -> None:
    """Say where the server listens, and at the first start, to a person only, the password."""
    data, host = server.settings.data, server.settings.host
    print(f"Agents: https://{host}:{server.agent_port}   management: https://{host}:{server.management_port}")
    print(f"Folder: {data}")
    password = server.service.first_password
    if password is not None and sys.stdout.isatty():
        print(f"First password of {server.user}, shown this once: {password}")
    elif password is not None:
        # Standard output that is no terminal ends up in a log.
        print(f"First password of {server.user}: in {data / 'first-password'}")


@app.command
def command(
    words: Annotated[
        list[str], Parameter(help="AGENT NAME [ARGUMENT...], or with --all NAME [ARGUMENT...].", negative=())
    ],
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative=(), help="For every agent.")] = False,
    data: Data = None,
    user: Annotated[str, Parameter(help="Who asks.")] = "admin",
    password_file: PasswordFile = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
) -> int:
    """Queue a command for an agent (its UUID), or for --all: it is answered to the agent's next poll.

    Exit status: 0 queued; 2 it cannot be.
    """
    least = 1 if all_ else 2
    if len(words) < least:
        raise BadOption("server command: say which agent (or --all) and which command, such as ping")
    path = "/commands" if all_ else f"/agents/{words[0]}/commands"
    name, *arguments = words[least - 1 :]
    said = {"command": name, "arguments": arguments}
    answer = _operator(data, user, password_file).ask("POST", path, said)
    if json_:
        print(json.dumps(answer))
    else:
        print(_queued(answer) if all_ else f"Queued as {answer['id']}.")
    return Status.DONE


def _queued(answer: dict[str, Any]) -> str:
    """Say for how many agents a command was queued, and for how many it was not."""
    skipped = f" Not for {answer['skipped']}: too many wait for them." if answer["skipped"] else ""
    return f"Queued for {answer['queued']} agents.{skipped}"


@app.command
def password(
    *,
    data: Data = None,
    user: Annotated[str, Parameter(help="Whose password.")] = "admin",
    password_file: PasswordFile = None,
    new_password_file: Annotated[Path | None, Parameter(help="File with the new password.")] = None,
) -> int:
    """Change the password; the first one is forgotten.

    Exit status: 0 changed; 2 it cannot be.
    """
    operator = _operator(data, user, password_file)
    if new_password_file is not None:
        fresh = first_line(new_password_file, "--new-password-file")
    else:
        fresh = _asked("New password: ")
        if _asked("Again: ") != fresh:
            raise BadOption("the two are not the same; nothing was changed")
    operator.ask("PUT", "/password", {"password": fresh})
    print("Changed.")
    return Status.DONE


@app.command
def rotate_key(
    *,
    void: Annotated[bool, Parameter(negative=(), help="Refuse all tokens given so far.")] = False,
    data: Data = None,
    user: Annotated[str, Parameter(help="Who asks.")] = "admin",
    password_file: PasswordFile = None,
) -> int:
    """Sign tokens with a new key from now on; the running server goes on.

    Exit status: 0 done; 2 it cannot be.
    """
    answer = _operator(data, user, password_file).ask("POST", "/signing-keys", {"void": void})
    print(f"Signing with key {answer['kid']}.")
    return Status.DONE


def _need_extra() -> None:
    """Raises MissingExtra."""
    try:
        import wavetank.real.server.app  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "a library", "live") from None


def _operator(data: Path | None, user: str, password_file: Path | None) -> "Operator":
    """Return a client of the running server's management API. Raises BadOption and ServerProblem."""
    _need_extra()
    from wavetank.real.server.operator import Operator

    operator = Operator(folder_of(data, "server"), user)
    if password_file is not None:
        said = first_line(password_file, "--password-file")
    else:
        said = os.environ.get(PASSWORD) or operator.first_password() or _asked(f"Password of {user}: ")
    operator.password = said
    return operator


def _asked(question: str) -> str:
    if not sys.stdin.isatty():
        raise BadOption(f"no password: give --password-file FILE or ${PASSWORD}")
    return getpass.getpass(question)


def _whole_seconds(text: str) -> int:
    seconds = options.duration_s(text, "--ttl")
    if seconds < 1 or seconds != int(seconds):
        raise BadOption("--ttl: a token lives a whole number of seconds, at least 1")
    return int(seconds)
