"""Which transports an agent can have, by the names of `wavetank agent run --transport`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from wavetank.policy.codes import Channel
from wavetank.real.transports.agent.http1 import Http1
from wavetank.real.transports.agent.messages import Transport
from wavetank.real.transports.agent.websocket import WebSocket
from wavetank.scenario.resolved import Connection

Carrier = Callable[[str, Path | None, Connection], Transport]
"""Makes a transport: from the server's address, the certificates to trust (None: the system's) and the plan
of a scenario's [connection]. Raises BadAddress."""


class Kind(NamedTuple):
    """A transport: who makes it, and the only command channel that it knows (None: it knows each)."""

    carrier: Carrier
    channel: Channel | None = None


TRANSPORTS: Mapping[str, Kind] = {
    "http1": Kind(Http1),
    "websocket": Kind(WebSocket, Channel.LONG_POLL),
}
"""The first is the default."""
