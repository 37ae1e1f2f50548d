from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import list_entries, load, loads, show

FILES = {
    "scenarios/base.toml": """\
name = "the base"
[fleet]
agents = 100
mix = "mixed"
[server]
card = "slow"
service.parse = "1ms"
[auth]
scheme = "server-token"
ttl = "15min"
algorithm = "RS256"
key = "parsed"
""",
    "scenarios/child.toml": 'extends = "base"\nseed = 2\n',
    "fleets/mixed.toml": """\
description = "two kinds"
[[class]]
name = "server"
share = "20%"
network = "office"
stateless = { rate = "0.25/s" }
[[class]]
name = "desk"
network = "office"
stateless = { rate = "0.1/s" }
[network.office]
delay = "20ms"
[sources]
"class" = "counted"
""",
    "servers/slow.toml": """\
description = "measured"
[service]
login = "5ms"
parse = "9ms"
[sign.RS256]
cached = "500us"
parsed = "54ms"
[wire]
request = "300B"
[sources]
"service.login" = "measured"
sign.RS256.parsed = "measured, too"
""",
    "libraries/http/quick.toml": '[service]\nlogin = "1ms"\n',
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "models"


def test_entries(models: Path) -> None:
    names = {entry.name for entry in list_entries("scenarios", models)}
    assert {"base", "child"} <= names
    assert "quick" in {entry.name for entry in list_entries("libraries", models)}


def test_show(models: Path) -> None:
    card = show("slow", models)
    assert (card.entry.kind, card.description) == ("servers", "measured")
    assert card.sources == {"service.login": "measured", "sign.RS256.parsed": "measured, too"}
    assert card.text == FILES["servers/slow.toml"]
    with pytest.raises(ScenarioError, match=r'"slwo" is not in the catalogue .*; did you mean slow'):
        show("slwo", models)


def test_fleet_and_card_by_name(models: Path) -> None:
    resolved = load("base", models=models).resolve()
    assert [(kind.name, kind.first, kind.agents) for kind in resolved.classes] == [
        ("server", 0, 20),
        ("desk", 20, 80),
    ]
    assert resolved.networks[0].delay.low == 20_000_000
    assert resolved.auth.sign.low == 54_000_000
    assert resolved.server.service.parse.low == 1_000_000
    assert resolved.server.service.operation[1].low == 5_000_000
    assert resolved.connection.wire.request_bytes == 300


def test_extends_by_name(models: Path) -> None:
    scenario = load("child", models=models)
    assert (scenario.name, scenario.spec.seed, scenario.spec.fleet.agents) == ("child", 2, 100)


def test_own_classes_and_networks_go_first(models: Path) -> None:
    text = '[fleet]\nmix = "mixed"\n[network.office]\ndelay = "1ms"\n'
    assert loads(text, models=models).resolve().networks[0].delay.low == 1_000_000
    text = '[fleet]\nmix = "mixed"\n[[fleet.class]]\nname = "mine"\n'
    assert [kind.name for kind in loads(text, models=models).spec.fleet.classes] == ["mine"]


def test_sets_reach_what_fleet_and_card_bring(models: Path) -> None:
    sets = [
        "fleet.mix=mixed",
        "server.card=slow",
        "fleet.class.desk.stateless.rate=3/s",
        "server.service.*=2ms",
    ]
    spec = loads("", sets, models=models).spec
    assert spec.fleet.classes[1].stateless is not None
    assert spec.fleet.classes[1].stateless.rate == 3
    assert spec.server.service.login is not None
    assert spec.server.service.login.mean == 2_000_000


def test_card_can_be_changed_by_set(models: Path) -> None:
    calm = load("base", models=models).but("server.card=quick", "auth.scheme=none")
    assert calm.spec.server.service.login is not None
    assert calm.spec.server.service.login.mean == 1_000_000
    assert calm.spec.server.sign == {}


def test_paths_are_looked_up_from_the_file(models: Path) -> None:
    (models.parent / "mine.toml").write_text('[server]\ncard = "models/servers/slow.toml"\n')
    assert load(models.parent / "mine.toml").spec.server.service.login is not None


def test_catalogue_from_the_environment(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVETANK_MODELS", str(models))
    assert load("child").spec.seed == 2


def test_unknown_card_is_told_where_it_is_named(models: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r'"slwo" is not in the catalogue .*; did you mean slow'
    ) as caught:
        loads('[server]\ncard = "slwo"\n', models=models)
    assert (caught.value.line, caught.value.column) == (2, 8)


def test_bad_card_is_told_in_its_file(models: Path) -> None:
    (models / "servers" / "slow.toml").write_text("[service]\nlogin = 5\n")
    with pytest.raises(ScenarioError, match="5 has no unit") as caught:
        load("base", models=models)
    assert (Path(caught.value.file).name, caught.value.line, caught.value.column) == ("slow.toml", 2, 9)


def test_bad_key_of_a_fleet_is_told_in_its_file(models: Path) -> None:
    (models / "fleets" / "mixed.toml").write_text('[[class]]\nname = "a"\nshade = 1\n')
    with pytest.raises(ScenarioError, match=r"unknown key class\.0\.shade; did you mean share") as caught:
        load("base", models=models)
    assert (Path(caught.value.file).name, caught.value.line, caught.value.column) == ("mixed.toml", 3, 1)


def test_contradiction_in_a_fleet_is_told_in_its_file(models: Path) -> None:
    (models / "fleets" / "mixed.toml").write_text('[[class]]\nname = "a"\nnetwork = "gone"\n')
    with pytest.raises(ScenarioError, match='"gone" is not a network') as caught:
        load("base", models=models)
    assert (Path(caught.value.file).name, caught.value.line, caught.value.column) == ("mixed.toml", 3, 11)


def test_names_are_unique(models: Path) -> None:
    (models / "libraries" / "other").mkdir()
    (models / "libraries" / "other" / "quick.toml").write_text("")
    with pytest.raises(ScenarioError, match=r"the name quick is taken by .*; rename"):
        list_entries("libraries", models)


def test_a_file_is_found_without_its_catalogue_name(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("child").write_text("seed = 9\n")
    Path("mine").write_text("seed = 9\n")
    assert load("child", models=models).spec.seed == 2
    assert load("./child", models=models).spec.seed == 9
    assert load("mine", models=models).spec.seed == 9
