"""One agent of the live fleet over the whole run, its restarts included."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from time import monotonic_ns

from wavetank.engines.live.arrivals import Arrivals
from wavetank.engines.live.instrumented_client import InstrumentedClient
from wavetank.engines.live.job import Job
from wavetank.engines.live.measure import Measure
from wavetank.engines.live.tracing import Traced, Tracer
from wavetank.engines.live.wave import Wave
from wavetank.errors import CannotRun
from wavetank.policy.codes import EVENT_STREAMS, ProcessKind, Strategy, Stream
from wavetank.protocol import wire
from wavetank.protocol.client import Identity
from wavetank.real.agent.runner import Driver
from wavetank.real.transports.agent.http1 import Http1
from wavetank.real.transports.agent.messages import Answer, Transport
from wavetank.results.states import OFFLINE
from wavetank.scenario.resolved import FleetClass

Retry = Callable[[Callable[[], Awaitable[Answer]]], Awaitable[Answer]]


class AgentSupervisor:
    """Agent `index`. Its events and the counts of its connections stay when it restarts.

    `begins_ns` is when it begins, by the machine's clock, `readies_ns` when one that was there before takes
    up its poll; `begun` whether it has begun.
    """

    def __init__(
        self, job: Job, kind: FleetClass, class_index: int, index: int, measure: Measure, wave: Wave,
        tracer: Tracer | None,
    ) -> None:  # fmt: skip
        """Raises BadAddress."""
        self.index = index
        self.kind = kind
        self.begins_ns = self.readies_ns = 0
        self.begun = False
        self._job = job
        self._measure = measure
        self._wave = wave
        self.events = {
            stream: Arrivals(job.resolved, index, class_index, stream, source, measure)
            for stream, source in zip(EVENT_STREAMS, (kind.stateless, kind.stateful), strict=True)
            if source.kind != ProcessKind.NONE
        }
        credentials = job.members.credentials(index)
        self._who = Identity(credentials.uuid, credentials.key, credentials.name, "live")
        url, plan = job.urls[kind.network], job.resolved.connection
        traced = None if tracer is None else Traced(url, job.ca, plan, tracer)
        self.transport: Transport = traced or Http1(url, job.ca, plan)
        self._goes = None if traced is None else traced.goes
        self.client = self._new_client()
        self._over = asyncio.Event()
        self._again = False

    def _new_client(self) -> InstrumentedClient:
        return InstrumentedClient(
            self._job.resolved, self._who, self.events, self.index, self._measure, self._wave, self._goes
        )

    async def log_in(self, retry: Retry) -> None:
        """Get a token before the run, and the connections that are kept by then. Raises CannotRun."""
        request = wire.login(self._who.uuid, self._who.key, self._who.host)
        # On the connection of a stream that keeps it: agents seldom log in.
        first, *others = self.events or (Stream.LOGIN,)
        answer = await retry(lambda: self.transport.ask(first, request))
        token = wire.token_of(answer.body)
        if token is None:
            raise CannotRun(f"login: the server's answer holds no token ({answer.body[:80]!r})")
        ttl_ns = self._job.resolved.auth.ttl_ns
        if token.life_ns != ttl_ns:
            raise CannotRun(
                f"the server's tokens live {token.life_ns / 1e9:g} s, and auth.ttl is {ttl_ns / 1e9:g} s: "
                "start the server with that --ttl, or with --scenario"
            )
        self.client.token = token.text
        if self._job.resolved.connection.strategy == Strategy.KEEP_ALIVE:
            # A connection is kept once it has brought an answer.
            for stream in others:
                await retry(partial(self.transport.ask, stream, wire.poll(token.text, 0)))

    async def live(self) -> None:
        """Be an agent until `stop`, and again after each `restart`."""
        over, origin_ns = self._over, self._measure.origin_ns
        if self.begins_ns > origin_ns:
            self._wave.look(self.index, 0, OFFLINE)
            for events in self.events.values():
                events.begin_at(self.begins_ns - origin_ns)
        at_ns = self.readies_ns if self.client.token else self.begins_ns
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, at_ns - monotonic_ns()) / 1e9):
                await over.wait()
        if over.is_set():
            return
        self.begun = True
        for events in self.events.values():
            self._measure.window(events)
        while True:
            await Driver(self.client, self.transport, _quiet, self.client.carry_out).run(over.wait(), 0.0)
            if not self._again:
                return
            over.clear()
            self._again = False
            self._born_again()

    def _born_again(self) -> None:
        """Begin cold: without token and connection, with the events that were not acknowledged."""
        before = self.client
        before.end(monotonic_ns())
        self.client = self._new_client()
        for stream, flow in before.flows.items():
            self.client.flows[stream].requests = flow.requests

    def restart(self) -> None:
        """Die, and begin again at once."""
        if self.begun:
            self._again = True
            self._over.set()

    def stop(self) -> None:
        """The run is over."""
        self._again = False
        self._over.set()

    def forget_key(self) -> None:
        """From now on the agent's credentials are not accepted."""
        self._who = self._who._replace(key="x" * len(self._who.key))
        self.client.who = self._who


def _quiet(_: str) -> None:
    """Discard an agent's messages about its problems, which are counted instead."""
