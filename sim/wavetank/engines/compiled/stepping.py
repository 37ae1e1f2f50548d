"""A run that is advanced step by step, and looked at in between.

It is the general loop with signals compiled in. A run that is advanced in steps counts what a whole run
counts, and `reference` at the same instants gives the same samples.
"""

import weakref
from collections.abc import Iterable, Sequence

import numpy as np

from wavetank.engines.compiled.build import Build
from wavetank.engines.compiled.build.arena import Memory
from wavetank.engines.compiled.export import words_at
from wavetank.engines.compiled.model import taking
from wavetank.engines.compiled.model.gauge import FINE_BITS
from wavetank.engines.compiled.model.noteworthy import COMMANDS, HEARD, OPEN, SINCE
from wavetank.engines.compiled.model.parts import Agent
from wavetank.engines.compiled.model.signal_parts import AgentSignals, Signals
from wavetank.engines.compiled.running import Running
from wavetank.engines.compiled.toolchain.structs import offset_of
from wavetank.engines.progress import Progress
from wavetank.policy.codes import Stream
from wavetank.protocol.waits import patience_of
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.sample import NOT_COUNTED, Level, Sample
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

PERIODS = 2
"""An agent is silent once it missed this many heartbeats."""
QUEUES = (("open", OPEN), ("since", SINCE), ("commands", COMMANDS), ("heard", HEARD))


