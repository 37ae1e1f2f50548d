"""For every key of the schema two scenarios that differ only there, and the metric that must move.

A pair is tiny: a few agents for 20 s, constant streams and fixed costs, so little is left to chance. Where
the metric is a mean latency, the servers carry the load without the change, or the events stop early enough
to be delivered. Otherwise events are still open when the run ends, and the mean is censored
(docs/model.md#latency-window).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

UP, DOWN = 1, -1
HERE = Path(__file__).parent

EXEMPT = {
    "name": "a title",
    "description": "a text",
    "extends": "names the scenario that this one changes: no key of a model of its own",
    "seed": "other random numbers, to no side",
    "sources": "where numbers come from",
    "slo": "judges metrics and moves none",
    "fleet.class.name": "a name",
}
"""Keys that cannot move a metric, and why."""


class Pair(NamedTuple):
    """`key` as --set has it; its value goes from `before` (None: absent) to `after` in `scenario`."""

    key: str
    scenario: str
    before: str | None
    after: str
    metric: str
    direction: int


def fleet(agents: int = 4, **streams: str) -> str:
    """A fleet of one class, near; every stream has one event per second unless it is described."""
    told = "".join(f", {name} = {{ {text or SECONDLY} }}" for name, text in streams.items())
    return f"""
        duration = "20s"
        fleet.agents = {agents}
        fleet.start = "cold"
        fleet.class = [{{ name = "a", network = "near"{told} }}]
        network.near.delay = "10ms"
        """


SECONDLY = 'process = "constant", rate = "1/s", phase = "0s", size = "100B"'
TWICE = 'process = "constant", rate = "6/min", phase = "0s", size = "100B"'
FIVE = f'{SECONDLY}, profile = [[0, 1.0], ["4500ms", 0.0]]'
EVENTS = fleet(stateless="")
STATEFUL = fleet(stateful="")
IDLE = fleet()
TOKENS = '\nauth = { scheme = "server-token", ttl = "1h", algorithm = "HS256" }\n'
TLS = '\nconnection.tls = { version = "1.3" }\n'
RESUMED = '\nconnection.tls = { version = "1.3", resume = true }\n'
KEPT = '\nconnection.strategy = "keep-alive"\n'
POLLS = '\ncommands = { channel = "poll", period = "10s" }\n'
BEATS = '\nheartbeat.period = "10s"\n'

# one scenario per endpoint in which only its requests exist, one at 0 s and one at 10 s
ONLY = {
    "login": IDLE + TOKENS,
    "stateless": fleet(stateless=TWICE),
    "stateful": fleet(stateful=TWICE) + '\nbatching.stateful = { age = "10s", age_from = "flush" }\n',
    "commands": IDLE + POLLS,
    "heartbeat": IDLE + BEATS,
}
ACTIVITY = {"stateless": "events", "stateful": "events"}
GONE = 'fault = [{ kind = "node-loss", at = "0s", node = 0, lasts = "1h" }]\n'
DOWN_ALL = 'fault = [{ kind = "node-restart", at = "0s", node = 0, down = "1h" }]\n'


def every() -> tuple[Pair, ...]:
    """All pairs."""
    parts = (_top, _fleet, _streams, _auth, _heartbeat, _batching, _connection, _commands, _retry)
    more = (_network, _server, _service, _laws, _limits, _rates, _store, _faults)
    return tuple(pair for part in (*parts, *more) for pair in part())


def _top() -> Iterator[Pair]:
    yield Pair("duration", EVENTS, None, '"40s"', "events_produced", UP)
    yield Pair("warmup", IDLE + TOKENS, None, '"10s"', "login_rate_per_s", DOWN)


def _fleet() -> Iterator[Pair]:
    ramped = EVENTS.replace('"cold"', '"ramp"')
    two = EVENTS.replace(" }]", ', share = "25%" }, { name = "b" }]')
    bare = 'duration = "20s"\nfleet.agents = 40\n'
    far = EVENTS + 'network.far.delay = "500ms"\n'
    yield Pair("fleet.agents", EVENTS, "4", "8", "events_produced", UP)
    yield Pair("fleet.start", IDLE + TOKENS, '"steady"', '"cold"', "requests_total.login", UP)
    yield Pair("fleet.ramp", ramped, '"1s"', '"15s"', "events_produced", DOWN)
    yield Pair("fleet.mix", bare, None, '"enterprise"', "events_produced", UP)
    yield Pair("fleet.class.a.share", two, None, '"75%"', "events_produced", UP)
    yield Pair("fleet.class.a.network", far, None, '"far"', "event_latency_mean_s", UP)
    yield Pair("fleet.class.a.credentials", IDLE + TOKENS, None, '"invalid"', "agents_offline_max", UP)


def _streams() -> Iterator[Pair]:
    for name in ("stateless", "stateful"):
        events = fleet(4, **{name: ""})
        # Poisson arrivals wait, equal gaps do not: 200 s tell the two apart from what chance does
        alone = fleet(1, **{name: 'rate = "1/s"'}).replace('"20s"', '"200s"')
        alone += f'server.service.{name} = "400ms"\n'
        closed = fleet(4, **{name: 'process = "closed", think = "1s"'})
        of = f"fleet.class.a.{name}"
        yield Pair(f"{of}.rate", events, None, '"3/s"', "events_produced", UP)
        yield Pair(f"{of}.process", alone, '"poisson"', '"constant"', "event_latency_mean_s", DOWN)
        yield Pair(f"{of}.size", events, None, '"5kB"', "bytes_up_per_agent_day", UP)
        yield Pair(f"{of}.phase", events, None, '"10s"', "events_produced", DOWN)
        yield Pair(f"{of}.profile", events, None, "[[0, 3.0]]", "events_produced", UP)
        yield Pair(f"{of}.think", closed, None, '"5s"', "events_produced", DOWN)


def _auth() -> Iterator[Pair]:
    tokens = EVENTS + 'auth = { scheme = "server-token", ttl = "5s" }\n'
    early = EVENTS + 'auth = { scheme = "server-token", ttl = "5s", renew = "before-expiry" }\n'
    rotated = (
        tokens + 'fault = [{ kind = "key-rotation", at = "2500ms" }]\n'
        'retry.stateless.backoff = { law = "fixed", base = "5s" }\n'
    )
    signing = IDLE + TOKENS + 'server.sign = { HS256 = { cached = "10ms", parsed = "90ms" }, '
    signing += 'RS256 = { cached = "50ms" } }\n'
    busy = "server_utilisation.login"
    yield Pair("auth.scheme", tokens, '"none"', '"server-token"', "requests_total.login", UP)
    yield Pair("auth.ttl", tokens, None, '"2s"', "login_rate_per_s", UP)
    yield Pair("auth.renew", tokens, None, '"on-rejection"', "rejected_total.token", UP)
    yield Pair("auth.margin", early, None, '"3s"', "login_rate_per_s", UP)
    yield Pair("auth.jitter", early, None, '"4s"', "login_rate_per_s", UP)
    yield Pair("auth.on_rejection", rotated, None, '"backoff"', "event_latency_max_s", UP)
    yield Pair("auth.algorithm", signing, None, '"RS256"', busy, UP)
    yield Pair("auth.key", signing, None, '"parsed"', busy, UP)


def _heartbeat() -> Iterator[Pair]:
    watched = IDLE + 'heartbeat = { period = "2s", offline_after = "2200ms", offline_sweep = "100ms" }\n'
    yield Pair("heartbeat.period", IDLE + BEATS, None, '"1s"', "requests_total.heartbeat", UP)
    yield Pair("heartbeat.jitter", watched, None, '"1900ms"', "offline_alarms_total", UP)
    yield Pair("heartbeat.size", IDLE + BEATS, None, '"1kB"', "bytes_up_per_agent_day", UP)
    yield Pair("heartbeat.offline_after", watched, None, '"1s"', "offline_alarms_total", UP)
    lost = watched + 'fault = [{ kind = "node-loss", at = "5s", node = 0, lasts = "1h" }]\n'
    yield Pair("heartbeat.offline_sweep", lost, None, '"7s"', "offline_detection_mean_s", UP)


def _batching() -> Iterator[Pair]:
    for name in ("stateless", "stateful"):
        events = fleet(4, **{name: ""})
        of = f"batching.{name}"
        aged = events + f'{of}.age = "2s"\n'
        # a request takes 2 s: one at a time, the five events of each agent are delivered within 11 s
        slow = fleet(4, **{name: FIVE}).replace('"10ms"', '"500ms"')
        sent = f"requests_total.{name}"
        yield Pair(f"{of}.count", aged, None, "1", sent, UP)
        yield Pair(f"{of}.bytes", aged.replace('"2s"', '"5s"'), None, '"200B"', sent, UP)
        yield Pair(f"{of}.age", events + f"{of}.count = 9\n", None, '"2s"', sent, UP)
        yield Pair(f"{of}.age_from", aged, None, '"flush"', "event_latency_mean_s", DOWN)
        yield Pair(f"{of}.max_in_flight", slow, None, "0", "event_latency_mean_s", DOWN)
        yield Pair(f"{of}.pause_after", aged, None, '"4s"', "event_latency_mean_s", UP)
    aged = EVENTS + 'batching.stateless = { age = "6s", age_from = "flush", buffer_events = 3 }\n'
    full = EVENTS + 'batching.stateless = { age = "6s" }\n'
    yield Pair("batching.stateless.buffer_events", full, None, "3", "events_dropped.overflow", UP)
    yield Pair("batching.stateless.overflow", aged, None, '"drop-oldest"', "event_latency_mean_s", DOWN)


def _connection() -> Iterator[Pair]:
    resumed = EVENTS + RESUMED
    up, down = "bytes_up_per_agent_day", "bytes_down_per_agent_day"
    yield Pair("connection.strategy", EVENTS, None, '"keep-alive"', "connections_open_mean", UP)
    yield Pair("connection.tls.version", EVENTS + TLS, '"none"', '"1.3"', "handshake_rate_per_s", UP)
    yield Pair("connection.tls.resume", EVENTS + TLS, None, "true", "handshake_rate_per_s.resumed", UP)
    yield Pair("connection.idle_timeout", EVENTS + KEPT, None, '"100ms"', "connections_open_mean", DOWN)
    yield Pair("connection.wire.request", EVENTS, None, '"1kB"', up, UP)
    yield Pair("connection.wire.response", EVENTS, None, '"1kB"', down, UP)
    yield Pair("connection.wire.handshake_up", EVENTS + TLS, None, '"1kB"', up, UP)
    yield Pair("connection.wire.handshake_down", EVENTS + TLS, None, '"1kB"', down, UP)
    yield Pair("connection.wire.resumed_up", resumed, None, '"1kB"', up, UP)
    yield Pair("connection.wire.resumed_down", resumed, None, '"1kB"', down, UP)
    commanded = IDLE + 'commands = { channel = "poll", period = "1s", rate = "2/s" }\n'
    yield Pair("connection.wire.command", commanded, None, '"1kB"', down, UP)


def _commands() -> Iterator[Pair]:
    held = IDLE + 'commands = { channel = "long-poll" }\n'
    asked = "requests_total.commands"
    short = IDLE + 'commands = { channel = "long-poll", server_hold = "1s" }\n'
    yield Pair("commands.channel", IDLE + POLLS, '"none"', '"poll"', asked, UP)
    yield Pair("commands.rate", IDLE + POLLS, None, '"1/s"', "commands_created", UP)
    yield Pair("commands.period", IDLE + POLLS, None, '"1s"', asked, UP)
    yield Pair("commands.hold", held, None, '"2s"', asked, UP)
    yield Pair("commands.server_hold", held, None, '"2s"', asked, UP)
    yield Pair("commands.pause_after", short, None, '"4s"', asked, DOWN)


def _retry() -> Iterator[Pair]:
    for name, only in ONLY.items():
        of, asked = f"retry.{name}", f"requests_total.{name}"
        fixed = only + f'{of}.backoff = {{ law = "fixed", base = "1s" }}\n'
        refused = fixed + DOWN_ALL
        growing = only + f'{of}.backoff = {{ law = "exponential", base = "1s", cap = "1s" }}\n' + DOWN_ALL
        scarce = fixed + 'server.limits.request_rate = { rate = "1/h", retry_after = "5s" }\n'
        yield Pair(f"{of}.timeout", only + GONE, None, '"1s"', "timeouts_total", UP)
        yield Pair(f"{of}.attempts", refused, None, "2", asked, DOWN)
        yield Pair(f"{of}.backoff.law", refused, None, '"exponential"', asked, DOWN)
        yield Pair(f"{of}.backoff.base", refused, None, '"5s"', asked, DOWN)
        yield Pair(f"{of}.backoff.cap", growing, None, '"8s"', asked, DOWN)
        yield Pair(f"{of}.backoff.jitter", refused, None, '"4s"', asked, DOWN)
        yield Pair(f"{of}.honour_retry_after", scarce, None, "false", asked, UP)


def _network() -> Iterator[Pair]:
    yield Pair("network.near.delay", EVENTS, None, '"300ms"', "event_latency_mean_s", UP)
    yield Pair("network.near.bandwidth", EVENTS, None, '"500B/s"', "event_latency_mean_s", UP)
    yield Pair("network.near.loss", EVENTS, None, '"5%"', "event_latency_mean_s", UP)
    text = fleet(1, stateless="") + 'server = { nodes = 2, service.stateless = "1500ms" }\n'
    text += "batching.stateless.max_in_flight = 0\n"
    yield Pair("balancer.policy", text, None, '"round-robin"', "server_wait_mean_s", DOWN)
    away = (
        EVENTS + 'balancer.policy = "round-robin"\nserver.nodes = 2\nretry.stateless.timeout = "1s"\n'
        'fault = [{ kind = "node-loss", at = "3s", node = 0, lasts = "1h" }]\n'
    )
    yield Pair("balancer.health_check", away, None, '"1s"', "timeouts_total", DOWN)
    checked = away.replace('"3s"', '"2999ms"') + 'balancer.health_check = "1s"\nbalancer.fall = 1\n'
    shortly = checked.replace('lasts = "1h"', 'lasts = "2s"')
    yield Pair("balancer.fall", checked, "1", "5", "node_detection_max_s", UP)
    yield Pair("balancer.phase", checked, '"aligned"', '"random"', "node_detection_max_s", UP)
    busy = shortly + 'server.service.stateless = "150ms"\n'
    yield Pair("balancer.rise", busy, None, "12", "server_wait_mean_s", UP)


def _server() -> Iterator[Pair]:
    busy = EVENTS + 'server.service.stateless = "200ms"\n'
    wait = "server_wait_mean_s"
    yield Pair("server.nodes", busy, None, "2", wait, DOWN)
    yield Pair("server.cores", busy, None, "4", wait, DOWN)
    stored = EVENTS + 'store = { parallelism = 9, latency = "200ms" }\n'
    blocking = stored + "server.blocking = true\n"
    yield Pair("server.workers", blocking, None, "4", "event_latency_mean_s", DOWN)
    yield Pair("server.blocking", stored, None, "true", "event_latency_mean_s", UP)
    law = '{ law = "exponential", mean = "300ms" }'
    queues = fleet(8, stateless="") + f"server = {{ cores = 4, service.stateless = {law} }}\n"
    yield Pair("server.dispatch", queues, None, '"per-worker"', wait, UP)
    late = fleet(stateless=TWICE) + 'server.service.stateless = "600ms"\n'
    late += 'retry.stateless = { timeout = "1s", attempts = 1 }\n'
    yield Pair("server.serve_abandoned", late, None, "true", "server_utilisation.wasted", UP)
    yield Pair("server.idle_timeout", EVENTS + KEPT, None, '"100ms"', "connections_open_mean", DOWN)
    yield Pair("server.card", EVENTS, None, '"python-comms-api"', "server_utilisation", UP)


def _service() -> Iterator[Pair]:
    served = "server.service"
    busy = "server_utilisation"
    yield Pair(f"{served}.handshake", EVENTS + TLS, None, '"50ms"', f"{busy}.handshake", UP)
    yield Pair(f"{served}.handshake_resumed", EVENTS + RESUMED, None, '"50ms"', f"{busy}.handshake", UP)
    yield Pair(f"{served}.parse", EVENTS, None, '"50ms"', f"{busy}.parse", UP)
    yield Pair(f"{served}.auth", EVENTS + TOKENS, None, '"50ms"', f"{busy}.auth", UP)
    for name, only in ONLY.items():
        activity = ACTIVITY.get(name, name)
        yield Pair(f"{served}.{name}", only, None, '"50ms"', f"{busy}.{activity}", UP)
        late = only + f'{served}.{name} = "2s"\nretry.{name}.attempts = 1\n'
        yield Pair(f"server.route_timeout.{name}", late, None, '"1s"', "rejected_total.route_timeout", UP)
    yield Pair(f"{served}.per_event", EVENTS, None, '"50ms"', f"{busy}.events", UP)
    yield Pair(f"{served}.per_byte", EVENTS, None, '"1ms"', f"{busy}.events", UP)
    signed = IDLE + TOKENS + 'server.sign.HS256 = { cached = "1ms", parsed = "1ms" }\n'
    parsed = signed.replace('"HS256" }', '"HS256", key = "parsed" }')
    yield Pair("server.sign.HS256.cached", signed, None, '"50ms"', f"{busy}.login", UP)
    yield Pair("server.sign.HS256.parsed", parsed, None, '"50ms"', f"{busy}.login", UP)


def _laws() -> Iterator[Pair]:
    """The keys of a law, once for times and once for sizes: every place of a law reads the same table."""
    timed = EVENTS + "server = { cores = 4, service.stateless = LAW }\n"
    sized = (
        EVENTS.replace('size = "100B"', "size = LAW") + 'server = { cores = 4, service.per_byte = "1ms" }\n'
    )
    for of, text, mean, short, long_, column, unit, larger in (
        ("server.service.stateless", timed, '"100ms"', '"1ms"', '"900ms"', "longer", "us", "ms"),
        ("fleet.class.a.stateless.size", sized, '"100B"', '"1B"', '"900B"', "larger", "B", "kB"),
    ):
        first = "t" if column == "longer" else "size"
        slowest, mean_latency = "request_latency_max_s.stateless", "request_latency_mean_s.stateless"

        def law(words: str, text: str = text) -> str:
            return text.replace("LAW", f"{{ {words} }}")

        plain = law(f'law = "deterministic", mean = {mean}')
        read = law(f'law = "empirical", file = "{HERE / "times.csv"}", column = "{first}"')
        yield Pair(f"{of}.law", plain, None, '"exponential"', slowest, UP)
        yield Pair(f"{of}.mean", plain, None, long_, mean_latency, UP)
        yield Pair(f"{of}.k", law(f'law = "erlang", mean = {mean}, k = 1'), None, "100", slowest, DOWN)
        yield Pair(f"{of}.cv", law(f'law = "lognormal", mean = {mean}, cv = 0.1'), None, "2.0", slowest, UP)
        between = law(f'law = "uniform", low = {short}, high = {mean}')
        yield Pair(f"{of}.low", between, None, mean, mean_latency, UP)
        yield Pair(f"{of}.high", between, None, long_, mean_latency, UP)
        yield Pair(f"{of}.file", read, None, f'"{HERE / "slow.csv"}"', mean_latency, UP)
        yield Pair(f"{of}.column", read, None, f'"{column}"', mean_latency, UP)
        bare = law(f'law = "empirical", file = "{HERE / "bare.csv"}", column = "n", unit = "{unit}"')
        yield Pair(f"{of}.unit", bare, None, f'"{larger}"', mean_latency, UP)


def _limits() -> Iterator[Pair]:
    crowd = (
        fleet(8, stateless="")
        + 'server = { cores = 8, service.stateless = "300ms" }\n'
        + 'retry.stateless = { timeout = "2s", backoff = { law = "fixed", base = "200ms" } }\n'
    )
    asked = "requests_total.stateless"
    for name, low, high in (("in_flight", "1", "8"), ("in_flight_bytes", '"100B"', '"1kB"')):
        of = f"server.limits.{name}"
        text = crowd.replace("server = {", f"server = {{ limits.{name} = {{ value = {low} }},")
        yield Pair(f"{of}.value", text, None, high, f"rejected_total.{name}", DOWN)
        yield Pair(f"{of}.answer", text, None, '"silence"', "timeouts_total", UP)
        yield Pair(f"{of}.retry_after", text, None, '"5s"', asked, DOWN)
    full = crowd.replace("server = {", "server = { limits.connections = { value = 1 },")
    told = full.replace("value = 1", 'value = 1, answer = "503"')
    of = "server.limits.connections"
    rarely = full.replace(SECONDLY, TWICE)
    yield Pair(f"{of}.value", rarely, None, "8", "event_latency_mean_s", DOWN)
    yield Pair(f"{of}.answer", full, None, '"refuse"', "requests_lost_total", UP)
    yield Pair(f"{of}.retry_after", told, None, '"5s"', asked, DOWN)
    # without a queue the agents connect after 0 s, 1 s and 3 s, when a SYN comes again
    rare = fleet(3, stateless=TWICE) + 'server = { limits.connections = 1, service.stateless = "300ms" }\n'
    yield Pair("server.limits.accept_queue", rare, None, "8", "event_latency_mean_s", DOWN)
    large = EVENTS + 'server.limits.body = { value = "1kB" }\n'
    yield Pair("server.limits.body.value", large, None, '"50B"', "events_dropped.body", UP)
    yield Pair("server.limits.bandwidth", crowd, None, '"1kB/s"', "event_latency_mean_s", UP)


def _rates() -> Iterator[Pair]:
    """Eight agents ask at one time; one request per second, or one connection, or one login, is let in."""
    for name, only in (("connect_rate", "stateful"), ("request_rate", "stateful"), ("login_rate", "login")):
        cause, asked = f"rejected_total.{name}", f"requests_total.{only}"
        retry = f'retry.{only} = {{ timeout = "3s", backoff = {{ law = "fixed", base = "200ms" }} }}\n'
        crowd = ONLY[only].replace("agents = 4", "agents = 8") + retry
        answer = "refuse" if name == "connect_rate" else "429"
        limited = crowd + f'server.limits.{name} = {{ rate = "1/s", answer = "{answer}" }}\n'
        told = crowd + f'server.limits.{name} = {{ rate = "1/s", answer = "429" }}\n'
        of = f"server.limits.{name}"
        yield Pair(f"{of}.rate", limited, None, '"100/s"', cause, DOWN)
        yield Pair(f"{of}.burst", limited, None, "8", cause, DOWN)
        yield Pair(f"{of}.answer", limited, None, '"silence"', "timeouts_total", UP)
        yield Pair(f"{of}.retry_after", told, None, '"5s"', asked, DOWN)


def _store() -> Iterator[Pair]:
    stored = EVENTS + 'store = { parallelism = 1, latency = "200ms" }\n'
    gathered = EVENTS + 'store = { parallelism = 1, window = "800ms" }\n'
    yield Pair("store.parallelism", stored, None, "4", "event_latency_mean_s", DOWN)
    yield Pair("store.window", stored, None, '"600ms"', "event_latency_mean_s", UP)
    yield Pair("store.size", gathered, None, "1", "event_latency_mean_s", DOWN)
    yield Pair("store.latency", stored, None, '"5ms"', "event_latency_mean_s", DOWN)


def _faults() -> Iterator[Pair]:
    kept = EVENTS.replace('"cold"', '"steady"') + KEPT + TLS
    sent = "events_delivered"

    def fault(words: str) -> str:
        return EVENTS + f"server.nodes = 2\nfault = [{{ {words} }}]\n"

    restart = fault('kind = "node-restart", at = "5s", node = 0, down = "1s"')
    stays = restart.replace('"1s" }]', '"1h" }]')
    lost = fault('kind = "node-loss", at = "5s", node = 0, lasts = "1s"').replace(
        "server.nodes", 'retry.stateless.timeout = "1s"\nserver.nodes'
    )
    slow = EVENTS + 'server.service.stateless = "20ms"\n'
    slow += 'fault = [{ kind = "brown-out", at = "5s", lasts = "10s", factor = 1.5 }]\n'
    struck = EVENTS + 'auth = { scheme = "server-token", ttl = "3s" }\n'
    struck += 'fault = [{ kind = "invalid-credentials", at = "5s", share = "25%" }]\n'
    cold = kept + 'fault = [{ kind = "key-rotation", at = "5s" }]\n'
    yield Pair("fault.0.kind", cold, None, '"cold-start"', "handshake_rate_per_s", UP)
    yield Pair("fault.0.at", stays, None, '"15s"', sent, UP)
    yield Pair("fault.0.node", stays.replace("agents = 4", "agents = 3"), None, "1", sent, UP)
    yield Pair("fault.0.down", restart, None, '"10s"', "event_latency_mean_s", UP)
    yield Pair("fault.0.lasts", lost, None, '"10s"', "timeouts_total", UP)
    yield Pair("fault.0.share", struck, None, '"100%"', "agents_offline_max", UP)
    yield Pair("fault.0.factor", slow, None, "10.0", "server_utilisation", UP)
