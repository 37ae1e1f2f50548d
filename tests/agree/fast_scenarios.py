"""Random small scenarios that the fast path may be taken for, as TOML text."""

from typing import Any

from hypothesis import strategies as st

from tests.property.engine_scenarios import Tree, of

MEANS = ("100ms", "1s", "3s", "10s")
DELAYS = ("1ms", "20ms", "100ms", "333333ns")
TIMEOUTS = ("450ms", "1s", "3s", "10s")
COSTS = ("0s", "1ms", "10ms", "50ms", "100ms", "300ms")
BACKOFFS = (
    {"law": "none"},
    {"law": "exponential", "base": "100ms", "cap": "1s"},
    {"law": "full-jitter", "base": "200ms", "cap": "2s", "jitter": "1s"},
    {"law": "scaled-jitter", "base": "1s", "cap": "60s"},
)


def thinks() -> st.SearchStrategy[Any]:
    """A law of think times; the same for all agents makes many arrivals in one instant."""
    mean = of(*MEANS)
    return st.one_of(
        mean,
        st.fixed_dictionaries({"law": st.just("exponential"), "mean": mean}),
        st.fixed_dictionaries({"law": st.just("lognormal"), "mean": mean, "cv": st.just(2.0)}),
        st.fixed_dictionaries({"law": st.just("uniform"), "low": st.just("0s"), "high": mean}),
    )


@st.composite
def classes(draw: st.DrawFn) -> list[Tree]:
    """One or two classes, each with one closed stream."""
    kinds: list[Tree] = []
    for name, network in (("near", "way"), ("far", "other"))[: draw(st.integers(1, 2))]:
        stream: Tree = {"process": "closed", "think": draw(thinks())}
        if draw(st.booleans()):
            stream["size"] = draw(of("1B", "2kB"))
        kinds.append({"name": name, "network": network, draw(of("stateless", "stateful")): stream})
    if len(kinds) > 1:
        kinds[0]["share"] = draw(of("10%", "50%"))
    return kinds


@st.composite
def services(draw: st.DrawFn) -> Tree:
    """Costs of requests, all of them fixed."""
    service = {name: draw(of(*COSTS)) for name in ("stateless", "stateful", "login")}
    for name in ("parse", "auth", "per_event"):
        if draw(st.booleans()):
            service[name] = "1ms"
    return service


@st.composite
def fast_trees(draw: st.DrawFn) -> Tree:
    """A scenario for the fast path."""
    retry = {"timeout": draw(of(*TIMEOUTS)), "backoff": draw(of(*BACKOFFS))}
    tree: Tree = {
        "duration": draw(of("20s", "33333ms")),
        "warmup": draw(of("0s", "5s", "7500ms")),
        "seed": draw(st.integers(0, 10**6)),
        "fleet": {"agents": draw(of(1, 2, 5, 30, 100)), "class": draw(classes())},
        "network": {"way": {"delay": draw(of(*DELAYS))}, "other": {"delay": draw(of(*DELAYS))}},
        "auth": {"scheme": "none"},
        "connection": {"strategy": "keep-alive", "wire": {"request": "300B", "response": "100B"}},
        "retry": dict.fromkeys(("login", "stateless", "stateful"), retry),
        "server": {"cores": draw(st.integers(1, 3)), "serve_abandoned": True, "service": draw(services())},
    }
    if draw(st.integers(0, 4)):
        tree["auth"] = {"scheme": "server-token", "ttl": draw(of("500ms", "1s", "5s", "900s"))}
    return tree
