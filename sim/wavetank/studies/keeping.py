"""Check what a scenario keeps open: held polls, and connections that wait for the next request.

A long poll is healthy if nothing cuts it before its hold ends: not the agent's time-out, not an idle
time-out in between. A kept connection is healthy if the agent closes it before the server does. Each
finding names the key that is too short or too long, proposes a value, and gives the run that shows the
difference. Nothing is simulated here; the rules are docs/model.md#held-polls and
docs/model.md#idle-timeouts.
"""

from collections.abc import Iterator
from math import inf

from wavetank.policy.codes import Channel, Strategy, Stream
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, Remedy, problem, warning
from wavetank.studies.flows import SECOND, Rate, hold_s
from wavetank.studies.formatting import duration
from wavetank.studies.load import connections_per_request
from wavetank.studies.pasting import at_least, at_most, line

SHORTER, LONGER = 0.9, 1.5
"""A proposed timer is this much shorter, or longer, than the one that it must fit."""


def findings(resolved: Resolved, flows: list[Rate]) -> Iterator[Finding]:
    """Holds that something else cuts, and idle time-outs that do not fit."""
    if any(flow.stream == Stream.COMMANDS for flow in flows):
        yield from _holds(resolved)
    if resolved.connection.strategy == Strategy.KEEP_ALIVE:
        yield from _idle(resolved, flows)


def _s(ns: int) -> str:
    return duration(ns / SECOND)


def _holds(resolved: Resolved) -> Iterator[Finding]:
    commands = resolved.commands
    if commands.channel != Channel.LONG_POLL:
        return
    held_s = hold_s(resolved)
    timeout_ns = resolved.retry[Stream.COMMANDS].timeout_ns
    if timeout_ns and timeout_ns <= held_s * SECOND:
        yield problem(
            "retry.commands.timeout",
            f"A poll times out after {_s(timeout_ns)}, before its hold of {duration(held_s)} ends.",
            _held("retry.commands.timeout", held_s, timeout_ns, "timeouts_total"),
        )
    route_ns = resolved.server.route_timeout_ns[Stream.COMMANDS]
    if route_ns and route_ns <= held_s * SECOND:
        yield problem(
            "server.route_timeout.commands",
            f"Held polls are answered 408 after {_s(route_ns)}, before the hold of {duration(held_s)} ends.",
            _held("server.route_timeout.commands", held_s, route_ns, "rejected_total.route_timeout"),
        )
    kept = resolved.connection.strategy == Strategy.KEEP_ALIVE
    late = not commands.server_hold_ns or commands.server_hold_ns >= commands.hold_ns
    # where each poll has a connection of its own, it is closed with the poll, by the agent or the server
    if kept and commands.hold_ns and late:
        yield warning(
            "commands.server_hold",
            f"The agent ends its poll after {_s(commands.hold_ns)}, before the server does, and has to close "
            "the connection for that; a shorter hold of the server would keep it.",
            Remedy(
                line("commands.server_hold", at_most(SHORTER * commands.hold_ns / SECOND)),
                "connect_peak_per_s",
                also=("commands.hold",),
                figures=(("hold_s", commands.hold_ns / SECOND),),
            ),
        )


def _held(key: str, held_s: float, limit_ns: int, metric: str) -> Remedy:
    """The remedy of a time-out that cuts holds: one that lets them end."""
    figures = (("hold_s", held_s), ("timeout_s", limit_ns / SECOND))
    if held_s == inf:
        fix = line("commands.server_hold", at_most(SHORTER * limit_ns / SECOND))
        return Remedy(fix, metric, also=(key,), figures=figures)
    return Remedy(line(key, at_least(1.5 * held_s)), metric, also=("commands.server_hold",), figures=figures)


def _idle(resolved: Resolved, flows: list[Rate]) -> Iterator[Finding]:
    agent_ns, server_ns = resolved.connection.idle_ns, resolved.server.idle_ns
    if server_ns and (not agent_ns or agent_ns >= server_ns):
        mine = f"after {_s(agent_ns)}" if agent_ns else "never"
        yield problem(
            "connection.idle_timeout",
            f"The server closes idle connections after {_s(server_ns)}, the agent {mine}: requests meet a "
            "connection that is being closed and are lost. Make the agent's the shorter one.",
            Remedy(
                line("connection.idle_timeout", at_most(SHORTER * server_ns / SECOND)),
                "requests_lost_total",
                also=("server.idle_timeout",),
                figures=(("agent_s", agent_ns / SECOND), ("server_s", server_ns / SECOND)),
            ),
        )
    # A login is rare, and nobody keeps a connection for it.
    asking = [flow for flow in flows if flow.regular and flow.stream != Stream.LOGIN]
    useless = [flow for flow in asking if connections_per_request(resolved, flow) == 1.0]
    if useless:
        names = ", ".join(dict.fromkeys(flow.stream.name.lower() for flow in useless))
        yield warning(
            "connection.strategy",
            f"Connections are kept, but never long enough to be used again: {names}.",
            _kept_longer(server_ns, max(1 / flow.rate_per_s for flow in useless)),
        )


def _kept_longer(server_ns: int, gap_s: float) -> Remedy:
    """Keep connections for longer than the longest gap; where the server would not, keep none."""
    keeps = not server_ns or SHORTER * server_ns > LONGER * gap_s * SECOND
    fix = (
        line("connection.idle_timeout", at_least(LONGER * gap_s))
        if keeps
        else line("connection.strategy", "per-request")
    )
    metric = "connect_peak_per_s" if keeps else "connections_open_mean"
    return Remedy(fix, metric, also=("connection.idle_timeout",), figures=(("gap_s", gap_s),))
