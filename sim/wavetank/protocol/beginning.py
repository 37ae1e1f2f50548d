"""How a fleet is found that has run for long (model rule 9): phases that are uniform, keyed by the agent.

The simulated and the real fleet begin in the same state.
"""

from wavetank.policy.codes import Purpose, Renewal, Stream
from wavetank.policy.keyed import draw, key_of, unit
from wavetank.protocol.waits import patience_of
from wavetank.scenario.resolved import Resolved


def uniform(seed: int, agent: int, stream: int, turn: int = 0) -> float:
    """Where in its period a stream of an agent is when the run begins, from 0 to 1."""
    return unit(draw(key_of(seed, agent, stream, Purpose.START), turn, 0))


def ramp_ns(resolved: Resolved, agent: int) -> int:
    """When an agent of a ramped fleet begins."""
    return int(uniform(resolved.seed, agent, Stream.REGISTER) * resolved.ramp_ns)


def token_age_ns(resolved: Resolved, agent: int) -> int:
    """How long an agent has had its token: uniform over the time from one token to the next."""
    auth = resolved.auth
    early_ns = auth.margin_ns if auth.renewal == Renewal.BEFORE_EXPIRY else 0
    return int(uniform(resolved.seed, agent, Stream.LOGIN) * max(1, auth.ttl_ns - early_ns))


def gathered_ns(resolved: Resolved, agent: int, stream: int) -> int:
    """For how long a stream's batch has gathered, where its age does not count from an event."""
    age_ns = resolved.batching[stream - Stream.STATELESS].age_ns
    return int(uniform(resolved.seed, agent, stream) * age_ns)


def held_ns(resolved: Resolved, agent: int) -> int:
    """For how long an agent's long poll has been held (0: nobody ends it)."""
    hold_ns = patience_of(resolved.retry, resolved.commands).ns[Stream.COMMANDS]
    bounds = [ns for ns in (hold_ns, resolved.commands.server_hold_ns) if ns]
    return int(uniform(resolved.seed, agent, Stream.COMMANDS) * min(bounds)) if bounds else 0


def first_poll_ns(resolved: Resolved, agent: int) -> int:
    """When an agent that polls asks for the first time."""
    return int(uniform(resolved.seed, agent, Stream.COMMANDS) * resolved.commands.period_ns)


def rested_ns(resolved: Resolved, agent: int, stream: int) -> int:
    """For how long a kept connection has rested: uniform over the shorter idle time-out, 0 without one."""
    bounds = [ns for ns in (resolved.connection.idle_ns, resolved.server.idle_ns) if ns]
    return int(uniform(resolved.seed, agent, stream, 1) * min(bounds)) if bounds else 0
