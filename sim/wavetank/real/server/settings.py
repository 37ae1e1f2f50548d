"""The settings of an operator, with the defaults that a server starts with."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import TYPE_CHECKING, NamedTuple

from wavetank.errors import WavetankError
from wavetank.real.transports.server.limits import Limits
from wavetank.units import SECOND as SECOND_NS

if TYPE_CHECKING:  # a server that was told of no scenario starts in half the time without the schema
    from wavetank.scenario.resolved import Resolved


class ServerProblem(WavetankError):
    """The server cannot start or be reached: what is in the way, and what would help."""


class Clock(NamedTuple):
    """Where the server reads the time: of day for tokens and records, monotonic for waits. In nanoseconds."""

    wall_ns: Callable[[], int] = time_ns
    monotonic_ns: Callable[[], int] = monotonic_ns


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a server runs. Port 0 takes a free one.

    `commands_waiting`: how many commands may wait for one agent.
    A stop waits `stop_read_s` for requests that are not whole yet, and `stop_s` for those under way.
    """

    data: Path
    host: str = "127.0.0.1"
    management_port: int = 55_000
    agent_port: int = 27_000
    algorithm: str = "ES256"
    issuer: str = "wavetank"
    audience: str = "wavetank agents"
    ttl_s: int = 900
    hold_s: float = 60.0
    offline_after_s: float = 300.0
    stop_s: float = 10.0
    stop_read_s: float = 1.0
    tls_resumption: bool = True
    failed_logins_per_minute: int = 10
    verifications_at_once: int = 4
    verifications_waiting: int = 256
    commands_waiting: int = 1_000
    queued_bytes: int = 64 * 2**20
    keep_events: int = 10_000_000
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)


def as_modelled(settings: Settings, resolved: "Resolved") -> Settings:
    """The settings with what a scenario says of its servers, where it says anything.

    Life of a token, hold of a poll, idle time-out and the largest body; the rest of [server] describes
    the machines.
    """
    limits, auth = resolved.server.limits, resolved.auth
    hold_ns = resolved.commands.server_hold_ns
    changed = replace(
        settings.limits,
        idle_s=resolved.server.idle_ns / SECOND_NS or settings.limits.idle_s,
        body_bytes=limits.body.value or settings.limits.body_bytes,
    )
    return replace(
        settings,
        ttl_s=-(-auth.ttl_ns // SECOND_NS) or settings.ttl_s,
        hold_s=hold_ns / SECOND_NS or settings.hold_s,
        limits=changed,
    )
