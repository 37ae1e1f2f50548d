"""Agents that wait for commands, each with a future: idle ones cost no thread and block nobody."""

import asyncio
from enum import StrEnum

Waiter = asyncio.Future["Wake"]


class Wake(StrEnum):
    """Why a waiting agent is woken."""

    COMMANDS = "commands"
    REPLACED = "replaced"
    REVOKED = "revoked"
    STOPPING = "stopping"


class Holds:
    """The held polls and open sockets: at most one an agent, the newest."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiter] = {}
        self._stopping = False

    def __len__(self) -> int:
        """How many agents wait."""
        return len(self._waiting)

    def wait(self, agent: int) -> Waiter:
        """Let an agent wait; an older wait of the same agent ends."""
        self.wake(agent, Wake.REPLACED)
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiting[agent] = waiter
        if self._stopping:
            self.wake(agent, Wake.STOPPING)
        return waiter

    def leave(self, agent: int, waiter: Waiter) -> None:
        """The agent waits no more."""
        if self._waiting.get(agent) is waiter:
            del self._waiting[agent]

    def wake(self, agent: int, why: Wake) -> None:
        """End an agent's wait, if it waits."""
        waiter = self._waiting.pop(agent, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(why)

    def stop(self) -> None:
        """End every wait, and those that come."""
        self._stopping = True
        for agent in list(self._waiting):
            self.wake(agent, Wake.STOPPING)
