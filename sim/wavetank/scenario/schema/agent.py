"""Tables about agents: [auth], [heartbeat], [batching], [connection], [commands], [retry]."""

from fractions import Fraction
from typing import Annotated, Self

from pydantic import model_validator

from wavetank.policy.registry import (
    AGES_FROM,
    AUTH_SCHEMES,
    BACKOFF_LAWS,
    CHANNELS,
    ON_REJECTIONS,
    OVERFLOWS,
    RENEWALS,
    STRATEGIES,
    TLS_VERSIONS,
)
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import (
    Duration,
    Flag,
    Misfit,
    Name,
    PositiveDuration,
    PositiveSize,
    Rate,
    ShortForm,
    Size,
    choice,
    shown,
    whole,
)

_NONE = Fraction(0)


class Auth(Table):
    """How a request shows who sent it."""

    scheme: Annotated[str, choice(AUTH_SCHEMES)] = key(
        "none", "Token of the server, own token, MAC, or none."
    )
    ttl: PositiveDuration = key(0, "server-token: life of a token from the end of the login's job.")
    renew: Annotated[str, choice(RENEWALS)] = key("on-expiry", "server-token: when an agent logs in again.")
    margin: Duration = key(0, "before-expiry: how long before the token expires.")
    jitter: Duration = key(0, "before-expiry: up to so much earlier, uniformly.")
    on_rejection: Annotated[str, choice(ON_REJECTIONS)] = key(
        "resume", "After a 401: repeat at the login's response, or wait the stream's backoff."
    )
    algorithm: Name = key("", "server-token: which server.sign.ALGORITHM the login pays.")
    key: Annotated[str, choice(("cached", "parsed"))] = key(
        "cached", "server-token: whether the signing key is kept ready or parsed at each login."
    )


class Heartbeat(Table):
    """Sign of life, and the server's alarm when it stays away."""

    period: PositiveDuration = key(0, "Time between heartbeats.")
    jitter: Duration = key(
        0, "Each heartbeat is up to so much later than its turn, uniformly; turns stay at whole periods."
    )
    size: Size = key(0, "Body bytes of a heartbeat.")
    offline_after: PositiveDuration = key(0, "The server raises an alarm after so long without a heartbeat.")
    offline_sweep: PositiveDuration = key(
        0, "Time between the server's looks for missing agents.", "offline_after"
    )


class StatefulBatching(Table):
    """When the buffer of a stream is flushed; without count, bytes and age each event goes by itself."""

    count: Annotated[int, whole(1, 10_000_000)] = key(0, "Flush at so many events; the most in one batch.")
    bytes: PositiveSize = key(0, "Flush at so many body bytes; the most in one batch (at least one event).")
    age: PositiveDuration = key(0, "Flush after so long.")
    age_from: Annotated[str, choice(AGES_FROM)] = key(
        "first-event", "The age counts from the first event, the last flush, or the end of the pause."
    )
    max_in_flight: Annotated[int, whole(0, 1_000_000)] = key(
        1, "Requests of the stream under way at one time; 0: no limit."
    )
    pause_after: Duration = key(0, "Pause of the stream after each request.")


class StatelessBatching(StatefulBatching):
    """The same, with a buffer that may overflow."""

    buffer_events: Annotated[int, whole(1, 100_000_000)] = key(
        0, "Most events held until acknowledged, those in flight included."
    )
    overflow: Annotated[str, choice(OVERFLOWS)] = key("drop-newest", "Which event a full buffer gives up.")


class Batching(Table):
    """How events are gathered into requests, per stream."""

    stateless: StatelessBatching = key(StatelessBatching(), "The stateless stream.")
    stateful: StatefulBatching = key(StatefulBatching(), "The stateful stream.")


class Tls(Table):
    """Transport security."""

    version: Annotated[str, choice(tuple(TLS_VERSIONS))] = required("TLS version.")
    resume: Flag = key(False, "Whether agents resume sessions by tickets.")


def _tls(value: object) -> object:
    if value == "none":
        return {"version": "none"}
    if isinstance(value, dict | Tls):
        return value
    raise Misfit(f'{shown(value)} is not known; write "none" or {{ version = "1.3", resume = false }}')


class Wire(Table):
    """Bytes on the wire beside the events themselves."""

    request: Size = key(0, "Headers of a request.")
    response: Size = key(0, "Headers and body of a response.")
    handshake_up: Size = key(0, "A full handshake, from the agent.")
    handshake_down: Size = key(0, "A full handshake, from the server.")
    resumed_up: Size = key(0, "A resumed handshake, from the agent.")
    resumed_down: Size = key(0, "A resumed handshake, from the server.")
    command: Size = key(0, "One command, in the answer that carries it.")


class Connection(Table):
    """How connections are used."""

    strategy: Annotated[str, choice(STRATEGIES)] = key("per-request", "A new connection each time, or kept.")
    tls: Annotated[
        Tls, ShortForm(_tls, {"const": "none"}, "word or table", "none, or a table with version")
    ] = key(Tls(version="none"), "Transport security.")
    idle_timeout: PositiveDuration = key(0, "keep-alive: the agent closes after so long without a request.")
    wire: Wire = key(Wire(), "Bytes per message and handshake.")


class Commands(Table):
    """How commands reach agents."""

    channel: Annotated[str, choice(CHANNELS)] = key("none", "Poll, held poll, on the heartbeat, or none.")
    rate: Rate = key(_NONE, "Commands created per agent, at random.")
    period: PositiveDuration = key(0, "poll: time from an answer to the next poll.")
    hold: PositiveDuration = key(0, "long-poll: the agent gives up a poll after so long.")
    server_hold: PositiveDuration = key(0, "long-poll: the server answers an empty poll after so long.")
    pause_after: Duration = key(0, "Pause after each answer.")


class Backoff(Table):
    """The wait between attempts."""

    law: Annotated[str, choice(BACKOFF_LAWS)] = key("none", "How the wait grows; none repeats at once.")
    base: PositiveDuration = key(0, "First wait (before jitter).")
    cap: PositiveDuration = key(0, "Longest wait (before the added jitter).")
    jitter: Duration = key(0, "Up to so much is added, uniformly.")

    @model_validator(mode="after")
    def _has_base(self) -> Self:
        if self.law != "none" and not self.base:
            raise Misfit(f'the law {self.law} needs base; write base = "1s"')
        if self.cap and self.cap < self.base:
            raise Misfit("cap is below base; make it at least as long", "cap")
        return self


class Retry(Table):
    """An agent's reaction to a request that fails."""

    timeout: PositiveDuration = key(0, "Longest time of one attempt, from connecting to the last byte.")
    attempts: Annotated[int, whole(0, 1_000_000)] = key(0, "Attempts in all; 0: for ever.")
    backoff: Backoff = key(Backoff(), "The wait between attempts.")
    honour_retry_after: Flag = key(True, "Whether to wait at least as long as the server says.")


class Retries(Table):
    """Time-outs and retries per endpoint."""

    login: Retry = key(Retry(), "Logins.")
    stateless: Retry = key(Retry(), "Stateless batches.")
    stateful: Retry = key(Retry(), "Stateful batches.")
    commands: Retry = key(Retry(), "Polls for commands.")
    heartbeat: Retry = key(Retry(), "Heartbeats.")
