"""Registration: once per agent, through the management API, with an operator's name and password."""

import asyncio
import secrets
import time
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.protocol import identity, wire
from wavetank.protocol.identity import Credentials
from wavetank.real.credentials import FILE, ca_of, load
from wavetank.real.private import make_folder, write_private
from wavetank.real.transports.agent.http1 import ask_once

PATIENCE_S = 30.0
"""Registration checks a password, which is slow on purpose; much longer than that means overrun."""


class NotRegistered(WavetankError):
    """The server did not register the agent: what it said, and what to do."""


def register(
    folder: Path, name: str, management: str, server: str, ca: str, user: str, password: str
) -> tuple[Credentials, bool]:
    """Register the agent of a folder; returns its credentials, and whether it is new to the server.

    The credentials are kept before the server is asked, so that an answer lost on its way does no harm:
    the same command asks again with the same key. Raises NoCredentials, NotRegistered and Unreachable.
    """
    make_folder(folder)
    if (folder / FILE).exists():
        credentials = load(folder)
        credentials = credentials._replace(server=server, ca=ca or credentials.ca)
    else:
        uuid = identity.uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))
        credentials = Credentials(uuid, secrets.token_urlsafe(32), name, server, ca, False)
    write_private(folder / FILE, credentials.to_json())
    trusted = ca_of(folder, credentials)
    answer = asyncio.run(
        ask_once(management, trusted, wire.register(credentials, user, password), PATIENCE_S)
    )
    if answer.status not in (200, 201):
        why = wire.why_not_registered(answer.status, answer.body)
        raise NotRegistered(f"{management} did not register the agent ({answer.status}): {why}")
    write_private(folder / FILE, credentials._replace(registered=True).to_json())
    return credentials, answer.status == 201
