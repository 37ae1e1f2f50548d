"""Checks of a running server once a second: files, the database, agents, old events, its memory."""

import asyncio
import ssl
from contextlib import suppress
from functools import partial

from wavetank.errors import WavetankError
from wavetank.real.loops import give_back
from wavetank.real.server import certificates, retention
from wavetank.real.server.folder import SERVER, SIGNING
from wavetank.real.server.memory import Memory
from wavetank.real.server.service import Service
from wavetank.real.transports.server.admission import Admission
from wavetank.real.transports.server.messages import Refused

# How soon a changed certificate, key or database file is noticed.
_LOOK_S = 1.0


class Upkeep:
    """Keeps a server up to date with its folder, and its database within bounds."""

    def __init__(self, service: Service, tls: ssl.SSLContext, admission: Admission) -> None:
        self._service = service
        self._tls = tls
        self._admission = admission
        self._memory = Memory()
        self._trouble = ""
        self._seen = {name: service.folder.changed_ns(name) for name in (SERVER, SIGNING)}

    async def run(self) -> None:
        """Look until cancelled."""
        settings = self._service.settings
        while True:
            await asyncio.sleep(_LOOK_S)
            now_ns = settings.clock.monotonic_ns()
            self._service.fleet.presence.sweep(now_ns, int(settings.offline_after_s * 1e9))
            await self._forget()
            self._look_at_store()
            await self._give_memory_back()
            try:
                if self._changed(SERVER):
                    certificates.load(self._tls, self._service.folder)
                    self._service.logs.info("certificate replaced")
                if self._changed(SIGNING):
                    self._replace_keys()
            except (WavetankError, ssl.SSLError) as error:
                self._service.logs.warning("not taken", why=str(error))

    def _changed(self, name: str) -> bool:
        """Whether a file is there, and is another or has another mode than at the last look."""
        changed = self._service.folder.changed_ns(name)
        if changed in (0, self._seen[name]):
            return False
        self._seen[name] = changed
        return True

    def _look_at_store(self) -> None:
        """Say when the database cannot be used any more, and when it can again."""
        trouble = self._service.store.trouble()
        if trouble and not self._trouble:
            self._service.logs.error("database unusable", reason=trouble)
        elif self._trouble and not trouble:
            self._service.logs.info("database usable again")
        self._trouble = trouble

    async def _give_memory_back(self) -> None:
        if self._memory.worth(len(self._admission), self._admission.peak()):
            with suppress(Refused, MemoryError):
                await self._service.workers.run(give_back)

    async def _forget(self) -> None:
        """Keep no more events than asked for; where the database fails, the next look tries again."""
        service = self._service
        with suppress(Refused):
            expire = partial(retention.expire, keep=service.settings.keep_events)
            while gone := await service.store.ask(expire):
                service.metrics.add("events_expired", by=gone)
            await service.store.ask(retention.forget_commands)

    def _replace_keys(self) -> None:
        tokens = self._service.tokens
        content = self._service.folder.read(SIGNING)
        if content is not None and content != tokens.pem:
            tokens.read(content)
            self._service.metrics.add("key_rotations")
            self._service.logs.info("signing key replaced", kid=tokens.kid)
