from typing import Any

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import Override, Scenario, loads
from wavetank.scenario.overrides import overrides

TEXT = """\
duration = "1h"
[fleet]
agents = 10
[[fleet.class]]
name = "server"
share = "50%"
stateless = { rate = "1/s" }
[[fleet.class]]
name = "desk"
stateful = { rate = "1/min" }
[retry.login]
timeout = "9s"
[retry.stateless]
backoff = { law = "fixed", base = "30s" }
[retry.stateful]
backoff = { law = "fixed", base = "10s", cap = "1min" }
[server]
nodes = 2
service.login = "5ms"
service.parse = "1ms"
[[fault]]
kind = "cold-start"
at = "10min"
[[fault]]
kind = "node-restart"
at = "20min"
node = 1
down = "30s"
"""


def changed(*sets: str) -> Scenario:
    return loads(TEXT, sets)


def reach(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if part.isdecimal() else getattr(value, part)
    return value


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("fleet.agents=20", "fleet.agents", 20),
        (" fleet . agents = 20", "fleet.agents", 20),
        ('"fleet"."agents"=20', "fleet.agents", 20),
        ("duration=2h", "duration", 7200 * 10**9),
        ('duration="2h"', "duration", 7200 * 10**9),
        ("fleet.class.server.stateless.rate=2/s", "fleet.classes.0.stateless.rate", 2),
        ("fleet.class.1.stateful.rate=2/s", "fleet.classes.1.stateful.rate", 2),
        ("fleet.class.desk.share=10%", "", None),
        ("fault.0.at=3min", "fault.0.at", 180 * 10**9),
        ("fault.1.node=0", "fault.1.node", 0),
        ("fault.0={kind='key-rotation', at='1min'}", "fault.0.at", 60 * 10**9),
        ("server.blocking=true", "server.blocking", True),
        ("connection.tls.version=1.3", "connection.tls.version", "1.3"),
        ("server.limits.in_flight={value=3, answer='429'}", "server.limits.in_flight.answer", "429"),
        ("server.limits.connections=3", "server.limits.connections.value", 3),
        ("server.limits.in_flight.value=3", "server.limits.in_flight.value", 3),
        ("auth.scheme=self-token", "auth.scheme", "self-token"),
        ("fault=[]", "fault", ()),
        ("name=a = b", "name", "a = b"),
    ],
)
def test_one_key(text: str, path: str, value: object) -> None:
    if not path:
        with pytest.raises(ScenarioError, match="the shares add up to 60%"):
            changed(text)
    else:
        assert reach(changed(text).spec, path) == value


def test_star_matches_what_is_there() -> None:
    retry = changed("retry.*.backoff.law=full-jitter").spec.retry
    assert [retry.stateless.backoff.law, retry.stateful.backoff.law] == ["full-jitter"] * 2
    assert retry.login.backoff.law == "none"
    assert retry.stateful.backoff.cap == 60 * 10**9


def test_star_adds_a_last_key() -> None:
    retry = changed("retry.*.attempts=4").spec.retry
    assert [retry.login.attempts, retry.stateless.attempts, retry.commands.attempts] == [4, 4, 0]


def test_star_over_classes_faults_and_values() -> None:
    spec = changed("fleet.class.*.network=none", "fault.*.at=1min", "server.service.*=7ms").spec
    assert [fault.at for fault in spec.fault] == [60 * 10**9] * 2
    assert spec.server.service.login is not None
    assert spec.server.service.parse is not None
    assert spec.server.service.login.mean == spec.server.service.parse.mean == 7 * 10**6
    assert changed("fleet.class.*.stateless.rate=3/s").spec.fleet.classes[1].stateless is None


def test_in_order_and_last_wins() -> None:
    assert changed("seed=2", "seed=3").spec.seed == 3


