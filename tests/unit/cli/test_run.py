import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.engines.registry import names
from wavetank.results.provenance import MODEL_VERSION, wavetank_version
from wavetank.results.store import load

KEYS = [
    "scenario", "engine", "seed", "replications", "version", "model_version", "summary", "intervals",
    "censored_at", "verdict", "objectives", "shares", "statements", "wall_s",
]  # fmt: skip
SHORT_SPAN = ("--set", "batching.stateless={age='1s', count=1}")
"""With a regular period of a second 30 s are long enough to judge."""


def test_json_is_one_object_with_the_documented_keys(ask: Ask, queue: Path) -> None:
    said = ask("run", queue, "--json", *SHORT_SPAN)
    assert (said.status, said.err) == (0, "")
    assert list(said.json) == KEYS
    assert {key: said.json[key] for key in KEYS[:6]} == {
        "scenario": "queue",
        "engine": names()[0],
        "seed": 1,
        "replications": 1,
        "version": wavetank_version(),
        "model_version": MODEL_VERSION,
    }
    assert said.json["verdict"] == "stable"
    assert said.json["wall_s"] > 0


def test_findings_of_check_are_repeated_unless_silenced(ask: Ask, storm: Path) -> None:
    words = ("run", storm, "--engine", "reference", "--settle", "0", "--set", "retry.stateless.attempts=3")
    said = ask(*words)
    assert said.err.startswith(f"wavetank: warning: {storm}:")
    assert ": retry.stateless.attempts: A batch is dropped after 3 attempts" in said.err
    assert said.err.count("\n") == 1
    assert ask(*words, "--no-check").err == ""


def test_spans_are_written_to_a_file(ask: Ask, storm: Path, tmp_path: Path) -> None:
    file = tmp_path / "spans.json"
    words = ("run", storm, "--engine", "reference", "--settle", "0", "--trace-otlp", file)
    said = ask(*words, "--trace", "3")
    assert f"Spans written to {file}" in said.out
    agents, _ = json.loads(file.read_text())["resourceSpans"]
    addresses = {
        attribute["value"]["stringValue"]
        for span in agents["scopeSpans"][0]["spans"]
        for attribute in span["attributes"]
        if attribute["key"] == "client.address"
    }
    assert addresses == {"agent 3"}
    refused = ask(*words[:-1], tmp_path)
    assert (refused.status, refused.err.startswith("wavetank: --trace-otlp: ")) == (2, True)


def test_twice_is_equal_but_for_the_wall_time(ask: Ask, storm: Path) -> None:
    first, second = (ask("run", storm, "--json").json for _ in range(2))
    assert first.pop("wall_s") != second.pop("wall_s")
    assert first == second


def test_one_worker_or_two_is_the_same(ask: Ask, storm: Path) -> None:
    words = ("run", storm, "--replications", "2", "--json", "--workers")
    first, second = (ask(*words, workers).json for workers in ("1", "2"))
    assert first.pop("wall_s") != second.pop("wall_s")
    assert first == second
    assert first["replications"] == 2
    assert len(first["intervals"]["server_utilisation"]) == 2


def test_options_reach_the_run(ask: Ask, queue: Path) -> None:
    words = ("--seed", "7", "--engine", "reference", "--set", "fleet.agents=5", "--set", "duration=10s")
    answer = ask("run", queue, *words, "--json").json
    assert (answer["seed"], answer["engine"]) == (7, "reference")
    assert 0 < answer["summary"]["events_produced"] < 5 * 10 * 2


def test_human_output_says_what_happened(ask: Ask, storm: Path, tmp_path: Path) -> None:
    said = ask("run", storm, "--out", tmp_path / "out")
    lines = said.out.splitlines()
    assert (said.status, said.err) == (0, "")
    assert lines[0] == "storm"
    assert lines[1].startswith("The fleet is back 3 s after the fault. ")
    assert said.out == "".join(f"{line.rstrip()}\n" for line in lines)
    assert lines[-1] == f"Result written to {tmp_path / 'out'}"
    assert lines[-2].startswith(f"Engine {names()[0]}, model version {MODEL_VERSION}, seed 1, 1 run, ")
    for words in ("back after", "events lost", "event latency, p99", "server utilisation", "logins"):
        assert any(line.startswith(words) for line in lines), words
    assert load(tmp_path / "out").scenario == "storm"


def test_human_output_has_intervals_of_replications(ask: Ask, queue: Path) -> None:
    said = ask("run", queue, "--replications", "2")
    assert "95 % interval" in said.out
    assert "2 replications" in said.out
    (line,) = [line for line in said.out.splitlines() if line.startswith("server utilisation")]
    assert "[" in line


