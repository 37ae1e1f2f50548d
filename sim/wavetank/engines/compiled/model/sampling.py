"""Look from time to time: at levels per bin, events produced, agents gone silent.

Ticks come after everything else of their instant, so a bin holds what happened before its end. Rules:
docs/model.md#backlog-series and #offline-detection. Its twin is engines/reference/sampling.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import LINE, push
from wavetank.engines.compiled.containers.histogram import add
from wavetank.engines.compiled.containers.order import order_high
from wavetank.engines.compiled.model.arrivals import created_until
from wavetank.engines.compiled.model.measure import carry_moments, next_bin, open_window, sample_levels
from wavetank.engines.compiled.model.parts import OPEN_BYTES
from wavetank.engines.compiled.model.startup import remember_beats
from wavetank.engines.compiled.model.world import World, agent_number, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import address_of, prefetch
from wavetank.policy.codes import ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.protocol.order import Kind

WARMED_UP, BIN, SWEEP = range(3)

AGENTS_AHEAD = 8
"""Memory is fetched so many agents before they are looked at, while others are: walking through a
large fleet without that waits for each of them (a twentieth of a run of `wazuh-60`)."""


@kernel
def tick(w: World, at_ns: int, tick_kind: int) -> None:
    """Look again at `at_ns`."""
    if at_ns < w.horizon_ns:
        push(w, at_ns, order_high(Kind.SAMPLE, -1, tick_kind, 0), 0, 0)


@kernel
def sweep_ns(w: World) -> int:
    """How often the server looks for agents gone silent."""
    return w.heartbeat.offline_sweep_ns if w.heartbeat.offline_sweep_ns else w.heartbeat.offline_after_ns


@entry("core")
def plan_samples(w: World) -> None:
    """Set all ticks."""
    tick(w, w.warmup_ns, WARMED_UP)
    tick(w, w.bin_ns, BIN)
    if w.heartbeat.offline_after_ns:
        remember_beats(w)
        fleet = key_of(w.seed, -1, Stream.HEARTBEAT, Purpose.SWEEP_PHASE)
        tick(w, int(uniform_of(draw(fleet, 0, 0)) * sweep_ns(w)), SWEEP)


@entry("core")
def on_sample(w: World, tick_kind: int) -> None:
    """A tick."""
    if tick_kind == WARMED_UP:
        open_window(w)
    elif tick_kind == BIN:
        index = w.now // w.bin_ns - 1
        sample_levels(w, index)
        next_bin(w)
        carry_moments(w)
        if (index + 1) % w.sample_bins == 0:
            count_produced(w, w.now)
        tick(w, w.now + w.bin_ns, BIN)
    else:
        sweep(w)


@entry("core")
def count_produced(w: World, until_ns: int) -> None:
    """Note how many events have been produced up to `until_ns`."""
    total = w.thoughts
    ahead = AGENTS_AHEAD * w.agent_bytes
    for index in range(w.agent_count if w.open_flows else 0):
        agent = agent_number(w, index)
        prefetch(address_of(agent) + ahead)
        if agent.started:
            for place in range(w.flow_count):
                flow = flow_at_place(w, agent, place)
                if flow.plan and flow.plan.source.kind != ProcessKind.CLOSED:
                    for line in range(0, OPEN_BYTES, LINE):
                        prefetch(address_of(flow) + ahead + line)
                    total += created_until(w, flow, until_ns) - flow.origin
    w.s_produced[w.produced_count] = total
    w.produced_count += 1


@entry("heartbeat")
def sweep(w: World) -> None:
    """Raise an alarm for each agent that was not heard for too long."""
    after_ns = w.heartbeat.offline_after_ns
    for index in range(w.agent_count):
        agent = agent_number(w, index)
        silent_ns = w.now - agent.last_heard_ns
        if silent_ns >= after_ns and not agent.silent:
            agent.silent = 1
            w.offline_alarms += 1
            add(w.offline_detection, silent_ns)
    tick(w, w.now + sweep_ns(w), SWEEP)
