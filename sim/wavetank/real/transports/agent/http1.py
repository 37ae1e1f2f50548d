"""HTTP/1.1 over TLS from the agent's side: h11 under asyncio streams.

Each lane (a stream of the agent) has connections of its own, kept or made anew for each request.
"""

import asyncio
import math
import os
import ssl
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import h11

from wavetank.errors import WavetankError
from wavetank.policy.codes import Strategy, Tls
from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.messages import Answer, Lost, Unreachable
from wavetank.scenario.resolved import Connection as Plan
from wavetank.scenario.resolved import Wire

BODY_MOST_BYTES = 4 * 2**20
"""The longest answer: 50,000 commands have room in it, and an agent that holds it three times over as bytes
and text stays small."""

INTERIM_MOST = 8
"""More interim answers (1xx) before an answer are an attack: parsing 64 KiB of them takes 0.2 s."""

CHUNK_BYTES = 65_536
"""More than a record of TLS (16 KiB) holds; larger reads save nothing."""

GOODBYE_S = 1.0
"""TLS closes a connection in a round trip; an agent that ends does not wait longer for it."""

SESSION_AGAIN_S = 600.0
"""A session that the server does not take any more is replaced after so long at the soonest. Each time that
Python is asked for a session it keeps 6 KB for good: 125 agents that asked at each connection grew by 3 MB a
minute while connections broke."""

DEFAULT = Plan(Strategy.KEEP_ALIVE, Tls.V1_3, False, 0, Wire(0, 0, 0, 0, 0, 0, 0))


class BadAddress(WavetankError):
    """A server's address that cannot be used: which one, and what would be right."""


