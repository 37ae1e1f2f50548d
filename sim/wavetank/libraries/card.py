"""The card of a library, `models/libraries/ID/library.toml`: what it is and can do, each cell sourced.

Figures in it are third-party ones; what wavetank has measured itself is in `measured/*.json` beside it.
"""

import datetime
import re
from typing import Annotated, Literal, Self

from pydantic import model_validator

from wavetank.libraries.measured import Build, Idle, Row, TokenRow
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import Leaf, Misfit, Name, choice, shown, text

Answer = Literal["yes", "no", "part", "unknown"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "part", "unknown")
PACES = ("active", "slow", "maintenance")
SIDES = ("both", "agent", "server")

PROTOCOLS: dict[str, str] = {
    "tcp": "raw TCP",
    "udp": "raw UDP",
    "http1": "HTTP/1.1",
    "http2": "HTTP/2",
    "websocket": "WebSocket",
    "tls": "TLS",
    "unix_sockets": "Unix sockets",
    "request_reply": "request-reply",
    "publish_subscribe": "publish-subscribe",
    "push_pull": "push-pull",
    "streaming": "streaming",
}
"""The columns of the protocol table: what is asked of every transport, with its heading."""

ALGORITHMS: dict[str, str] = {
    "hs256": "HS256",
    "rs256": "RS256",
    "es256": "ES256",
    "eddsa": "EdDSA",
    "key_kept": "key kept parsed",
}
"""The same for token libraries."""

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.ASCII)
_URL = re.compile(r"https://[^\s]+", re.ASCII)


def _day(value: object) -> object:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise Misfit(f"{shown(value)} is not a day; write one such as 2026-01-19, without quotes")


def _released(value: object) -> object:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return value
    raise Misfit(f'{shown(value)} is no day or month; write "2025-12-29" or "2025-12"')


def _link(value: object) -> object:
    if isinstance(value, str) and _URL.fullmatch(value):
        return value
    raise Misfit(f"{shown(value)} is no link; write one that begins with https://")


Day = Annotated[datetime.date, Leaf(_day, {"type": "string", "format": "date"}, "day", "a day")]
Link = Annotated[str, Leaf(_link, {"type": "string", "format": "uri"}, "link", "https://...")]
Released = Annotated[
    str,
    Leaf(_released, {"type": "string", "pattern": _MONTH.pattern}, "day or month", "2025-12 or 2025-12-29"),
]
Text = Annotated[str, text("a text", 2000)]
Texts = tuple[Text, ...]


class Cell(Table):
    """One answer of the table: whether, how, at which side, and who says so."""

    answer: Annotated[str, choice(ANSWERS)] = required("yes, no, part (see how) or unknown.")
    how: Text = key("", "How, or what is missing.")
    side: Annotated[str, choice(SIDES)] = key("both", "Which end of the connection it can be.")
    source: Text = required("Who says so; of an unknown: where it was looked for.")

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.answer == "part" and not self.how:
            raise Misfit("a part of it is there; say which in how", "answer")
        return self


class Protocols(Table):
    """The protocols of a transport."""

    tcp: Cell = required("Bytes on a TCP connection, without a framing of its own.")
    udp: Cell = required("Datagrams.")
    http1: Cell = required("HTTP/1.1.")
    http2: Cell = required("HTTP/2.")
    websocket: Cell = required("WebSocket.")
    tls: Cell = required("TLS.")
    unix_sockets: Cell = required("Unix domain sockets.")
    request_reply: Cell = required("A message pattern of its own: request and reply.")
    publish_subscribe: Cell = required("A message pattern of its own: publish and subscribe.")
    push_pull: Cell = required("A message pattern of its own: work handed to one of many.")
    streaming: Cell = required("Many messages in one exchange, one way or both.")


class Algorithms(Table):
    """The algorithms with which a token library signs and verifies."""

    hs256: Cell = required("HMAC with SHA-256.")
    rs256: Cell = required("RSA PKCS#1 v1.5 with SHA-256.")
    es256: Cell = required("ECDSA on P-256 with SHA-256.")
    eddsa: Cell = required("Ed25519.")
    key_kept: Cell = required("Whether a key is parsed once and kept.")


