"""The server: two listening APIs, their connections, and an end that loses nothing."""

import asyncio
from contextlib import suppress

from wavetank.errors import WavetankError
from wavetank.real.server import certificates
from wavetank.real.server.folder import SERVER, Folder
from wavetank.real.server.logs import Logs
from wavetank.real.server.routes import AGENT, MANAGEMENT, Route, Router
from wavetank.real.server.service import USER, open_service
from wavetank.real.server.settings import ServerProblem, Settings
from wavetank.real.server.upkeep import Upkeep
from wavetank.real.transports.server.admission import Admission, Ticket
from wavetank.real.transports.server.http1 import Connection
from wavetank.real.transports.server.limits import Budget
from wavetank.real.transports.server.listening import Listening, bind
from wavetank.real.transports.server.messages import Answer, Refused, Request, Upgrade

# Somebody has to repair something first: soon enough to be back in time, too late to be a burden.
_LATER = (("Retry-After", "30"),)


class Server:
    """A server from `start` to `stop`. `management_port` and `agent_port` are those it listens on."""

    def __init__(self, settings: Settings, logs: Logs) -> None:
        self.settings = settings
        self.user = USER
        self._logs = logs
        self._connections: set[Connection] = set()
        self._listening: list[Listening] = []
        self._upkeep: asyncio.Task[None] | None = None
        self._stopping = False
        limits = settings.limits
        self._admission = Admission(limits.connections, limits.strangers)
        self._budget = Budget(settings.limits.bodies_bytes)
        self.management_port = 0
        self.agent_port = 0

    async def start(self) -> None:
        """Open the data folder and listen. Raises ServerProblem, and then nothing is left open."""
        settings = self.settings
        self.folder = Folder(settings.data)
        try:
            if certificates.ensure_certificates(self.folder, settings.host, settings.clock.wall_ns()):
                self._logs.info("certificate made", path=str(self.folder / SERVER))
            self._tls = certificates.context(self.folder, settings.tls_resumption)
            self.service = await open_service(settings, self.folder, self._logs)
        except MemoryError:
            self.folder.close()
            raise ServerProblem("too little memory to start: passwords alone take 46 MiB") from None
        except BaseException:
            self.folder.close()
            raise
        self._gauges()
        try:
            self.management_port = await self._listen(settings.management_port, MANAGEMENT)
            self.agent_port = await self._listen(settings.agent_port, AGENT)
            self.folder.ready(settings.host, self.management_port, self.agent_port)
        except BaseException:
            await self.stop()
            raise
        upkeep = Upkeep(self.service, self._tls, self._admission)
        self._upkeep = asyncio.create_task(upkeep.run())
        ports = {"management_port": self.management_port, "agent_port": self.agent_port}
        self._logs.info("ready", **ports, most_connections=settings.limits.connections)

    async def stop(self) -> None:
        """Take no more, answer what is under way, commit what was accepted, close."""
        self._stopping = True
        self._logs.info("stopping", connections=len(self._connections))
        self.folder.remove("ready")
        for listening in self._listening:
            await listening.close()
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
        self.service.fleet.holds.stop()
        for connection in list(self._connections):
            connection.end()
        # Who has not sent a whole request by then is not waited for; what is being stored is answered.
        patience_s = min(self.settings.stop_read_s, self.settings.stop_s)
        await self._connections_gone(patience_s)
        for connection in list(self._connections):
            connection.cut(patience_s)
        await self._connections_gone(self.settings.stop_s - patience_s)
        for connection in list(self._connections):
            connection.abort()
        await self._connections_gone(1.0)
        await self.service.close()
        self.folder.close()
        self._logs.info("stopped")

    async def _connections_gone(self, most_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                while self._connections:
                    await asyncio.sleep(0.01)

    async def _listen(self, port: int, routes: tuple[Route, ...]) -> int:
        router, host = Router(routes), self.settings.host

        async def connected(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ticket: Ticket
        ) -> None:
            await self._serve(reader, writer, ticket, router)

        try:
            sockets = bind(host, port)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise ServerProblem(f"cannot listen on {host} port {port}: {why}") from None
        limits = self.settings.limits
        listening = Listening(sockets, self._tls, limits, self._admission, connected, self._not_admitted)
        self._listening.append(listening)
        return listening.port

    def _not_admitted(self) -> None:
        self.service.metrics.add("refusals", "connections")

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ticket: Ticket, router: Router
    ) -> None:
        self.service.metrics.add("connections")
        if self._stopping:
            writer.transport.abort()
            return

        async def handle(request: Request) -> Answer | Upgrade:
            return await self._handle(request, router)

        connection = Connection(
            reader, writer, self.settings.limits, self._budget, handle, self._count, ticket.known
        )
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)

    async def _handle(self, request: Request, router: Router) -> Answer | Upgrade:
        began_ns, name = self.settings.clock.monotonic_ns(), "none"
        try:
            route, values = router.find(request)
            name = route.name
            if request.query and route.name != "login":
                request.parameters()  # refused when one comes twice, also where none is looked at
            self._usable(route)
            answer = await route.endpoint(self.service, request, *values)
        except Refused as why:
            answer = why.answer()
        except WavetankError as error:
            answer = Refused(503, "the server cannot do this now", "store").answer()
            self._logs.warning("cannot", path=request.path, why=str(error))
        except MemoryError:
            answer = Refused(503, "too little memory", "memory", _LATER).answer()
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - the server outlives its own defects
            answer = Refused(500, "a defect of the server", "defect").answer()
            self._logs.error("defect", error, path=request.path)
        if isinstance(answer, Answer):
            took_s = (self.settings.clock.monotonic_ns() - began_ns) / 1e9
            self.service.metrics.took(name, took_s)
            self._count(answer)
            self._logs.debug(
                "answered", method=request.method, path=request.path, status=answer.status, took_s=took_s
            )
        return answer

    def _usable(self, route: Route) -> None:
        """Raises Refused(503) when the endpoint works with the store, and that cannot be used."""
        if route.stored and (trouble := self.service.store.trouble()):
            raise Refused(503, trouble, "store", _LATER)

    def _count(self, answer: Answer) -> None:
        if answer.cause:
            self.service.metrics.add("refusals", answer.cause)

    def _gauges(self) -> None:
        service, fleet = self.service, self.service.fleet
        gauge = service.metrics.gauge
        gauge("polls_held", "Agents that wait for commands.", lambda: len(fleet.holds))
        gauge("connections_open", "Open connections.", lambda: len(self._connections))
        gauge("connections_admitted", "Open connections and handshakes.", lambda: len(self._admission))
        gauge("agents", "Registered agents, the revoked included.", lambda: len(fleet))
        gauge("agents_offline", "Agents not heard for long.", lambda: len(fleet.presence.offline))
        gauge(
            "store_queued_bytes", "Event bytes that wait to be committed.", lambda: service.store.queued_bytes
        )
        gauge("store_broken", "1 while nothing can be stored.", lambda: bool(service.store.trouble()))
        gauge("log_lines_dropped", "Log lines that nobody read in time.", lambda: self._logs.dropped)
