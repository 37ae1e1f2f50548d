"""Queues with known answers, asked through ordinary scenarios.

No auth, immediate batching, any number of requests in flight, no network and connections that cost nothing:
what is left is the queue itself. Ten agents share the arrivals; the superposition is Poisson again.

Tolerances: 10 replications; the closed form must lie in their 99.9 % t interval, and that interval must be
narrower than the stated `power` (relative to the closed form): what a mean wait allows is 20 to 60 % in the
quick version (less for other figures), and a quarter of that in the long one, which runs 25 times as long.
(That the engine serves these very arrivals and service times without any error is shown to the ns in
`test_recursions`.) Each replication's first tenth is left out as warm-up; the bias of what remains, from the
empty start, is far below the power: relaxation times are at most 40 service times, windows at least 1,000.
"""

from pathlib import Path

import pytest

from tests.verify.experiment import assert_mean, resolved_of, summaries, values
from tests.verify.queueing import Queue, e2m1, erlang_b, machine_repair, mdc, mg1, mmc, mmck
from wavetank.engines import reference
from wavetank.results.summary import summarise

REPLICATIONS = 10
SERVICE_S = 1.0
length = pytest.mark.parametrize("length", [1, pytest.param(25, marks=pytest.mark.long)])


def queue(rate: float, service: str, length: int, server: str = "cores = 1", requests: int = 1000) -> str:
    """A queue of mean service time 1 s, as a scenario."""
    window_s = round(requests * length / rate)
    return f"""
        duration = "{window_s * 10 // 9}s"
        warmup = "{window_s // 9}s"
        [fleet]
        agents = 10
        [[fleet.class]]
        name = "all"
        stateless = {{ rate = "{rate * 360:.9g}/h" }}
        [batching.stateless]
        max_in_flight = 0
        [retry.stateless]
        attempts = 1
        [server]
        {server}
        [server.service]
        stateless = {service}
        """


EXPONENTIAL = '{ law = "exponential", mean = "1s" }'


def scaled(power: float, length: int) -> float:
    """The smallest difference that a run of this length must be able to tell."""
    return power if length == 1 else power / 4


def assert_queue(text: str, expected: Queue, length: int, power: float = 0.6) -> None:
    """Wait probability, mean wait and mean number in system agree."""
    power = scaled(power, length)
    for metric, value in (
        ("server_wait_probability", expected.wait_probability),
        ("server_wait_mean_s", expected.wait_s),
        ("server_in_system_mean", expected.in_system),
    ):
        assert_mean(values(text, REPLICATIONS, metric), value, power, metric)


@pytest.mark.parametrize(
    ("service", "server"),
    [
        (EXPONENTIAL, "cores = 1"),
        ('"1s"', "cores = 2"),
        (EXPONENTIAL, "cores = 2\nlimits = { in_flight = 3 }"),
        (EXPONENTIAL, 'nodes = 2\n[balancer]\npolicy = "random"\n[server.limits]'),
    ],
    ids=["mm1", "md2", "mm2k", "random"],
)
def test_both_engines_have_the_same_figures(service: str, server: str) -> None:
    """The replications run on the fastest engine; `reference` says the same of the first."""
    text = queue(0.9, service, 1, server, 300)
    resolved = resolved_of(text)
    assert summarise(resolved, reference.run(resolved)) == summaries(text, 1)[0]


@length
@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_mm1(load: float, length: int) -> None:
    text = queue(load / SERVICE_S, EXPONENTIAL, length)
    assert_queue(text, mmc(1, load / SERVICE_S, SERVICE_S), length)
    # the time in the system, as the agent sees it
    latency = values(text, REPLICATIONS, "event_latency_mean_s")
    assert_mean(latency, SERVICE_S / (1 - load), scaled(0.3, length))


@length
def test_mm1_waits_are_exponential(length: int) -> None:
    """The sojourn time in M/M/1 is exponential: p95 = ln(20) / (mu - lambda), bins within 1 %."""
    text = queue(0.5, EXPONENTIAL, length)
    p95 = values(text, REPLICATIONS, "event_latency_p95_s")
    assert_mean(p95, 5.9915, scaled(0.3, length))


@length
@pytest.mark.parametrize(("c", "load"), [(2, 1.2), (4, 2.8), (10, 7.5)])
def test_mmc(c: int, load: float, length: int) -> None:
    text = queue(load / SERVICE_S, EXPONENTIAL, length, f"cores = {c}", 400 * c + 1100)
    assert_queue(text, mmc(c, load / SERVICE_S, SERVICE_S), length)
    used = values(text, REPLICATIONS, "server_utilisation")
    assert_mean(used, load / c, scaled(0.08, length))


