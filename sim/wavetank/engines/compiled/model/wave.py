"""The states of sampled agents over time, as engines/reference/wave.py keeps them.

A bin shows the worst state that an agent had in it. Agents are chosen once, a part of the fleet each.
Rule: docs/model.md#wave-agents.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import scaled
from wavetank.engines.compiled.model.parts import Agent
from wavetank.engines.compiled.model.world import World, agent_number, flow_at_place
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import byte, store_byte
from wavetank.policy.choices import names_all
from wavetank.protocol.tables import ExchangeState, TokenState
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")
names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")


@kernel
def join_wave(w: World) -> None:
    """Give the sampled agents their rows."""
    for row in range(w.wave_rows):
        agent = agent_number(w, w.wave_agents[row])
        agent.wave_row = row
        look_at(w, agent)


@kernel
def look(w: World, agent: Agent) -> None:
    """Something happened to an agent: note its state when it has changed."""
    if agent.wave_row >= 0:
        look_at(w, agent)


@entry("core")
def look_at(w: World, agent: Agent) -> None:
    """Something happened to a sampled agent."""
    row = agent.wave_row
    state = state_of(w, agent)
    if state == w.wave_state[row]:
        return
    fill(w, row, w.now)
    w.wave_state[row] = state
    here = scaled(w.now, w.wave_bins, w.duration_ns)
    if here < w.wave_room:
        deepen(w, row, here, state)


@kernel
def deepen(w: World, row: int, index: int, state: int) -> None:
    """A bin shows its worst state."""
    place = w.wave_lines + row * w.wave_room + index
    if state > byte(place):
        store_byte(place, state)


@entry("core")
def fill(w: World, row: int, until_ns: int) -> None:
    """The state so far holds in every bin up to now."""
    end = min(w.wave_room, scaled(until_ns, w.wave_bins, w.duration_ns) + 1)
    begin, state = w.wave_filled[row], w.wave_state[row]
    if state != CONNECTED:
        for index in range(begin, end):
            deepen(w, row, index, state)
    w.wave_filled[row] = max(begin, end - 1)


@kernel
def strike(w: World) -> None:
    """A fault begins: the first one decides the order of the rows."""
    if not w.wave_struck:
        w.wave_struck = 1
        for row in range(w.wave_rows):
            w.wave_expiry[row] = agent_number(w, w.wave_agents[row]).expires_ns


@kernel
def close_wave(w: World) -> None:
    """The run is over."""
    for row in range(w.wave_rows):
        fill(w, row, w.now - 1)
    strike(w)


@entry("core")
def state_of(w: World, agent: Agent) -> int:
    """The worst of what an agent is in."""
    if agent.offline or not agent.started:
        return OFFLINE
    worst = CONNECTED
    if agent.state == TokenState.LOGIN_WAIT:
        return RETRYING
    if agent.state == TokenState.LOGGING_IN:
        worst = WAITING
    for place in range(w.flow_count):
        flow = flow_at_place(w, agent, place)
        held = 0
        t = flow.attempts
        while t and not held:
            held = t.holds
            t = t.next
        x = flow.live
        while x:
            if x.state == ExchangeState.BACKING_OFF or (x.attempt > 0 and not held):
                return RETRYING
            if x.state == ExchangeState.AWAITING_TOKEN:
                worst = WAITING
            x = x.next
    return worst
