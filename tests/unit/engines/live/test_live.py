"""The engine live as a whole: the real fleet, the real server, both counted and compared."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.engines.live.cases import FEW, few
from wavetank.face.report.writing import write_report
from wavetank.protocol.order import Message
from wavetank.results.result import Result
from wavetank.results.store import load, save
from wavetank.studies import replications

# One worker has all of these: each run wants the machine for itself.
pytestmark = pytest.mark.xdist_group("live")
pytest.importorskip("wavetank.real.server.app", reason="wavetank[live]", exc_type=ModuleNotFoundError)


def value(result: Result, name: str) -> float:
    figure = result.summary[name]
    assert figure is not None
    return figure


def balanced(result: Result) -> None:
    """Both accountings of docs/model.md#both-accountings, from the summary alone."""
    s = {name: value or 0 for name, value in result.summary.items()}
    for label in ("", ".stateless", ".stateful"):
        parts = ("delivered", "dropped", "queued")
        begun = s[f"events_produced{label}"] + s[f"events_carried_in{label}"]
        assert begun == sum(s[f"events_{part}{label}"] for part in parts)
    fates = ("ok", "rejected", "timed_out", "lost", "open")
    for label in ("", ".login", ".stateless", ".stateful", ".commands"):
        issued = sum(s[f"requests_{fate}_total{label}"] for fate in fates)
        assert s[f"requests_issued_total{label}"] + s[f"requests_carried_in_total{label}"] == issued


@pytest.fixture(scope="module")
def calm() -> Result:
    return replications.run(few(), engine="live", trace_agents=(0, 1))


def test_same_events_as_simulated_and_as_many_batches(calm: Result) -> None:
    simulated = replications.run(few(), engine="reference")
    for label in ("", ".stateless", ".stateful"):
        name = f"events_produced{label}"
        assert calm.summary[name] == simulated.summary[name]
    assert value(calm, "commands_created") == value(simulated, "commands_created")
    for stream in ("stateless", "stateful"):
        real, model = (result.summary[f"requests_issued_total.{stream}"] or 0 for result in (calm, simulated))
        # On a machine that is busy with other things flushes come late, and so fewer.
        assert 0.6 * model <= real <= model + 12
    assert simulated.columns.keys() - calm.columns.keys() == {"queue_length"}
    assert calm.columns["produced"] == simulated.columns["produced"]


def test_accounts_balance_and_the_server_agrees(calm: Result) -> None:
    balanced(calm)
    assert any("Agents and server agree" in sentence for sentence in calm.said)
    assert value(calm, "events_received") >= value(calm, "events_delivered") > 0
    assert value(calm, "events_duplicated") == 0
    assert value(calm, "commands_delivered") > 0


def test_nothing_is_said_of_what_nobody_measured(calm: Result) -> None:
    assert not [name for name in calm.summary if name.startswith(("server_wait", "server_utilisation."))]
    assert 0 < value(calm, "server_utilisation") < 1
    assert (calm.engine, calm.seed) == ("live", 1)


def test_it_is_saved_and_reported_like_any_other(calm: Result, tmp_path: Path) -> None:
    assert load(save(calm, tmp_path / "saved")).summary == calm.summary
    page = write_report(calm, tmp_path / "page").read_text(encoding="utf-8")
    assert "Open connections" in page
    assert "Queue at the servers" not in page


def test_traced_agents_are_heard(calm: Result) -> None:
    assert {row.agent for row in calm.trace_rows} == {0, 1}
    asked = [row for row in calm.trace_rows if row.message == Message.REQUEST]
    said = [row for row in calm.trace_rows if row.message == Message.RESPONSE]
    assert {row.status for row in said} <= {200, 202}
    assert sum(row.events for row in asked) > 0
    keys = {row[2:6] for row in asked}
    assert len(keys) == len(asked)
    assert {row[2:6] for row in said} <= keys


def test_faults_that_are_real() -> None:
    """The server is killed and comes back; later its signing key is replaced. Nothing stateful is lost."""
    faults = (
        "fault=[{kind='node-restart', at='1s', node=0, down='1s'}, {kind='key-rotation', at='3500ms'},"
        "{kind='invalid-credentials', at='3s', share='25%'}]"
    )
    result = replications.run(few(faults, "duration=6s"), engine="live")
    balanced(result)
    assert "What would have been without faults is simulated." in result.said
    assert not any("disagree" in sentence for sentence in result.said)
    assert value(result, "requests_lost_total") > 0
    assert value(result, "rejected_total.token") > 0
    assert value(result, "requests_ok_total.login") > 0
    assert 0 < value(result, "agents_offline_max") <= 3
    assert [fault.kind for fault in result.faults] == ["node-restart", "key-rotation", "invalid-credentials"]


def test_silent_machine_and_a_cold_start() -> None:
    faults = "fault=[{kind='node-loss', at='500ms', node=0, lasts='1s'}, {kind='cold-start', at='3s'}]"
    changes = (faults, "duration=6s", "retry.stateless.timeout=1s", "retry.stateful.timeout=1s")
    result = replications.run(few(*changes), engine="live")
    balanced(result)
    assert not any("disagree" in sentence for sentence in result.said)
    assert value(result, "requests_timed_out_total") > 0
    assert value(result, "requests_ok_total.login") == 12
    assert len(result.state_rows) == 12


def test_cold_and_ramped_fleets_log_in_during_the_run() -> None:
    ramped = replications.run(
        few("fleet.start=ramp", "fleet.ramp=2s", "commands.channel=none", "connection.strategy=per-request"),
        engine="live",
    )
    balanced(ramped)
    simulated = replications.run(few("fleet.start=ramp", "fleet.ramp=2s"), engine="reference")
    assert value(ramped, "events_produced") == value(simulated, "events_produced")
    assert value(ramped, "requests_ok_total.login") == 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_killed_or_interrupted_it_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    """Its processes hold its standard output open: at the end of that all have ended."""
    scenario = tmp_path / "few.toml"
    scenario.write_text(FEW.replace('"4s"', '"10min"'))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "wavetank", "run", str(scenario), "--engine", "live"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        while not list(temporary.glob("wavetank-live-*/server/ready")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever is left of all of them
        process.wait()
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    # Killed in the middle of starting one, it leaves that one with half its orders.
    assert number == signal.SIGKILL or "Traceback" not in said
    assert list(temporary.glob("wavetank-live-*")) == []
