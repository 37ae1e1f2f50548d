"""Structures that hold what a judge is told while a run goes on; without a judge there are none.

Widths say what a field may hold. An agent that has left keeps its record but counts no more. stepping.py
reads them into the `Sample` of results/judge/sample.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import Fifo, Gauge, Words
from wavetank.engines.compiled.toolchain.structs import Layout, at, i1, i4, i8, ints


class AgentSignals(Layout):
    """Describe what counts of one agent.

    It is `impaired` since `since_ns`, and `met` when that need has ended in the present instant; a `stale`
    need is an old one. Of its commands `aged` were created long ago. `dropped` are its events given up.
    """

    since_ns: i8
    heard_ns: i8
    dropped: i8
    created: i4
    delivered: i4
    aged: i4
    impaired: i1
    met: i1
    stale: i1
    silent: i1
    left: i1


class Signals(Layout):
    """The figures of samples, without the agents that have left.

    Queues: `open` holds attempts that nobody ends within a reach, `since` the agents with a need, `commands`
    those created, `heard` the agents that were heard. `met` lists the agents whose need has ended in the
    instant `looked_ns`. `agents` is the address of their AgentSignals.
    """

    agents: i8
    taken_ns: i8
    looked_ns: i8
    reach_ns: i8
    stale_ns: i8
    silent_after_ns: i8
    watched: ints
    settled: Gauge
    thought: Gauge
    impaired: Gauge
    outstanding: Gauge
    silent: Gauge
    waiting: Gauge
    acknowledged: i8
    dropped: i8
    offline: i8
    leavers: i8
    stale_needs: i8
    stale_commands: i8
    busy_ns: i8
    open: Fifo
    since: Fifo
    commands: Fifo
    heard: Fifo
    met: Words
    renewed: Words


agent_signals_at = at(AgentSignals)
AGENT_SIGNALS_BYTES = AgentSignals.size
