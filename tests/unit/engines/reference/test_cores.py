from tests.unit.engines.reference.small import MS, S, attempt, sent, tally_of
from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.cores import Cores
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import Job
from wavetank.policy.codes import Activity
from wavetank.protocol.order import Kind, Message
from wavetank.scenario import loads

MANY = 1_000


class Bench:
    """The cores of one node, and when its jobs are done."""

    def __init__(self, server: str) -> None:
        self.clock = Clock()
        self.resolved = loads(f"[[fleet.class]]\nname = 'one'\n[server]\n{server}").resolve()
        self.measure = Measure(self.resolved, self.clock, self.resolved.duration_ns)
        self.cores = Cores(self.clock, self.resolved.server, 0, self.measure)
        self.done: list[tuple[int, int]] = []
        self.jobs: dict[int, Job] = {}

    def job(self, at_ns: int, agent: int, cost_ns: int, worker: int = 0, keeps: bool = False) -> None:
        """Submit a job at an instant."""

        def submit(_: object) -> None:
            job = Job(self.clock, attempt(agent), 2, [(Activity.EVENTS, cost_ns)], keeps, worker)
            self.jobs[agent] = job
            self.cores.submit(job).callbacks.append(lambda _: self.done.append((self.clock.ns, agent)))

        self.clock.call(at_ns, (Kind.MESSAGE_ARRIVES, agent, 2, 0, 0, 0), submit)

    def run(self, until_ns: int = 1_000) -> list[tuple[int, int]]:
        self.clock.run_until(until_ns, MANY)
        return self.done


def test_work_is_first_come_first_served() -> None:
    bench = Bench("cores = 1")
    for at, agent in ((0, 9), (1, 5), (2, 1), (3, 7)):
        bench.job(at, agent, 10)
    assert bench.run() == [(10, 9), (20, 5), (30, 1), (40, 7)]


def test_cores_work_side_by_side() -> None:
    bench = Bench("cores = 2")
    for agent in range(3):
        bench.job(0, agent, 10 + agent)
    assert bench.run() == [(10, 0), (11, 1), (22, 2)]


def test_more_workers_than_cores_wait_for_a_core() -> None:
    bench = Bench("cores = 1\nworkers = 2")
    for agent in range(3):
        bench.job(0, agent, 10)
    assert bench.run() == [(10, 0), (20, 1), (30, 2)]


def test_worker_that_is_kept_takes_nothing() -> None:
    bench = Bench("cores = 2\nworkers = 1")
    bench.job(0, 0, 10, keeps=True)
    bench.job(0, 1, 10)
    bench.clock.call(50, (Kind.FLUSH, 0, 0, 0, 0, 0), lambda _: bench.cores.free_worker(0))
    assert bench.run() == [(10, 0), (60, 1)]


def test_queue_per_worker_is_not_shared() -> None:
    bench = Bench('cores = 2\nworkers = 2\ndispatch = "per-worker"')
    for agent in range(3):
        bench.job(0, agent, 10, worker=0)
    bench.job(0, 3, 10, worker=1)
    assert bench.run() == [(10, 0), (10, 3), (20, 1), (30, 2)]


def test_queued_work_can_be_taken_back_running_work_cannot() -> None:
    bench = Bench("cores = 1")
    for agent in range(3):
        bench.job(0, agent, 10)
    taken: list[bool] = []

    def take_back(_: object) -> None:
        taken.extend(bench.cores.remove(bench.jobs[agent]) for agent in (0, 1, 1))

    bench.clock.call(5, (Kind.FLUSH, 0, 0, 0, 0, 0), take_back)
    assert bench.run() == [(10, 0), (20, 2)]
    assert taken == [False, True, False]


def test_dead_node_has_done_what_it_did() -> None:
    bench = Bench("cores = 1")
    for agent in range(2):
        bench.job(0, agent, 10)
    bench.clock.call(4, (Kind.FAULT_BEGINS, -1, 0, 0, 0, 0), lambda _: bench.cores.lose_everything())
    bench.job(6, 2, 10)
    bench.run()
    assert (16, 2) in bench.done
    assert bench.measure.tally.busy_ns[0][Activity.EVENTS] == 4 + 10


def test_brown_out_slows_what_starts_in_it() -> None:
    tally = tally_of("""
        duration = "10s"
        [fleet]
        agents = 1
        start = "cold"
        [[fleet.class]]
        name = "one"
        stateless = { rate = "1/s", process = "constant", phase = "500ms" }
        [batching]
        stateless = { count = 1 }
        [server]
        service = { stateless = "200ms" }
        [[fault]]
        kind = "brown-out"
        at = "2600ms"
        lasts = "2s"
        factor = 3.0
    """)
    took = [
        (answer.sent_ns - request.arrived_ns) // MS
        for request, answer in zip(sent(tally, Message.REQUEST), sent(tally, Message.RESPONSE), strict=True)
    ]
    assert took == [200, 200, 200, 600, 600, 200, 200, 200, 200, 200], "the third runs when it begins"
    assert sum(tally.busy_ns[0]) == sum(took) * MS < 10 * S
