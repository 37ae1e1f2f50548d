"""Every feature that an engine may be asked for, and the page that says which engine honours which."""

from wavetank.engines.registry import ENGINES, Engine
from wavetank.policy import registry as words

_LIMITS = (
    "connections", "in_flight", "in_flight_bytes", "body", "bandwidth",
    "connect_rate", "request_rate", "login_rate",
)  # fmt: skip
_ALONE = (
    "profile", "fleet.class.credentials", "network.loss", "connection.tls", "heartbeat", "store",
    "server.nodes", "server.blocking", "server.dispatch", "server.serve_abandoned", "server.route_timeout",
)  # fmt: skip
_WORDS = {
    "process": (words.PROCESSES, "none"),
    "fleet.start": (words.STARTS, "steady"),
    "auth.scheme": (words.AUTH_SCHEMES, "none"),
    "connection.strategy": (words.STRATEGIES, "per-request"),
    "commands.channel": (words.CHANNELS, "none"),
    "balancer.policy": (words.BALANCER_POLICIES, "none"),
    "fault.kind": (words.FAULT_KINDS, ""),
}
FEATURES: tuple[str, ...] = (
    *_ALONE,
    *(f"server.limits.{name}" for name in _LIMITS),
    *(f"{key} = {word}" for key, (choices, bare) in _WORDS.items() for word in choices if word != bare),
)
"""Everything that `registry.features` may name; what is not here is honoured by every engine."""

_HEAD = """# Engines

Which engine honours what, written from the code by `make docs`. `equal`: the same figures as `reference`,
every request to the nanosecond (`wavetank agree SCENARIO --requests`; `tests/agree` holds it). `refused`: a
scenario with it is answered by another engine, or not at all, in a message that names the key. What is not
listed is honoured by all. `measured`: the real thing answers, and no two of its runs are equal.
"""


def honoured(engine: Engine, feature: str) -> bool:
    """Whether an engine answers scenarios with that feature."""
    return "*" in engine.honours or feature in engine.honours


def _cell(engine: Engine, feature: str) -> str:
    if not honoured(engine, feature):
        return "refused"
    return "measured" if engine.real else "equal"


def engines_markdown(engines: tuple[Engine, ...] = ENGINES) -> str:
    """The page docs/engines.md."""
    lines = [_HEAD]
    lines += [f"- `{engine.name}`: {engine.meaning}" for engine in engines]
    names = " | ".join(f"`{engine.name}`" for engine in engines)
    lines += ["", f"| feature | {names} |", "|---" * (len(engines) + 1) + "|"]
    for feature in FEATURES:
        cells = (_cell(engine, feature) for engine in engines)
        lines.append(f"| `{feature}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
