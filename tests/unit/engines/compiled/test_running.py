"""A run of kernels from Python."""

import pytest

from tests.unit.studies.cases import QUEUE, resolved

pytest.importorskip("numba")

from wavetank.engines import compiled
from wavetank.errors import Livelock


def test_progress_grows_and_memory_is_given_back() -> None:
    seen: list[tuple[int, int]] = []
    asked = resolved(QUEUE, "fleet.agents=300", "duration=3min")
    tally = compiled.run(asked, progress=lambda now_ns, requests: seen.append((now_ns, requests)))
    assert seen == sorted(seen)
    assert 0 < seen[0][1] < seen[-1][1] <= sum(tally.issued)


def test_run_that_stands_still_says_so() -> None:
    asked = resolved(
        QUEUE,
        "fault=[{kind='node-restart', at='1s', node=0, down='5s'}]",
        "retry.stateless.backoff={law='fixed', base='1s'}",
    )
    law = asked.retry[2].backoff._replace(law=0)
    retry = tuple(rule._replace(backoff=law, attempts=0) for rule in asked.retry)
    with pytest.raises(Livelock):
        compiled.run(asked._replace(retry=retry))
