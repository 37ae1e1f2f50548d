"""Read a server's answers for an agent: a token, commands, how long to wait.

An agent has to hold against any server. So each of these takes any bytes or text, never raises, and needs
time and memory in proportion to what it was given; what cannot be held or sent back is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import NamedTuple, NoReturn

from wavetank.units import SECOND as SECOND_NS

LONGEST_RETRY_AFTER_S = 86_400
"""A server that asks for more than a day has made a mistake, or wants the agent to stay away."""

COMMANDS_AT_ONCE = 100
"""Commands taken from one answer: what a server of ours gives at most. The others come with the next poll."""

MEMBERS_MOST = 20
"""Members of an answer that are looked at, to find the commands among them: ours has one."""

COMMAND_MOST_CHARACTERS = 2**20 + 2**12
"""The longest command in its JSON form: what fits into a body at a server, and the names around it. Behind so
much, no other command of an answer is looked at: the objects take 20 times what their text does."""

ID_MOST_BYTES = 256
"""The longest identifier of a command: it becomes part of a path, and servers refuse those of some KiB."""

TOKEN_MOST_CHARACTERS = 16_384
"""The longest token: it goes with each request, and servers refuse headers of 32 KiB."""

_DATE = re.compile(
    r"[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Za-z]{6,9}, \d\d-[A-Za-z]{3}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
)
"""The three forms of a date in HTTP (RFC 9110 5.6.7): no other year or zone can be written in them."""

_SPACE = re.compile(r"[ \t\r\n]*")

_TOKEN = re.compile("[!-~]+")
"""The characters that can follow "Bearer" in a header.

A blank at an end cannot be sent, and one inside would be read as two words: no server could refuse such a
token, so the agent would never ask for another."""

Headers = Mapping[str, str]


class Token(NamedTuple):
    """A token as granted; `life_ns` 0: the server did not say how long it lives."""

    text: str
    life_ns: int


class Command(NamedTuple):
    """Something the agent is asked to do: `id` as it is confirmed, and the fields beside it."""

    id: str
    fields: dict[str, object]


def token_of(body: bytes) -> Token | None:
    """The token in the answer to a login (RFC 6749 5.1), None where there is none that could be used."""
    try:
        answer = _JSON.decode(body.decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    text, life_s = answer.get("access_token"), answer.get("expires_in", 0)
    if not (isinstance(text, str) and _TOKEN.fullmatch(text)):
        return None
    if not 0 < len(text) <= TOKEN_MOST_CHARACTERS:
        return None
    if isinstance(life_s, bool) or not isinstance(life_s, int | float) or not 0 <= life_s < 2**31:
        return None
    return Token(text, int(life_s * SECOND_NS))


def commands_of(body: bytes) -> list[Command]:
    """The commands among the first items of the answer to a poll; what is none is left out.

    At most `COMMANDS_AT_ONCE`, and no more of the text than one may have, are looked at. What was not taken
    is not confirmed either, so it comes again.
    """
    items, _ = _first_items(body)
    return [command for item in items if (command := _command_of(item)) is not None]


def all_taken(body: bytes) -> bool:
    """Whether `commands_of` leaves no command for later."""
    return _first_items(body)[1]


def _first_items(body: bytes) -> tuple[list[object], bool]:
    items = list[object]()
    try:
        for item in _listed(body.decode()):
            if len(items) >= COMMANDS_AT_ONCE:
                return items, False
            items.append(item)
    except (ValueError, RecursionError):
        return items, not items  # what came before it can be carried out; the rest comes again
    return items, True


def _command_of(item: object) -> Command | None:
    if not isinstance(item, dict):
        return None
    identifier = item.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, int | str):
        return None
    text = str(identifier)
    try:
        fits = 0 < len(text.encode()) <= ID_MOST_BYTES
    except UnicodeEncodeError:  # half of a pair: no path can hold it
        return None
    return Command(text, {name: value for name, value in item.items() if name != "id"}) if fits else None


def _listed(text: str) -> Iterator[object]:
    """The items of the list "commands" in the text of an object, one after the other. Raises ValueError."""
    name, at = _value(text, _after(text, 0, "{"))
    for _ in range(MEMBERS_MOST):
        if name == "commands":
            break
        _, at = _value(text, _after(text, at, ":"))
        name, at = _value(text, _after(text, at, ","))
    else:
        raise ValueError("no commands")
    at = _after(text, at, ":")
    at = begun = _after(text, at, "[")
    while not text.startswith("]", at):
        if at - begun >= COMMAND_MOST_CHARACTERS:
            raise ValueError("too much for once")
        item, at = _value(text, at)
        yield item
        if text.startswith("]", at):
            return
        at = _after(text, at, ",")


def _value(text: str, at: int) -> tuple[object, int]:
    """The JSON value at a place, and where the next one begins. Raises ValueError, also for one too long."""
    value, used = _JSON.raw_decode(text[at : at + COMMAND_MOST_CHARACTERS])
    return value, _skip(text, at + used)


def _after(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if not text.startswith(sign, at):
        raise ValueError(f"no {sign} at {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("a number that is too large")
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_JSON = json.JSONDecoder(parse_float=_finite, parse_constant=_no_number)


def retry_after_ns(headers: Headers) -> int:
    """The wait that Retry-After asks for (RFC 9110 10.2.3), 0 for nothing readable.

    A date counts from the answer's own Date: the agent's clock may be wrong.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), LONGEST_RETRY_AFTER_S) * SECOND_NS
    date = headers.get("date", "").strip()
    if not (_DATE.fullmatch(said) and _DATE.fullmatch(date)):
        return 0
    try:
        until = parsedate_to_datetime(said).replace(tzinfo=None)
        asked = parsedate_to_datetime(date).replace(tzinfo=None)
    except (ValueError, TypeError):
        return 0
    return int(min(max(0.0, (until - asked).total_seconds()), LONGEST_RETRY_AFTER_S)) * SECOND_NS
