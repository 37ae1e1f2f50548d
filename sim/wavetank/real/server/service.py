"""The parts of a server that both APIs share: the fleet, the store, keys, counters and logs of one server."""

import secrets
from dataclasses import dataclass

from wavetank.protocol.login_throttle import LoginThrottle
from wavetank.real.server import records
from wavetank.real.server.fleet import Fleet
from wavetank.real.server.folder import DATABASE, FIRST_PASSWORD, SIGNING, Folder
from wavetank.real.server.logs import Logs
from wavetank.real.server.metrics import Metrics
from wavetank.real.server.passwords import Turns, Verifier, hash_password, matches
from wavetank.real.server.settings import ServerProblem, Settings
from wavetank.real.server.store import Store
from wavetank.real.server.tokens import Tokens
from wavetank.real.server.workers import Workers
from wavetank.real.transports.server.messages import Refused

MINUTE_NS = 60 * 10**9
"""A minute."""

USER = "admin"


@dataclass
class Service:
    """The parts of a running server; `first_password` is set when this start has made one."""

    settings: Settings
    folder: Folder
    fleet: Fleet
    tokens: Tokens
    store: Store
    verifier: Verifier
    failures: LoginThrottle
    turns: Turns
    workers: Workers
    metrics: Metrics
    logs: Logs
    users: dict[str, str]
    first_password: str | None = None

    @property
    def now_ns(self) -> int:
        """The time of day, in nanoseconds since 1970."""
        return self.settings.clock.wall_ns()

    async def close(self) -> None:
        """Commit what was accepted, and let go."""
        await self.store.close()
        self.verifier.close()
        self.workers.close()


async def open_service(settings: Settings, folder: Folder, logs: Logs) -> Service:
    """Everything as the data folder has it; on the first start it is made. Raises ServerProblem."""
    metrics, fleet = Metrics(), Fleet(settings.ttl_s)
    tokens = Tokens(fleet.authority, settings.issuer, settings.audience, settings.ttl_s)
    held = folder.read(SIGNING)
    tokens.load(held, settings.algorithm)
    if tokens.pem != held:
        folder.write(SIGNING, tokens.pem)

    def failed(why: str) -> None:
        metrics.add("commit_failures")
        logs.warning("commit failed", why=why)

    store = Store(folder / DATABASE, failed)
    service = Service(
        settings,
        folder,
        fleet,
        tokens,
        store,
        Verifier(settings.verifications_at_once, settings.verifications_waiting),
        LoginThrottle(settings.failed_logins_per_minute, MINUTE_NS),
        Turns(),
        Workers(),
        metrics,
        logs,
        {},
    )
    try:
        await _remember(service)
    except Refused:
        await service.close()
        raise ServerProblem(f"{folder / DATABASE}: {store.trouble() or store.failure}") from None
    except BaseException:
        await service.close()
        raise
    return service


async def _remember(service: Service) -> None:
    """Take up what the database holds."""
    fleet, store, now_ns = service.fleet, service.store, service.settings.clock.monotonic_ns()
    for row in await store.ask(records.agents):
        fleet.admit(row, now_ns)
    fleet.hosts = await store.ask(records.hosts)
    for command in await store.ask(records.open_commands):
        fleet.queue(command)
    service.metrics.restore(await store.ask(records.counters))
    stored = await store.ask(lambda database: records.password_of(database, USER))
    if stored is None:
        password = secrets.token_urlsafe(18)
        stored = hash_password(password)
        # The file first: a password that nobody knows would be of no use.
        service.folder.write(FIRST_PASSWORD, f"{password}\n")
        made = stored
        await store.ask(lambda database: records.set_password(database, USER, made))
        service.first_password = password
    else:
        said = service.folder.read(FIRST_PASSWORD)
        if said is not None and not matches(stored, said.strip()):
            service.folder.remove(FIRST_PASSWORD)  # changed by a server that was killed right then
    service.users[USER] = stored
