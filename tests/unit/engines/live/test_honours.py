import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.features import features
from wavetank.engines.live.honours import HONOURED
from wavetank.engines.live.target import Members, Target, is_loopback
from wavetank.engines.registry import ENGINES, choose, refused
from wavetank.errors import CannotRun, UnsupportedByEngine
from wavetank.scenario import load
from wavetank.studies.engine_diff import NotExact, honouring

(LIVE,) = [engine for engine in ENGINES if engine.name == "live"]


def test_honours_the_small_scenario_and_the_quick_one() -> None:
    assert refused(LIVE, few().resolve()) == ()
    assert refused(LIVE, load("quickstart").resolve()) == ()


def test_is_never_chosen_but_by_name() -> None:
    assert choose(few().resolve()) is ENGINES[0]
    assert choose(few().resolve(), "live") is LIVE
    assert choose(few().resolve(), None, (LIVE, *ENGINES)) is ENGINES[0]


def test_is_never_expected_to_be_equal() -> None:
    reference = choose(few().resolve())
    other = reference._replace(name="other")
    assert honouring(few().resolve(), None, (reference, LIVE, other)) == (reference, other)
    with pytest.raises(NotExact):
        honouring(few().resolve(), ("reference", "live"))


def test_has_no_list_of_every_request() -> None:
    with pytest.raises(UnsupportedByEngine, match="every request"):
        LIVE.run(few().resolve(), requests=True)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("auth.scheme=none", "auth.scheme = none"),
        ("auth.scheme=self-token", "auth.scheme = self-token"),
        ("connection.tls=none", "connection.tls = none"),
        ("auth.ttl=61500ms", "auth.ttl that is no whole number of seconds"),
        ("auth.renew=on-rejection", "auth.renew = on-rejection with fleet.start = steady"),
        ("network.near.bandwidth=1MB/s", "network.near.bandwidth"),
        ("heartbeat.period=5s", "heartbeat"),
        ("commands={channel='piggyback'}", "commands.channel = piggyback"),
        ("fleet.class.desk.stateless={process='closed', think='1s'}", "process = closed"),
        ("server.nodes=2", "server.nodes"),
        ("server.blocking=true", "server.blocking"),
        ("server.dispatch=per-worker", "server.dispatch"),
        ("server.limits.connections=5", "server.limits.connections"),
        ("server.limits.login_rate={rate='5/s', burst=1}", "server.limits.login_rate"),
        ("store={parallelism=1, latency='1ms'}", "store"),
        ("fault=[{kind='brown-out', at='1s', factor=2, lasts='1s'}]", "fault.kind = brown-out"),
    ],
)
def test_what_cannot_be_real_is_refused_by_name(change: str, key: str) -> None:
    changes = [change, "heartbeat.period=5s"] if "piggyback" in change else [change]
    assert key in refused(LIVE, few(*changes).resolve())
    with pytest.raises(UnsupportedByEngine, match="engine live cannot honour"):
        choose(few(*changes).resolve(), "live")


def test_honours_what_the_registry_knows() -> None:
    """A word that no scenario can ask for would honour nothing."""
    asked = [
        "auth.ttl=5min",
        "fleet.start=cold",
        "fleet={start='ramp', ramp='1s'}",
        "fleet.class.desk.credentials=invalid",
        "fleet.class.desk.stateless.profile=[['0s', 1.0], ['1s', 2.0]]",
        "network.near.loss=1%",
        "commands={channel='poll', period='5s'}",
        "server.serve_abandoned=true",
        "server.route_timeout.stateless=5s",
        "server.limits.body=5kB",
        "balancer.policy=random",
        "balancer.policy=round-robin",
        "fault=[{kind='node-restart', at='1s', node=0, down='1s'}]",
        "fault=[{kind='node-loss', at='1s', node=0, lasts='1s'}]",
        "fault=[{kind='key-rotation', at='1s'}]",
        "fault=[{kind='invalid-credentials', at='1s', share='5%'}]",
        "fault=[{kind='cold-start', at='1s'}]",
    ]
    named = {feature for change in asked for feature in features(few(change).resolve())}
    assert named == HONOURED


def test_targets_are_not_told_in_full() -> None:
    target = Target("https://host:1", "https://host:2", "", "admin", "secret")
    assert "secret" not in repr(target)


@pytest.mark.parametrize(
    ("url", "here"),
    [("https://127.0.0.1:1", True), ("https://localhost:1", True), ("https://[::1]:1", True),
     ("https://192.0.2.1:1", False), ("https://example.org:1", False), ("https:", False)],
)  # fmt: skip
def test_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_members_differ_and_cannot_be_guessed() -> None:
    first, other = Members("a", 1_700_000_000_000), Members("b", 1_700_000_000_000)
    everyone = [members.credentials(index) for members in (first, other) for index in range(50)]
    assert len({who.uuid for who in everyone}) == len({who.key for who in everyone}) == 100
    assert all(len(who.key) >= 32 and who.uuid[14] == "7" for who in everyone)
    assert first.credentials(3) == first.credentials(3)


def test_errors_survive_their_own_arguments() -> None:
    error = CannotRun("why")
    assert str(type(error)(*error.args)) == "why"
