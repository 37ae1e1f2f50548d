"""The parts of a scenario that a runnable agent supports over the native contract (docs/agent.md).

It lists what an agent can honour. A scenario with anything else is refused with the key that it names,
never honoured in part.
"""

from wavetank.policy.codes import AuthScheme, Channel, ProcessKind, Stream, Tls
from wavetank.protocol.generator import Generator
from wavetank.scenario.resolved import FleetClass, Resolved


def not_honoured(resolved: Resolved) -> list[str]:
    """The keys that a runnable agent cannot honour, each with what would do; empty if it can."""
    keys = []
    if resolved.auth.scheme != AuthScheme.SERVER_TOKEN:
        keys.append('auth.scheme (the server gives tokens: "server-token")')
    if resolved.connection.tls == Tls.NONE:
        keys.append('connection.tls (the server speaks TLS alone: version "1.3" or "1.2")')
    if resolved.commands.channel == Channel.PIGGYBACK:
        keys.append('commands.channel (there is no heartbeat to ride on: "long-poll", "poll" or "none")')
    if resolved.heartbeat.period_ns:
        keys.append("heartbeat.period (there is no heartbeat: leave it out)")
    return keys


def class_of(resolved: Resolved, index: int) -> FleetClass | None:
    """The class of the scenario's agent `index`, None where there is no such agent."""
    return next((kind for kind in resolved.classes if kind.first <= index < kind.first + kind.agents), None)


def generators_of(resolved: Resolved, index: int) -> dict[Stream, Generator]:
    """The events of the scenario's agent `index`, per stream; none where there is no such agent."""
    kind = class_of(resolved, index)
    sources = {Stream.STATELESS: kind.stateless, Stream.STATEFUL: kind.stateful} if kind else {}
    return {
        stream: Generator(source, resolved.seed, index, stream, resolved.empirical)
        for stream, source in sources.items()
    }


def generates(kind: FleetClass) -> bool:
    """Whether the class's events can be created without an answer to wait for."""
    return ProcessKind.CLOSED not in (kind.stateless.kind, kind.stateful.kind)
