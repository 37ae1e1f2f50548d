"""The server that `wavetank run --engine live` runs against, and the folders of the two runnable sides."""

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

Server = Annotated[
    str | None,
    Parameter(help="Engine live: the agent API of a server that runs, https://HOST:PORT; else one is started."),
]
Own = Annotated[
    bool,
    Parameter(
        name="--i-own-this-server",
        negative=(),
        help="Engine live: --server may be another machine, and it is mine to put under load.",
    ),
]
Management = Annotated[
    str | None, Parameter(help="Engine live: its management API. Default: as its folder says, or port 55000.")
]
Ca = Annotated[
    Path | None, Parameter(help="Engine live: certificates to trust, as PEM. Default: of its folder.")
]
PasswordFile = Annotated[
    Path | None,
    Parameter(help="Engine live: file with admin's password. Default: $WAVETANK_PASSWORD, or of its folder."),
]


def folder_of(data: Path | None, side: str) -> Path:
    """The folder given, or that of this side ("server", "agent") in the user's data folder."""
    if data is not None:
        return data
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(home) / "wavetank" / side


def first_line(path: Path, option: str) -> str:
    """The first line of a file, which must not be empty. Raises BadOption."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadOption(f"{option}: {path}: {getattr(error, 'strerror', None) or error}") from None
    if not lines or not lines[0]:
        raise BadOption(f"{option}: {path} is empty")
    return lines[0]
