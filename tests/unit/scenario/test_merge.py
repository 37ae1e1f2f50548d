from pathlib import Path

import pytest

from wavetank.scenario import Scenario, load

BASE = """\
name = "the base"
description = "what it is"
duration = "1h"

[fleet]
agents = 10

[[fleet.class]]
name = "one"
share = "50%"
network = "office"
stateless = { rate = "1/s" }

[[fleet.class]]
name = "two"

[network.office]
delay = "20ms"
bandwidth = "1Mbit/s"

[retry.stateless]
timeout = "60s"
backoff = { law = "fixed", base = "30s" }

[server]
service.stateless = { law = "lognormal", mean = "2ms", cv = 2 }
limits.in_flight = { value = 5, answer = "429" }

[connection]
tls = { version = "1.3", resume = true }

[sources]
"fleet.agents" = "guessed"
"""


@pytest.fixture
def over(tmp_path: Path) -> object:
    """Loads a file that extends BASE."""
    (tmp_path / "base.toml").write_text(BASE)

    def make(text: str, name: str = "top") -> Scenario:
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / f"{name}.toml").write_text(f'extends = "../base.toml"\n{text}')
        return load(tmp_path / "sub" / f"{name}.toml")

    return make


def extended(over: object, text: str) -> Scenario:
    assert callable(over)
    scenario = over(text)
    assert isinstance(scenario, Scenario)
    return scenario


def test_nothing_changed(over: object, tmp_path: Path) -> None:
    scenario = extended(over, "")
    assert scenario.name == "top"
    assert scenario.spec.description == ""
    assert scenario.resolve()._replace(name="") == load(tmp_path / "base.toml").resolve()._replace(name="")


def test_tables_merge_key_by_key(over: object) -> None:
    spec = extended(over, '[network.office]\ndelay = "1ms"\n[network.home]\ndelay = "9ms"\n').spec
    assert spec.network["office"].delay is not None
    assert spec.network["office"].delay.mean == 10**6
    assert spec.network["office"].bandwidth == 125_000
    assert list(spec.network) == ["office", "home"]
    assert spec.fleet.agents == 10


def test_arrays_of_tables_replace(over: object) -> None:
    spec = extended(over, '[[fleet.class]]\nname = "three"\n').spec
    assert [kind.name for kind in spec.fleet.classes] == ["three"]
    assert spec.fleet.classes[0].stateless is None


def test_backoffs_merge(over: object) -> None:
    retry = extended(over, '[retry.stateless]\nbackoff = { law = "full-jitter" }\n').spec.retry.stateless
    assert (retry.timeout, retry.backoff.law, retry.backoff.base) == (60 * 10**9, "full-jitter", 30 * 10**9)


def test_laws_are_one_value(over: object) -> None:
    law = extended(over, '[server]\nservice.stateless = { law = "exponential", mean = "3ms" }\n')
    assert law.spec.server.service.stateless is not None
    assert law.spec.server.service.stateless.cv == 0
    plain = extended(over, '[server]\nservice.stateless = "3ms"\n')
    assert plain.spec.server.service.stateless is not None
    assert plain.spec.server.service.stateless.law == "deterministic"


def test_values_replace_tables_and_the_other_way_round(over: object) -> None:
    spec = extended(over, '[server]\nlimits.in_flight = 7\n[connection]\ntls = "none"\n').spec
    assert spec.server.limits.in_flight is not None
    assert (spec.server.limits.in_flight.value, spec.server.limits.in_flight.answer) == (7, "503")
    assert spec.connection.tls.version == "none"


def test_sources_merge(over: object) -> None:
    sources = extended(over, '[sources]\nseed = "by hand"\n').spec.sources
    assert sources == {"fleet.agents": "guessed", "seed": "by hand"}


def test_two_levels(over: object, tmp_path: Path) -> None:
    extended(over, "seed = 2\n")
    (tmp_path / "last.toml").write_text('extends = "sub/top.toml"\nduration = "2h"\n')
    spec = load(tmp_path / "last.toml").spec
    assert (spec.seed, spec.duration, spec.fleet.agents) == (2, 7200 * 10**9, 10)
