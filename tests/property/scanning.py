"""Expected samples, found by looking at every agent after every instant."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wavetank.engines.reference.parts import Agent, AgentStream
from wavetank.engines.reference.world import World
from wavetank.policy.codes import Channel, ProcessKind, Stream
from wavetank.protocol.server import UNHEARD
from wavetank.protocol.tables import ExchangeState, TokenState
from wavetank.results.judge.grid import Grid
from wavetank.results.judge.sample import Level
from wavetank.scenario.resolved import Resolved

LEVELS = ("settled", "thought", "impaired", "outstanding", "silent")
MANY = 1_000_000
NONE = (TokenState.NONE, TokenState.LOGGING_IN, TokenState.LOGIN_WAIT, TokenState.DENIED)


class Seen(NamedTuple):
    """The levels of each agent from an instant on (`per_agent[level][agent]`), and the jobs that wait."""

    at_ns: int
    per_agent: tuple[tuple[int, ...], ...]
    waiting: int
    pending: tuple[tuple[int, ...], ...]


class Scan:
    """A whole run, looked at after every instant at which anything happens or falls due."""

    def __init__(self, resolved: Resolved, horizon_ns: int, grid: Grid) -> None:
        self._world = World(resolved, frozenset(), 0, None, False, False, horizon_ns)
        self._grid = grid
        beat = resolved.heartbeat
        self._silent_after_ns = max(2 * beat.period_ns, beat.offline_after_ns) if beat.period_ns else 0
        self.seen: list[Seen] = []
        world = self._world
        world.begin()
        self._heard = {
            agent.index: 0 if (at_ns := world.start.last_beat_ns(agent)) == UNHEARD else at_ns
            for agent in world.agents
            if agent.started
        } if beat.period_ns else {}  # fmt: skip
        self._hear(world.sampling.heard)
        self._run(horizon_ns)

    def _hear(self, heard: Callable[[Agent], int]) -> None:
        def hears(agent: Agent) -> int:
            self._heard[agent.index] = self._world.clock.ns
            return heard(agent)

        self._world.sampling.heard = hears  # type: ignore[method-assign]

    def _run(self, horizon_ns: int) -> None:
        world, duration_ns = self._world, self._world.resolved.duration_ns
        world.clock.run_until(0, MANY)  # what is sent at once is in the heap only after this
        self._look(0)
        while True:
            heap = world.clock._heap
            at_ns = heap[0][0] if heap else horizon_ns
            if world.clock.ns < duration_ns <= at_ns:
                self._until(duration_ns)
                world.advance(duration_ns)
                self._look(duration_ns, duration_ns - 1)
                self._look(duration_ns)
            if at_ns >= horizon_ns:
                self._until(horizon_ns)
                return
            self._until(at_ns)
            waiting = [agent for agent in world.agents if not agent.started]
            world.advance(at_ns + 1)
            if self._silent_after_ns:
                self._heard.update({agent.index: at_ns for agent in waiting if agent.started})
            self._look(at_ns)

    def _until(self, until_ns: int) -> None:
        """Look at what falls due by time alone before the next event."""
        since_ns = self.seen[-1].at_ns if self.seen else -1
        due = [at_ns + self._silent_after_ns for at_ns in self._heard.values()] + [
            attempt.started_ns + self._grid.reach_ns
            for agent in self._world.agents
            for flow in agent.flows
            if flow is not None
            for attempt in flow.attempts
        ]
        for at_ns in sorted({at_ns for at_ns in due if since_ns < at_ns < until_ns}):
            self._look(at_ns)

    def _look(self, at_ns: int, due_ns: int | None = None) -> None:
        """Note the levels from `at_ns` on, with what fell due by time alone until `due_ns`."""
        world = self._world
        due_ns = at_ns if due_ns is None else due_ns
        pending = tuple(tuple(world.board.pending.get(agent.index, ())) for agent in world.agents)
        per_agent = (
            tuple(sum(_settled(flow) for flow in _events(agent)) for agent in world.agents),
            tuple(
                sum(flow.created for flow in _events(agent) if flow.source.kind == ProcessKind.CLOSED)
                for agent in world.agents
            ),
            tuple(int(agent.started and self._needs(agent, due_ns)) for agent in world.agents),
            tuple(len(commands) for commands in pending),
            tuple(
                int(self._heard.get(agent.index, at_ns) + self._silent_after_ns <= due_ns)
                if self._silent_after_ns
                else 0
                for agent in world.agents
            ),
        )
        self.seen.append(Seen(at_ns, per_agent, world.measure._waiting, pending))

    def _needs(self, agent: Agent, at_ns: int) -> bool:
        held = self._world.channels._held.get(agent.index)
        if self._world.tokens.needed and agent.session.state in NONE:
            return True
        if self._world.resolved.commands.channel == Channel.LONG_POLL and held is None:
            return True
        for flow in agent.flows:
            if flow is None:
                continue
            well = held is not None and held in flow.attempts
            for exchange in flow.live:
                failed = exchange.attempt > 0 and exchange.state == ExchangeState.IN_FLIGHT and not well
                refused = exchange.attempt >= 0 and exchange.state == ExchangeState.AWAITING_TOKEN
                if failed or refused or exchange.state == ExchangeState.BACKING_OFF:
                    return True
            if any(
                attempt.started_ns + self._grid.reach_ns <= at_ns and attempt is not held
                for attempt in flow.attempts
            ):
                return True
        return False

    # ---- samples ----------------------------------------------------------------------------

    def levels(self, since_ns: int, at_ns: int, agents: Sequence[int]) -> dict[str, Any]:
        """The sample of some agents that is right at `at_ns`, when the one before it was at `since_ns`."""
        seen = self.seen[: bisect_left(self.seen, at_ns, key=self._key(at_ns))]
        levels: dict[str, Any] = {}
        for index, name in enumerate(LEVELS):
            history = [(sample.at_ns, sum(sample.per_agent[index][i] for i in agents)) for sample in seen]
            levels[name] = _level(history, since_ns)
        levels["waiting"] = _level([(sample.at_ns, sample.waiting) for sample in seen], since_ns)
        before_ns = at_ns - self._grid.stale_ns
        levels["stale_needs"] = sum(self._need_since(seen, i, at_ns) < before_ns for i in agents)
        last = seen[-1].pending if seen else ()
        levels["stale_commands"] = sum(at < before_ns for i in agents if last for at in last[i])
        return levels

    def _key(self, at_ns: int) -> Callable[[Seen], int]:
        """The close of the books belongs to the sample at its very instant."""
        duration_ns = self._world.resolved.duration_ns
        closes = next((i for i, sample in enumerate(self.seen) if sample.at_ns == duration_ns), -1)
        first = self.seen[closes] if closes >= 0 else None
        return lambda sample: sample.at_ns - (sample is first and at_ns == duration_ns)

    @staticmethod
    def _need_since(seen: list[Seen], agent: int, at_ns: int) -> int:
        since_ns = at_ns
        for sample in reversed(seen):
            if not sample.per_agent[LEVELS.index("impaired")][agent]:
                break
            since_ns = sample.at_ns
        return since_ns


def _level(history: list[tuple[int, int]], since_ns: int) -> Level:
    value = moment_ns = 0
    for at_ns, level in history:
        # the close of the books at the instant of the previous sample was in that sample
        if at_ns >= since_ns:
            moment_ns += (level - value) * (at_ns - since_ns)
        value = level
    return Level(value, moment_ns)


def _events(agent: Agent) -> list[AgentStream]:
    return [
        flow for flow in (agent.flows[Stream.STATELESS], agent.flows[Stream.STATEFUL]) if flow is not None
    ]


def _settled(flow: AgentStream) -> int:
    return flow.outbox.seen - flow.outbox.held - flow.origin if flow.agent.started else 0
