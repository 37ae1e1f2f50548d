"""Parts that trials in Python share."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

Trial = Callable[[Path], None]
EVENTS = b'{"data":"one"}\n'
TOKEN = {"Authorization": "Bearer " + "t" * 338}


def need(name: str) -> Any:
    """A module, or the test is skipped."""
    return pytest.importorskip(name)


def trusting(folder: Path) -> ssl.SSLContext:
    """Trusts the certificates of a folder."""
    return ssl.create_default_context(cafile=str(folder / "ca.pem"))


def serving(folder: Path) -> ssl.SSLContext:
    """Has the certificate of a folder."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem")
    return made


def soon(trial: Awaitable[None]) -> None:
    """Run it, for 20 s at most."""
    asyncio.run(asyncio.wait_for(trial, 20))
