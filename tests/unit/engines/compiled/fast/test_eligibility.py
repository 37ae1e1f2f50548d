"""When the fast path is taken, and what stands against it."""

import pytest

from wavetank.engines import registry
from wavetank.engines.compiled.fast.eligibility import blockers, window_ns
from wavetank.scenario import load


def test_model_m_may_take_it() -> None:
    resolved = load("model-m").resolve()
    assert blockers(resolved) == ()
    assert blockers(resolved, traced=True) == ("a trace",)


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        ("fault=[{ kind='node-restart', node=0, at='1s', down='1s' }]", "fault.kind = node-restart"),
        ("server.nodes=2", "server.nodes"),
        ("server.serve_abandoned=false", "server.serve_abandoned"),
        ("server.limits.connections=10", "server.limits.connections"),
        ("server.limits.login_rate={ rate='10/s' }", "server.limits.login_rate"),
        ("store={ parallelism=1, latency='1ms' }", "store"),
        ("server.service.stateless={ law='exponential', mean='1ms' }", "server.service"),
        ("fleet.start=cold", "fleet.start = cold"),
        ("fleet.class.agent.stateless={ process='poisson', rate='1/s' }", "process = poisson"),
        ("network.way.delay={ law='exponential', mean='20ms' }", "network.way.delay"),
        ("network.way.loss='1%'", "network.loss"),
        ("connection.strategy=per-request", "connection.strategy"),
        ("connection.idle_timeout=30s", "connection.idle_timeout"),
        ("connection.tls={ version='1.3' }", "connection.tls"),
        ("auth.renew=on-rejection", "auth.renew"),
        ("auth.on_rejection=backoff", "auth.on_rejection"),
        ("retry.login.attempts=3", "retry.login.attempts"),
        ("retry.stateless.timeout=80ms", "retry.stateless.timeout"),
        ("heartbeat.period=10s", "heartbeat"),
        ("commands={ channel='poll', period='10s' }", "commands.channel = poll"),
    ],
)
def test_one_key_stands_against_it(sets: str, reason: str) -> None:
    assert blockers(load("model-m", (sets,)).resolve()) == (reason,)


@pytest.mark.parametrize(("delay", "bits"), [("20ms", 25), ("33554431ns", 25), ("2s", 30), ("1ns", 1)])
def test_window_is_no_longer_than_two_delays(delay: str, bits: int) -> None:
    resolved = load("model-m", (f"network.way.delay={delay}", "retry.*.timeout=20s")).resolve()
    assert window_ns(resolved) == 1 << bits


def test_it_is_explained() -> None:
    (engine,) = (engine for engine in registry.ENGINES if engine.name == "compiled")
    assert engine.explain(load("model-m").resolve()).startswith("the fast path")
    restarts = load("model-m", ("fault=[{ kind='node-restart', node=0, at='1s', down='1s' }]",)).resolve()
    assert (
        engine.explain(restarts)
        == "the general loop; not the fast path, because of fault.kind = node-restart"
    )


@pytest.mark.parametrize(("seconds", "reasons"), [(1_000_000, ()), (1_000_001, ("duration",))])
def test_counts_of_each_second_are_bounded(seconds: int, reasons: tuple[str, ...]) -> None:
    patient = ("auth.ttl=1d", "retry.login.timeout=1d", "retry.stateless.timeout=1d")
    assert blockers(load("model-m", (f"duration={seconds}s", *patient)).resolve()) == reasons
