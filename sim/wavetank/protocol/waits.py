"""How long an agent waits: for an answer, after a failure, before its next token.

Each joins a policy with what the agent remembers; the simulated and the real agent wait alike. Nothing here
waits. `back_off` notes the law's own wait in the exchange, from which decorrelated jitter goes on. Rules:
docs/model.md#nth-wait, #request-timeout and #hold-of-agent.
"""

from typing import NamedTuple

from wavetank.policy.backoff import wait
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.renewal import due_ns
from wavetank.protocol.session import Exchange, Session
from wavetank.scenario.resolved import Auth, Commands, Retry


class Patience(NamedTuple):
    """How long an attempt of each `Stream` may take in ns (0: for ever), and whether the end of a poll's
    hold comes before its time-out: it is then as good as an empty answer.
    """

    ns: tuple[int, ...]
    hold_is_shorter: bool


def patience_of(retry: tuple[Retry, ...], commands: Commands) -> Patience:
    """The time-outs of the streams; a poll is given up at the end of the agent's own hold, too."""
    bounds = [rule.timeout_ns for rule in retry]
    hold_ns, timeout_ns = commands.hold_ns, bounds[Stream.COMMANDS]
    shorter = bool(hold_ns) and (not timeout_ns or hold_ns <= timeout_ns)
    if shorter:
        bounds[Stream.COMMANDS] = hold_ns
    return Patience(tuple(bounds), shorter)


def back_off(
    retry: Retry, seed: int, agent: int, stream: int, exchange: Exchange, retry_after_ns: int
) -> int:
    """The wait in ns after a failed attempt: the longer of the law's and an honoured Retry-After.

    The exchange remembers the law's own wait, from which decorrelated jitter goes on.
    """
    request, attempt = exchange.request, exchange.attempt
    bits = draw(key_of(seed, agent, stream, Purpose.BACKOFF), request, attempt)
    jitter_bits = draw(key_of(seed, agent, stream, Purpose.BACKOFF_JITTER), request, attempt)
    exchange.wait_ns = wait(retry.backoff, exchange.tried - 1, exchange.wait_ns, bits, jitter_bits)
    if retry.honour_retry_after and retry_after_ns > exchange.wait_ns:
        return retry_after_ns
    return exchange.wait_ns


def renewal_ns(auth: Auth, seed: int, agent: int, session: Session) -> int:
    """When the agent asks for the token after the current one; NEVER when only a rejection makes it."""
    key = key_of(seed, agent, Stream.LOGIN, Purpose.RENEWAL)
    return due_ns(
        auth.renewal, session.issued_ns, session.expires_ns, auth.margin_ns, auth.jitter_ns,
        draw(key, session.serial, 0),
    )  # fmt: skip


__all__ = ["Patience", "back_off", "patience_of", "renewal_ns"]
