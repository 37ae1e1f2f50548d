"""The server's memory: who may come in, which commands wait for whom, when an agent was last seen.

The same state machines serve the simulated nodes and the real server; instants are passed in. Nothing here
waits or sends: a node, or the real server, asks and acts on the answer. Rules: docs/model.md#login-job and
#held-polls.
"""

from collections.abc import Iterable

from wavetank.policy.choices import names_all
from wavetank.policy.codes import AuthScheme, Cause, Stream

names_all(__name__, AuthScheme, "NONE SERVER_TOKEN SELF_TOKEN PER_REQUEST_MAC")


class Authority:
    """Judges tokens and credentials for all nodes.

    `generation` is the signing key in use; tokens of generations before `oldest` are void, whatever
    their expiry. An agent whose credentials are `invalid` keeps the token it has; one that is `revoked`
    is refused at once and everywhere.
    """

    __slots__ = ("generation", "invalid", "oldest", "revoked", "scheme", "ttl_ns")

    def __init__(self, scheme: int, ttl_ns: int, invalid: Iterable[int]) -> None:
        """`invalid` are the agents whose credentials are not accepted from the beginning."""
        self.scheme = scheme
        self.ttl_ns = ttl_ns
        self.generation = 0
        self.oldest = 0
        self.invalid = set(invalid)
        self.revoked: set[int] = set()

    def rotate(self, kept: int = 0) -> None:
        """Replace the signing key; tokens of the `kept` generations before it live on until they expire."""
        self.generation += 1
        self.oldest = self.generation - kept

    def refusal(self, agent: int, stream: int, generation: int, expires_ns: int, now_ns: int) -> int:
        """The `Cause` of a 401 for this request, or Cause.NONE.

        A login shows credentials; under `server-token` everything else shows a token of `generation`
        that expires at `expires_ns`; the other schemes show credentials on every request.
        """
        return why_refused(
            self.scheme, stream, self.oldest, generation, expires_ns, now_ns, agent in self.invalid,
            agent in self.revoked,
        )  # fmt: skip


def why_refused(
    scheme: int, stream: int, oldest: int, generation: int, expires_ns: int, now_ns: int, invalid: bool,
    revoked: bool,
) -> Cause:  # fmt: skip
    """As `Authority.refusal`, from all that it looks at."""
    if scheme == AuthScheme.NONE:
        return Cause.NONE
    if scheme == AuthScheme.SERVER_TOKEN and stream != Stream.LOGIN:
        live = oldest <= generation and now_ns < expires_ns
        return Cause.NONE if live and not revoked else Cause.TOKEN
    return Cause.CREDENTIALS if invalid or revoked else Cause.NONE


class CommandBoard:
    """Commands that wait for their agents; each stays until the agent has it.

    A command is one int: its instant of creation in a simulation, its number in a real server.
    """

    __slots__ = ("pending",)

    def __init__(self) -> None:
        self.pending: dict[int, list[int]] = {}

    def create(self, agent: int, command: int) -> None:
        """A command for `agent` is created."""
        self.pending.setdefault(agent, []).append(command)

    def waiting(self, agent: int) -> int:
        """How many commands wait for `agent`: all of them go into the next answer."""
        return len(self.pending.get(agent, ()))

    def deliver(self, agent: int, commands: int) -> list[int]:
        """Remove the `commands` oldest commands of an agent, which has got them, and return them."""
        waiting = self.pending.get(agent, [])
        done, left = waiting[:commands], waiting[commands:]
        if left:
            self.pending[agent] = left
        else:
            self.pending.pop(agent, None)
        return done

    def confirm(self, agent: int, command: int) -> bool:
        """The agent says that it has this command; returns whether it was still waiting."""
        waiting = self.pending.get(agent, [])
        if command not in waiting:
            return False
        waiting.remove(command)
        if not waiting:
            del self.pending[agent]
        return True


UNHEARD = 2**62
"""Instead of an instant: not yet. An agent that never was there raises no alarm."""


class Presence:
    """When each agent was last heard, and who is taken to be offline."""

    __slots__ = ("last_ns", "offline")

    def __init__(self, last_ns: list[int]) -> None:
        """`last_ns` is the last heartbeat of each agent at the beginning, UNHEARD for one that had none."""
        self.last_ns = last_ns
        self.offline: set[int] = set()

    def join(self, now_ns: int) -> int:
        """Another agent, heard now; returns its number."""
        self.last_ns.append(now_ns)
        return len(self.last_ns) - 1

    def heard(self, agent: int, now_ns: int) -> None:
        """A heartbeat of `agent` was accepted."""
        self.last_ns[agent] = now_ns
        self.offline.discard(agent)

    def sweep(self, now_ns: int, after_ns: int) -> list[int]:
        """Raise an alarm for each agent not heard for `after_ns`; returns how long each was silent."""
        silent = []
        for agent, last_ns in enumerate(self.last_ns):
            if now_ns - last_ns >= after_ns and agent not in self.offline:
                self.offline.add(agent)
                silent.append(now_ns - last_ns)
        return silent


__all__ = ["UNHEARD", "Authority", "CommandBoard", "Presence", "why_refused"]