@pytest.mark.parametrize(
    ("objective", "status", "words"),
    [
        ("event_latency_p99='30s'", 0, "met"),
        ("event_latency_p99='1us'", 1, "MISSED"),
        ("command_latency_p99='1s'", 3, "nothing to measure"),
    ],
)
def test_objectives_set_the_status(ask: Ask, queue: Path, objective: str, status: int, words: str) -> None:
    said = ask("run", queue, "--set", f"slo={{{objective}}}")
    assert said.status == status
    (line,) = [line for line in said.out.splitlines() if "at most" in line]
    assert line.endswith(words)
    again = ask("run", queue, "--set", f"slo={{{objective}}}", "--json")
    assert again.status == status
    assert again.json["scenario"] == "queue"


def test_verdict_alone_sets_no_status(ask: Ask, queue: Path) -> None:
    said = ask("run", queue, *SHORT_SPAN, "--set", "fleet.agents=200", "--set", "duration=60s", "--json")
    assert (said.status, said.json["verdict"]) == (0, "overloaded")


def test_trace_is_saved(ask: Ask, queue: Path, tmp_path: Path) -> None:
    said = ask("run", queue, "--trace", "0,3-4", "--out", tmp_path / "out")
    assert said.status == 0
    assert {row.agent for row in load(tmp_path / "out").trace_rows} == {0, 3, 4}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--trace", "0"), "--trace: the trace is saved with the result; add --out DIR"),
        (("--trace", "20", "--out", "new"), '--trace: there are no agents "20"; they are 0 to 19'),
        (("--trace", "x", "--out", "new"), '--trace: "x" is no agent'),
        (("--engine", "warp"), '"warp" for --engine. Choose from: "compiled", "reference", "live"'),
        (("--set", "fleet.agnets=3"), "--set:1:"),
        (("--set", "fleet"), "--set:1:"),
        (("--models", "nowhere"), "no readable folder"),
        (("--out", "queue.toml"), "queue.toml: there is something else already"),
        (("--report", "queue.toml"), "queue.toml: cannot be written: "),
    ],
)
def test_bad_options_are_one_message_before_anything_is_run(
    ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(queue.parent)
    said = ask("run", queue, *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert [path.name for path in queue.parent.iterdir()] == ["queue.toml"]


def test_json_and_saved_result_agree(ask: Ask, storm: Path, tmp_path: Path) -> None:
    printed = ask("run", storm, "--json", "--out", tmp_path / "out").json
    saved = json.loads((tmp_path / "out" / "result.json").read_text())
    assert list(printed) == [*KEYS, "recovery_s"]
    assert {key: saved[key] for key in printed} == printed


def test_own_catalogue(ask: Ask, queue: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "scenarios").mkdir(parents=True)
    queue.rename(tmp_path / "mine" / "scenarios" / "ours.toml")
    assert ask("run", "ours", "--models", tmp_path / "mine", "--json").json["scenario"] == "queue"
    assert ask("run", "ours").status == 2


def test_the_path_taken_is_explained(ask: Ask, storm: Path) -> None:
    said = ask("run", storm, "--explain", "--engine", "compiled")
    assert said.out.splitlines()[-1].startswith("Path: the general loop; not the fast path, because of ")
    beside = ask("run", "model-m", "--set", "fleet.agents=5", "--set", "duration=9s", "--explain", "--json")
    assert beside.err.startswith("Path: the fast path: ")
    assert list(beside.json) == KEYS
    readable = ask("run", storm, "--explain", "--engine", "reference")
    assert readable.out.splitlines()[-1].startswith("Path: the only one there is: SimPy processes")


@pytest.mark.parametrize(
    ("window", "bound", "status", "words"),
    [
        ("before", "5s", 0, "met"),
        ("during", "2s", 1, "MISSED"),
        ("during", "1min", 0, "met"),
        ("after", "2s", 3, "nothing to measure"),  # W is 10 min without a bound on recovery
    ],
)
def test_objectives_of_a_window(
    ask: Ask, storm: Path, tmp_path: Path, window: str, bound: str, status: int, words: str
) -> None:
    out = tmp_path / "out"
    said = ask("run", storm, "--set", f"slo.{window}.event_latency_p99={bound}", "--out", out)
    assert said.status == status
    (line,) = [line for line in said.out.splitlines() if "at most" in line]
    assert line.startswith(f"event_latency_p99_s {window} the fault")
    assert line.endswith(words)
    metric = f"event_latency_p99_s@{window}"
    (judged,) = load(out).judged
    assert (judged.metric, judged.met) == (metric, {0: True, 1: False, 3: None}[status])
    assert (metric in load(out).summary) == (status != 3)


def test_bound_on_recovery_ends_the_window(ask: Ask, storm: Path) -> None:
    bounds = ("--set", "slo.recovery=5s", "--set", "slo.after.event_latency_p99=1min")
    (_, judged) = ask("run", storm, *bounds, "--json").json["objectives"]
    assert (judged["metric"], judged["met"]) == ("event_latency_p99_s@after", True)


def test_data_file_is_no_scenario(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "arrivals.csv"
    file.write_text("time\n1700000000\n")
    status, _, error = ask("run", str(file))
    assert (status, error.count("\n")) == (2, 1)
    assert f"not a scenario; make one of it: wavetank import {file} --out NAME" in error
