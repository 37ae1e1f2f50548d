"""The cores and workers of one node: CPU work first come first served, without preemption.

A job begins when a worker and a core are free, and then runs to its end at the speed that its node has at
that instant. A node that dies loses jobs that wait and jobs that run. Rules: docs/model.md#cores,
#speed-of-a-job and #worker-dispatch.
"""

from collections import deque
from collections.abc import Iterable

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import Connection, Job
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Dispatch
from wavetank.protocol.order import Kind
from wavetank.scenario.resolved import Server

names_all(__name__, Dispatch, "SHARED PER_WORKER")


class Cores:
    """Workers take jobs from one shared queue, or each from its own; a job runs when a core is free."""

    def __init__(self, clock: Clock, server: Server, node: int, measure: Measure) -> None:
        self._clock = clock
        self._measure = measure
        self._node = node
        self._per_worker = server.dispatch == Dispatch.PER_WORKER
        self._cores = server.cores
        self._workers = server.workers
        self.factor = 1.0
        self._clear()

    def _clear(self) -> None:
        queues = self._workers if self._per_worker else 1
        self._queues: list[deque[Job]] = [deque() for _ in range(queues)]
        self._idle_workers = [1] * queues if self._per_worker else [self._workers]
        self._ready: deque[Job] = deque()
        self._idle_cores = self._cores
        self._running: dict[Job, None] = {}
        self._waiting = 0

    def submit(self, job: Job) -> Event:
        """Queue `job`; the event returned (the job itself) happens when it is done."""
        job.callbacks.append(self._done)
        queue = job.worker if self._per_worker else 0
        job.worker = queue
        self._queues[queue].append(job)
        self._advance(queue)
        if job.started_ns < 0:
            job.queued = True
            self._wait(1)
        return job

    def _wait(self, change: int) -> None:
        self._waiting += change
        self._measure.waiting(change)

    def _advance(self, queue: int) -> None:
        """Give waiting jobs of one queue to idle workers, and ready jobs to idle cores."""
        waiting, ready = self._queues[queue], self._ready
        while waiting and self._idle_workers[queue]:
            job = waiting.popleft()
            if job.gone:
                continue
            self._idle_workers[queue] -= 1
            ready.append(job)
        while ready and self._idle_cores:
            job = ready.popleft()
            if job.gone:
                self._free_worker(job.worker)
                continue
            self._start(job)

    def _start(self, job: Job) -> None:
        self._idle_cores -= 1
        if job.queued:
            self._wait(-1)
        now = self._clock.ns
        factor = self.factor
        if factor != 1.0:
            job.parts = [(activity, round(ns * factor)) for activity, ns in job.parts]
            job.cost_ns = sum(ns for _, ns in job.parts)
        job.started_ns = now
        job.finish_ns = now + job.cost_ns
        self._running[job] = None
        self._measure.started(self._node, job)
        self._clock.at(job.finish_ns, (Kind.SERVER_JOB_DONE, *job.attempt.key, job.operation), job)

    def _done(self, event: Event) -> None:
        job = event
        assert isinstance(job, Job)
        if job.gone:
            return
        job.gone = True
        job.attempt.job = None
        del self._running[job]
        self._idle_cores += 1
        self._measure.finished(self._node, job)
        if job.keeps_worker:
            self._advance(job.worker)
        else:
            self.free_worker(job.worker)

    def _free_worker(self, worker: int) -> None:
        self._idle_workers[worker] += 1

    def free_worker(self, worker: int) -> None:
        """A worker that was kept has nothing more to do."""
        self._idle_workers[worker] += 1
        self._advance(worker)
        if self._per_worker and self._ready and self._idle_cores:
            self._advance(worker)

    def take_worker(self, connection: Connection) -> bool:
        """Keep a worker busy without CPU work; False when none is idle."""
        queue = connection.worker if self._per_worker else 0
        if not self._idle_workers[queue]:
            return False
        self._idle_workers[queue] -= 1
        return True

    def remove(self, job: Job) -> bool:
        """Take a job that has not started out of its queue; False when it runs already."""
        if job.gone or job.started_ns >= 0:
            return False
        job.gone = True
        self._wait(-1)
        self._measure.removed(job)
        return True

    @property
    def running(self) -> Iterable[Job]:
        """The jobs that have a core now."""
        return self._running

    def lose_everything(self) -> None:
        """The node is gone: queued and running work with it."""
        for job in self._running:
            self._measure.cut_short(self._node, job)
            job.gone = True
        for queue in (*self._queues, self._ready):
            for job in queue:
                if not job.gone:
                    self._measure.removed(job)
                job.gone = True
        self._measure.waiting(-self._waiting)
        self._clear()

    def worker_for(self, connection: Connection, accepted: int) -> int:
        """The worker that a connection is bound to: in turn, as connections are accepted."""
        return accepted % self._workers if self._per_worker else 0
