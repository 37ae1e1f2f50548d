import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines.honoured import FEATURES
from wavetank.engines.registry import ENGINES, Engine, UnknownEngine, choose, features, names, refused
from wavetank.errors import MissingExtra, UnsupportedByEngine
from wavetank.policy.registry import FAULT_KINDS

BARE = Engine("bare", "wavetank.engines.reference", "only queues", frozenset({"process = poisson"}))


def test_first_engine_is_the_default() -> None:
    assert choose(resolved()) is ENGINES[0]
    assert names()[0] == ENGINES[0].name


def test_reference_honours_everything() -> None:
    (reference,) = [engine for engine in ENGINES if engine.name == "reference"]
    assert features(resolved(STORM))
    assert refused(reference, resolved(STORM)) == ()


def test_engine_of_that_name() -> None:
    assert choose(resolved(), "reference").name == "reference"


def test_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(UnknownEngine, match="no engine warp; known: compiled, reference"):
        choose(resolved(), "warp")


def test_unknown_engine_survives_its_own_arguments() -> None:
    error = UnknownEngine("warp", "reference")
    assert isinstance(error, UnsupportedByEngine)
    assert str(type(error)(*error.args)) == str(error)


def test_run_is_the_engines_function() -> None:
    tally = ENGINES[0].run(resolved(QUEUE, "duration=2s"))
    assert sum(tally.issued) > 0


def test_refusal_is_computed_and_names_the_key() -> None:
    assert refused(BARE, resolved()) == ()
    with pytest.raises(UnsupportedByEngine, match=r"engine bare cannot honour auth\.scheme = server-token"):
        choose(resolved(STORM), "bare", (BARE,))


def test_engine_that_cannot_is_passed_over() -> None:
    assert choose(resolved(STORM), None, (BARE, *ENGINES)) is ENGINES[0]
    assert choose(resolved(), None, (BARE, *ENGINES)) is BARE


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
    found = features(resolved(STORM, f"fault=[{tables}]"))
    assert {f"fault.kind = {kind}" for kind in kinds} <= set(found)


def test_engine_that_is_not_installed_is_passed_over_or_named() -> None:
    absent = BARE._replace(needs="no_such_package", extra="fast")
    assert choose(resolved(), None, (absent, *ENGINES)) is ENGINES[0]
    with pytest.raises(MissingExtra, match=r"wavetank\[fast\]"):
        choose(resolved(), "bare", (absent,))


def test_compiled_honours_all_there_is() -> None:
    (compiled,) = [engine for engine in ENGINES if engine.name == "compiled"]
    assert set(FEATURES) == compiled.honours
