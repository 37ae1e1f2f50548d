"""A run from Python: kernels work in slices, so that progress shows and Ctrl-C is heard.

A slice is a number of steps, never a time: progress and Ctrl-C cannot change a figure. Here the scenario is
laid out in memory, the groups of kernels that it needs are loaded, and the counts are read at the end.
"""

import time
from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from wavetank.engines.compiled.build import Build
from wavetank.engines.compiled.checking import check_memory
from wavetank.engines.compiled.export import complete, tally_of
from wavetank.engines.compiled.model import ending, lifetimes, loop, startup
from wavetank.engines.compiled.model.loop import GOES_ON, STANDS_STILL
from wavetank.engines.compiled.model.world import NO_BRANCH, NOT_COMPILED
from wavetank.engines.compiled.room import grow_series, grow_wave
from wavetank.engines.compiled.toolchain.groups import needed
from wavetank.engines.compiled.toolchain.kernels import prototype
from wavetank.engines.compiled.toolchain.prepare import table_of
from wavetank.engines.progress import Progress
from wavetank.errors import Livelock
from wavetank.policy.codes import Channel, StartKind
from wavetank.results.accounting import check
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

SLICE_S = 0.1
"""Between slices Python hears of Ctrl-C and shows progress: ten times a second."""

FIRST_STEPS = 20_000
"""A slice of some milliseconds; later ones follow the clock."""

AGENTS_AT_ONCE = 5_000
"""So many begin within some milliseconds; in between Python hears of Ctrl-C."""

MISTAKES = {
    NOT_COMPILED: "a kernel was called that this scenario should not need",
    NO_BRANCH: "a kernel met a code that it has no branch for",
}


class Running:
    """One run: its world, and the kernels that it needs.

    `judged`: whether it keeps what samples hold. The books are `closed` once the measured window is over.
    """

    release: Any = lifetimes.release_all

    def __init__(
        self,
        resolved: Resolved,
        trace_agents: Iterable[int],
        trace_rows: int,
        requests: bool,
        progress: Progress | None = None,
        judged: bool = False,
    ) -> None:
        self.resolved = resolved
        self.build = Build(resolved, trace_agents, trace_rows, requests)
        self.closed: Tally | None = None
        self._progress = progress
        traced = bool(self.build.traced) or requests
        self._table = table_of(self.groups(needed(resolved, traced, judged)))
        self.build.set("table", self._table.ctypes.data)

    def groups(self, asked: frozenset[str]) -> frozenset[str]:
        """The groups of entries that this run may call, of those that the scenario asks for."""
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def give_back(self) -> None:
        """Give back the memory that kernels have allocated; nothing may be called after this."""
        self.call(self.release)

    def call(self, called: Any, *arguments: int) -> int:
        """Call an entry."""
        place = called.entry.place
        return int(prototype(1 + len(arguments))(int(self._table[place]))(self.build.address, *arguments))

    def repeat(self, called: Any) -> int:
        """Call an entry that does so many steps, until it says something else than GOES_ON; returns that."""
        build, steps, progress = self.build, FIRST_STEPS, self._progress
        while True:
            begun_s = time.perf_counter()
            state = self.call(called, steps)
            if state != GOES_ON:
                return state
            if progress is not None:
                progress(build.get("now"), int(build.arrays["issued"].sum()))
            took_s = time.perf_counter() - begun_s
            steps = max(FIRST_STEPS, min(4 * steps, int(steps * SLICE_S / max(took_s, 1e-6))))

    def tally(self) -> Tally:
        """The counts of the run so far. Raises AccountingError when they do not add up."""
        assert not self.build.get("error"), MISTAKES[self.build.get("error")]
        tally = tally_of(self.build)
        check(tally)
        return tally

    def run(self) -> Tally:
        """From the beginning to the end of the measured window."""
        self.begin(self.resolved.duration_ns)
        self.advance(self.resolved.duration_ns)
        return self.finish()

    # ---- step by step -------------------------------------------------------------------------------

    def begin(self, horizon_ns: int) -> None:
        """Make the fleet, and plan what is known of a run that ends at `horizon_ns` at the latest."""
        build, plan = self.build, self.resolved
        build.set("horizon_ns", horizon_ns)
        self._book_all()
        self.call(startup.make_fleet)
        build.mark_traced()
        self.call(loop.start_run)
        for first in range(0, plan.agents, AGENTS_AT_ONCE):
            self.call(startup.begin_agents, first, min(first + AGENTS_AT_ONCE, plan.agents))
        if plan.start == StartKind.STEADY and plan.commands.channel == Channel.LONG_POLL:
            self._hold()
        self.call(loop.plan_rest)

    def advance(self, until_ns: int) -> None:
        """Simulate everything before `until_ns`, and close the books at the end of the measured window.

        Raises Livelock when work comes back without end in one instant, AccountingError when the books do
        not add up.
        """
        end_ns = self.resolved.duration_ns
        if self.closed is None and until_ns >= end_ns:
            self._advance(end_ns)
            self._close()
        self._advance(until_ns)

    def finish(self) -> Tally:
        """End the run, whose books are closed; returns what was counted. Raises AccountingError."""
        build, tally = self.build, self.closed
        assert tally is not None, "the run has not come to the end of the measured window"
        self.call(ending.complete_series)
        self.call(ending.censor)
        complete(build, tally, build.get("now"))
        check_memory(build)
        check(tally, went_on=tally.ended_ns > self.resolved.duration_ns)
        return tally

    def _advance(self, until_ns: int) -> None:
        build = self.build
        if until_ns <= build.get("now"):
            return
        self._make_room(until_ns)
        build.set("until_ns", until_ns)
        if self.repeat(loop.advance_run) == STANDS_STILL:
            raise Livelock(build.get("now") / 1e9)
        build.set("now", until_ns)
        build.set("at_once", 0)

    def _make_room(self, until_ns: int) -> None:
        build, horizon_ns = self.build, self.build.get("horizon_ns")
        grow_wave(build, until_ns, horizon_ns)
        grow_series(build, until_ns, horizon_ns)
        self._book_all()

    def _book_all(self) -> None:
        """Let jobs be booked in the series as far as there is room, those that run already as well."""
        build = self.build
        room_ns = build.get("bin_room") * self.resolved.bin_ns
        before_ns, after_ns = build.get("booked_until_ns"), min(room_ns, build.get("horizon_ns"))
        if after_ns > before_ns:
            build.set("booked_until_ns", after_ns)
            self.call(ending.book_running, before_ns, 1)

    def _close(self) -> None:
        """Close the books: nothing that comes later changes the counts of the measured window."""
        build = self.build
        build.set("bins", -(-build.get("now") // self.resolved.bin_ns))
        self.call(ending.close_books)
        self.closed = self.tally()
        build.set("bins", -(-build.get("horizon_ns") // self.resolved.bin_ns))
        build.set("logs_requests", 0)

    def _hold(self) -> None:
        """Polls that are held already go on in the order in which they began."""
        count = self.call(startup.hold_from_before)
        begun = self.build.arrays["begun"].reshape(-1, 2)
        begun[:count] = begun[np.argsort(begun[:count, 0], kind="stable")]
        self.call(startup.resume_holds, count)
