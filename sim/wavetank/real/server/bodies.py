"""Bodies: read, unpacked within bounds, parsed, and refused in the right words.

400 broken JSON or too deep, 413 too large, 415 a type or coding not known here, 422 the wrong fields.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, TypeVar

from wavetank.real.server.codings import CODINGS, unpack
from wavetank.real.server.json_text import JsonText
from wavetank.real.server.json_walk import DEEPEST, not_json
from wavetank.real.server.service import Service
from wavetank.real.transports.server.messages import Refused, Request

T = TypeVar("T")

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
FORM = "application/x-www-form-urlencoded"
SMALL_BYTES = 65_536
"""The largest body that is no batch of events: registrations, commands, passwords."""
# Unpacked and parsed in 2 ms at worst: not worth a thread, and most batches are smaller.
_AT_ONCE_BYTES = 16_384
# Of these nobody knows what they unpack to; the attempt is given up beyond _AT_ONCE_BYTES.
_PACKED_AT_ONCE_BYTES = 4_096


class Sent(NamedTuple):
    """A body as it was sent: its type, its coding, its bytes; `most_bytes` is how large it may unpack to."""

    kind: str
    coding: str
    body: bytes
    most_bytes: int
    members: int

    def unpacked(self, most_bytes: int) -> bytes:
        """The body without its coding. Raises Refused."""
        return unpack(self.coding, self.body, min(most_bytes, self.most_bytes), self.members)


def content_type(request: Request) -> str:
    """The media type, without parameters. Raises Refused where a character set is not UTF-8."""
    kind, _, parameters = request.header("content-type").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in ("utf-8", "utf8"):
            raise Refused(415, "text is UTF-8 here", "type")
    return kind.strip().lower()


async def read(service: Service, request: Request, types: Iterable[str], most_bytes: int) -> Sent:
    """The body of a request of one of `types`, at most `most_bytes` before and after unpacking.

    Raises Refused.
    """
    kind, coding = content_type(request), request.header("content-encoding").strip().lower()
    if kind not in types:
        raise Refused(415, f"a body of type {' or '.join(types)} is wanted", "type")
    if coding not in CODINGS:
        accepted = (("Accept-Encoding", "gzip, zstd"),)
        raise Refused(415, "a body is plain, gzip or zstd", "encoding", accepted)
    limits = service.settings.limits
    most_bytes = min(most_bytes, limits.body_bytes)
    return Sent(kind, coding, await request.channel.body(most_bytes), most_bytes, limits.members)


async def parsed(
    service: Service, sent: Sent, parse: Callable[[bytes], T], who: str = "", stranger: str = ""
) -> T:
    """Unpack and parse a body, in a worker thread unless it is small.

    Parameters
    ----------
    parse
        Makes of the unpacked body what is wanted of it. Raises Refused.
    who
        The agent that sent it: its large bodies take turns, so that it leaves threads to others.
    stranger
        The address that sent it, where it shows no credentials before its body is parsed.

    Raises
    ------
    Refused
        For what cannot be unpacked or parsed, and when there is too much to do.
    """
    plain = _quickly(sent)
    if plain is not None:
        return parse(plain)
    work = partial(_whole, sent, parse)
    if stranger:
        return await service.workers.run(work, stranger)
    async with service.turns.of(("work", who)):
        return await service.workers.run(work)


def _quickly(sent: Sent) -> bytes | None:
    """The unpacked body where that and parsing it is soon done, else None. Raises Refused."""
    packed = sent.coding not in ("", "identity")
    if len(sent.body) > (_PACKED_AT_ONCE_BYTES if packed else _AT_ONCE_BYTES):
        return None
    try:
        return sent.unpacked(_AT_ONCE_BYTES)
    except Refused as why:
        if why.status == 413 and sent.most_bytes > _AT_ONCE_BYTES:
            return None
        raise


def _whole(sent: Sent, parse: Callable[[bytes], T]) -> T:
    return parse(sent.unpacked(sent.most_bytes))


def text_of(body: bytes) -> str:
    """The text that a body is. Raises Refused."""
    try:
        return body.decode("utf-8")
    except ValueError:
        raise not_json() from None


def parse(body: bytes) -> object:
    """The value of a JSON text, of up to `SMALL_BYTES`. Raises Refused, also where a name comes twice."""
    text = JsonText(text_of(body))
    value, end = text.value(text.space(0), DEEPEST)
    if text.space(end) != len(text.text):
        raise not_json()
    json.loads(text.text, object_pairs_hook=_each_once, parse_int=str, parse_float=str)
    return value


def _each_once(members: list[tuple[str, object]]) -> None:
    """Refuse an object in which a name comes twice: two readers could take it for two things."""
    names = Counter(name for name, _ in members)
    if len(names) < len(members):
        raise Refused(422, f"{names.most_common(1)[0][0][:64]} comes twice in an object", "fields")


def result_of(body: bytes, known: tuple[str, ...], noun: str) -> tuple[dict[str, object], str | None]:
    """The fields of a JSON object of any size, and the text of its field `result`. Raises Refused."""
    text = JsonText(text_of(body))
    said: dict[str, object] = {}
    result: str | None = None

    def take(name: str, at: int) -> int:
        nonlocal result
        value, end = text.value(at, DEEPEST - 1)
        if name in said:
            raise Refused(422, f"{name[:64]} comes twice in {noun}", "fields")
        said[name] = value
        if name == "result":
            result = text.text[at:end]
        return end

    at = text.space(0)
    if text.text[at : at + 1] != "{":
        return fields(parse(body), known, noun), None
    if text.space(text.members(at, take)) != len(text.text):
        raise not_json()
    return fields(said, known, noun), result


def fields(value: object, known: Iterable[str], noun: str) -> dict[str, object]:
    """A JSON object with no other than the `known` fields. Raises Refused."""
    if not isinstance(value, dict):
        raise Refused(422, f"{noun} is a JSON object", "fields")
    unknown = sorted(value.keys() - set(known))
    if unknown:
        raise Refused(422, f"{noun} has the fields {', '.join(known)}, and no others", "fields")
    return value