def test_a_table_set_whole_replaces_what_was_there() -> None:
    server = changed("server.workers=7", "server={nodes=3, cores=4}", "server.blocking=true").spec.server
    assert (server.nodes, server.cores, server.workers, server.blocking) == (3, 4, 0, True)
    assert server.service.login is None
    bare = loads("extends = 'quickstart'", ["server={cores=2}"]).spec
    assert (bare.server.card, bare.server.service.login, bare.connection.wire.request) == ("", None, 0)


def test_a_card_or_fleet_in_a_table_counts_as_in_a_file() -> None:
    whole = loads("", ["server={card='python-comms-api'}", "fleet={mix='enterprise'}"]).spec
    alone = loads("", ["server.card=python-comms-api", "fleet.mix=enterprise"]).spec
    assert whole == alone
    assert whole.server.service.login is not None
    assert [kind.name for kind in whole.fleet.classes][:2] == ["server", "workstation"]


def test_an_override_says_where_it_was_given() -> None:
    base = changed("seed=5")
    cases: tuple[tuple[Override, tuple[str, int, int]], ...] = (
        (Override("fleet.agnets=3", 2, "--variant", 6), ("--variant", 2, 13)),
        (overrides(["fleet.agnets=3"], "--with")[0], ("--with", 1, 7)),
    )
    for given, place in cases:
        with pytest.raises(ScenarioError, match="did you mean agents") as caught:
            base.but(given)
        assert (caught.value.file, caught.value.line, caught.value.column) == place


def test_but_adds_to_what_was_set() -> None:
    base = changed("fleet.agents=20")
    other = base.but("seed=7", "fault.0.at=1min")
    assert (other.spec.fleet.agents, other.spec.seed, other.spec.fault[0].at) == (20, 7, 60 * 10**9)
    assert (base.spec.seed, base.spec.fault[0].at) == (1, 600 * 10**9)
    assert other.name == base.name


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("fleet.agents", 7, "is no KEY=VALUE; write --set KEY=VALUE"),
        ("", 1, "is no KEY=VALUE"),
        ("=5", 1, "is no KEY=VALUE"),
        ("fleet..agents=5", 7, "is no KEY=VALUE"),
        ("fleet.agnets=5", 7, "unknown key fleet.agnets; did you mean agents?"),
        ("fleet.agents=many", 14, 'fleet.agents: "many" is not a whole number'),
        ("duration=10", 10, "10 has no unit"),
        ("fleet.class.sever.share=10%", 13, "did you mean server?"),
        ("fleet.class.7.share=10%", 13, "known: server, desk"),
        ("fault.7.at=1s", 7, "there is no fault.7: fault has 2 entries; known: 0, 1"),
        ("fault.-1.at=1s", 7, "there is no fault.-1: fault has 2 entries; did you mean 1?"),
        ("fault.2={}", 7, "there is no fault.2: fault has 2 entries"),
        ("fleet.class.desk.stateful.profile.0=1", 27, "fleet.class.1.stateful.profile=[[0, 1.0], ...]"),
        ("fault.0.at=2h", 12, "the run ends at 1h"),
        ("network.*.delay=1ms", 1, "network.*.delay matches nothing here"),
        ("retry.*.backof.law=fixed", 1, "matches nothing here"),
        ("server.service.login.mean=3ms", 22, "server.service.login is not a table here; set it whole"),
        ("extends=x", 1, "extends cannot be set"),
        ("server.limits={in_flight=-1}", 26, "-1 is out of range"),
        ("server.limits={in_flite=1}", 16, "did you mean in_flight?"),
        ("seed=" + "[" * 99, 6, "nests too deep"),
    ],
)
def test_refusals(text: str, column: int, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        changed("seed=5", text)
    assert says in caught.value.message
    assert (caught.value.file, caught.value.line, caught.value.column) == ("--set", 2, column)


def test_a_class_is_not_made_by_setting() -> None:
    with pytest.raises(ScenarioError, match="there is no class in this scenario"):
        loads("", ["fleet.class.server.share=10%"])
