"""Random small scenarios over all that the schema knows, as TOML text."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]

MEASURED = str(Path(__file__).with_name("measured.csv"))

SECONDS = ("1ms", "10ms", "200ms", "1s", "3s")
SHORT = ("1ns", "100us", "1ms", "20ms", "150ms")
OPERATIONS = ("handshake", "handshake_resumed", "parse", "auth", "login", "stateless", "stateful")
SIZES = ("1B", "100B", "400B", "3kB")


def toml(tree: Tree) -> str:
    """A tree as TOML; tables of tables inline."""
    lines = [f"{name} = {value(inner)}" for name, inner in tree.items() if name != "fault"]
    for fault in tree.get("fault", ()):
        lines += ["[[fault]]", *(f"{name} = {value(inner)}" for name, inner in fault.items())]
    return "\n".join(lines) + "\n"


def value(item: Any) -> str:
    """One TOML value."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{name} = {value(inner)}" for name, inner in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(value(inner) for inner in item) + "]"
    return json.dumps(item)


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Tree]:
    """A table with any of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


def of(*items: Any) -> st.SearchStrategy[Any]:
    """One of these values."""
    return st.sampled_from(items)


def times(*means: str) -> st.SearchStrategy[Any]:
    """A law of durations."""
    mean = of(*means)
    return st.one_of(
        mean,
        st.fixed_dictionaries({"law": st.just("exponential"), "mean": mean}),
        st.fixed_dictionaries({"law": st.just("lognormal"), "mean": mean, "cv": of(0.5, 3.0)}),
        st.fixed_dictionaries({"law": st.just("erlang"), "mean": mean, "k": of(1, 4)}),
        st.fixed_dictionaries({"law": st.just("hyperexponential"), "mean": mean, "cv": of(1.0, 2.5)}),
        st.just({"law": "uniform", "low": "0s", "high": means[-1]}),
        st.just({"law": "empirical", "file": MEASURED, "column": "t"}),
    )


headers = of("0B", "60B", "900B")
sizes = st.one_of(of(*SIZES), st.just({"law": "uniform", "low": "0B", "high": "1kB"}))
rates = of("0.2/s", "1/s", "5/s")
profiles = of([[0, 1.0], ["3s", 0.0]], [["2s", 3.0], ["4s", 0.5]], [[0, 0.0], ["1s", 2.0]])
services = times(*SHORT)
answers = of("refuse", "429", "503", "silence")


@st.composite
def streams(draw: st.DrawFn) -> Tree:
    """The events of one stream."""
    process = draw(of("poisson", "constant", "closed"))
    stream: Tree = {"process": process, **draw(some(size=sizes))}
    if process == "closed":
        stream["think"] = draw(times("50ms", "200ms", "1s"))
        return stream
    stream["rate"] = draw(rates)
    stream.update(draw(some(profile=profiles)))
    if process == "constant":
        stream.update(draw(some(phase=of("0s", "500ms", "2s"))))
    return stream


@st.composite
def classes(draw: st.DrawFn) -> list[Tree]:
    """One or two classes."""
    made: list[Tree] = []
    for index in range(draw(st.integers(1, 2))):
        kind: Tree = {"name": f"c{index}"}
        if index:
            kind["share"] = draw(of("30%", "60%"))
        kind.update(
            draw(
                some(
                    network=of("near", "far"),
                    credentials=of("valid", "valid", "valid", "invalid"),
                    stateless=streams(),
                    stateful=streams(),
                )
            )
        )
        made.append(kind)
    return made


@st.composite
def batchings(draw: st.DrawFn, stateless: bool) -> Tree:
    """Rules under which everything is sent some day."""
    rules = draw(
        some(
            count=of(1, 2, 7),
            bytes=of("300B", "1kB"),
            age_from=of("first-event", "flush", "resume"),
            max_in_flight=of(0, 1, 2),
            pause_after=of("0s", "100ms", "1s"),
        )
    )
    if "bytes" in rules or "count" in rules or draw(of(True, False)):
        rules["age"] = draw(of("100ms", "1s", "2s"))
    if stateless:
        rules.update(draw(some(buffer_events=of(1, 3, 20), overflow=of("drop-newest", "drop-oldest"))))
    return rules


@st.composite
def retries(draw: st.DrawFn) -> Tree:
    """Time-outs, attempts, back-offs."""
    retry = draw(
        some(
            timeout=of("5ms", "100ms", "1s", "3s"), attempts=of(0, 1, 2, 5), honour_retry_after=st.booleans()
        )
    )
    if draw(of(True, True, False)):
        laws = ("fixed", "exponential", "full-jitter", "equal-jitter", "decorrelated", "scaled-jitter")
        base = {"law": draw(of(*laws)), "base": draw(of("10ms", "300ms", "1s"))}
        retry["backoff"] = base | draw(some(cap=of("1s", "5s"), jitter=of("0s", "50ms")))
    return retry


@st.composite
def limits(draw: st.DrawFn) -> Tree:
    """Caps and rates of a node."""

    def cap(values: Any) -> st.SearchStrategy[Any]:
        table = st.fixed_dictionaries(
            {"value": values, "answer": answers}, optional={"retry_after": of("1s")}
        )
        return st.one_of(values, table)

    def rate(*rates: str) -> st.SearchStrategy[Tree]:
        more = {"burst": of(1, 5), "answer": answers, "retry_after": of("1s")}
        return st.fixed_dictionaries({"rate": of(*rates)}, optional=more)

    return draw(
        some(
            connections=cap(of(1, 2, 5)),
            accept_queue=of(0, 1, 3),
            in_flight=cap(of(1, 3)),
            in_flight_bytes=cap(of("400B", "2kB")),
            body=of("350B", "1kB"),
            bandwidth=of("2kB/s", "100kB/s"),
            connect_rate=rate("2/s", "20/s"),
            request_rate=rate("2/s", "20/s"),
            login_rate=rate("0.1/s", "2/s"),
        )
    )


@st.composite
def faults(draw: st.DrawFn, nodes: int) -> list[Tree]:
    """Up to three faults of any kind, overlapping or not."""
    made: list[Tree] = []
    at = of("0s", "1s", "1500ms", "2s", "4s")
    lasts = of("1ms", "500ms", "2s", "20s")
    node = st.integers(0, nodes - 1)
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(
            of("node-restart", "node-loss", "key-rotation", "invalid-credentials", "brown-out", "cold-start")
        )
        fault: Tree = {"kind": kind, "at": draw(at)}
        if kind == "node-restart":
            fault |= {"node": draw(node), "down": draw(lasts)}
        elif kind == "node-loss":
            fault |= {"node": draw(node), "lasts": draw(lasts)}
        elif kind == "invalid-credentials":
            fault["share"] = draw(of("40%", "100%"))
        elif kind == "brown-out":
            fault |= {"factor": draw(of(0.5, 4.0)), "lasts": draw(lasts)} | draw(some(node=node))
        made.append(fault)
    return made


@st.composite
def auths(draw: st.DrawFn) -> Tree:
    """All four schemes."""
    scheme = draw(of("none", "server-token", "server-token", "self-token", "per-request-mac"))
    auth: Tree = {"scheme": scheme, **draw(some(on_rejection=of("resume", "backoff")))}
    if scheme == "server-token":
        auth["ttl"] = draw(of("500ms", "2s", "30s"))
        auth["renew"] = draw(of("on-expiry", "on-rejection", "before-expiry"))
        if auth["renew"] == "before-expiry":
            auth.update(draw(some(margin=of("100ms", "300ms"), jitter=of("100ms"))))
        if draw(st.booleans()):
            auth |= {"algorithm": "RS256", "key": draw(of("cached", "parsed"))}
    return auth


@st.composite
def heartbeats(draw: st.DrawFn) -> Tree:
    """Signs of life with or without an alarm."""
    beat = {"period": draw(of("300ms", "1s", "2s"))}
    beat.update(draw(some(jitter=of("0s", "200ms"), size=of("0B", "50B"), offline_after=of("700ms", "3s"))))
    if "offline_after" in beat:
        beat.update(draw(some(offline_sweep=of("200ms", "1s"))))
    return beat


@st.composite
def channels(draw: st.DrawFn, beats: bool) -> Tree:
    """Ways of commands."""
    channel = draw(of("none", "poll", "long-poll", *(["piggyback"] if beats else [])))
    commands: Tree = {"channel": channel, "rate": draw(of("0.3/s", "2/s"))}
    if channel == "poll":
        commands["period"] = draw(of("300ms", "2s"))
    commands.update(draw(some(pause_after=of("0s", "200ms"))))
    if channel == "long-poll":
        commands.update(draw(some(hold=of("500ms", "3s"), server_hold=of("400ms", "2s"))))
    return commands


@st.composite
def servers(draw: st.DrawFn) -> Tree:
    """Nodes, cores, costs, limits."""
    names = [*OPERATIONS, "commands", "heartbeat"]
    service = draw(some(**dict.fromkeys(names, services)))
    service.update(draw(some(per_event=times("1us", "100us"), per_byte=times("1ns", "1us"))))
    service.setdefault("parse", "1ms")  # without it a refusal may be repeated at once for ever
    server = draw(
        some(
            nodes=of(1, 2, 3),
            cores=of(1, 2, 4),
            workers=of(1, 2, 5),
            blocking=st.booleans(),
            dispatch=of("shared", "per-worker"),
            serve_abandoned=st.booleans(),
            idle_timeout=of("50ms", "1s"),
            limits=limits(),
            route_timeout=some(
                login=of("10ms", "200ms"),
                stateless=of("10ms", "200ms"),
                stateful=of("10ms", "200ms"),
                commands=of("200ms", "1s"),
                heartbeat=of("10ms"),
            ),
        )
    )
    return server | {"service": service, "sign": {"RS256": {"cached": "300us", "parsed": "50ms"}}}


@st.composite
def balancers(draw: st.DrawFn) -> Tree:
    """Policies and health checks."""
    balancer = draw(
        some(policy=of("none", "random", "round-robin", "power-of-two"), health_check=of("300ms", "1s"))
    )
    if "health_check" in balancer:
        balancer.update(draw(some(fall=of(1, 2), rise=of(1, 3), phase=of("random", "aligned"))))
    return balancer


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A whole scenario of a few agents and seconds."""
    tree: Tree = {
        "seed": draw(st.integers(0, 2**63 - 1)),
        "duration": draw(of("3s", "5s", "7s")),
        "fleet": {
            "agents": draw(st.integers(1, 6)),
            "start": draw(of("steady", "cold", "ramp")),
            "ramp": "2s",
            "class": draw(classes()),
        },
        "auth": draw(auths()),
        "server": draw(servers()),
        "network": {
            "near": {"delay": draw(times("1ms", "20ms", "150ms")), **draw(some(loss=of("0%", "2%", "30%")))},
            "far": {"delay": "30ms", "bandwidth": draw(of("1kB/s", "1MB/s")), **draw(some(loss=of("5%")))},
        },
        "connection": draw(
            some(
                strategy=of("per-request", "keep-alive"),
                tls=st.fixed_dictionaries({"version": of("1.2", "1.3"), "resume": st.booleans()}),
                idle_timeout=of("100ms", "2s"),
                wire=some(
                    request=headers,
                    response=headers,
                    handshake_up=headers,
                    handshake_down=headers,
                    resumed_up=headers,
                    resumed_down=headers,
                    command=headers,
                ),
            )
        ),
        "balancer": draw(balancers()),
        "batching": {"stateless": draw(batchings(True)), "stateful": draw(batchings(False))},
        "retry": {
            name: draw(retries()) for name in ("login", "stateless", "stateful", "commands", "heartbeat")
        },
        **draw(some(warmup=of("500ms", "1s"), heartbeat=heartbeats())),
        **draw(
            some(
                store=st.fixed_dictionaries(
                    {"parallelism": of(1, 2)},
                    optional={"window": of("0s", "50ms"), "size": of(1, 5), "latency": services},
                )
            )
        ),
    }
    tree["commands"] = draw(channels("heartbeat" in tree))
    if any("network" not in kind for kind in tree["fleet"]["class"]):
        for retry in tree["retry"].values():  # nothing may repeat in the same instant for ever
            retry.pop("attempts", None)
            retry.setdefault("backoff", {"law": "fixed", "base": "70ms"})
    tree["fault"] = draw(faults(tree["server"].get("nodes", 1)))
    if draw(of(False, False, True)):
        tree["fleet"]["start"] = "cold"
        tree = in_step(tree)
    return tree


