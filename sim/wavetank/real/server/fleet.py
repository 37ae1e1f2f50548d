"""The agents that the server knows, in memory: who they are, who is refused, what waits for them."""

import re
from collections.abc import Container
from dataclasses import dataclass

from wavetank.policy.codes import AuthScheme
from wavetank.protocol.server import Authority, CommandBoard, Presence
from wavetank.real.server.holds import Holds, Wake
from wavetank.real.server.records import AgentRow, CommandRow

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def uuid_of(text: object) -> str | None:
    """The UUID that a text is, in small letters."""
    if isinstance(text, str) and _UUID.fullmatch(text.lower()):
        return text.lower()
    return None


MOST_COMMANDS = 100
"""In one answer: an agent carries them out one by one, and is given those again that it did not confirm."""


@dataclass(frozen=True)
class Agent:
    """A registered agent: `index` is its number in the protocol's state, `id` that in the database."""

    index: int
    id: int
    uuid: str
    key: str


class Fleet:
    """The agents, with the protocol's memory of them. The database has the same, and had it first."""

    def __init__(self, ttl_s: int) -> None:
        self.authority = Authority(AuthScheme.SERVER_TOKEN, ttl_s * 10**9, ())
        self.board = CommandBoard()
        self.presence = Presence([])
        self.holds = Holds()
        self.hosts: set[tuple[int, str]] = set()
        self._agents: dict[str, Agent] = {}
        self._by_id: dict[int, Agent] = {}
        self._commands: dict[int, CommandRow] = {}

    def __len__(self) -> int:
        """How many agents are registered, the revoked included."""
        return len(self._agents)

    def admit(self, row: AgentRow, now_ns: int) -> Agent:
        """Take up an agent of the database, once."""
        known = self._agents.get(row.uuid)
        if known is None:
            known = Agent(self.presence.join(now_ns), row.id, row.uuid, row.key)
            self._agents[row.uuid] = self._by_id[row.id] = known
            if row.revoked:
                self.authority.revoked.add(known.index)
        return known

    def find(self, uuid: str) -> Agent | None:
        """The agent of that UUID."""
        return self._agents.get(uuid)

    def active(self) -> list[Agent]:
        """The agents that are not revoked, in the order of their registration."""
        return [agent for agent in self._agents.values() if agent.index not in self.authority.revoked]

    def revoke(self, agent: Agent) -> None:
        """Refuse an agent from now on, also where it waits."""
        self.authority.revoked.add(agent.index)
        self.holds.wake(agent.index, Wake.REVOKED)

    # ---- commands ---------------------------------------------------------------------------

    def queue(self, command: CommandRow) -> None:
        """A command is in the database: its agent may have it."""
        agent = self._by_id[command.agent]
        self._commands[command.id] = command
        self.board.create(agent.index, command.id)
        self.holds.wake(agent.index, Wake.COMMANDS)

    def waiting(self, agent: Agent, most_bytes: int, sent: Container[int] = ()) -> list[CommandRow]:
        """The oldest commands that wait for an agent, but for those `sent`.

        At most `MOST_COMMANDS`, and as many as fit into `most_bytes`, at least one.
        """
        rows: list[CommandRow] = []
        for number in self.board.pending.get(agent.index, ()):
            if number in sent:
                continue
            command = self._commands[number]
            most_bytes -= len(command.body)
            if rows and (most_bytes < 0 or len(rows) == MOST_COMMANDS):
                break
            rows.append(command)
        return rows

    def open_command(self, number: int) -> CommandRow | None:
        """A command that nobody has confirmed yet."""
        return self._commands.get(number)

    def confirmed(self, agent: Agent, number: int) -> bool:
        """The confirmation of a command is in the database; whether it was the first."""
        self._commands.pop(number, None)
        return self.board.confirm(agent.index, number)
