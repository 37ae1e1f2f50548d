"""Structures of the fast path: a record for each agent, the wheel of records, the cores' free times.

An agent has one record and one place in the wheel: the fast path needs that it does one thing after the
other. Narrow fields have their bounds in when.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import Pool
from wavetank.engines.compiled.model.parts import Exchange, Job, Node, StreamPlan
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import Layout, at, i1, i2, i4, i8

CONNECTED, LOGIN_CONNECTED, WAITS, STALE, RECEIVED, SAMPLED, CLOSES = (1 << bit for bit in range(7))
"""Flags of a record: the stream and the login have a connection; the request waits for a token, or will be
refused for the one it carries; the server has its events; the agent is one of those whose states are kept.
CLOSES: no agent, but the reset by which one gives a connection up (that of its login, with LOGIN_CONNECTED).
"""


class Record(Layout):
    """One agent between two arrivals at the server. `when_ns` is the next one, of its request or its login.

    The request is that of event `requests`, created at `created_ns`; its attempt begins at `started_ns`, or,
    as long as it WAITS, is ready then. The next attempt of a login begins at `login_ns`, which, as long as
    it is the first, is when the token expires; that token came at `valid_ns`.
    """

    when_ns: i8
    created_ns: i8
    started_ns: i8
    login_ns: i8
    valid_ns: i8
    agent: i4
    requests: i4
    logins: i2
    attempt: i2
    login_attempt: i2
    kind: i1
    flags: i1


class Kind(Layout):
    """One class of agents: its event stream, how long a message takes, what its attempts cost and may take.

    The costs are parsing, authentication and the work itself.
    """

    plan: StreamPlan
    stream: i8
    delay_ns: i8
    patience_ns: i8
    login_patience_ns: i8
    body_bytes: i8
    work_ns: i8


class Fast(Layout):
    """The fast path's part of a run.

    Wheel: bucket `current` (each 2**`shift` ns wide) is `opened`; its records are sorted in `entries` (with
    `spare` and `digits` to sort by), and `late` has those that come again within it, last first. `logs` has
    for each entry what thinking.py draws, `taken` is the place of the entry that was taken (-1: a late one).
    `cores` is a ring of the instants at which cores are free, in order, `starts` a ring of those at which
    waiting jobs will begin. `seconds` has a row of `second_count` Times for each place of results/peaks.py.
    """

    shift: i8
    current: i8
    mask: i8
    buckets: i8
    count: i8
    far_count: i8
    chunks: Pool
    opened: i8
    entries: i8
    spare: i8
    has_logarithms: i8
    logs: i8
    taken: i8
    digits: i8
    agent_most: i8
    capacity: i8
    entry_count: i8
    position: i8
    late: i8
    late_capacity: i8
    late_count: i8
    kinds: i8
    cores: i8
    core_count: i8
    core_mask: i8
    first_core: i8
    starts: i8
    starts_capacity: i8
    starts_first: i8
    starts_count: i8
    next_bin_ns: i8
    warms_up_ns: i8
    made: i8
    second_logins: i8
    seconds: i8
    second_count: i8
    broken: i8
    node: Node
    job: Job
    exchange: Exchange
    reset: Record


record_at = at(Record)
kind_at = at(Kind)
fast_at = at(Fast)
RECORD_BYTES = Record.size
KIND_BYTES = Kind.size


@kernel
def fast_of(w: World) -> Fast:
    """The fast path's part of a run."""
    return fast_at(w.fast)