def scenarios() -> st.SearchStrategy[str]:
    """The same as TOML text."""
    return trees().map(toml)


def in_step(item: Any) -> Any:
    """The same with nothing left to chance: many things then happen in one instant."""
    if isinstance(item, list):
        return [in_step(inner) for inner in item]
    if not isinstance(item, dict):
        return item
    if item.get("process") == "poisson":
        item = item | {"process": "constant"}
    if item.get("process") == "constant":
        item = item | {"phase": "0s"}
    if "mean" in item:
        return item["mean"]
    if "high" in item:
        return item["high"]
    return {name: in_step(inner) for name, inner in item.items()}


def without(tree: Tree, feature: str) -> Tree:
    """The scenario without one of the features that `engines.registry.features` names."""
    key, _, word = feature.partition(" = ")
    kinds = [dict(kind) for kind in tree["fleet"]["class"]]
    left = {**tree, "fleet": {**tree["fleet"], "class": kinds}}
    if key in ("process", "profile"):
        for kind in kinds:
            for name in ("stateless", "stateful"):
                stream = kind.get(name, {})
                if "profile" in stream if key == "profile" else stream.get("process") == word:
                    del kind[name]
    elif key == "fleet.class.credentials":
        for kind in kinds:
            kind.pop("credentials", None)
    elif key == "network.loss":
        left["network"] = {
            name: {kind: item for kind, item in table.items() if kind != "loss"}
            for name, table in tree["network"].items()
        }
    elif key == "fleet.start":
        left["fleet"]["start"] = "steady"
    elif key == "fault.kind":
        left["fault"] = [fault for fault in tree["fault"] if fault["kind"] != word]
    elif key == "server.nodes":
        left["fault"] = [{**fault, "node": 0} if "node" in fault else fault for fault in tree["fault"]]
        left["server"] = {**tree["server"], "nodes": 1}
    elif key == "heartbeat":
        left = {name: table for name, table in left.items() if name != key}
        left["commands"] = {"channel": "none"}
    elif key == "commands.channel":
        left["commands"] = {"channel": "none"}
    elif key == "auth.scheme":
        left["auth"] = {"scheme": "none"}
    else:
        left = _cut(left, key.split("."))
    return left


def _cut(table: Tree, path: list[str]) -> Tree:
    """A copy without the key at `path`."""
    first, *rest = path
    if rest:
        return {**table, first: _cut(table[first], rest)}
    return {name: item for name, item in table.items() if name != first}
