"""A run from Python: kernels work in slices, so that progress shows and Ctrl-C is heard."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np

from wavetank.engines.compiled import loop, pools, sampling, start
from wavetank.engines.compiled.build import Build
from wavetank.engines.compiled.counted import tally_of
from wavetank.engines.compiled.groups import needed
from wavetank.engines.compiled.loop import GOES_ON, STANDS_STILL
from wavetank.engines.compiled.prepare import table_of
from wavetank.engines.compiled.units import prototype
from wavetank.errors import Standstill
from wavetank.policy.codes import Channel, StartKind
from wavetank.results.accounting import check
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

Progress = Callable[[int, int], None]

SLICE_S = 0.1
FIRST_STEPS = 20_000
AGENTS_AT_ONCE = 5_000


class Running:
    """One run: its world, and the kernels that it needs."""

    release: Any = pools.release_all

    def __init__(
        self, resolved: Resolved, trace_agents: Iterable[int], trace_rows: int, requests: bool
    ) -> None:
        self.resolved = resolved
        self.build = Build(resolved, trace_agents, trace_rows, requests)
        traced = bool(self.build.traced) or requests
        self._table = table_of(self.groups(needed(resolved, traced)))
        self.build.set("table", self._table.ctypes.data)

    def groups(self, asked: frozenset[str]) -> frozenset[str]:
        """The groups of units that this run may call, of those that the scenario asks for."""
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self.release)

    def call(self, one: Any, *arguments: int) -> int:
        """Call a unit."""
        place = one.unit.place
        return int(prototype(1 + len(arguments))(int(self._table[place]))(self.build.address, *arguments))

    def advance(self, one: Any, progress: Progress | None) -> int:
        """Call a unit that does so many steps, until it says something else than GOES_ON; returns that."""
        build, steps = self.build, FIRST_STEPS
        while True:
            begun_s = time.perf_counter()
            state = self.call(one, steps)
            if state != GOES_ON:
                return state
            if progress is not None:
                progress(build.get("now"), int(build.arrays["issued"].sum()))
            took_s = time.perf_counter() - begun_s
            steps = max(FIRST_STEPS, min(4 * steps, int(steps * SLICE_S / max(took_s, 1e-6))))

    def tally(self) -> Tally:
        """What was counted. Raises AccountingError when it does not add up."""
        assert not self.build.get("error"), "a kernel was called that this scenario should not need"
        tally = tally_of(self.build)
        check(tally)
        return tally

    def run(self, progress: Progress | None) -> Tally:
        """From the beginning to the end."""
        build = self.build
        self.call(start.make_fleet)
        build.mark_traced()
        self.call(loop.start_run)
        plan = self.resolved
        for first in range(0, plan.agents, AGENTS_AT_ONCE):
            self.call(start.begin_agents, first, min(first + AGENTS_AT_ONCE, plan.agents))
        if plan.start == StartKind.STEADY and plan.commands.channel == Channel.LONG_POLL:
            self._hold()
        self.call(loop.plan_rest)
        if self.advance(loop.advance_run, progress) == STANDS_STILL:
            raise Standstill(build.get("now") / 1e9)
        self.call(sampling.close_books)
        return self.tally()

    def _hold(self) -> None:
        """Polls that are held already go on in the order in which they began."""
        count = self.call(start.hold_from_before)
        begun = self.build.arrays["begun"].reshape(-1, 2)
        begun[:count] = begun[np.argsort(begun[:count, 0], kind="stable")]
        self.call(start.resume_holds, count)
