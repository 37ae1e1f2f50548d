"""Timed acts of a live run on its server: faults, commands, and measuring how much CPU the server takes."""

import itertools
from collections.abc import Callable
from heapq import heappop, heappush
from time import monotonic_ns

from wavetank.engines.live.management import Management
from wavetank.engines.live.proxy import Relays
from wavetank.engines.live.serving import OwnServer
from wavetank.engines.live.target import Members
from wavetank.errors import CannotRun
from wavetank.policy.arrivals import time_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import FaultKind, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.policy.rate_map import NEVER
from wavetank.results.tally import Tally, with_window
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Resolved

names_all(__name__, FaultKind, "NODE_RESTART NODE_LOSS KEY_ROTATION INVALID_CREDENTIALS BROWN_OUT COLD_START")

OF_THE_PROCESS = (FaultKind.NODE_RESTART, FaultKind.NODE_LOSS, FaultKind.COLD_START)
"""Faults that only who has started the server can make."""

SAMPLE_NS = 100_000_000
"""The server's CPU clock advances by some ms: a tenth of a second has two digits of it."""

AGAIN_NS = 500_000_000
"""A command that the server did not take waits this long; a restart takes about a second."""


class FaultInjector:
    """All that is due, in order. Instants are of the run; `begin` says when that was."""

    def __init__(
        self, resolved: Resolved, server: OwnServer | None, relays: Relays | None, management: Management,
        members: Members,
    ) -> None:  # fmt: skip
        self._resolved = resolved
        self._server = server
        self._relays = relays
        self._management = management
        self._members = members
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._number = itertools.count()
        self._origin_ns = 0
        self._used: list[tuple[int, int]] = []
        self.commands: list[int] = []

    def begin(self, origin_ns: int) -> None:
        """Plan everything from this instant of the machine's clock on."""
        self._origin_ns = origin_ns
        for fault in self._resolved.faults:
            begin, end = self._process_fault(FaultKind(fault.kind))
            if begin is not None:
                self._plan(fault.at_ns, begin)
            if end is not None and fault.at_ns + fault.lasts_ns < self._resolved.duration_ns:
                self._plan(fault.at_ns + fault.lasts_ns, end)
        source = self._resolved.commands.source
        if source.kind != ProcessKind.NONE:
            for agent in range(self._resolved.agents):
                self._next_command(
                    agent, key_of(self._resolved.seed, agent, Stream.COMMANDS, Purpose.PAGE_COUNT), 0
                )
        if self._server is not None:
            self._plan(0, self._sample)

    def _plan(self, at_ns: int, action: Callable[[int], None]) -> None:
        heappush(self._due, (at_ns, next(self._number), action))

    def do(self) -> float:
        """Do what is due; returns for how many seconds there is nothing. Raises CannotRun."""
        while self._due:
            at_ns, _, action = self._due[0]
            left_ns = self._origin_ns + at_ns - monotonic_ns()
            if left_ns > 0:
                return left_ns / 1e9
            heappop(self._due)
            action(at_ns)
        return 1.0

    # ---- faults -----------------------------------------------------------------------------

    def _process_fault(
        self, kind: FaultKind
    ) -> tuple[Callable[[int], None] | None, Callable[[int], None] | None]:
        if kind == FaultKind.KEY_ROTATION:
            return self._rotate, None
        if kind == FaultKind.NODE_RESTART:
            return self._kill, self._start
        if kind == FaultKind.NODE_LOSS:
            return self._vanish, self._come_back
        if kind == FaultKind.COLD_START:
            return self._restart, None
        return None, None

    def _rotate(self, _: int) -> None:
        self._management.ask("POST", "/signing-keys", {"void": True})

    def _kill(self, _: int) -> None:
        assert self._server is not None
        if self._server.up:
            self._server.kill()

    def _start(self, _: int) -> None:
        assert self._server is not None
        if not self._server.up:
            self._server.start()

    def _restart(self, at_ns: int) -> None:
        self._kill(at_ns)
        self._start(at_ns)

    def _vanish(self, at_ns: int) -> None:
        assert self._relays is not None
        self._relays.silence(True)
        self._kill(at_ns)

    def _come_back(self, at_ns: int) -> None:
        assert self._relays is not None
        self._start(at_ns)
        self._relays.silence(False)

    def settle(self) -> None:
        """The run is over: let the server be there, to be asked what it has."""
        if self._server is not None and not self._server.up:
            self._server.start()

    # ---- commands ---------------------------------------------------------------------------

    def _next_command(self, agent: int, key: int, index: int, page: int = 0, before: int = 0) -> None:
        page, before, at_ns = time_of(self._resolved.commands.source, key, page, before, index)
        if at_ns >= min(NEVER, self._resolved.duration_ns):
            return

        def create(_: int) -> None:
            self._command(agent, at_ns)
            self._next_command(agent, key, index + 1, page, before)

        self._plan(at_ns, create)

    def _command(self, agent: int, at_ns: int) -> None:
        """Queue a command; while the server is away it waits outside."""
        if at_ns not in self.commands:
            self.commands.append(at_ns)
        uuid = self._members.credentials(agent).uuid
        try:
            self._management.ask("POST", f"/agents/{uuid}/commands", {"command": "ping", "created_ns": at_ns})
        except CannotRun:
            now_ns = monotonic_ns() - self._origin_ns
            self._plan(now_ns + AGAIN_NS, lambda _: self._command(agent, at_ns))

    # ---- the server's CPU -------------------------------------------------------------------

    def _sample(self, at_ns: int) -> None:
        assert self._server is not None
        self._used.append((monotonic_ns() - self._origin_ns, self._server.cpu_ns()))
        if at_ns < self._resolved.duration_ns:
            self._plan(at_ns + SAMPLE_NS, self._sample)

    def enter(self, tally: Tally, cores: int) -> None:
        """Enter commands and CPU time into the tally, the latter as a share of the `cores` that there are."""
        resolved, windows = self._resolved, windows_of(self._resolved)
        for at_ns in self.commands:
            tally.commands_created += 1
            if resolved.warmup_ns <= at_ns < resolved.duration_ns - resolved.tail_ns:
                window = windows.window(at_ns)
                for counts in with_window(tally, window):
                    counts.commands_due += 1
        for (from_ns, used_ns), (to_ns, more_ns) in itertools.pairwise(self._used):
            busy_ns = (more_ns - used_ns) * resolved.server.cores // cores
            _spread(tally, resolved, max(0, from_ns), min(to_ns, resolved.duration_ns), busy_ns)


def _spread(tally: Tally, resolved: Resolved, from_ns: int, to_ns: int, busy_ns: int) -> None:
    """Spread CPU time evenly over the bins of an interval; what is after the warm-up counts."""
    width_ns = to_ns - from_ns
    if width_ns <= 0:
        return
    counted_ns = max(0, to_ns - max(from_ns, resolved.warmup_ns))
    tally.busy_ns[0][0] += busy_ns * counted_ns // width_ns
    at_ns = from_ns
    while at_ns < to_ns:
        index = at_ns // resolved.bin_ns
        end_ns = min(to_ns, (index + 1) * resolved.bin_ns)
        tally.series.busy_ns[0][index] += busy_ns * (end_ns - at_ns) // width_ns
        at_ns = end_ns
