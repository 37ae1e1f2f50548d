"""Each kind of finding is seen in the runs of the command that it names: as it is, and with its fix."""

import json
import shlex
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM
from wavetank.cli.main import answer
from wavetank.scenario import load
from wavetank.studies.checking import check

POLL = "commands={channel='long-poll', hold='60s', server_hold='5s'}"
ONCE = "retry={stateless={attempts=1}, commands={attempts=1}}"
PATIENT = "retry.commands.backoff={law='fixed', base='1s'}"
BACK = "retry.stateless={timeout='2s', backoff={law='fixed', base='1s'}}"
KEEP = "connection={strategy='keep-alive', idle_timeout='60s'}"
CALM = "fault=[]"
LOST = "fault=[{kind='node-loss', at='5s', node=0, lasts='10s'}]"
RACE = (CALM, KEEP, "server.idle_timeout=3900ms", "batching.stateless.age=4s", "network.office.delay=200ms")
BEATS = ("fleet.start=cold", "server.service.heartbeat=100ms", "heartbeat.period=10s")
EARLY = ("auth.renew=before-expiry", "auth.margin=1s")
COLD = "fault=[{kind='cold-start', at='10s'}]"
HEAVY = (
    COLD,
    "server.service.login=1200ms",
    "fleet.class.desk.stateless.rate=0.2/s",
    "server.serve_abandoned=true",
    "auth.ttl=10min",
)

