from typing import get_args

import pytest

from wavetank.cli.agent import TransportName
from wavetank.real.transports.agent.http1 import DEFAULT, BadAddress
from wavetank.real.transports.agent.registry import TRANSPORTS


def test_the_command_knows_every_transport() -> None:
    """The option lists them without importing them."""
    assert get_args(TransportName) == tuple(TRANSPORTS)


@pytest.mark.parametrize("name", TRANSPORTS)
def test_every_transport_counts_from_zero(name: str) -> None:
    made = TRANSPORTS[name].carrier("https://127.0.0.1:1", None, DEFAULT)
    counted = (made.opened, made.resumed, made.closed, made.sent_bytes, made.received_bytes)
    assert counted == (0, 0, 0, 0, 0)
    assert made.asked(0)


@pytest.mark.parametrize("name", TRANSPORTS)
def test_addresses_are_checked_at_once(name: str) -> None:
    with pytest.raises(BadAddress, match="write https://HOST:PORT"):
        TRANSPORTS[name].carrier("http://127.0.0.1:1", None, DEFAULT)
