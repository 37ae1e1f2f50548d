import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines.compiled.fast import eligibility
from wavetank.engines.features import FEATURES, features
from wavetank.policy.registry import FAULT_KINDS


@pytest.mark.parametrize(
    ("setting", "feature"),
    [
        ("fleet.start=cold", "fleet.start = cold"),
        ("auth={scheme='self-token'}", "auth.scheme = self-token"),
        ("fleet.class.desk.credentials=invalid", "fleet.class.credentials"),
        ("fleet.class.desk.stateless={rate='1/s', process='constant'}", "process = constant"),
        ("fleet.class.desk.stateless.profile=[['0s', 1.0], ['9s', 2.0]]", "profile"),
        ("connection.strategy=keep-alive", "connection.strategy = keep-alive"),
        ("connection.tls.version='1.2'", "connection.tls"),
        ("commands={channel='poll', period='5s'}", "commands.channel = poll"),
        ("heartbeat.period=5s", "heartbeat"),
        ("server.nodes=2", "server.nodes"),
        ("server.blocking=true", "server.blocking"),
        ("server.dispatch=per-worker", "server.dispatch"),
        ("server.serve_abandoned=true", "server.serve_abandoned"),
        ("server.route_timeout.stateless=5s", "server.route_timeout"),
        ("server.limits.connections=5", "server.limits.connections"),
        ("server.limits.body=5kB", "server.limits.body"),
        ("server.limits.login_rate={rate='5/s', burst=1}", "server.limits.login_rate"),
        ("server.limits.bandwidth=5MB/s", "server.limits.bandwidth"),
        ("balancer.policy=random", "balancer.policy = random"),
        ("store={parallelism=1, latency='1ms'}", "store"),
        ("fault=[{kind='cold-start', at='5s'}]", "fault.kind = cold-start"),
    ],
)
def test_features_follow_the_keys(setting: str, feature: str) -> None:
    assert feature not in features(resolved())
    assert feature in features(resolved(QUEUE, setting))


def test_loss_is_asked_for_where_agents_use_the_network() -> None:
    assert "network.loss" not in features(resolved(QUEUE, "network.far.loss=1%"))
    used = resolved(QUEUE, "network.far.loss=1%", "fleet.class.desk.network=far")
    assert "network.loss" in features(used)


def test_every_kind_of_fault_is_a_feature_of_its_own() -> None:
    kinds = list(FAULT_KINDS)
    faults = {
        "node-restart": "node=0, down='1s'", "node-loss": "node=0, lasts='1s'", "key-rotation": "",
        "invalid-credentials": "share='5%'", "brown-out": "factor=2, lasts='1s'", "cold-start": "",
    }  # fmt: skip
    tables = ", ".join(
        f"{{kind='{kind}', at='5s'{', ' if faults[kind] else ''}{faults[kind]}}}" for kind in kinds
    )
    named = features(resolved(STORM, f"fault=[{tables}]"))
    assert {f"fault.kind = {kind}" for kind in kinds} <= set(named)


def test_bare_words_are_no_features() -> None:
    assert not {"auth.scheme = none", "fleet.start = steady", "process = none"} & set(FEATURES)


def test_what_the_fast_path_honours_is_known() -> None:
    assert set(FEATURES) > eligibility.FEATURES