# scenario, overrides, key of the finding, and whether the fix makes its metric less, more, or leaves it
KINDS = [
    (QUEUE, ("server.service={}",), "server.service", "more"),
    (
        QUEUE,
        (
            "fleet.agents=4",
            "fleet.class.desk.stateless={process='closed', think='10ms'}",
        ),
        "server",
        "more",
    ),
    (QUEUE, ("server.service.stateless=75ms",), "server", "less"),
    (
        QUEUE,
        ("server.service.stateless=30ms", "fleet.class.desk.stateless.profile=[['0s', 1.0], ['20s', 2.0]]"),
        "server",
        "less",
    ),
    (QUEUE, ("server.service.stateless={law='exponential', mean='42ms'}", BACK), "server", "less"),
    (QUEUE, ("server.service.stateless=75ms", "server.nodes=2", LOST, BACK), "server.nodes", "less"),
    (QUEUE, ("server.cores=64", "batching.stateless.max_in_flight=1"), "server.cores", "more"),
    (QUEUE, ("server.service.login=6ms",), "server.service.login", "same"),
    (STORM, (CALM, "server.service.login=5s"), "auth.ttl", "less"),
    (STORM, (CALM, "server.service.login=900ms"), "retry.login.timeout", "less"),
    (
        QUEUE,
        ("server.cores=4", "server.workers=1", "server.service.stateless={law='exponential', mean='42ms'}"),
        "server.workers",
        "less",
    ),
    (QUEUE, (POLL, "server.blocking=true", "server.workers=20"), "server.blocking", "less"),
    (QUEUE, (POLL, PATIENT, "server.limits.connections=15"), "server.limits.connections", "more"),
    (
        QUEUE,
        (POLL, PATIENT, "retry.stateless.attempts=1", "server.limits.in_flight=15"),
        "server.limits.in_flight",
        "more",
    ),
    (QUEUE, (ONCE, "server.limits.request_rate={rate='15/s'}"), "server.limits.request_rate", "more"),
    (STORM, (CALM, "server.limits.login_rate={rate='15/min'}"), "server.limits.login_rate", "less"),
    (QUEUE, (ONCE, "server.limits.connect_rate={rate='5/s'}"), "server.limits.connect_rate", "more"),
    (QUEUE, ("store={parallelism=1, size=2, latency='200ms'}",), "store", "more"),
    (QUEUE, ("server.route_timeout.stateless=3s", BACK), "server.route_timeout.stateless", "less"),
    (STORM, ("retry.stateless.timeout=100ms",), "retry.stateless.timeout", "less"),
    (
        STORM,
        (CALM, "fleet.agents=3", "network.office.bandwidth=2kB/s", "batching.stateless.bytes=12kB"),
        "retry.stateless.timeout",
        "less",
    ),
    (STORM, ("retry.stateless.backoff.law=none",), "retry.stateless.backoff", "less"),
    (QUEUE, (POLL, PATIENT, "retry.commands.timeout=3s"), "retry.commands.timeout", "less"),
    (QUEUE, (POLL, PATIENT, "server.route_timeout.commands=4s"), "server.route_timeout.commands", "less"),
    (
        QUEUE,
        (KEEP, "commands={channel='long-poll', hold='5s', server_hold='6s'}"),
        "commands.server_hold",
        "less",
    ),
    (STORM, RACE, "connection.idle_timeout", "less"),
    (
        STORM,
        (CALM, "connection={strategy='keep-alive', idle_timeout='5s'}", "batching.stateless.age=6s"),
        "connection.strategy",
        "less",
    ),
    (
        QUEUE,
        ("heartbeat={period='5s', jitter='2s', offline_after='5500ms'}",),
        "heartbeat.offline_after",
        "less",
    ),
    (
        STORM,
        (CALM, "heartbeat={period='5s', offline_after='7500ms'}", "retry.heartbeat.attempts=1"),
        "heartbeat.offline_after",
        "less",
    ),
    (STORM, (CALM, "auth.ttl=8s", "batching.stateless.age=10s"), "auth.ttl", "less"),
    (STORM, (*EARLY, "retry.login.backoff.base=5s"), "auth.margin", "less"),
    (QUEUE, (LOST, "fleet.agents=3", "server.service.stateless=300ms"), "retry.stateless.timeout", "less"),
    (
        STORM,
        ("server.nodes=2", "fault=[{kind='node-restart', at='10s', node=0, down='20s'}]"),
        "balancer.health_check",
        "less",
    ),
    (STORM, ("retry.stateless.attempts=3",), "retry.stateless.attempts", "less"),
    (STORM, ("batching.stateless.buffer_events=2",), "batching.stateless.buffer_events", "less"),
    (
        QUEUE,
        (
            "server.service.stateless=100ms",
            "fleet.class.desk.stateless={process='constant', rate='6/min', phase='0s'}",
        ),
        "fleet.class.desk.stateless.phase",
        "less",
    ),
    (QUEUE, BEATS, "heartbeat.jitter", "less"),
    (STORM, (COLD, *EARLY, "server.service.login=200ms"), "auth.jitter", "less"),
    (STORM, HEAVY, "retry.login.backoff", "less"),
    (QUEUE, ("fleet.class.desk.stateless.rate=0/s",), "fleet.class", "more"),
]


@pytest.mark.parametrize(
    ("text", "sets", "key", "moves"), KINDS, ids=[f"{index}-{kind[2]}" for index, kind in enumerate(KINDS)]
)
def test_runs_show_it_and_the_fix_removes_it(
    text: str, sets: tuple[str, ...], key: str, moves: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "planted.toml"
    file.write_text(text)
    planted = load(file, sets)
    checked = check(planted)
    (finding,) = (each for each in (*checked.warnings, *checked.problems) if each.key == key)
    mended = check(planted.but(*finding.overrides))
    assert key not in {each.key for each in (*mended.warnings, *mended.problems)}
    words = shlex.split(finding.command)
    assert words[:2] == ["wavetank", "compare"]
    assert answer([*words[1:], "--json", "--settle", "0", "--engine", "reference"]) in (0, 3)
    as_it_is, with_fix = (result["summary"] for result in json.loads(capsys.readouterr().out)["designs"])
    before, after = (summary.get(finding.metric, 0.0) for summary in (as_it_is, with_fix))
    # null stands for what never came
    before, after = (float("inf") if value is None else value for value in (before, after))
    assert {"less": after < before, "more": after > before, "same": after == before}[moves], (before, after)
