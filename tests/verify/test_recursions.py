"""The engine serves given arrivals and service times as the recursions of queueing theory do: to the ns.

Arrivals come from `policy.arrivals`, service times from the law by each request's own key; Lindley's
recursion (1952) and that of Kiefer and Wolfowitz (1955) then say when every request is done. No
tolerance: the engine must give the same sum, the same maximum and the same waits.
"""

from heapq import heappop, heappush

import pytest

from wavetank.engines.reference import run
from wavetank.policy.arrivals import time_of
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import sample
from wavetank.results.histogram import Histogram
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

STREAM = Stream.STATELESS

Visit = tuple[int, int, int]
"""(arrival, agent, service time), times in ns."""


EXPONENTIAL = '{ law = "exponential", mean = "450ms" }'


def scenario(server: str, service: str = EXPONENTIAL, seed: int = 1, more: str = "") -> Resolved:
    return loads(f"""
        duration = "500s"
        seed = {seed}
        fleet = {{ agents = 7, class = [{{ name = "all", stateless = {{ rate = "0.3/s" }} }}] }}
        batching.stateless.max_in_flight = 0
        [server]
        {server}
        service.stateless = {service}
        {more}
        """).resolve()


def visits(resolved: Resolved) -> list[Visit]:
    """All arrivals before the end, in the order of model.md: by time, then agent, then request."""
    times = []
    for agent in range(resolved.agents):
        arrivals = key_of(resolved.seed, agent, STREAM, Purpose.PAGE_COUNT)
        services = key_of(resolved.seed, agent, STREAM, Purpose.SERVICE_OPERATION)
        page = before = index = 0
        while True:
            page, before, t_ns = time_of(resolved.classes[0].stateless, arrivals, page, before, index)
            if t_ns >= resolved.duration_ns:
                break
            law = resolved.server.service.operation[STREAM]
            times.append((t_ns, agent, sample(law, draw(services, index, 0), resolved.empirical)))
            index += 1
    return sorted(times)


def served(order: list[Visit], cores: int) -> list[tuple[int, int]]:
    """(wait, end) of every visit, in the order of arrival: the core that is free first takes the next."""
    free = [0] * cores
    ends = []
    for arrival, _, service in order:
        start = max(arrival, heappop(free))
        heappush(free, start + service)
        ends.append((start - arrival, start + service))
    return ends


def assert_same(resolved: Resolved, queues: list[list[Visit]], cores: int) -> None:
    """The engine's sojourn times and waits are those of these separate queues."""
    sojourns, waits, waited = Histogram(), Histogram(), 0
    for order in queues:
        for (arrival, _, _), (wait, end) in zip(order, served(order, cores), strict=True):
            if end < resolved.duration_ns:
                sojourns.add(end - arrival)
            if arrival + wait < resolved.duration_ns:
                waits.add(wait)
                waited += wait > 0
    tally = run(resolved)
    assert tally.request_latency[STREAM] == sojourns
    assert tally.server_wait[2] == waits
    assert tally.wait_waited == waited
    assert waited > 100


LAWS = (
    EXPONENTIAL,
    '{ law = "lognormal", mean = "450ms", cv = 2 }',
    '{ law = "hyperexponential", mean = "450ms", cv = 2 }',
    '"450ms"',
)


@pytest.mark.parametrize("service", LAWS)
@pytest.mark.parametrize("seed", [1, 2])
def test_one_core_is_lindleys_recursion(service: str, seed: int) -> None:
    resolved = scenario("cores = 1", service, seed)
    assert_same(resolved, [visits(resolved)], 1)


@pytest.mark.parametrize("cores", [2, 3, 5])
def test_more_cores_are_kiefer_and_wolfowitz(cores: int) -> None:
    resolved = scenario(f"cores = {cores}", f'{{ law = "exponential", mean = "{400 * cores}ms" }}')
    assert_same(resolved, [visits(resolved)], cores)


def test_agents_without_balancer_keep_to_their_node() -> None:
    resolved = scenario("cores = 1\nnodes = 3")
    order = visits(resolved)
    assert_same(resolved, [[visit for visit in order if visit[1] % 3 == node] for node in range(3)], 1)


def test_round_robin_takes_nodes_in_turn() -> None:
    resolved = scenario("cores = 1\nnodes = 2", more='[balancer]\npolicy = "round-robin"')
    order = visits(resolved)
    assert_same(resolved, [order[0::2], order[1::2]], 1)
