import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.studies.finding import Level
from wavetank.studies.load import load_at
from wavetank.studies.timers import findings, least_latency_s

KEEP = "connection={strategy='keep-alive', idle_timeout='60s'}"
POLL = "commands={channel='long-poll', hold='60s', server_hold='30s'}"
LOSS = "fault=[{kind='node-loss', at='5s', node=0, lasts='5s'}]"
PATIENT = "retry={commands={backoff={law='fixed', base='1s'}}}"


def found(text: str, *sets: str) -> dict[str, tuple[Level, str]]:
    return {finding.key: (finding.level, finding.text) for finding in findings(resolved(text, *sets))}


def test_nothing_to_say_of_a_bare_queue() -> None:
    assert found(QUEUE) == {}


def test_nothing_to_say_of_timers_that_nest() -> None:
    assert found(STORM, "server.route_timeout.stateless=4s", KEEP, "server.idle_timeout=90s") == {}
    assert found(QUEUE, POLL, "heartbeat={period='10s', offline_after='30s'}") == {}


@pytest.mark.parametrize(
    ("text", "sets", "key", "level", "words"),
    [
        (
            STORM,
            ("server.route_timeout.stateless=5s",),
            "server.route_timeout.stateless",
            "problem",
            "gives up",
        ),
        (STORM, ("retry.stateless.timeout=100ms",), "retry.stateless.timeout", "problem", "takes 124 ms"),
        (STORM, ("retry.stateless.backoff.law=none",), "retry.stateless.backoff", "warning", "for ever"),
        (
            STORM,
            ("retry.stateless.backoff.law=none", "retry.stateless.attempts=3"),
            "retry.stateless.backoff",
            "warning",
            "3 times",
        ),
        (
            QUEUE,
            (POLL, PATIENT, "retry.commands.timeout=20s"),
            "retry.commands.timeout",
            "problem",
            "hold of 30 s",
        ),
        (
            QUEUE,
            (POLL, "server.route_timeout.commands=30s"),
            "server.route_timeout.commands",
            "problem",
            "408",
        ),
        (QUEUE, (POLL, KEEP, "commands.server_hold=2min"), "commands.server_hold", "warning", "after 1 min"),
        (STORM, (KEEP, "server.idle_timeout=60s"), "connection.idle_timeout", "problem", "agent after 1 min"),
        (
            STORM,
            ("connection.strategy=keep-alive", "server.idle_timeout=60s"),
            "connection.idle_timeout",
            "problem",
            "agent never",
        ),
        (STORM, (KEEP, "batching.stateless.age=61s"), "connection.strategy", "warning", "again: stateless"),
        (
            QUEUE,
            ("heartbeat={period='10s', jitter='2s', offline_after='11s'}",),
            "heartbeat.offline_after",
            "problem",
            "false alarms",
        ),
        (
            QUEUE,
            ("heartbeat={period='10s', offline_after='15s'}",),
            "heartbeat.offline_after",
            "warning",
            "single",
        ),
        (STORM, ("batching.stateless.age=50s",), "auth.ttl", "warning", "lives 40 s"),
        (
            STORM,
            ("auth.renew=before-expiry", "auth.margin=2s"),
            "auth.margin",
            "warning",
            "up to 5 s",
        ),
        (
            STORM,
            (LOSS, "retry.stateless={backoff={law='fixed', base='1s'}}"),
            "retry.stateless.timeout",
            "problem",
            "for ever: stateless",
        ),
        (STORM, ("server.nodes=2",), "balancer.health_check", "warning", "notices"),
    ],
)
def test_finds(text: str, sets: tuple[str, ...], key: str, level: str, words: str) -> None:
    everything = found(text, *sets)
    assert key in everything, everything
    assert everything[key][0] == level
    assert words in everything[key][1]


@pytest.mark.parametrize(
    ("sets", "least_s"),
    [
        ((), 3 * 0.040 + 0.004),
        (("connection.tls.version='1.2'",), 4 * 0.040 + 0.004),
        (("connection.tls={version='1.2', resume=true}",), 3 * 0.040 + 0.002),
        (("connection.tls.version=none",), 2 * 0.040 + 0.002),
        (("connection.strategy=keep-alive",), 0.040 + 0.002),
    ],
)
def test_least_latency_counts_round_trips(sets: tuple[str, ...], least_s: float) -> None:
    changed = resolved(STORM, *sets)
    flow = load_at(changed).flows[-1]
    assert least_latency_s(changed, flow) == pytest.approx(least_s)


SLOW = ("network.office.bandwidth=512kbit/s", "retry.stateless.timeout=30s")
FULL_BATCH = "batching.stateless.bytes=1MB"


def test_full_batch_that_takes_longer_than_the_time_out_is_noticed() -> None:
    """1 MB over 512 kbit/s takes 15.6 s."""
    sets = (*SLOW, FULL_BATCH, "retry.stateless.timeout=15s")
    level, text = found(STORM, *sets)["retry.stateless.timeout"]
    assert (level, "never gets through" in text) == (Level.WARNING, True)
    assert 'retry.stateless.timeout = "32s"' in text
    assert "retry.stateless.timeout" not in found(STORM, *SLOW, FULL_BATCH)
    assert "retry.stateless.timeout" not in found(STORM, *SLOW, "retry.stateless.timeout=15s")


def test_body_that_takes_longer_than_the_time_out_is_a_problem() -> None:
    """300 MB over 512 kbit/s take 1 h 18 min: a time-out of one hour never suffices."""
    package = (*SLOW, "fleet.class.desk.stateless={rate='1/d', size='300MB'}")
    level, text = found(STORM, *package, "retry.stateless.timeout=1h")["retry.stateless.timeout"]
    assert (level, "takes 1 h 18 min at an idle server" in text) == (Level.PROBLEM, True)
    assert "retry.stateless.timeout" not in found(STORM, *package, "retry.stateless.timeout=2h")


def test_commit_of_the_store_counts() -> None:
    store = "store={parallelism=1, size=1000, latency='6s'}"
    assert "takes 6.12 s" in found(STORM, store)["retry.stateless.timeout"][1]