class Licence(Table):
    """A licence and the versions under it."""

    spdx: Text = required("SPDX expression.")
    versions: Text = required('Which versions, "all" if it never changed as far as known.')
    source: Text = required("Who says so.")


class Maintenance(Table):
    """Whether somebody looks after it."""

    version: Text = required("The newest release that was seen.")
    released: Released = key("", "Its day or month.", "unknown")
    pace: Annotated[str, choice(PACES)] = required("active, slow, or maintenance: nothing new is to come.")
    state: Text = required("The same in words.")
    source: Text = required("Who says so.")


class Stated(Table):
    """A list with its source."""

    names: Texts = required("What there is.")
    source: Text = required("Who says so.")


class Languages(Table):
    """The languages in which each side can be written."""

    agent: Texts = required("Of the agent; an empty list where it cannot be one.")
    server: Texts = required("Of the server; an empty list where it cannot be one.")
    source: Text = required("Who says so.")


class Packages(Table):
    """How to get it, and what of it was measured or tried."""

    debian: Texts = key((), "Names of Debian packages.")
    pip: Texts = key((), "Names on the Python package index.")
    note: Text = key("", "What is to be known beside.")
    source: Text = required("Who says so.")


class Limit(Table):
    """Something that it cannot do or does badly."""

    text: Text = required("What.")
    link: Link | None = key(None, "The issue where it is told.")
    source: Text = required("Who says so.")


class Cited(Table):
    """Figures that wavetank did not measure by its own command."""

    source: Text = required("Who measured, where and how.")
    baseline: tuple[Row, ...] = key((), "Raw TCP and TLS in the same pass.")
    row: tuple[Row, ...] = key((), "Costs per request, as in a measurement.")
    idle: tuple[Idle, ...] = key((), "Memory of idle connections.")
    token: tuple[TokenRow, ...] = key((), "Costs of signing and verifying.")
    build: tuple[Build, ...] = key((), "What building costs.")


class Card(Table):
    """A library."""

    id: Name = required("The name of its folder.")
    name: Text = required("Its name as its makers write it.")
    kind: Annotated[str, choice(("transport", "token"))] = required("What it is for.")
    purpose: Text = required("What it is, in a sentence.")
    checked: Day = required("When this card was last held against its sources.")
    probe: Annotated[str, choice(("measured", "third-party"))] = required(
        "Whether a probe of ours measures it, or its figures are those of others."
    )
    languages: Languages = required("In which languages each side can be written.")
    licence: tuple[Licence, ...] = required("Licences by version.")
    maintenance: Maintenance = required("Who looks after it.")
    platforms: Stated = required("Where it runs.")
    protocols: Protocols | None = key(None, "transport: the protocol table.")
    algorithms: Algorithms | None = key(None, "token: the algorithm table.")
    packages: Packages = required("How to get it.")
    limit: tuple[Limit, ...] = key((), "Known limits.")
    third_party: tuple[Cited, ...] = key((), "Figures of others.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needs, other = (
            ("protocols", "algorithms") if self.kind == "transport" else ("algorithms", "protocols")
        )
        if getattr(self, needs) is None:
            raise Misfit(f"a library of kind {self.kind} needs [{needs}]; give every cell of it", "kind")
        if getattr(self, other) is not None:
            raise Misfit(f"a library of kind {self.kind} has no [{other}]; take it out", other)
        if not self.licence:
            raise Misfit("no licence; give one [[licence]] for each span of versions", "licence")
        return self

    @property
    def cells(self) -> dict[str, Cell]:
        """The cells of its table by heading, in the order of the columns."""
        table, headings = (
            (self.protocols, PROTOCOLS) if self.kind == "transport" else (self.algorithms, ALGORITHMS)
        )
        return {heading: getattr(table, name) for name, heading in headings.items()}
