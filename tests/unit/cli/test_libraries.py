import json

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
        [one["id"] for one in listed].index("asio")
    ].items()
    assert answer(["libraries", "show", "asio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["card"]["protocols"]["udp"]["answer"] == "yes"


def test_an_unknown_library_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["libraries", "show", "asia"]) == 2
    said = capsys.readouterr()
    assert said.err == 'wavetank: asia:1:1: there is no library "asia"; did you mean asio?\n'
    assert not said.out