@length
def test_mm4_of_the_catalogue(length: int) -> None:
    """Arrivals of 0.35/min, mean service 10 min, four cores: 3.5 Erlangs, 25.8 min in all per visit."""
    expected = mmc(4, 0.35 / 60, 600.0)
    text = queue(0.35 / 60, '{ law = "exponential", mean = "10min" }', length, "cores = 4", 2000)
    assert_queue(text, expected, length, 0.9)


@length
@pytest.mark.parametrize(("c", "most", "load"), [(1, 4, 0.8), (1, 1, 1.0), (2, 6, 3.0)])
def test_mmck(c: int, most: int, load: float, length: int) -> None:
    """A limit on requests in flight is the K of M/M/c/K; refused requests are dropped and cost nothing."""
    expected = mmck(c, most, load / SERVICE_S, SERVICE_S)
    server = f"cores = {c}\nlimits = {{ in_flight = {most} }}"
    text = queue(load / SERVICE_S, EXPONENTIAL, length, server, 1000)
    power = scaled(0.25, length)
    lost = [
        float(summary["rejected_total.in_flight"] or 0) / float(summary["events_produced"] or 1)
        for summary in summaries(text, REPLICATIONS)
    ]
    assert_mean(lost, expected.loss, power, "loss")
    assert_mean(values(text, REPLICATIONS, "server_in_system_mean"), expected.in_system, power, "L")
    assert_mean(values(text, REPLICATIONS, "goodput_per_s"), expected.throughput, power, "throughput")
    if expected.wait_s:
        assert_mean(values(text, REPLICATIONS, "server_wait_mean_s"), expected.wait_s, power, "Wq")
        waits = values(text, REPLICATIONS, "server_wait_probability")
        assert_mean(waits, expected.wait_probability, power, "P(wait)")


@length
@pytest.mark.parametrize("law", ["exponential", "deterministic", "lognormal"])
def test_erlang_loss_does_not_depend_on_the_law(law: str, length: int) -> None:
    """M/G/c/c: the loss is Erlang's B whatever the service law (Sevastyanov 1957)."""
    shape = ", cv = 1.5" if law == "lognormal" else ""
    service = f'{{ law = "{law}", mean = "1s"{shape} }}'
    text = queue(4.0, service, length, "cores = 5\nlimits = { in_flight = 5 }", 1200)
    lost = [
        float(summary["events_dropped"] or 0) / float(summary["events_produced"] or 1)
        for summary in summaries(text, REPLICATIONS)
    ]
    assert_mean(lost, erlang_b(5, 4.0), scaled(0.25, length), law)


@length
@pytest.mark.parametrize(("c", "load"), [(1, 0.6), (2, 1.4), (4, 3.2)])
def test_mdc(c: int, load: float, length: int) -> None:
    text = queue(load / SERVICE_S, '"1s"', length, f"cores = {c}", 1000 + 200 * (c - 1))
    assert_queue(text, mdc(c, load / SERVICE_S, SERVICE_S), length)


def test_mdc_formula() -> None:
    """At c = 1 the chain gives Pollaczek and Khinchine's value; beyond, a little over half of M/M/c's wait
    (Cosmetatos 1975).
    """
    assert mdc(1, 0.7, 1.0).wait_s == pytest.approx(mg1(0.7, 1.0, 0.0).wait_s, rel=1e-9)
    assert mdc(1, 0.7, 1.0).wait_probability == pytest.approx(0.7, rel=1e-9)
    for c in (2, 4):
        half = mmc(c, 0.8 * c, 1.0).wait_s / 2
        assert half < mdc(c, 0.8 * c, 1.0).wait_s < 1.15 * half


SHAPES = {
    "lognormal": ('{ law = "lognormal", mean = "1s", cv = 1.2 }', 1.2),
    "hyperexponential": ('{ law = "hyperexponential", mean = "1s", cv = 1.5 }', 1.5),
    "uniform": ('{ law = "uniform", low = "0s", high = "2s" }', 3**-0.5),
    "erlang": ('{ law = "erlang", mean = "1s", k = 3 }', 3**-0.5),
}


@length
@pytest.mark.parametrize("law", SHAPES)
def test_mg1(law: str, length: int) -> None:
    service, cv = SHAPES[law]
    text = queue(0.5, service, length, requests=1000)
    assert_queue(text, mg1(0.5, SERVICE_S, cv), length)


