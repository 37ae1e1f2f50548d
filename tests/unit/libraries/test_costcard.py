from pathlib import Path

import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import row, whole
from tests.unit.libraries.scene import TEXT
from wavetank.libraries.catalogue import list_libraries, read_library
from wavetank.libraries.costcard import cost_card
from wavetank.libraries.pairing import NoFit
from wavetank.policy.laws import mean_of
from wavetank.scenario import load


def test_a_scenario_can_name_it(made: Make, tmp_path: Path) -> None:
    record = whole()
    record["rows"].append(row("new", 100, client=390, server=340, tls="resumed"))
    (tmp_path / "one.toml").write_text(cost_card(read_library(made(a=record)), 25_000))
    own = TEXT.replace('service.parse = "9ms"\nservice.handshake = "9ms"', 'card = "./one.toml"')
    (tmp_path / "easy.toml").write_text(own)
    loaded = load(tmp_path / "easy.toml").resolve()
    service = loaded.server.service
    assert mean_of(service.parse, ()) == 90_000
    assert mean_of(service.handshake, ()) == 500_000
    assert mean_of(service.handshake_resumed, ()) == 200_000
    assert loaded.connection.wire.handshake_down_bytes == 500


def test_what_has_no_server_has_no_card(made: Make) -> None:
    with pytest.raises(NoFit, match="no figures of an encrypted server"):
        cost_card(read_library(made()))


def test_of_a_library_without_tls_the_card_is_of_curve() -> None:
    (text,) = [cost_card(library) for library in list_libraries() if library.id == "zeromq"]
    assert 'description = "zeromq CURVE, a request of 50,000 bytes; its costs alone."' in text
    assert "handshake = " in text
    assert "handshake_resumed" not in text
