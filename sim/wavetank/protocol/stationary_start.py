"""How a fleet is found that has run for long (docs/model.md#start): uniform phases, keyed by the agent.

The simulated and the real fleet begin in the same state. Each part of an agent (its token, its poll, its
streams) has a phase of its own, drawn under the purpose START, so two designs of one seed begin in the same
state.
"""

from typing import NamedTuple

from wavetank.policy.arrivals import Source
from wavetank.policy.choices import names_all
from wavetank.policy.codes import ProcessKind, Purpose, Renewal, Stream
from wavetank.policy.keyed import draw, key_of, unit
from wavetank.policy.laws import mean_of
from wavetank.policy.rate_map import UNIT
from wavetank.policy.steady import carried, gathering
from wavetank.protocol.waits import patience_of
from wavetank.scenario.resolved import Batching, Resolved

names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")


class Past(NamedTuple):
    """A stream of events before the run: its source at the first rate, and the mean gap between events.

    `gap_ns` 0.0: it makes none. `full` 0: no number of events makes a batch full.
    """

    source: Source
    gap_ns: float
    full: int


def past_of(source: Source, batching: Batching, empirical: tuple[int, ...]) -> Past:
    """Return the past of a stream, before the run."""
    factor = source.factors[0]
    flat = source._replace(starts_ns=(0,), starts_op=(0,), factors=(factor,))
    rate_per_s = source.rate_per_s * factor / UNIT
    makes_some = source.kind in (ProcessKind.POISSON, ProcessKind.CONSTANT) and rate_per_s > 0.0
    full = batching.count
    size_bytes = mean_of(source.size, empirical)
    if batching.bytes and size_bytes:
        by_bytes = max(1, int(batching.bytes / size_bytes))
        full = min(full, by_bytes) if full else by_bytes
    return Past(flat, 1e9 / rate_per_s if makes_some else 0.0, full)


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


class Standing(NamedTuple):
    """Where a stream of events is in its cycle; `first_ns` ago an event began the age (below 0: none)."""

    waiting: int
    since_ns: int
    pause_end_ns: int
    first_ns: int


def standing(
    resolved: Resolved, past: Past, agent: int, stream: int, phase_ns: int, capacity: int
) -> Standing:
    """Find a stream that makes events as in a fleet that has run for long (policy/steady.py).

    `phase_ns` is where a constant stream's first event is, `capacity` that of its buffer (0: no limit).
    """
    batching = resolved.batching[stream - Stream.STATELESS]
    most, window_ns, since_ns, pause_end_ns, first_ns = gathering(
        batching.age_from, batching.age_ns, batching.pause_after_ns, past.full, past.gap_ns,
        past.source.kind == ProcessKind.POISSON, uniform(resolved.seed, agent, stream),
    )  # fmt: skip
    key = past_key(resolved.seed, agent, stream)
    waiting = carried(past.source, key, phase_ns, most, window_ns, first_ns)
    return Standing(min(waiting, capacity) if capacity else waiting, since_ns, pause_end_ns, first_ns)


def past_key(seed: int, agent: int, stream: int) -> int:
    """The key of a stream's events before the run."""
    return key_of(seed, agent, stream, Purpose.CARRIED)


def held_ns(resolved: Resolved, agent: int) -> int:
    """For how long an agent's long poll has been held (0: nobody ends it)."""
    hold_ns = patience_of(resolved.retry, resolved.commands).ns[Stream.COMMANDS]
    bounds = [ns for ns in (hold_ns, resolved.commands.server_hold_ns) if ns]
    return int(uniform(resolved.seed, agent, Stream.COMMANDS) * min(bounds)) if bounds else 0


def first_poll_ns(resolved: Resolved, agent: int) -> int:
    """When an agent that polls asks for the first time."""
    return int(uniform(resolved.seed, agent, Stream.COMMANDS) * resolved.commands.period_ns)


def idle_for_ns(resolved: Resolved, agent: int, stream: int) -> int:
    """For how long a kept connection has been idle: uniform over the shorter idle time-out, 0 without one."""
    bounds = [ns for ns in (resolved.connection.idle_ns, resolved.server.idle_ns) if ns]
    return int(uniform(resolved.seed, agent, stream, 1) * min(bounds)) if bounds else 0