@length
def test_mg1_empirical(tmp_path: Path, length: int) -> None:
    """Service times of 0.5, 0.5 and 2 s, equally likely: mean 1 s, cv 1/sqrt(2)."""
    file = tmp_path / "times.csv"
    file.write_text("t\n500ms\n500ms\n2s\n", encoding="utf-8")
    text = queue(0.5, f'{{ law = "empirical", file = "{file}", column = "t" }}', length)
    assert_queue(text, mg1(0.5, SERVICE_S, 0.5**0.5), length)


@length
@pytest.mark.parametrize(("machines", "c"), [(6, 1), (8, 2)])
def test_closed_machine_repair(machines: int, c: int, length: int) -> None:
    think_s = 4.0
    expected = machine_repair(machines, c, think_s, SERVICE_S)
    window_s = round(1500 * length / expected.throughput)
    text = f"""
        duration = "{window_s * 10 // 9}s"
        warmup = "{window_s // 9}s"
        [fleet]
        agents = {machines}
        [[fleet.class]]
        name = "all"
        stateful = {{ process = "closed", think = {{ law = "exponential", mean = "{think_s}s" }} }}
        [server]
        cores = {c}
        service.stateful = {EXPONENTIAL}
        """
    assert_queue(text, expected, length, 0.15)
    power = scaled(0.06, length)
    assert_mean(values(text, REPLICATIONS, "goodput_per_s"), expected.throughput, power, "throughput")
    used = values(text, REPLICATIONS, "server_utilisation")
    assert_mean(used, expected.throughput * SERVICE_S / c, power, "utilisation")


@length
def test_random_balancer_makes_two_independent_queues(length: int) -> None:
    """A Poisson stream split at random stays Poisson: two M/M/1 at half the rate."""
    server = 'nodes = 2\n[balancer]\npolicy = "random"\n[server.limits]'
    text = queue(1.2, EXPONENTIAL, length, server, 1600)
    half = mmc(1, 0.6, SERVICE_S)
    assert_queue(text, half._replace(in_system=2 * half.in_system), length)


@length
def test_round_robin_balancer_makes_the_arrivals_more_even(length: int) -> None:
    """Every second of a Poisson stream is an Erlang-2 stream: two E2/M/1."""
    server = 'nodes = 2\n[balancer]\npolicy = "round-robin"\n[server.limits]'
    text = queue(1.4, EXPONENTIAL, length, server, 1600)
    half = e2m1(0.7, SERVICE_S)
    assert_queue(text, half._replace(in_system=2 * half.in_system), length)


def test_power_of_two_choices_of_many_nodes() -> None:
    """Of n nodes at load r each, the share with k jobs or more comes to r**(2**k - 1) as n grows.

    Vvedenskaya, Dobrushin, Karpelevich 1996. For r = 0.7 that is 1.130 jobs at each in the mean, against
    2.333 where the node is drawn at random; 20 nodes are many enough.
    """
    nodes, load = 20, 0.7
    server = f'nodes = {nodes}\n[balancer]\npolicy = "power-of-two"\n[server.limits]'
    text = queue(nodes * load, EXPONENTIAL, 1, server, 12_000)
    expected = sum(load ** (2**k - 1) for k in range(1, 8))
    measured = values(text, 2, "server_in_system_mean")
    assert sum(measured) / len(measured) / nodes == pytest.approx(expected, rel=0.06)


def test_agents_tied_to_nodes_make_two_queues() -> None:
    """Without a balancer agent i uses node i modulo 2: two M/M/1 of five agents each."""
    text = queue(1.0, EXPONENTIAL, 1, "nodes = 2", 1600)
    half = mmc(1, 0.5, SERVICE_S)
    assert_queue(text, half._replace(in_system=2 * half.in_system), 1)


@length
def test_littles_law(length: int) -> None:
    """L = lambda x W, to the time that visits cut off by the window's ends have outside it.

    In one and the same run this is an identity but for those: fewer than 40 visits of a few s among the
    thousands of the window, 1 % (quick) and 0.05 % (long).
    """
    text = queue(1.4, EXPONENTIAL, length, "cores = 2", 5000)
    for summary in summaries(text, 2):
        sojourn_s = float(summary["request_latency_mean_s"] or 0)
        rate = float(summary["request_rate_per_s"] or 0)
        assert summary["server_in_system_mean"] == pytest.approx(rate * sojourn_s, rel=0.01 / length)
