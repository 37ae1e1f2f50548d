"""The cores and workers of a node: CPU work first come first served, without preemption.

A job begins when a worker and a core are free, and then runs to its end at the speed that its node has at
that instant. A node that dies loses jobs that wait and jobs that run. Rules: docs/model.md#cores,
#speed-of-a-job and #worker-dispatch. Its twin is engines/reference/cores.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.calendar import push
from wavetank.engines.compiled.containers.lists import queue, stack
from wavetank.engines.compiled.containers.order import of_kind, order_low
from wavetank.engines.compiled.containers.pools import give_back, take
from wavetank.engines.compiled.model.lifetimes import drop
from wavetank.engines.compiled.model.measure import (
    change_waiting,
    cut_short,
    finished,
    started,
    waited,
)
from wavetank.engines.compiled.model.parts import (
    QUEUE_BYTES,
    Attempt,
    Connection,
    Job,
    JobQueue,
    Node,
    job_at,
    queue_at,
)
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import NOTHING, address_of, clear
from wavetank.protocol.order import Kind

join_waiting, take_waiting = queue(JobQueue, "first", "last", Job, "next")
join_ready, take_ready = queue(Node, "ready", "last_ready", Job, "next")
push_running, leave_running = stack(Node, "running", Job, "next", "previous")


@kernel
def queue_of(node: Node, worker: int) -> JobQueue:
    """The queue of a worker (0: the shared one)."""
    return queue_at(node.queues + QUEUE_BYTES * worker)


@kernel
def new_job(w: World, t: Attempt, operation: int, keeps_worker: int) -> Job:
    """CPU work for an attempt, without parts as yet."""
    job = job_at(take(w.jobs))
    clear(job)
    job.attempt = t
    job.operation = operation
    job.keeps_worker = keeps_worker
    job.worker = t.connection.worker if w.per_worker else 0
    job.arrived_ns = w.now
    job.started_ns = -1
    t.job = job
    return job


@kernel
def clear_queue(w: World, queue: JobQueue) -> None:
    """An empty queue, its workers idle."""
    queue.first = NOTHING
    queue.last = NOTHING
    queue.idle = 1 if w.per_worker else w.server.workers


@entry("core")
def submit(w: World, node: Node, job: Job) -> None:
    """Queue `job`; its end is an event."""
    job.cost_ns = job.first_ns + job.second_ns + job.third_ns
    queue = queue_of(node, job.worker)
    join_waiting(queue, job)
    advance(w, node, job.worker)
    if job.started_ns < 0:
        job.queued = 1
        wait(w, node, 1)


@kernel
def wait(w: World, node: Node, change: int) -> None:
    """The number of jobs that wait at a node changes."""
    node.waiting += change
    change_waiting(w, change)


@entry("core")
def advance(w: World, node: Node, worker: int) -> None:
    """Give waiting jobs of one queue to idle workers, and ready jobs to idle cores."""
    queue = queue_of(node, worker)
    while queue.first and queue.idle > 0:
        job = take_waiting(queue)
        if job.gone:
            give_back(w.jobs, address_of(job))
            continue
        queue.idle -= 1
        join_ready(node, job)
    while node.ready and node.idle_cores > 0:
        job = take_ready(node)
        if job.gone:
            queue_of(node, job.worker).idle += 1
            give_back(w.jobs, address_of(job))
            continue
        start_job(w, node, job)


@kernel
def start_job(w: World, node: Node, job: Job) -> None:
    """A core takes a job."""
    node.idle_cores -= 1
    if job.queued:
        wait(w, node, -1)
    if node.factor != 1.0:
        job.first_ns = round(job.first_ns * node.factor)
        job.second_ns = round(job.second_ns * node.factor)
        job.third_ns = round(job.third_ns * node.factor)
        job.cost_ns = job.first_ns + job.second_ns + job.third_ns
    job.started_ns = w.now
    job.finish_ns = w.now + job.cost_ns
    push_running(node, job)
    started(w, node, job)
    t = job.attempt
    push(
        w, job.finish_ns, of_kind(Kind.SERVER_JOB_DONE, t.high), t.low + order_low(0, job.operation),
        address_of(job),
    )  # fmt: skip


@entry("core")
def job_done(w: World, node: Node, job: Job) -> None:
    """A core has finished (nothing to do when its node died meanwhile)."""
    if not job.gone:
        job.attempt.job = NOTHING
        leave_running(node, job)
        node.idle_cores += 1
        finished(w, node, job)
        if job.keeps_worker:
            advance(w, node, job.worker)
        else:
            free_worker(w, node, job.worker)
    give_back(w.jobs, address_of(job))


@kernel
def free_worker(w: World, node: Node, worker: int) -> None:
    """A worker has nothing more to do."""
    queue_of(node, worker).idle += 1
    advance(w, node, worker)
    if w.per_worker and node.ready and node.idle_cores > 0:
        advance(w, node, worker)


@kernel
def take_worker(w: World, c: Connection) -> int:
    """Keep a worker busy without CPU work; 0 when none is idle."""
    queue = queue_of(c.node, c.worker if w.per_worker else 0)
    if queue.idle <= 0:
        return 0
    queue.idle -= 1
    return 1


@entry("core")
def remove(w: World, node: Node, job: Job) -> int:
    """Take a job that has not started out of its queue, and end its process; 0 when it runs already."""
    if job.gone or job.started_ns >= 0:
        return 0
    t = job.attempt
    job.gone = 1
    t.job = NOTHING
    wait(w, node, -1)
    waited(w, job)
    return 1


@entry("faults")
def lose_work(w: World, node: Node) -> None:
    """The node is gone: queued and running work with it."""
    job = node.running
    while job:
        cut_short(w, node, job)
        job.gone = 1
        job.attempt.job = NOTHING
        job = job.next
    for worker in range(w.server.workers if w.per_worker else 1):
        lose_queue(w, queue_of(node, worker).first)
        clear_queue(w, queue_of(node, worker))
    lose_queue(w, node.ready)
    wait(w, node, -node.waiting)
    node.ready = NOTHING
    node.last_ready = NOTHING
    node.running = NOTHING
    node.idle_cores = w.server.cores


@entry("faults")
def lose_queue(w: World, job: Job) -> None:
    """Jobs that have not begun never will."""
    while job:
        after = job.next
        if not job.gone:
            waited(w, job)
            t = job.attempt
            t.job = NOTHING
            drop(w, t)
        give_back(w.jobs, address_of(job))
        job = after
