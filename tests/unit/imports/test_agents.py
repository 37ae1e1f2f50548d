"""Configurations of agents."""

from pathlib import Path

import pytest

import wavetank as wt
from tests.unit.imports.logs import a_log
from wavetank.imports import ImportProblem, import_
from wavetank.imports.plain_yaml import paths_of

OSSEC = """<?xml version="1.0"?>
<!-- Wazuh agent -->
<ossec_config>
  <client>
    <server><address>192.0.2.1</address><protocol>tcp</protocol></server>
    <notify_time>20</notify_time>
    <time-reconnect>60</time-reconnect>
  </client>
  <client_buffer>
    <disabled>no</disabled>
    <queue_size>5000</queue_size>
    <events_per_second>500</events_per_second>
  </client_buffer>
</ossec_config>
<ossec_config>
  <global><agents_disconnection_time>10m</agents_disconnection_time></global>
</ossec_config>
"""
POLICY = """id: 3f
outputs:
  default:
    type: elasticsearch
    hosts:
      - 'https://example.com:443'
    worker: 2
    bulk_max_size: 1600   # events
    timeout: 90
    queue.mem.events: 3200
    queue.mem.flush:
      min_events: 1600
      timeout: 10s
    backoff:
      init: 1s
      max: 60s
    idle_connection_timeout: 3s
inputs:
- id: logfile
  streams:
    - script: |
        a: b
         c
    - name: "x: y"
"""


def test_wazuh(tmp_path: Path) -> None:
    (tmp_path / "ossec.conf").write_text(OSSEC)
    imported = import_(tmp_path / "ossec.conf")
    scenario = wt.load(imported.write(tmp_path / "out"))
    resolved = scenario.resolve()
    assert (resolved.heartbeat.period_ns, resolved.heartbeat.offline_after_ns) == (20 * 10**9, 600 * 10**9)
    spec = scenario.spec
    assert spec.batching.stateless.buffer_events == 5000
    assert spec.connection.strategy == "keep-alive"
    assert spec.retry.stateless.backoff.base == spec.retry.heartbeat.backoff.base == 60 * 10**9
    told = "client.server.address, client_buffer.disabled, client_buffer.events_per_second"
    assert imported.notes == (f"not taken, for want of a counterpart: {told}.",)


def test_elastic(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY)
    imported = import_(tmp_path / "policy.yml")
    spec = wt.load(imported.write(tmp_path / "out")).spec
    batching = spec.batching.stateless
    assert (batching.count, batching.max_in_flight, batching.buffer_events) == (1600, 2, 3200)
    assert batching.age == 10 * 10**9
    assert spec.retry.stateless.timeout == 90 * 10**9
    assert (spec.retry.stateless.backoff.law, spec.retry.stateless.backoff.cap) == (
        "equal-jitter",
        60 * 10**9,
    )
    assert spec.connection.idle_timeout == 3 * 10**9
    assert (
        "outputs.default.hosts.0, outputs.default.queue.mem.flush.min_events, inputs.0.id"
        in imported.notes[0]
    )


def test_log_and_configuration_are_one_scenario(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY)
    spec = wt.load(import_([a_log(tmp_path), tmp_path / "policy.yml"]).write(tmp_path / "both")).spec
    assert spec.fleet.agents == 10
    assert spec.batching.stateless.max_in_flight == 2


def test_plain_yaml() -> None:
    assert paths_of("p", POLICY.splitlines()) == {
        "id": "3f",
        "outputs.default.type": "elasticsearch",
        "outputs.default.hosts.0": "https://example.com:443",
        "outputs.default.worker": "2",
        "outputs.default.bulk_max_size": "1600",
        "outputs.default.timeout": "90",
        "outputs.default.queue.mem.events": "3200",
        "outputs.default.queue.mem.flush.min_events": "1600",
        "outputs.default.queue.mem.flush.timeout": "10s",
        "outputs.default.backoff.init": "1s",
        "outputs.default.backoff.max": "60s",
        "outputs.default.idle_connection_timeout": "3s",
        "inputs.0.id": "logfile",
        "inputs.0.streams.1.name": "x: y",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OSSEC.replace("</client>", ""), r"conf:\d+:\d+: not XML .mismatched tag"),
        ("<!DOCTYPE x>\n" + OSSEC, "declares a document type"),
        ("<ossec_config><a>1</a></ossec_config>", "no key of it has a counterpart"),
        ("inputs: []\n", "no outputs"),
        ("outputs:\n\tdefault:\n", "conf:2:1: a tab indents"),
        ("outputs:\nnonsense\n", 'conf:2: "nonsense" is neither'),
    ],
)
def test_configurations_that_cannot_be_read(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "conf").write_text(text)
    with pytest.raises(ImportProblem, match=message):
        import_(tmp_path / "conf")
