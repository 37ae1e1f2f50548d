"""Commands over a WebSocket: sent when they come, confirmed by message, the same rules as for polls."""

import asyncio
from contextlib import suppress

from wavetank.real.server import bodies
from wavetank.real.server.agent_api import commands_text, confirm_command
from wavetank.real.server.fleet import Agent
from wavetank.real.server.holds import Wake
from wavetank.real.server.identity import agent_of
from wavetank.real.server.service import Service
from wavetank.real.transports.server.messages import Refused, Request, Socket, Upgrade

# Close codes of RFC 6455; 4000 and above are for private use.
_GOING_AWAY, _POLICY, _BAD_DATA, _REPLACED = 1001, 1008, 1007, 4000
_GOODBYE = {
    Wake.REPLACED: (_REPLACED, "a newer connection of this agent"),
    Wake.REVOKED: (_POLICY, "the agent is revoked"),
    Wake.STOPPING: (_GOING_AWAY, "the server is stopping"),
}


def upgrade(service: Service, request: Request) -> Upgrade:
    """Let an agent have its commands over a WebSocket. Raises Refused."""
    agent, claims = agent_of(service, request)

    async def talk(socket: Socket) -> None:
        listening = asyncio.ensure_future(_listen(service, agent, socket))
        try:
            code, reason = await _tell(service, agent, socket, listening, claims.expires_ns)
            await socket.close(code, reason)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    return Upgrade(talk)


async def _tell(
    service: Service, agent: Agent, socket: Socket, listening: "asyncio.Future[None]", expires_ns: int
) -> tuple[int, str]:
    """Send commands as they come, each once, until there is a reason to close: returns it."""
    sent: set[int] = set()
    while True:
        waiter = service.fleet.holds.wait(agent.index)
        try:
            waiting = service.fleet.waiting(agent, service.settings.limits.body_bytes, sent)
            if waiting:
                await socket.send(commands_text(waiting))
                sent.update(command.id for command in waiting)
                continue
            left_s = max(0.0, (expires_ns - service.now_ns) / 1e9)
            await asyncio.wait((waiter, listening), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            service.fleet.holds.leave(agent.index, waiter)
        if waiter.done() and waiter.result() in _GOODBYE:
            return _GOODBYE[waiter.result()]
        if listening.done():
            return _BAD_DATA, "done" if listening.exception() is None else str(listening.exception())[:100]
        if not waiter.done():
            return _POLICY, "the token has expired"


async def _listen(service: Service, agent: Agent, socket: Socket) -> None:
    """Take confirmations until the other side closes. Raises Refused for anything else."""
    while (text := await socket.receive()) is not None:
        sent = bodies.Sent(bodies.JSON, "", text.encode(), service.settings.limits.body_bytes, 1)
        said, result = await bodies.parsed(service, sent, _confirmation, agent.uuid)
        number = said.get("confirm")
        if type(number) is not int:
            raise Refused(422, "confirm is the number of a command", "fields")
        with suppress(Refused):
            await confirm_command(service, agent, str(number), result)


def _confirmation(body: bytes) -> tuple[dict[str, object], str | None]:
    return bodies.result_of(body, ("confirm", "result"), "a confirmation")
