"""Any bytes from a server: nothing undocumented may come of them. `make fuzz` plays it for long."""

import json
import tracemalloc
from collections.abc import Callable

from wavetank.protocol import wire
from wavetank.protocol.answers import COMMANDS_AT_ONCE, ID_MOST_BYTES, TOKEN_MOST_CHARACTERS
from wavetank.protocol.lines import Lines
from wavetank.protocol.marks import from_json

DAY_NS = 86_400 * 10**9
TIMES = 40
"""Memory may be so many times the input: an empty list takes 64 bytes and is written in three."""

AT_LEAST_BYTES = 2**20
"""Memory that any input may take: the modules' own caches grow at first."""


def commands(data: bytes) -> None:
    """Every command that is taken can be confirmed, and the confirmation is one."""
    taken = wire.commands_of(data)
    assert len(taken) <= COMMANDS_AT_ONCE
    for command in taken:
        assert 0 < len(command.id.encode()) <= ID_MOST_BYTES
        request = wire.confirm("token", command.id, command.fields)
        assert request.path.isascii()
        assert request.path.isprintable()
        assert len(request.body) <= wire.BODY_MOST_BYTES
        json.loads(request.body, parse_constant=_no_constant)


def _no_constant(text: str) -> object:
    raise AssertionError(f"{text} in a confirmation")


def token(data: bytes) -> None:
    """A token fits into a header, and lives for some time."""
    granted = wire.token_of(data)
    if granted is not None:
        assert granted.text.isascii()
        assert granted.text.isprintable()
        assert 0 < len(granted.text) <= TOKEN_MOST_CHARACTERS
        assert 0 <= granted.life_ns < 2**31 * 10**9


def retry_after(data: bytes) -> None:
    """The wait is between nothing and a day, whatever two headers say."""
    said, _, date = data.decode("latin-1").partition("\n")
    assert 0 <= wire.retry_after_ns({"retry-after": said, "date": date}) <= DAY_NS


def refusal(data: bytes) -> None:
    """The text that is shown of a refusal is short and printable."""
    said = wire.why_not_registered(500, data)
    assert len(said) <= 200
    assert said.isprintable()


def lines(data: bytes) -> None:
    """Every line can be kept as an event."""
    reading = Lines()
    for text in (*reading.feed(data), *reading.end()):
        wire.event_data(text).encode("ascii")


def marks(data: bytes) -> None:
    """Whatever is kept as a position, some marks come of it, or none."""
    try:
        kept = json.loads(data)
    except (ValueError, RecursionError):
        return
    from_json(kept)


TARGETS: tuple[Callable[[bytes], None], ...] = (commands, token, retry_after, refusal, lines, marks)


def in_bounds(target: Callable[[bytes], None], data: bytes) -> None:
    """Play one target, and see that it needs no more memory than it may."""
    tracemalloc.start()
    try:
        target(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most <= AT_LEAST_BYTES + TIMES * len(data), f"{most:,} bytes for {len(data):,}"
