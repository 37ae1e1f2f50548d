import json
from pathlib import Path

import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import card, whole
from tests.unit.libraries.scene import TEXT, decision
from wavetank.libraries import list_libraries, tradeoff
from wavetank.libraries.pairing import NoFit, Pairing, pairings
from wavetank.libraries.text_report import told
from wavetank.libraries.tradeoff import compare, design
from wavetank.policy.laws import mean_of
from wavetank.scenario import load


@pytest.fixture
def models(made: Make) -> Path:
    """A catalogue with two libraries; `two` costs the same but is a server only."""
    made(name="one", a=whole())
    folder = made(name="two", a=whole("two"))
    made(card("bare"), name="bare")
    made(card("tokens", kind="token"), name="tokens")
    scenarios = folder.parents[1] / "scenarios"
    scenarios.mkdir()
    (scenarios / "easy.toml").write_text(TEXT.replace("agents = 1000", "agents = 200"))
    return folder.parents[1]


def test_single_ones_and_pairs(models: Path) -> None:
    assert [library.name for library in pairings(list_libraries(models), ["one"])] == ["one HTTP/1.1"]
    (pair,) = pairings(list_libraries(models), ["one+two"])
    assert (pair.name, pair.shared) == ("one HTTP/1.1 + two", False)
    assert {library.name for library in pairings(list_libraries(models))} >= {"one HTTP/1.1", "two HTTP/1.1"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bare", "wavetank libraries measure bare"),
        ("tokens", "carries no requests"),
        ("one+two+one", "two ends"),
        ("one+grpc", "no figures of one as an agent and grpc as a server that fit"),
    ],
)
def test_what_cannot_be_compared_is_told(models: Path, name: str, message: str) -> None:
    with pytest.raises(NoFit, match=message):
        pairings(list_libraries(models), [name])


def test_the_same_fleet_is_simulated_with_each_end_of_the_figures(models: Path) -> None:
    comparison = compare("easy", ["one", "one+two"], decision=decision(), models=models)
    fared = comparison.fared["one HTTP/1.1"]
    shares = fared.metrics["server_utilisation"]
    # 20 requests a second of 2 ms and 550 us, 30 us more or less, on four cores
    assert shares == pytest.approx((0.0126, 0.01275, 0.0129), rel=0.02)
    assert fared.verdict == "stable"
    assert fared.ends


def test_of_many_only_the_middle_is_simulated(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tradeoff, "MOST_AT_ALL_ENDS", 0)
    comparison = compare("easy", ["one"], decision=decision(), models=models)
    (fared,) = comparison.fared.values()
    low, mid, high = fared.metrics["server_utilisation"]
    assert low == mid == high
    assert not fared.ends
    assert any("In the middle of the figures" in section.note for section in told(comparison))


def test_a_scenario_gets_the_librarys_costs_in_place_of_its_own(models: Path) -> None:
    base = load("easy", (), models)
    (pairing,) = pairings(list_libraries(models), ["one"])
    service = design(base, base.resolve(), pairing).resolve().server.service
    assert mean_of(service.handshake, ()) == 500_000
    assert mean_of(service.parse, ()) == 50_000
    assert mean_of(service.operation[1], ()) == mean_of(base.resolve().server.service.operation[1], ())


def test_a_stream_is_a_kept_connection(models: Path) -> None:
    base = load("easy", ["connection.idle_timeout=5s", "server.limits.connections=256"], models)
    (pairing,) = pairings(list_libraries(models), ["one"])
    assert pairing.server is not None
    stream = pairing.server._replace(mode="stream")
    simulated = design(base, base.resolve(), Pairing(stream, stream))
    assert simulated.spec.connection.strategy == "keep-alive"
    assert simulated.spec.connection.idle_timeout > 1000 * 24 * 3600 * 10**9
    limit = simulated.spec.server.limits.connections
    assert limit is not None
    assert limit.value == 400


def test_all_of_it_can_be_told_and_is_plain_data(models: Path) -> None:
    comparison = compare("easy", ["one", "two"], decision=decision(), models=models, simulated=False)
    data = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert data["pairings"][0]["money"]["mid"] == pytest.approx(comparison.spent[0].money.mid)  # type: ignore[union-attr]
    assert data["pairings"][0]["figures"] == "measured"
    text = " ".join(cell for section in told(comparison) for row in section.rows for cell in row)
    assert "contention inside a server process" in text
    assert comparison.sentence.startswith("Servers cost least with one HTTP/1.1, but 1 other is within")


def test_a_plaintext_scenario_refuses_them_all_in_one_message(models: Path) -> None:
    base = load("easy", ["connection.tls=none"], models)
    with pytest.raises(NoFit, match="no figures without encryption"):
        compare(base, ["one"], decision=decision(), models=models)


def test_the_catalogues_own_libraries_can_be_compared() -> None:
    comparison = compare("quickstart", simulated=False)
    names = {cost.pairing.name for cost in comparison.spent}
    assert {"asio", "grpc", "grpc stream", "zeromq CURVE", "boost-beast HTTP/1.1"} <= names
    assert any("does not encrypt" in reason for reason in comparison.refused.values())
    assert comparison.ranking
