"""Interfaces between parts of a run: stated here, so that no module imports one that stands above it.

The agents' parts need one another in circles: a login is a request, and a request asks for a token. Each is
handed the run when it is made, and its `Context` says what it needs of that; `world` alone knows everybody.
"""

from typing import Protocol

from wavetank.engines.reference.parts import AgentStream, Attempt, Connection
from wavetank.protocol.session import Exchange


class Sends(Protocol):
    """Begins requests and lets them go: `requests.Requests`."""

    def begin(self, flow: AgentStream) -> Exchange:
        """Begin a new request of a stream."""
        ...

    def go(self, flow: AgentStream, exchange: Exchange) -> None:
        """Send the request, or let it wait for a token."""
        ...


class Hears(Protocol):
    """Is told about attempts that end without an answer. Implemented by `requests.Requests`."""

    def lost(self, attempt: Attempt) -> None:
        """A reset or a refused connection ended the attempt."""
        ...

    def reset(self, connection: Connection) -> None:
        """A reset has reached the agent."""
        ...


class Times(Protocol):
    """Knows when events are created: `streams.Streams`."""

    def time_of(self, flow: AgentStream, index: int) -> int:
        """When event `index` is created; NEVER when that is not known."""
        ...


class Carries(Protocol):
    """Knows the events of before the run: `startup.Start`."""

    def carried_ns(self, flow: AgentStream, index: int) -> int:
        """When an event that was carried in was created, below 0."""
        ...
