"""When the events of a stream are created, and how large they are: looked up, never listed.

Looking up costs the logarithm of the number of events. The events of a stream do not depend on how they
are batched (docs/model.md#event-times and #carried-in). Its twin is engines/reference/arrivals.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.order import REQUEST_BITS, order_high
from wavetank.engines.compiled.model.network import drawn
from wavetank.engines.compiled.model.parts import AgentStream
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.policy.arrivals import count, phase_ns_of, time_of
from wavetank.policy.codes import ProcessKind, Purpose
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.keyed import unit as uniform_of
from wavetank.policy.rate_map import NEVER
from wavetank.policy.steady import carried_ns, gathering

SIZES = (1 << REQUEST_BITS) - 1
"""Sizes are drawn by these bits of an index: those of events carried in are at the upper end."""


@entry("arrivals")
def look_up(w: World, flow: AgentStream, until_ns: int) -> int:
    """How many events of an open stream there are up to `until_ns`."""
    flow.page, flow.before, n = count(flow.plan.source, flow.key, flow.page, flow.before, until_ns)
    return n


@entry("arrivals")
def find(w: World, flow: AgentStream, index: int) -> int:
    """When event `index` of an open stream is created."""
    flow.page, flow.before, at_ns = time_of(flow.plan.source, flow.key, flow.page, flow.before, index)
    flow.found_index = index
    flow.found_ns = at_ns
    return at_ns


@kernel
def found_gathering(w: World, flow: AgentStream) -> tuple[int, int, int, int, int]:
    """Where a stream of a steady fleet is in its cycle (policy/steady.py)."""
    plan = flow.plan
    batching = plan.batching
    bits = draw(key_of(w.seed, flow.agent.index, flow.stream, Purpose.START), 0, 0)
    return gathering(
        batching.age_from, batching.age_ns, batching.pause_after_ns, plan.full, plan.gap_ns,
        plan.source.kind == ProcessKind.POISSON, uniform_of(bits),
    )  # fmt: skip


@entry("steady")
def carried_at(w: World, flow: AgentStream, index: int) -> int:
    """When an event that was carried in was created, below 0."""
    if index == flow.origin:
        _, _, _, _, first_ns = found_gathering(w, flow)
        if first_ns >= 0:
            return -max(1, first_ns)
    past_key = key_of(w.seed, flow.agent.index, flow.stream, Purpose.CARRIED)
    return carried_ns(flow.plan.past, past_key, phase_ns_of(flow.plan.source, flow.key), -index)


@kernel
def created_until(w: World, flow: AgentStream, until_ns: int) -> int:
    """How many events there are up to `until_ns`, not before the latest look, from the beginning of time."""
    if flow.plan.source.kind == ProcessKind.CLOSED:
        return flow.created
    if flow.found_index == flow.seen and flow.found_ns > until_ns:
        return flow.seen  # the next one is known, and comes later
    return look_up(w, flow, until_ns)


@kernel
def created_at(w: World, flow: AgentStream, index: int) -> int:
    """When event `index` is created; NEVER when that is not known."""
    if flow.plan.source.kind == ProcessKind.CLOSED:
        return flow.created_ns if index < flow.created else NEVER
    if index < 0:
        return carried_at(w, flow, index)
    return flow.found_ns if index == flow.found_index else find(w, flow, index)


@kernel
def size_of(w: World, flow: AgentStream, index: int) -> int:
    """Bytes of an event whose size is drawn."""
    return drawn(
        w, flow.plan.source.size, order_high(0, flow.agent.index, flow.stream, index & SIZES), 0, Purpose.SIZE
    )
