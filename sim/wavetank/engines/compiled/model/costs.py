"""Costs of a node's operations: laws drawn by the request's own key, as parts of a job.

A cost depends on the request alone, never on the order in which requests are served, so designs are
compared on the same costs. A refusal pays for parsing alone, a 401 for authentication too. Rules:
docs/model.md#limits, #login-job and #random-numbers. Its twin is engines/reference/costs.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.model.cores import new_job, submit
from wavetank.engines.compiled.model.network import sampled
from wavetank.engines.compiled.model.parts import LAW_BYTES, Attempt, law_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Activity, AuthScheme, Purpose, Stream
from wavetank.policy.laws import Law

names_all(__name__, AuthScheme, "NONE SERVER_TOKEN SELF_TOKEN PER_REQUEST_MAC")
names_all(__name__, Activity, "HANDSHAKE PARSE AUTH LOGIN EVENTS COMMANDS HEARTBEAT")

HANDSHAKE_OPERATION = 0
"""A job's operation is the stream of its request; none registers in a run, so the first number is free."""
ACTIVITY = (
    int(Activity.LOGIN), int(Activity.LOGIN), int(Activity.EVENTS), int(Activity.EVENTS),
    int(Activity.COMMANDS), int(Activity.HEARTBEAT),
)  # fmt: skip
"""The activity of a core that works on a request, by `Stream`."""


@kernel
def cost(w: World, law: Law, t: Attempt, purpose: int) -> int:
    """Draw the cost of one law for an attempt."""
    return sampled(w, law, t.high, t.low, purpose)


@entry("core")
def work_on_handshake(w: World, t: Attempt) -> int:
    """One TLS handshake; 0 when it costs nothing."""
    service = w.server.service
    law = service.handshake_resumed if t.resumed else service.handshake
    cost_ns = cost(w, law, t, Purpose.SERVICE_HANDSHAKE)
    if cost_ns == 0:
        return 0
    job = new_job(w, t, HANDSHAKE_OPERATION, 0)
    job.first = Activity.HANDSHAKE
    job.first_ns = cost_ns
    submit(w, t.connection.node, job)
    return 1


@entry("core")
def work_on_refusal(w: World, t: Attempt, authenticated: int, keeps_worker: int) -> int:
    """A refused request is parsed; one with a bad token has been authenticated. 0 when that costs nothing."""
    service = w.server.service
    parse_ns = cost(w, service.parse, t, Purpose.SERVICE_PARSE)
    auth_ns = cost(w, service.auth, t, Purpose.SERVICE_AUTH) if authenticated else 0
    if parse_ns + auth_ns == 0 and not keeps_worker:
        return 0
    job = new_job(w, t, t.flow.stream, keeps_worker)
    job.first, job.first_ns = Activity.PARSE, parse_ns
    job.second, job.second_ns = Activity.AUTH, auth_ns
    submit(w, t.connection.node, job)
    return 1


@kernel
def drawn_costs(w: World, t: Attempt, stream: int) -> tuple[int, int, int]:
    """(parsing, authentication, the work itself) of a request, some of them drawn."""
    service, x = w.server.service, t.exchange
    parse_ns = cost(w, service.parse, t, Purpose.SERVICE_PARSE)
    auth_ns = 0
    if w.auth.scheme != AuthScheme.NONE and stream != Stream.LOGIN:
        auth_ns = cost(w, service.auth, t, Purpose.SERVICE_AUTH)
    law = law_at(w.operations + LAW_BYTES * stream).law
    work_ns = cost(w, law, t, Purpose.SERVICE_OPERATION)
    if x.events:
        work_ns += x.events * cost(w, service.per_event, t, Purpose.SERVICE_PER_EVENT)
    if x.body_bytes:
        work_ns += x.body_bytes * cost(w, service.per_byte, t, Purpose.SERVICE_PER_BYTE)
    if stream == Stream.LOGIN:
        work_ns += cost(w, w.auth.sign, t, Purpose.SERVICE_SIGN)
    return parse_ns, auth_ns, work_ns


@entry("core")
def work_on_request(w: World, t: Attempt, keeps_worker: int) -> int:
    """An accepted request: parsing, authentication and the operation are one job. 0 when it costs nothing."""
    stream, x = t.flow.stream, t.exchange
    if w.is_fixed[stream]:
        at = 6 * stream
        parse_ns, auth_ns = w.fixed_costs[at], w.fixed_costs[at + 1]
        work_ns = w.fixed_costs[at + 2] + w.fixed_costs[at + 5]
        work_ns += x.events * w.fixed_costs[at + 3] + x.body_bytes * w.fixed_costs[at + 4]
    else:
        parse_ns, auth_ns, work_ns = drawn_costs(w, t, stream)
    if parse_ns + auth_ns + work_ns == 0 and not keeps_worker:
        return 0
    job = new_job(w, t, stream, keeps_worker)
    job.first, job.first_ns = Activity.PARSE, parse_ns
    job.second, job.second_ns = Activity.AUTH, auth_ns
    job.third, job.third_ns = ACTIVITY[stream], work_ns
    submit(w, t.connection.node, job)
    return 1
