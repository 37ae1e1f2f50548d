from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.policy.arrivals import NO_SOURCE
from wavetank.policy.backoff import NO_BACKOFF
from wavetank.policy.codes import Answer, BackoffLaw, CheckPhase, FaultKind, LawKind, ProcessKind, Stream, Tls
from wavetank.policy.laws import NO_LAW, Law
from wavetank.scenario import digest, load, loads, resolve
from wavetank.scenario.resolved import Batching, Fault, Limit, Objective, RateLimit, Resolved

S = 10**9


def of(text: str, *sets: str) -> Resolved:
    return loads(text, sets).resolve()


def test_five_lines_run(tmp_path: Path) -> None:
    file = tmp_path / "five.toml"
    file.write_text(
        'duration = "60s"\n[[fleet.class]]\nname = "all"\nstateless = { rate = "1/s" }\n'
        'server.service.stateless = "2ms"\n'.replace("server.", "[server]\n", 1)
    )
    resolved = load(file).resolve()
    assert (resolved.name, resolved.agents, resolved.duration_ns) == ("five", 1000, 60 * S)
    assert resolved.classes[0].stateless.rate_per_s == 1.0


def test_defaults_are_absence() -> None:
    resolved = of("")
    assert (resolved.duration_ns, resolved.warmup_ns, resolved.seed, resolved.tail_ns) == (600 * S, 0, 1, 0)
    (kind,) = resolved.classes
    assert (kind.first, kind.agents, kind.invalid_credentials) == (0, 1000, False)
    assert kind.stateless == kind.stateful == resolved.commands.source == NO_SOURCE
    assert resolved.networks[kind.network].delay == NO_LAW
    assert resolved.batching == (Batching(1, 0, 0, 0, 1, 0, 0, 0),) * 2
    assert len(resolved.retry) == len(resolved.server.route_timeout_ns) == len(Stream)
    assert all(r.timeout_ns == r.attempts == 0 and r.backoff == NO_BACKOFF for r in resolved.retry)
    assert resolved.server.workers == resolved.server.cores == 1
    assert set(resolved.server.service.operation) == {NO_LAW}
    assert resolved.auth.sign == resolved.store.latency == NO_LAW
    assert (resolved.faults, resolved.objectives, resolved.empirical) == ((), (), ())
    assert resolved.server.limits.in_flight == Limit(0, 0, 0)
    assert resolved.connection.tls == Tls.NONE


CLASSES = """
[fleet]
agents = 10
[[fleet.class]]
name = "a"
share = "33.3%"
network = "far"
[[fleet.class]]
name = "b"
share = "33.3%"
credentials = "invalid"
[[fleet.class]]
name = "c"
network = "near"
[network.near]
[network.far]
delay = { law = "uniform", low = "0s", high = "20ms" }
bandwidth = "8Mbit/s"
"""


def test_classes_are_contiguous_and_exact() -> None:
    resolved = of(CLASSES)
    assert [(k.name, k.first, k.agents) for k in resolved.classes] == [("a", 0, 3), ("b", 3, 3), ("c", 6, 4)]
    assert [resolved.networks[k.network].name for k in resolved.classes] == ["far", "none", "near"]
    assert [k.invalid_credentials for k in resolved.classes] == [False, True, False]
    far = resolved.networks[resolved.classes[0].network]
    assert far.delay == Law(LawKind.UNIFORM, 0.0, 0.0, 0, 20_000_000)
    assert far.bandwidth_bytes_per_s == 1e6


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ('"2ms"', Law(LawKind.DETERMINISTIC, 0.0, 0.0, 2_000_000, 0)),
        ('{ law = "deterministic", mean = "2ms" }', Law(LawKind.DETERMINISTIC, 0.0, 0.0, 2_000_000, 0)),
        ('{ law = "exponential", mean = "2ms" }', Law(LawKind.EXPONENTIAL, 2e6, 0.0, 0, 0)),
        ('{ law = "erlang", mean = "2ms", k = 3 }', Law(LawKind.ERLANG, 2e6, 3.0, 0, 0)),
        ('{ law = "lognormal", mean = "2ms", cv = 0.5 }', Law(LawKind.LOGNORMAL, 2e6, 0.5, 0, 0)),
        ('{ law = "hyperexponential", mean = "2ms", cv = 2 }', Law(LawKind.HYPEREXPONENTIAL, 2e6, 2.0, 0, 0)),
        ('{ law = "uniform", low = "1ms", high = "2ms" }', Law(LawKind.UNIFORM, 0.0, 0.0, 10**6, 2 * 10**6)),
    ],
)
def test_laws(text: str, law: Law) -> None:
    assert of(f"[server]\nservice.stateful = {text}\n").server.service.operation[Stream.STATEFUL] == law