class Resuming(ssl.SSLContext):
    """A client's context that offers the latest session when `resume` is set."""

    resume = False
    latest: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As asyncio calls it, without a session: the latest is put in."""
        session = self.latest if self.resume else session
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def context_of(ca: Path | None, tls: int = Tls.V1_3, resume: bool = False) -> Resuming:
    """Verifies the server against the certificates in `ca` (default: the system's). Raises BadAddress."""
    context = Resuming(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls == Tls.V1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.resume = resume
    try:
        context.load_verify_locations(ca) if ca is not None else context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise BadAddress(f"{ca}: no certificates can be read from it ({error})") from error
    return context


def address_of(url: str) -> tuple[str, int]:
    """Host and port of "https://HOST:PORT". Raises BadAddress."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "https" or not parts.hostname or not port or parts.path.strip("/") or parts.query:
        raise BadAddress(f'"{url}" is no address of a server; write https://HOST:PORT')
    return parts.hostname, port


class Connection:
    """One connection, and the bytes of HTTP that it has carried and nobody has counted yet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        self.http = h11.Connection(h11.CLIENT)
        self.closer: asyncio.TimerHandle | None = None
        self.sent_bytes = self.received_bytes = 0

    @property
    def fresh(self) -> bool:
        """Whether it can carry a request."""
        return not (self.reader.at_eof() or self.writer.is_closing() or self._unasked())

    def _unasked(self) -> bool:
        """Whether bytes have come for which nobody asked: they would be taken for the next answer."""
        return bool(self.http.trailing_data[0]) or bool(self.reader._buffer)  # type: ignore[attr-defined]

    def write(self, data: bytes) -> None:
        """Send bytes, and count them."""
        self.writer.write(data)
        self.sent_bytes += len(data)

    async def read(self) -> bytes:
        """Bytes from the server, b"" at their end; counted."""
        data = await self.reader.read(CHUNK_BYTES)
        self.received_bytes += len(data)
        return data

    async def exchange(self, host: str, request: Request) -> Answer:
        """Send the request and read its answer."""
        headers = [("Host", host), *request.headers.items()]
        if request.body or request.method == "POST":
            headers.append(("Content-Length", str(len(request.body))))
        events: tuple[h11.Event, ...] = (
            h11.Request(method=request.method, target=request.path, headers=headers),
            h11.Data(data=request.body),
            h11.EndOfMessage(),
        )
        # Not drained: a server may answer, and close, before it has read the whole body.
        sent = b"".join(self.http.send(event) or b"" for event in events)
        self.write(sent)
        answer, body, interim = None, bytearray(), 0
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                chunk = await self.read()
                if not chunk and answer is None:
                    raise Lost("the server closed the connection")
                self.http.receive_data(chunk)
            elif isinstance(event, h11.Response):
                answer = _checked(event)
            elif isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > INTERIM_MOST:
                    raise Lost("the server sends interim answers without end")
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > BODY_MOST_BYTES:
                    raise Lost("the answer is too large")
            elif isinstance(event, h11.EndOfMessage) and answer is not None:
                fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
                return Answer(answer.status_code, fields, bytes(body))
            elif isinstance(event, h11.ConnectionClosed):
                raise Lost("the server closed the connection")


def _checked(answer: h11.Response) -> h11.Response:
    """The beginning of an answer of whose end no reader could be of another opinion. Raises Lost."""
    names = {name for name, _ in answer.headers}
    if answer.http_version not in (b"1.0", b"1.1") or {b"content-length", b"transfer-encoding"} <= names:
        raise Lost("the answer is not HTTP/1.1")
    return answer


class Http1:
    """Requests to one server as a scenario's [connection] says.

    It counts: attempts to connect, connections `opened` (of these `resumed`) and `closed`, and the bytes of
    HTTP in both directions.
    """

    def __init__(self, url: str, ca: Path | None, plan: Plan = DEFAULT) -> None:
        """`ca` holds the certificates to trust (None: the system's). Raises BadAddress."""
        self.connects = self.opened = self.closed = self.resumed = 0
        self.sent_bytes = self.received_bytes = 0
        self._host, self._port = address_of(url)
        self._name = f"{self._host}:{self._port}" if ":" not in self._host else f"[{self._host}]:{self._port}"
        self._ca = ca
        self._plan = plan
        self._keeps = plan.strategy == Strategy.KEEP_ALIVE
        self._context = context_of(ca, plan.tls, plan.resume)
        self._latest: ssl.SSLObject | None = None
        self._session_s = -math.inf
        self._kept: dict[int, list[Connection]] = {}
        self._ending: set[asyncio.Future[None]] = set()
        self._unsent: set[int] = set()

    async def ask(self, lane: int, request: Request) -> Answer:
        """Send a request and wait for its answer. Raises Lost."""
        self._unsent.add(lane)
        try:
            connection = self._take(lane) or await self._connect()
        except (OSError, ssl.SSLError) as error:
            raise Lost(reason_of(error)) from error
        self._unsent.discard(lane)
        try:
            answer = await connection.exchange(self._name, request)
        except (OSError, EOFError, h11.ProtocolError, ssl.SSLError) as error:
            self._end(connection, abort=True)
            raise Lost(reason_of(error)) from error
        except BaseException:
            self._end(connection, abort=True)
            raise
        finally:
            self._count(connection)
        self._keep_or_close(lane, connection)
        return answer

    def asked(self, lane: int) -> bool:
        """Whether the lane's latest request was sent, on a connection that was ready."""
        return lane not in self._unsent

    def _count(self, connection: Connection) -> None:
        """Take over the bytes that a connection has carried since the last time."""
        self.sent_bytes += connection.sent_bytes
        self.received_bytes += connection.received_bytes
        connection.sent_bytes = connection.received_bytes = 0

    def _take(self, lane: int) -> Connection | None:
        """A kept connection that can carry a request; those that cannot any more are closed."""
        kept = self._kept.get(lane, [])
        for connection in tuple(kept):
            if not connection.fresh:
                kept.remove(connection)
                self._end(connection)
        if not kept:
            return None
        connection = kept.pop()
        if connection.closer is not None:
            connection.closer.cancel()
        return connection

    def _end(self, connection: Connection, abort: bool = False) -> None:
        """Close a connection, at once (`abort`) or with a goodbye."""
        self._count(connection)
        self.closed += 1
        if connection.closer is not None:
            connection.closer.cancel()
        if abort:
            connection.writer.transport.abort()
        else:
            connection.writer.close()
        ending = asyncio.ensure_future(_closed(connection.writer))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _connect(self) -> Connection:
        self.connects += 1
        self._offer_session()
        try:
            streams = await asyncio.open_connection(
                self._host, self._port, ssl=self._context, server_hostname=self._host
            )
        except ssl.SSLCertVerificationError:
            # The certificates to trust may have been replaced meanwhile.
            with suppress(BadAddress):
                self._context = context_of(self._ca, self._plan.tls, self._plan.resume)
                self._latest = None  # a session is of no use with another context
            raise
        connection = Connection(*streams)
        self.opened += 1
        self.resumed += bool(connection.tls.session_reused)
        if not connection.tls.session_reused and monotonic() - self._session_s >= SESSION_AGAIN_S:
            self._context.latest = None
        return connection

    def _offer_session(self) -> None:
        """Offer the session of the latest connection, and go on doing so for as long as it is taken."""
        if self._context.resume and self._context.latest is None and self._latest is not None:
            self._context.latest = self._latest.session
            self._session_s = monotonic()

    def _keep_or_close(self, lane: int, connection: Connection) -> None:
        """Keep the connection for the lane's next request, or close it."""
        self._latest = connection.tls
        with suppress(h11.ProtocolError):
            connection.http.start_next_cycle()
            if self._keeps and connection.fresh:
                kept = self._kept.setdefault(lane, [])
                kept.append(connection)
                if self._plan.idle_ns:
                    later = asyncio.get_running_loop().call_later
                    connection.closer = later(self._plan.idle_ns / 1e9, self._idle, kept, connection)
                return
        self._end(connection)

    def _idle(self, kept: list[Connection], connection: Connection) -> None:
        if connection in kept:
            kept.remove(connection)
            self._end(connection)

    async def close(self) -> None:
        """Close what is kept; a server that does not answer the goodbye is not waited for long."""
        for kept in self._kept.values():
            while kept:
                self._end(kept.pop())
        if self._ending:
            await asyncio.wait(self._ending, timeout=GOODBYE_S)
        for ending in self._ending:
            ending.cancel()


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Wait for the goodbye of a server; one that says none keeps no file open for longer than a moment."""
    try:
        with suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await writer.wait_closed()
    finally:
        writer.transport.abort()


async def ask_once(url: str, ca: Path | None, request: Request, patience_s: float) -> Answer:
    """One request on a connection of its own. Raises Unreachable and BadAddress."""
    transport = Http1(url, ca)
    try:
        async with asyncio.timeout(patience_s):
            return await transport.ask(0, request)
    except (Lost, TimeoutError) as error:
        raise Unreachable(f"{url}: {error if isinstance(error, Lost) else 'no answer'}") from None
    finally:
        await transport.close()


def reason_of(error: BaseException) -> str:
    """Why a connection failed, in a line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
