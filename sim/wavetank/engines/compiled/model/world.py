"""The world: the one structure that every kernel is given, with the plan, the fleet, the server, the counts.

Its first field is the address of the table of entries. Scalars that every kernel uses lie in it; arrays and
structures hang on it by address. `build` fills it before the first kernel is called.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import Calendar, Gauge, Histogram, Pool, Sum
from wavetank.engines.compiled.model.parts import Agent, AgentStream, StoreBatch, agent_at, flow_at
from wavetank.engines.compiled.model.signal_parts import Signals
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import Layout, address_of, i1, i8, ints
from wavetank.scenario.resolved import Auth, Balancer, Commands, Heartbeat, Server, Store
from wavetank.scenario.resolved import Connection as ConnectionPlan

NOT_COMPILED, NO_BRANCH = 1, 2
"""Mistakes that `World.error` notes: a kernel that the scenario should not need, a code without a branch."""


class World(Layout):
    """One run. Counts that are indexed lie in arrays, all others here."""

    table: i8
    now: i8
    error: i8
    at_once: i8
    most_at_once: i8
    happened: i8
    seed: i8
    seed_key: i8
    duration_ns: i8
    horizon_ns: i8
    until_ns: i8
    warmup_ns: i8
    latency_end_ns: i8
    bin_ns: i8
    bin_begins_ns: i8
    bin_index: i8
    sample_bins: i8
    bins: i8
    bin_room: i8
    booked_until_ns: i8
    busy_until_ns: i8
    closed: i8
    start: i8
    ramp_ns: i8
    agent_count: i8
    flow_count: i8
    agents: i8
    agent_bytes: i8
    nodes: i8
    stream_plans: i8
    kinds: i8
    kind_count: i8
    flow_place: ints
    flow_stream: ints
    flow_offset: ints
    open_flows: i8
    calendar: Calendar
    ring: i8
    ring_capacity: i8
    ring_first: i8
    ring_count: i8
    attempts: Pool
    exchanges: Pool
    connections: Pool
    jobs: Pool
    ranges: Pool
    pending: Pool
    batches: Pool
    # what was asked
    auth: Auth
    connection: ConnectionPlan
    command_plan: Commands
    heartbeat: Heartbeat
    balancer: Balancer
    server: Server
    store: Store
    operations: i8
    retries: i8
    route_timeout_ns: ints
    patience_ns: ints
    empirical: ints
    faults: i8
    fault_count: i8
    needs_token: i1
    keeps_alive: i1
    hold_is_shorter: i1
    per_worker: i1
    traced: i1
    logs_requests: i1
    # tables and fixed costs
    token_table: ints
    exchange_table: ints
    fixed_costs: ints
    is_fixed: ints
    # the fleet's and the server's memory
    deadlines: i8
    routes: i8
    holds: i8
    generation: i8
    turn: i8
    alive: i8
    alive_count: i8
    free_lanes: i8
    store_queue: StoreBatch
    last_store: StoreBatch
    given_back: i8
    given_back_capacity: i8
    given_back_count: i8
    command_cursors: i8
    begun: ints
    # levels
    waiting: Gauge
    running: Gauge
    open_connections: i8
    offline: i8
    queue_area: Sum
    system_area: Sum
    connections_area: Sum
    queue_max: i8
    connections_max: i8
    # counts
    retried: i8
    window_delivered: i8
    window_logins: i8
    logins: i8
    login_second: i8
    second_logins: i8
    login_peak: i8
    second_ends_ns: i8
    second_counts: ints
    peaks: ints
    connects: i8
    commands_created: i8
    commands_delivered: i8
    commands_due: i8
    edges_ns: ints
    window_of_piece: ints
    window_commands_due: ints
    window_command_censor_ns: ints
    command_censor_ns: i8
    polls_unheard: i8
    offline_alarms: i8
    offline_max: i8
    cold_begins: i8
    wait_waited: i8
    wait_jobs: i8
    bytes_up: i8
    bytes_down: i8
    outbox_max: i8
    backlog_age_max_ns: i8
    issued: ints
    carried_in: ints
    ok: ints
    rejected: ints
    timed_out: ints
    lost: ints
    open: ints
    causes: ints
    silent: ints
    window_requests: ints
    window_handshakes: ints
    events: ints
    busy_ns: ints
    wasted_ns: ints
    request_latency: i8
    server_wait: i8
    command_latency: i8
    offline_detection: Histogram
    node_detection: Histogram
    logged_in: Histogram
    # per bin
    s_requests: ints
    s_logins: ints
    s_handshakes: ints
    s_delivered: ints
    s_dropped: ints
    s_rejected: ints
    s_timed_out: ints
    s_lost: ints
    s_retries: ints
    s_queue_length: ints
    s_connections: ints
    s_busy_ns: ints
    s_produced: ints
    s_carried_in: i8
    produced_count: i8
    thoughts: i8
    # the wave
    wave_rows: i8
    wave_bins: i8
    wave_room: i8
    wave_agents: ints
    wave_state: ints
    wave_filled: ints
    wave_lines: i8
    wave_expiry: ints
    wave_struck: i1
    # trace and log: growing lists of rows of int64
    trace: i8
    trace_count: i8
    trace_capacity: i8
    trace_rows: i8
    trace_cut: i8
    log: i8
    log_count: i8
    log_capacity: i8
    fast: i8
    signals: Signals


@kernel
def agent_number(w: World, index: int) -> Agent:
    """An agent by its number."""
    return agent_at(w.agents + w.agent_bytes * index)


@kernel
def flow_at_place(w: World, agent: Agent, place: int) -> AgentStream:
    """A stream of an agent, by its place among the streams of this scenario."""
    return flow_at(address_of(agent) + w.flow_offset[place])
