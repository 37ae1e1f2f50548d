import pytest

from wavetank.policy.backoff import Backoff
from wavetank.policy.codes import BackoffLaw, Stream
from wavetank.protocol.session import Exchange
from wavetank.protocol.tables import ExchangeEvent
from wavetank.protocol.waits import back_off, patience_of
from wavetank.scenario import loads
from wavetank.scenario.resolved import Retry


def failed(times: int) -> Exchange:
    exchange = Exchange(0, (), 0, 0)
    for _ in range(times):
        exchange.step(ExchangeEvent.READY)
        exchange.step(ExchangeEvent.FAILED)
    return exchange


@pytest.mark.parametrize(("honours", "after_ns", "expected"), [(True, 9, 9), (True, 3, 4), (False, 9, 4)])
def test_the_longer_of_the_law_and_what_the_server_says(honours: bool, after_ns: int, expected: int) -> None:
    retry = Retry(0, 0, Backoff(BackoffLaw.EXPONENTIAL, 1, 0, 0), honours)
    exchange = failed(3)
    assert back_off(retry, 1, 0, Stream.STATEFUL, exchange, after_ns) == expected
    assert exchange.wait_ns == 4, "jitter goes on from the law's own wait"


@pytest.mark.parametrize(
    ("hold", "timeout", "expected", "shorter"),
    [("20s", "30s", 20, True), ("30s", "20s", 20, False), ("20s", "20s", 20, True), ("20s", None, 20, True)],
)
def test_hold_or_timeout_whichever_is_shorter(
    hold: str, timeout: str | None, expected: int, shorter: bool
) -> None:
    text = f'commands = {{ channel = "long-poll", hold = "{hold}" }}\n'
    resolved = loads(text + (f'retry.commands.timeout = "{timeout}"\n' if timeout else "")).resolve()
    patience = patience_of(resolved.retry, resolved.commands)
    assert (patience.ns[Stream.COMMANDS], patience.hold_is_shorter) == (expected * 10**9, shorter)
