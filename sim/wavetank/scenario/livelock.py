"""Scenarios in which a refused request is repeated in the very same instant, for ever."""

from collections.abc import Iterator

from wavetank.errors import ScenarioError
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.agent import Retry
from wavetank.scenario.schema.fleet import NO_NETWORK, Class
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.tree import Tree

_LIMITS = ("connections", "in_flight", "in_flight_bytes", "connect_rate", "request_rate", "login_rate")
_CONCERNS = {"login_rate": ("login",), "in_flight_bytes": ("stateless", "stateful", "heartbeat")}
_BEFORE_PARSING = ("connections", "connect_rate")


def check_repeats(spec: Spec, tree: Tree) -> list[ScenarioError]:
    """Find where nothing takes time between a refusal and the next attempt: the first such place, or none."""
    for endpoint, retry in _repeated_at_once(spec):
        for path, retry_after in _refusals(spec, endpoint):
            if retry_after and retry.honour_retry_after:
                continue
            right = f"give retry.{endpoint} attempts or a backoff, or the network a delay"
            said = f"what is refused would be repeated in the same instant for ever; {right}"
            return [tree.error(path, said)]
    return []


def _repeated_at_once(spec: Spec) -> Iterator[tuple[str, Retry]]:
    """The endpoints in use whose attempts follow one another without end, wait and network delay."""
    near = [kind for kind in spec.fleet.classes or (Class(name="all"),) if _without_delay(kind, spec)]
    used = {
        "login": spec.auth.scheme == "server-token",
        "stateless": any(kind.stateless for kind in near),
        "stateful": any(kind.stateful for kind in near),
        "commands": spec.commands.channel in ("poll", "long-poll"),
        "heartbeat": bool(spec.heartbeat.period),
    }
    for endpoint in used:
        retry: Retry = getattr(spec.retry, endpoint)
        endless = not retry.attempts and retry.backoff.law == "none" and not retry.backoff.jitter
        if near and used[endpoint] and endless:
            yield endpoint, retry


def _without_delay(kind: Class, spec: Spec) -> bool:
    return kind.network == NO_NETWORK or spec.network[kind.network].delay is None


def _refusals(spec: Spec, endpoint: str) -> Iterator[tuple[Path, int]]:
    """Where the scenario refuses without taking time, and the Retry-After that goes with it."""
    free = spec.server.service.parse is None
    for name in _LIMITS:
        limit = getattr(spec.server.limits, name)
        if limit is None or limit.answer == "silence" or endpoint not in _CONCERNS.get(name, (endpoint,)):
            continue
        if free or (name in _BEFORE_PARSING and limit.answer == "refuse"):
            yield ("server", "limits", name), limit.retry_after
    for index, fault in enumerate(spec.fault):
        if fault.kind == "node-restart":
            yield ("fault", index, "kind"), 0
