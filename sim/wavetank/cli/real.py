"""Shared by the commands of the real agent, server and fleet: folders, addresses, passwords."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from cyclopts import Parameter

from wavetank.cli.options import BadOption

if TYPE_CHECKING:
    from wavetank.engines.live.target import Target

PASSWORD = "WAVETANK_PASSWORD"
USER = "admin"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Server = Annotated[
    str | None,
    Parameter(help="Engine live: agent API of a server that runs, https://HOST:PORT; else one is started."),
]
Owned = Annotated[
    bool,
    Parameter(
        name="--i-own-this-server", negative=(), help="Engine live: --server may be put under load by me."
    ),
]
Management = Annotated[
    str | None,
    Parameter(help="Engine live: the server's management API. Default: as its folder says, or port 55000."),
]
Ca = Annotated[
    Path | None, Parameter(help="Engine live: certificates to trust. Default: of a server on this machine.")
]
PasswordFile = Annotated[
    Path | None,
    Parameter(help="Engine live: file with admin's password. Default: $WAVETANK_PASSWORD, or the first one."),
]


def folder_of(data: Path | None, side: str) -> Path:
    """The folder given, or that of this side ("server", "agent") in the user's data folder."""
    if data is not None:
        return data
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(home) / "wavetank" / side


def read(path: Path, option: str) -> str:
    """The text of a file. Raises BadOption."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadOption(f"{option}: {path} cannot be read ({why})") from None


def first_line(path: Path, option: str) -> str:
    """The first line of a file, which must not be empty. Raises BadOption."""
    lines = read(path, option).splitlines()
    if not lines or not lines[0]:
        raise BadOption(f"{option}: {path} is empty")
    return lines[0]


def addresses(folder: Path, asked: bool) -> dict[str, str]:
    """Addresses and certificate of a server on this machine, as far as its data folder tells them.

    Raises BadOption where a folder was `asked` for and no server is ready there.
    """
    fields = {}
    try:
        fields["ca"] = (folder / "ca.pem").read_text(encoding="ascii")
        ready = json.loads((folder / "ready").read_text(encoding="utf-8"))
        host = ready["host"] if ready["host"] not in ("0.0.0.0", "::") else "127.0.0.1"
        host = f"[{host}]" if ":" in host else host
        fields["management"] = f"https://{host}:{ready['management_port']}"
        fields["server"] = f"https://{host}:{ready['agent_port']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        if asked:
            raise BadOption(f"--server-data: {folder}: no server is ready there ({error})") from error
    return fields


def host_of(url: str) -> str:
    """The host in an address, as it is written in another one."""
    host = urlsplit(url).hostname or "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def target_of(
    engine: str | None,
    server: str | None,
    owned: bool,
    management: str | None,
    ca: Path | None,
    password_file: Path | None,
) -> "Target | None":
    """The server that a live run is against, None where it starts one. Raises BadOption."""
    from wavetank.engines.live.target import Target, is_loopback

    if server is None:
        if management or ca or password_file or owned:
            raise BadOption("--management, --ca, --password-file and --i-own-this-server go with --server")
        return None
    if engine != "live":
        raise BadOption("--server: only the engine live has one; add --engine live")
    parts = urlsplit(server)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise BadOption(f'--server: "{server}" is no address of a server; write https://HOST:PORT')
    if not owned and not all(map(is_loopback, filter(None, (server, management)))):
        raise BadOption(
            f"--server: {parts.hostname} is another machine, and a live run puts load on it; "
            "if it is yours, add --i-own-this-server"
        )
    folder = folder_of(None, "server")
    known = addresses(folder, asked=False) if is_loopback(server) else {}
    beside = known if server in (known.get("server"), None) else {}
    trusted = read(ca, "--ca") if ca is not None else beside.get("ca", "")
    return Target(
        server,
        management or beside.get("management") or f"https://{host_of(server)}:55000",
        trusted,
        USER,
        _password(password_file, folder / "first-password" if beside else None),
    )


def _password(file: Path | None, first: Path | None) -> str:
    if file is not None:
        return first_line(file, "--password-file")
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if first is not None and first.exists():
        return first_line(first, "--password-file")
    raise BadOption(
        f"--server: agents are registered with admin's password; give --password-file or ${PASSWORD}"
    )
