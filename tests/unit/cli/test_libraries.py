import json
from pathlib import Path

import pytest

from wavetank.cli.main import answer


def test_list_names_every_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "list"]) == 0
    out = capsys.readouterr().out
    assert {"asio", "zeromq", "grpc", "jwt-cpp", "picows"} <= set(out.split())


def test_show_gives_each_answer_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "show", "zeromq"]) == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "MPL-2.0 (from 4.3.5)" in flat
    assert "push-pull yes PUSH and PULL [tried: PUSH to PULL]" in flat


def test_both_print_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["libraries"]
    assert {"id": "asio", "kind": "transport"}.items() <= listed[
        [entry["id"] for entry in listed].index("asio")
    ].items()
    assert answer(["libraries", "show", "asio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["card"]["protocols"]["udp"]["answer"] == "yes"


def test_an_unknown_library_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "show", "asia"]) == 2
    said = capsys.readouterr()
    assert said.err == 'wavetank: asia:1:1: there is no library "asia"; did you mean asio?\n'
    assert not said.out


SMALL = ["--set", "fleet.agents=20", "--set", "duration=20s"]


def test_compare_simulates_the_fleet_with_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "compare", "quickstart", "asio", "zeromq", *SMALL]) == 0
    said = capsys.readouterr()
    flat = " ".join(said.out.split())
    assert "asio" in flat
    assert "zeromq CURVE" in flat
    assert "does not encrypt, and the scenario asks for TLS: " in flat
    assert "zeromq plain" in flat
    assert "the fleet, simulated verdict event latency p99 server utilisation" in flat
    assert "How far each weight may go with" in flat
    assert "Not in any figure here" in flat


def test_compare_as_one_json_object_in_closed_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "compare", "quickstart", "asio", "--closed-form", "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    (pairing,) = parsed["pairings"]
    assert (
        pairing["library_cores"]["low"] <= pairing["library_cores"]["mid"] <= pairing["library_cores"]["high"]
    )
    assert pairing["simulated"] is None
    assert parsed["weights"]["money"] == 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", "quickstart", "asia"], 'there is no library "asia"'),
        (["compare", "quickstart", "asio+asio+asio"], "a pair has two ends"),
        (["compare", "quickstart", "pyjwt"], "carries no requests"),
        (["compare", "quickstart", "--decision", "agent"], 'there is no decision "agent"'),
        (["compare", "quikstart"], "did you mean quickstart?"),
        (["report", "--decision", "none.toml"], "there is no such file"),
    ],
)
def test_bad_input_is_one_message(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert answer(["libraries", *words]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_report_into_a_file_that_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert answer(["libraries", "report", "--out", str(tmp_path / "taken")]) == 2
    assert "is no folder" in capsys.readouterr().err
