from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask

SMALL = ("--probability", "0.5", "--workers", "1", "--through", "day")


def test_the_answer_the_table_and_why(ask: Ask, queue: Path, tmp_path: Path) -> None:
    said = ask("size", queue, *SMALL, "--set", "slo.event_latency_p99=1s", "--report", tmp_path / "page")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("queue: 1 node with 1 core serves 20 agents, with probability 0.50 or more")
    assert "Page written to" in said.out
    assert (tmp_path / "page" / "size.html").exists()


def test_json_and_fleets(ask: Ask, queue: Path) -> None:
    said = ask("size", queue, *SMALL, "--json", "--agents", "10,20", "--set", "slo.event_latency_p99=1s")
    assert [fleet["answer"] for fleet in said.json["fleets"]] == [1, 1]
    shown = ask("size", queue, *SMALL, "--agents", "10,20", "--set", "slo.event_latency_p99=1s").out
    assert "agents" in shown


def test_none_is_good_enough(ask: Ask, queue: Path) -> None:
    said = ask("size", queue, *SMALL, "--set", "slo.event_latency_mean=1us")
    assert said.status == 1
    assert "none was good enough in a first look" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--through", "night"], "there is no condition 'night'; take some of day, node, faults"),
        (["--probability", "2"], "a probability of 2.0; take 0.5 to 0.999"),
        (["--through", "faults"], "nothing is left to ask: the scenario has no faults"),
        (["--away", "5"], '"5" has no unit'),
    ],
)
def test_a_mistake_is_one_message(ask: Ask, queue: Path, words: list[str], message: str) -> None:
    said = ask("size", queue, *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1
