"""Checks of waves: agents that send at the same instant, and logins that come again as close as at a ramp.

A wave is work that arrives at once, so that its last request waits for all before it. The findings are
closed forms, no simulation.
"""

from collections.abc import Iterator
from math import inf

from wavetank.policy.arrivals import Source
from wavetank.policy.codes import ProcessKind, StartKind, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, Remedy, problem, warning
from wavetank.studies.flows import SECOND, Rate, flows_at
from wavetank.studies.formatting import duration, many
from wavetank.studies.load import connections_per_request, cores, handshake_s, request_costs
from wavetank.studies.pasting import at_least, line

DAY_S = 86_400  # 24 h
NOTABLE_S = 1.0
"""A wave that the servers can do within a second is none."""


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Find streams whose agents all have the same phase, and beats that begin together."""
    flows = list(flows_at(resolved))
    for kind in resolved.classes:
        for stream, source in ((Stream.STATELESS, kind.stateless), (Stream.STATEFUL, kind.stateful)):
            if source.kind == ProcessKind.CONSTANT and source.phase_ns >= 0:
                own = [flow for flow in flows if flow.stream == stream and flow.agents == kind.agents]
                key = f"fleet.class.{kind.name}.{stream.name.lower()}.phase"
                mended = "leave phase out: each agent has one of its own then"
                yield from _wave(resolved, key, own[:1], mended, _own_phases(key, source, resolved))
    beat = resolved.heartbeat
    if beat.period_ns and not beat.jitter_ns and resolved.start == StartKind.COLD:
        own = [flow for flow in flows if flow.stream == Stream.HEARTBEAT]
        agents = sum(flow.agents for flow in own)
        merged = [own[0]._replace(agents=agents)] if own else []
        spread = line("heartbeat.jitter", at_least(2 * work_s(resolved, merged[0]))) if merged else ""
        yield from _wave(resolved, "heartbeat.jitter", merged, f"{spread} spreads them", spread)


def _own_phases(key: str, source: Source, resolved: Resolved) -> str:
    """The stream without its phase."""
    size_bytes = mean_of(source.size, resolved.empirical)
    size = f', size = "{round(size_bytes)}B"' if size_bytes else ""
    each = f'rate = "{source.rate_per_s * DAY_S:.0f}/day"'
    return line(key.removesuffix(".phase"), f'{{ process = "constant", {each}{size} }}')


def work_s(resolved: Resolved, flow: Rate) -> float:
    """Return how long all cores work on one request of each agent of a flow, in s."""
    each_s = sum(cost_s for _, cost_s in request_costs(resolved, flow))
    if resolved.connection.tls != Tls.NONE:
        each_s += connections_per_request(resolved, flow) * handshake_s(resolved)
    return flow.agents * each_s / cores(resolved)


def _wave(resolved: Resolved, key: str, flows: list[Rate], mended: str, fix: str) -> Iterator[Finding]:
    for flow in flows:
        takes_s, period_s = work_s(resolved, flow), 1 / flow.rate_per_s if flow.rate_per_s else inf
        if takes_s < NOTABLE_S:
            continue
        timeout_ns = resolved.retry[flow.stream].timeout_ns
        text = (
            f"{many(flow.agents, 'agent')} send at the same instant, every {duration(period_s)}. All cores "
            f"together work {duration(takes_s)} on such a wave"
        )
        per_s = flow.agents / takes_s
        remedy = Remedy(
            fix,
            "server_queue_length_max",
            figures=(
                ("agents", float(flow.agents)),
                ("period_s", period_s),
                ("work_s", takes_s),
                ("possible_per_s", per_s),
            ),
        )
        if timeout_ns and takes_s * SECOND > timeout_ns:
            late = f"and agents give up after {duration(timeout_ns / SECOND)}"
            said = f"{text}, {late}: work is done that nobody waits for. To mend it, {mended}."
            yield problem(key, said, remedy)
        else:
            said = f"{text}: the last answer is as late as that. To mend it, {mended}."
            yield warning(key, said, remedy)