class Signalled:
    """The memory of what is kept for samples."""

    def __init__(self, build: Build, resolved: Resolved) -> None:
        self.build = build
        self.memory = build.room(Signals.size)
        self.agents = build.room(max(1, resolved.agents) * AgentSignals.size)
        grid, heartbeat = grid_of(resolved), resolved.heartbeat
        patience_ns = patience_of(resolved.retry, resolved.commands).ns
        for name, value in (
            ("agents", self.agents.ctypes.data),
            ("reach_ns", grid.reach_ns),
            ("stale_ns", grid.stale_ns),
            ("silent_after_ns", max(PERIODS * heartbeat.period_ns, heartbeat.offline_after_ns)),
            (
                "watched",
                [not patience_ns[stream] or patience_ns[stream] > grid.reach_ns for stream in Stream],
            ),
            *((f"{name}.what", kind) for name, kind in QUEUES),
        ):
            build.put(self.memory, Signals, name, value)
        build.set("signals", self.memory.ctypes.data)

    def word(self, path: str) -> int:
        """Return one figure."""
        at = offset_of(Signals, path).offset
        return int(self.memory[at : at + 8].view(np.int64)[0])

    def level(self, name: str) -> Level:
        """Return a level, with its first moment since the previous sample."""
        moment_ns = (self.word(f"{name}.coarse") << FINE_BITS) + self.word(f"{name}.fine")
        return Level(self.word(f"{name}.value"), moment_ns)

    def renewed(self) -> tuple[int, ...]:
        """Return the issue times of the tokens that logins replaced."""
        return tuple(words_at(self.word("renewed.address"), self.word("renewed.count")).tolist())

    def unheard(self) -> Memory:
        """Return the numbers of the agents, longest unheard first, as int64."""
        at = offset_of(AgentSignals, "heard_ns").offset
        heard_ns = self.agents.view(np.int64)[at // 8 :: AgentSignals.size // 8]
        return self.build.words(np.argsort(heard_ns, kind="stable")).view(np.int8)

    def has_left(self, agents: int) -> "np.ndarray[tuple[int], np.dtype[np.int8]]":
        """Return for each agent whether it has left."""
        return self.agents.reshape(-1, AgentSignals.size)[:agents, offset_of(AgentSignals, "left").offset]


class Stepping:
    """A `SteppedRun` of the compiled engine."""

    def __init__(
        self,
        resolved: Resolved,
        horizon_ns: int,
        trace_agents: Iterable[int],
        trace_rows: int,
        progress: Progress | None,
        requests: bool,
        judged: bool,
    ) -> None:
        self._horizon_ns = horizon_ns
        self._running = running = Running(resolved, trace_agents, trace_rows, requests, progress, judged)
        self._signals = Signalled(running.build, resolved) if judged else None
        # kernels have allocated memory by the time this object goes, however it goes
        self._release = weakref.finalize(self, running.give_back)
        running.begin(horizon_ns)
        if self._signals is not None:
            running.call(taking.join_signals)
            if resolved.heartbeat.period_ns:
                running.call(taking.join_heard, self._signals.unheard().ctypes.data)

    def advance(self, until_ns: int) -> None:
        """Simulate everything that happens before `until_ns`, which is at most the horizon.

        Raises Livelock when work comes back without end in one instant, AccountingError when the books do
        not add up, ValueError for an instant that is past already or beyond the horizon.
        """
        now_ns = self._under_way().build.get("now")
        if not now_ns <= until_ns <= self._horizon_ns:
            raise ValueError(f"{until_ns} ns is not between {now_ns} and {self._horizon_ns} ns")
        self._running.advance(until_ns)

    def sample(self, count_created: bool) -> Sample:
        """Return the sample at the instant to which the run was advanced. ValueError if not `judged`."""
        running, signals = self._running, self._judged()
        build = running.build
        running.call(taking.take_levels)
        sample = Sample(
            at_ns=build.get("now"),
            settled=signals.level("settled"),
            acknowledged=signals.word("acknowledged"),
            dropped=signals.word("dropped"),
            created=running.call(taking.created_by_now) if count_created else NOT_COUNTED,
            thought=signals.level("thought"),
            impaired=signals.level("impaired"),
            outstanding=signals.level("outstanding"),
            silent=signals.level("silent"),
            waiting=signals.level("waiting"),
            offline=signals.word("offline"),
            stale_needs=signals.word("stale_needs"),
            stale_commands=signals.word("stale_commands"),
            busy_ns=signals.word("busy_ns"),
            logins=build.get("logins"),
            requests=int(build.arrays["issued"].sum()),
            connects=build.get("connects"),
            refused=tuple(build.arrays["causes"].tolist()),
            renewed=signals.renewed(),
        )
        running.call(taking.begin_moments)
        return sample

    def invalid_tokens(self) -> int:
        """Return how many begun agents have no token that the server accepts now."""
        self._judged()
        return self._running.call(taking.invalid_tokens)

    def offline_agents(self) -> tuple[int, ...]:
        """Return the agents that are offline and have not left, in order."""
        left, build = self._judged(), self._running.build
        count = build.get("agent_count")
        fleet = build.agents[: count * build.agent_bytes].reshape(count, build.agent_bytes)
        offline = fleet[:, offset_of(Agent, "offline").offset]
        return tuple(np.flatnonzero((offline != 0) & (left.has_left(count) == 0)).tolist())

    def leave(self, agents: Sequence[int]) -> None:
        """Let agents leave: from now on they, their events, commands and needs count in no sample."""
        self._judged()
        for agent in agents:
            if not 0 <= agent < self._running.resolved.agents:
                raise IndexError(f"there is no agent {agent}")
            self._running.call(taking.leave_signals, agent)

    def finish(self) -> Tally:
        """End the run where it is, and return what was counted. Raises ValueError before the duration."""
        now_ns, end_ns = self._under_way().build.get("now"), self._running.resolved.duration_ns
        if now_ns < end_ns:
            raise ValueError(f"the run is at {now_ns} ns, and lasts {end_ns} ns")
        tally = self._running.finish()
        self._release()
        return tally

    def _under_way(self) -> Running:
        """The run, unless it is over: then its memory is given back."""
        if not self._release.alive:
            raise ValueError("the run is over")
        return self._running

    def _judged(self) -> Signalled:
        self._under_way()
        if self._signals is None:
            raise ValueError("a run that was started with judged=False has no samples")
        return self._signals


__all__ = ["Stepping"]