def test_empirical_laws(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("kind,time,size\na,2ms,10B\nb,500us,1kB\n")
    law = "law = 'empirical', file = 'data.csv'"
    timed = f"{{ {law}, column = 'time' }}"
    (tmp_path / "s.toml").write_text(
        f"[[fleet.class]]\nname = 'a'\n"
        f"stateless = {{ rate = '1/s', size = {{ {law}, column = 'size' }} }}\n"
        f"[server]\nservice.parse = {timed}\nservice.auth = {timed}\n"
    )
    resolved = load(tmp_path / "s.toml").resolve()
    assert resolved.empirical == (10, 1000, 2_000_000, 500_000)
    assert resolved.classes[0].stateless.size == Law(LawKind.EMPIRICAL, 0.0, 0.0, 0, 2)
    assert (
        resolved.server.service.parse
        == resolved.server.service.auth
        == Law(LawKind.EMPIRICAL, 0.0, 0.0, 2, 4)
    )


@pytest.mark.parametrize(
    ("data", "column", "says", "place"),
    [
        (b"time\n2ms\n5\n", "time", "has no unit", "line 3"),
        (b"time,x\n2ms\n5,\n", "x", "is not a duration", "line 2"),
        (b"time\n", "time", "has no values; give", "file"),
        (b"time\n", "size", 'no column "size"; its columns are: time;', "column"),
        (b"\xff\xfe\x00", "time", "the text is UTF-16", "file"),
        (b"", "time", 'no column "time"', "column"),
    ],
)
def test_bad_data(data: bytes, column: str, says: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(data)
    line = f"service.parse = {{ law = 'empirical', file = 'data.csv', column = '{column}' }}"
    (tmp_path / "s.toml").write_text(f"[server]\n{line}\n")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "s.toml").resolve()
    assert says in caught.value.message
    if place.startswith("line "):
        expected = ("data.csv", int(place[5:]), 1)
    else:
        expected = ("s.toml", 2, line.index(f"{place} = ") + len(f"{place} = ") + 1)
    assert (Path(caught.value.file).name, caught.value.line, caught.value.column) == expected


def test_streams() -> None:
    stream = "[[fleet.class]]\nname = 'a'\nstateless = "
    source = of(stream + "{ rate = '2/s', profile = [['10s', 2.0]], size = '100B' }").classes[0].stateless
    assert (source.kind, source.rate_per_s, source.phase_ns) == (ProcessKind.POISSON, 2.0, -1)
    assert (source.starts_ns, source.factors) == ((0, 10 * S), (1 << 20, 2 << 20))
    assert source.size.low == 100
    source = of(stream + "{ rate = '2/s', process = 'constant', phase = '3s' }").classes[0].stateless
    assert (source.kind, source.gap_ns, source.phase_ns) == (ProcessKind.CONSTANT, S // 2, 3 * S)
    source = of(stream + "{ process = 'closed', think = '3s' }").classes[0].stateless
    assert (source.kind, source.think.low) == (ProcessKind.CLOSED, 3 * S)
    assert of(stream + "{ rate = '0/s' }").classes[0].stateless.kind == ProcessKind.NONE


FULL = """
duration = "1h"
warmup = "1min"
seed = 5
[fleet]
start = "ramp"
ramp = "2min"
[[fleet.class]]
name = "all"
network = "near"
[network.near]
delay = "1ms"
[auth]
scheme = "server-token"
ttl = "15min"
renew = "before-expiry"
margin = "2s"
jitter = "1s"
on_rejection = "backoff"
algorithm = "RS256"
[heartbeat]
period = "10s"
jitter = "1s"
size = "10B"
offline_after = "1min"
[batching.stateless]
count = 5
bytes = "1MB"
age = "10s"
age_from = "resume"
max_in_flight = 0
pause_after = "1s"
buffer_events = 100
overflow = "drop-oldest"
[connection]
strategy = "keep-alive"
tls = { version = "1.2", resume = true }
idle_timeout = "9s"
[connection.wire]
request = "1B"
response = "2B"
handshake_up = "3B"
handshake_down = "4B"
resumed_up = "5B"
resumed_down = "6B"
command = "7B"
[commands]
channel = "long-poll"
rate = "4/day"
hold = "11min"
server_hold = "20min"
pause_after = "1s"
[retry.commands]
timeout = "60s"
attempts = 3
backoff = { law = "full-jitter", base = "1s", cap = "1min", jitter = "2s" }
honour_retry_after = false
[balancer]
policy = "round-robin"
health_check = "5s"
[server]
nodes = 2
cores = 4
workers = 8
blocking = true
dispatch = "per-worker"
serve_abandoned = true
idle_timeout = "1min"
sign.RS256.cached = "500us"
route_timeout = { login = "20s", heartbeat = "1s" }
[server.limits]
connections = 512
accept_queue = 100
in_flight = { value = 256, answer = "429", retry_after = "3s" }
in_flight_bytes = "256MiB"
body = "20MiB"
bandwidth = "1Gbit/s"
connect_rate = { rate = "100/s" }
request_rate = { rate = "3/s", burst = 9, answer = "503" }
login_rate = { rate = "1/min", retry_after = "30s" }
[store]
parallelism = 2
window = "150ms"
size = 5
latency = "10ms"
[[fault]]
kind = "node-restart"
at = "10min"
node = 1
down = "30s"
[[fault]]
kind = "brown-out"
at = "20min"
factor = 3
lasts = "1min"
[[fault]]
kind = "invalid-credentials"
at = "30min"
share = "12.5%"
[[fault]]
kind = "node-loss"
at = "40min"
node = 0
lasts = "1min"
[slo]
event_latency_p99 = "30s"
event_latency_max.stateful = "1min"
"recovery.0" = "5min"
recovery = "10min"
server_utilisation = "70%"
login_peak = "60/min"
events_dropped = 0
bytes_up_per_agent_day = "5MB"
"""


def test_every_table() -> None:
    resolved = of(FULL)
    assert (resolved.warmup_ns, resolved.seed, resolved.start, resolved.ramp_ns) == (60 * S, 5, 2, 120 * S)
    assert resolved.auth[:6] == (1, 900 * S, 2, 2 * S, S, 1)
    assert resolved.auth.sign.low == 500_000
    assert resolved.heartbeat == (10 * S, S, 10, 60 * S, 60 * S)
    assert resolved.batching[0] == Batching(5, 1_000_000, 10 * S, 2, 0, S, 100, 1)
    assert resolved.connection[:4] == (1, 2, True, 9 * S)
    assert resolved.connection.wire == (1, 2, 3, 4, 5, 6, 7)
    assert resolved.commands.source.rate_per_s == 4 / 86_400
    assert resolved.commands[2:] == (0, 660 * S, 1200 * S, S)
    retry = resolved.retry[Stream.COMMANDS]
    assert (retry.timeout_ns, retry.attempts, retry.honour_retry_after) == (60 * S, 3, False)
    assert retry.backoff == (BackoffLaw.FULL_JITTER, S, 60 * S, 2 * S)
    assert tuple(resolved.balancer) == (2, 5 * S, 3, 2, CheckPhase.RANDOM)
    assert resolved.server[:7] == (2, 4, 8, True, 1, True, 60 * S)
    assert resolved.server.route_timeout_ns == (0, 20 * S, 0, 0, 0, S)
    assert resolved.store[:3] == (2, 150_000_000, 5)


def test_limits() -> None:
    limits = of(FULL).server.limits
    assert limits.connections == Limit(512, Answer.SILENCE, 0)
    assert limits.accept_queue == 100
    assert limits.in_flight == Limit(256, Answer.TOO_MANY_REQUESTS, 3 * S)
    assert limits.in_flight_bytes == Limit(256 << 20, Answer.UNAVAILABLE, 0)
    assert limits.body.value == 20 << 20
    assert limits.bandwidth_bytes_per_s == 125e6
    assert limits.connect_rate == RateLimit(10**7, 1, Answer.SILENCE, 0)
    assert limits.request_rate == RateLimit(333_333_333, 9, Answer.UNAVAILABLE, 0)
    assert limits.login_rate == RateLimit(60 * S, 1, Answer.TOO_MANY_REQUESTS, 30 * S)


def test_faults() -> None:
    assert of(FULL).faults == (
        Fault(FaultKind.NODE_RESTART, 600 * S, 30 * S, 1, 0.0, 0.0),
        Fault(FaultKind.BROWN_OUT, 1200 * S, 60 * S, -1, 0.0, 3.0),
        Fault(FaultKind.INVALID_CREDENTIALS, 1800 * S, 0, -1, 0.125, 0.0),
        Fault(FaultKind.NODE_LOSS, 2400 * S, 60 * S, 0, 0.0, 0.0),
    )


def test_objectives() -> None:
    assert of(FULL).objectives == (
        Objective("event_latency_p99_s", 30.0),
        Objective("event_latency_max_s.stateful", 60.0),
        Objective("recovery_s.0", 300.0),
        Objective("recovery_s", 600.0),
        Objective("server_utilisation", 0.7),
        Objective("login_peak_per_s", 1.0),
        Objective("events_dropped", 0.0),
        Objective("bytes_up_per_agent_day", 5e6),
    )


STREAM = "[[fleet.class]]\nname = 'a'\nstateless = { rate = '1/s' }\n"


@pytest.mark.parametrize(
    ("duration", "age", "pause", "bin_ns"),
    [
        ("20min", "0s", "0s", 2 * S),  # no ages: a 60th of the run
        ("20min", "10s", "1s", 11 * S // 10),
        ("20min", "10min", "0s", 2 * S),  # at most a 60th
        ("20min", "1s", "0s", 6 * S // 10),  # at least a 200th
        ("100ns", "0s", "0s", 1),
    ],
)
def test_a_sample_is_a_flush_period(duration: str, age: str, pause: str, bin_ns: int) -> None:
    rules = f"[batching.stateless]\nage = '{age}'\npause_after = '{pause}'\n" if age != "0s" else ""
    other = "[batching.stateful]\nage = '19s'\n"  # a stream without events does not count
    resolved = of(f"duration = '{duration}'\n{STREAM}{rules}{other}")
    assert (resolved.bin_ns, resolved.sample_bins) == (bin_ns, 10)


def test_tail_is_age_and_pause_and_timeout() -> None:
    rules = "[batching.stateless]\nage = '10s'\npause_after = '1s'\n[retry.stateless]\ntimeout = '60s'\n"
    other = "[retry.stateful]\ntimeout = '100s'\n"
    assert of(STREAM + rules + other).tail_ns == 71 * S
    assert of(rules).tail_ns == 0
    assert of("duration = '100s'\nwarmup = '10s'\n" + STREAM + rules).tail_ns == 30 * S


@pytest.mark.parametrize(
    ("rules", "tail_s"),
    [
        ("", 60),  # no time-out: a tenth
        ("batching.stateless.count = 3", 64),  # 2 x 2 more events at 1/s
        ("batching.stateless = { bytes = '400B', age = '9s' }", 69),
        ("retry.stateless.timeout = '5s'", 5),
        ("commands = { channel = 'poll', period = '90s', rate = '1/h' }\nretry.commands.timeout = '8s'", 98),
        ("commands = { channel = 'poll', period = '90s' }\nretry.commands.timeout = '8s'", 60),
        (
            "commands = { channel = 'piggyback', rate = '1/h' }\n"
            "heartbeat = { period = '90s', jitter = '2s' }\n"
            "retry.heartbeat.timeout = '8s'",
            100,
        ),
    ],
)
def test_tail_without_a_timeout_or_for_commands(rules: str, tail_s: int) -> None:
    assert of(f"{rules}\n{STREAM}").tail_ns == tail_s * S


def test_seed_can_be_replaced() -> None:
    scenario = loads("seed = 3")
    assert scenario.resolve(seed=9) == resolve(scenario)._replace(seed=9)


def test_digest_tells_scenarios_apart_and_nothing_else() -> None:
    first = digest(of(FULL))
    assert first == digest(of("# a comment\n" + FULL.replace("= ", "=  ")))
    assert len(first) == 64
    seen = {first} | {
        digest(of(FULL, change)) for change in ("seed=6", "slo.events_dropped=1", "server.nodes=3")
    }
    assert len(seen) == 4
