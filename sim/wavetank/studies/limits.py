"""Check the greatest load of a run against the limits of the servers.

Compared are logins, workers, connections, rates and the store. Load and capacity are mean values by closed
forms (`load.py`), so a finding says "this cannot keep up in the long run" and nothing about chance. Each
finding has a remedy in TOML that makes the limit large enough, and the fault under which a run shows it.
Nothing is simulated here.
"""

from collections.abc import Iterator
from math import ceil, inf

from wavetank.policy.codes import AuthScheme, Channel, FaultKind, Stream
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, Remedy, fact, problem, warning
from wavetank.studies.flows import SECOND, polling_agents, token_life_s
from wavetank.studies.formatting import duration, figure
from wavetank.studies.load import Load, login_capacity_per_s, login_cost_s
from wavetank.studies.pasting import at_least, fault, line

ROOM = 1.5
"""A limit that is proposed allows this much more than is asked for when all goes well."""


def findings(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    """Check the greatest load of a run against the limits of the servers."""
    if resolved.auth.scheme == AuthScheme.SERVER_TOKEN:
        yield from _logins(resolved, peak)
    yield from _workers(resolved)
    yield from _connections(resolved)
    yield from _rates(resolved, peak)
    yield from _store(resolved, peak)


def rate(per_s: float) -> str:
    """A rate in words."""
    return figure("request_rate_per_s", per_s)


def share(value: float) -> str:
    """A share in words."""
    return figure("server_utilisation", value)


def _logins(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    agents = sum(flow.agents for flow in peak.flows if flow.stream == Stream.LOGIN)
    needed = peak.requests_per_s(Stream.LOGIN)
    possible = login_capacity_per_s(resolved)
    life = duration(token_life_s(resolved))
    wanted = f"{rate(needed)} logins are needed ({agents:,} agents, each {life})"
    if possible == inf:
        yield fact("auth", f"{wanted}; they cost nothing.")
        return
    cost = duration(login_cost_s(resolved))
    text = f"{wanted}, {rate(possible)} are possible at most ({cost} of CPU each)"
    yield fact("auth", f"{text}: {share(needed / possible)}.", needed_per_s=needed, possible_per_s=possible)
    again_s = agents / possible
    if needed > possible:
        early_s = resolved.auth.ttl_ns / SECOND - token_life_s(resolved)
        yield problem(
            "auth.ttl",
            "Tokens expire faster than they can be renewed; make them live longer.",
            Remedy(
                line("auth.ttl", at_least(2 * again_s + early_s)),
                "events_queued",
                figures=(("needed_per_s", needed), ("possible_per_s", possible)),
            ),
        )
    yield fact("auth", f"A login of all agents takes {duration(again_s)} at best, with nothing else to do.")
    timeout_ns = resolved.retry[Stream.LOGIN].timeout_ns
    if timeout_ns and again_s > timeout_ns / SECOND:
        yield warning(
            "retry.login.timeout",
            f"After a restart or a key rotation logins queue for up to {duration(again_s)}, but agents give "
            f"up after {duration(timeout_ns / SECOND)} and ask again: work is done that nobody waits for.",
            Remedy(
                line("retry.login.timeout", at_least(2 * again_s)),
                "timeouts_total",
                () if _logs_in_anew(resolved) else fault(resolved, "cold-start"),
                figures=(("backlog_s", again_s), ("timeout_s", timeout_ns / SECOND)),
            ),
        )


def _logs_in_anew(resolved: Resolved) -> bool:
    kinds = {each.kind for each in resolved.faults}
    return bool(kinds & {FaultKind.COLD_START, FaultKind.KEY_ROTATION})


def _workers(resolved: Resolved) -> Iterator[Finding]:
    server = resolved.server
    if server.workers < server.cores:
        yield warning(
            "server.workers",
            f"{server.workers} workers cannot use {server.cores} cores.",
            Remedy(line("server.workers", server.cores), "server_wait_mean_s", also=("server.cores",)),
        )
    if not server.blocking or resolved.commands.channel != Channel.LONG_POLL:
        return
    held, workers = polling_agents(resolved), server.nodes * server.workers
    text = f"The server blocks: a held poll keeps a worker. {held:,.0f} polls are held by {workers:,} workers"
    remedy = Remedy(
        line("server.blocking", "false"),
        "server_wait_mean_s",
        also=("server.workers", "commands.channel"),
        figures=(("polls_held", held), ("workers", float(workers))),
    )
    if held >= workers:
        yield problem("server.blocking", f"{text}: none is left for anything else.", remedy)
    else:
        yield warning("server.blocking", f"{text}; {workers - held:,.0f} are left.", remedy)


def _connections(resolved: Resolved) -> Iterator[Finding]:
    held, limits, count = polling_agents(resolved), resolved.server.limits, resolved.server.nodes
    if not held:
        return
    for limit, name in ((limits.connections, "connections"), (limits.in_flight, "in_flight")):
        if not limit.value:
            continue
        key = f"server.limits.{name}"
        text = f"Held polls need {held / count:,.0f} of the {limit.value:,} that a node allows"
        left = max(1, count - 1) if loses_node(resolved) else count
        remedy = Remedy(
            line(key, ceil(ROOM * max(1.0, held / left))),
            "goodput_per_s",
            figures=(("polls_held_per_node", held / count), ("limit", float(limit.value))),
        )
        if held / count > limit.value:
            yield problem(key, f"{text}.", remedy)
        elif count > 1 and loses_node(resolved) and held / (count - 1) > limit.value:
            yield warning(key, f"{text}; while a node is away they do not fit.", remedy)
        elif held / count > 0.9 * limit.value:
            yield warning(key, f"{text}: little is left for requests.", remedy)


def loses_node(resolved: Resolved) -> bool:
    """Whether a fault takes a node away."""
    return any(fault.kind in (FaultKind.NODE_LOSS, FaultKind.NODE_RESTART) for fault in resolved.faults)


def _rates(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    limits = resolved.server.limits
    pairs = (
        ("request_rate", limits.request_rate, peak.requests_per_s()),
        ("login_rate", limits.login_rate, peak.requests_per_s(Stream.LOGIN)),
        ("connect_rate", limits.connect_rate, peak.connections_per_s),
    )
    for name, limit, asked in pairs:
        if not limit.interval_ns:
            continue
        allowed = resolved.server.nodes * SECOND / limit.interval_ns
        if asked > allowed:
            each = ceil(ROOM * asked / resolved.server.nodes)
            yield problem(
                f"server.limits.{name}",
                f"{rate(asked)} are asked for, {rate(allowed)} allowed.",
                Remedy(
                    line(f"server.limits.{name}", f'{{ rate = "{each}/s", burst = {each} }}'),
                    "rejected_total" if name == "login_rate" else "goodput_per_s",
                    figures=(("asked_per_s", asked), ("allowed_per_s", allowed)),
                ),
            )


def _store(resolved: Resolved, peak: Load) -> Iterator[Finding]:
    store, events = resolved.store, peak.events_per_s
    latency_s = mean_of(store.latency, resolved.empirical) / SECOND
    posts = [flow for flow in peak.flows if flow.events]
    if not store.parallelism or not latency_s or not store.size or not posts or not events:
        return
    # A batch is full at `size` events, or with the request that goes beyond.
    largest = max(flow.events for flow in posts)
    possible = store.parallelism * max(store.size, largest) / latency_s
    text = f"The store takes {rate(possible)} events at most, {rate(events)} come."
    figures = (("possible_events_per_s", possible), ("events_per_s", events))
    if events <= possible:
        yield fact("store", text, **dict(figures))
        return
    need = ceil(ROOM * events / possible * store.parallelism)
    remedy = Remedy(line("store.parallelism", need), "goodput_per_s", figures=figures)
    yield problem("store", text, remedy)
