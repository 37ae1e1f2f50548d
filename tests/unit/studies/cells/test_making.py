import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.errors import Livelock
from wavetank.results.histogram import Histogram
from wavetank.results.summary import Distribution
from wavetank.scenario.resolved import Objective
from wavetank.studies.cells import making
from wavetank.studies.cells.cell import CellTask, cell_task
from wavetank.studies.cells.making import Batch, batches, make, make_batch, share_beyond


def test_share_beyond_a_bound() -> None:
    histogram = Histogram()
    histogram.add_many(1_000_000_000, 6)
    histogram.add_many(3_000_000_000, 2)
    assert share_beyond(Distribution(histogram, 0), 2.0) == 2 / 8
    assert share_beyond(Distribution(histogram, 2), 2.0) == 4 / 10
    assert share_beyond(Distribution(histogram, 2), 9.0) == 2 / 10
    assert share_beyond(Distribution(Histogram(), 0), 1.0) == 0.0


def test_a_quantile_leaves_its_share_beyond_it() -> None:
    histogram = Histogram()
    histogram.ramp(0, 10_000_000_000, 1_000)
    distribution = Distribution(histogram, 0)
    for q in (0.5, 0.95, 0.99):
        bound_ns = histogram.quantile(q)
        assert bound_ns is not None
        assert share_beyond(distribution, bound_ns / 1e9) == pytest.approx(1 - q, abs=1e-6)


def test_bounds_are_counted_by_the_latency_that_they_are_on() -> None:
    base = resolved(QUEUE)
    plain = make(cell_task(base)).summary
    bounds = tuple(
        Objective(metric, float(plain[metric] or 0))
        for metric in ("event_latency_p95_s", "event_latency_p50_s.desk", "server_wait_p95_s")
    )
    beyond = make(cell_task(base, bounds=bounds)).beyond
    assert list(beyond) == ["event_latency_p95_s", "event_latency_p50_s.desk", "server_wait_p95_s"]
    assert list(beyond.values()) == pytest.approx([0.05, 0.5, 0.05], abs=0.01)


def test_a_standstill_comes_again_so_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Livelock(3.0)

    monkeypatch.setattr(making, "finished", stop)
    cell = make(cell_task(resolved(STORM)))
    assert cell.verdict is None
    assert cell.failure.startswith("the run stands still at 3 s")


def test_a_batch_makes_its_cells_in_order_and_says_how_far_it_is() -> None:
    tasks = tuple(cell_task(resolved(QUEUE)._replace(seed=seed)) for seed in (4, 2, 3))
    told: list[int] = []
    cells = make_batch(Batch(tasks, None), lambda done, _: told.append(done))
    assert [cell.seed for cell in cells] == [4, 2, 3]
    assert [cell.key for cell in cells] == [task.key for task in tasks]
    assert told == [1, 2, 3]


@pytest.mark.parametrize(
    ("agents", "count", "workers", "sizes"),
    [
        (20, 40, 2, [5] * 8),  # short ones: four batches a worker at least
        (20, 3, 2, [1, 1, 1]),
        (1_000_000, 3, 1, [1, 1, 1]),  # long ones: one each
        (20, 0, 2, []),
    ],
)
def test_batches_take_about_a_second(agents: int, count: int, workers: int, sizes: list[int]) -> None:
    tasks = [CellTask("compiled", resolved(QUEUE)._replace(agents=agents, seed=n)) for n in range(count)]
    batched = batches(tasks, None, workers)
    assert [len(batch.tasks) for batch in batched] == sizes
    assert [task for batch in batched for task in batch.tasks] == tasks
