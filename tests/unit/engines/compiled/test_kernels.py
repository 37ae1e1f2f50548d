"""Parts of the kernels on their own."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.results.histogram import BINS, bin_of

pytest.importorskip("numba")

from wavetank.engines import compiled
from wavetank.engines.compiled import histogram, pools
from wavetank.engines.compiled.groups import needed
from wavetank.engines.compiled.layouts import Attempt, Job
from wavetank.engines.compiled.memory import offset_of
from wavetank.engines.compiled.world import World
from wavetank.errors import Standstill

WORDS = st.integers(0, 2**62)


@given(WORDS, WORDS, st.integers(1, 2**45))
def test_scaled_is_exact(a: int, b: int, c: int) -> None:
    if a * b // c < 2**62:
        assert histogram.scaled.py_func(a, b, c) == a * b // c  # type: ignore[attr-defined]


@given(st.integers(0, 2**63 - 1))
def test_bins_are_those_of_results(value_ns: int) -> None:
    assert histogram.bin_of.py_func(value_ns) == bin_of(value_ns) < BINS  # type: ignore[attr-defined]


@given(
    st.integers(-1, 15), st.integers(-1, 2**28 - 3), st.integers(0, 5), st.integers(0, 2**27 - 1),
    st.integers(0, 2**16 - 1), st.integers(0, 10),
)  # fmt: skip
def test_place_of_an_event_is_read_as_written(
    kind: int, agent: int, stream: int, request: int, attempt: int, leg: int
) -> None:
    high = pools.order_high.py_func(kind, agent, stream, request)  # type: ignore[attr-defined]
    low = pools.order_low.py_func(attempt, leg)  # type: ignore[attr-defined]
    assert max(high, low) < 2**63
    read = [
        one.py_func(word)  # type: ignore[union-attr]
        for one, word in (
            (pools.kind_of, high), (pools.agent_of, high), (pools.stream_of, high), (pools.request_of, high),
            (pools.attempt_of, low), (pools.leg_of, low),
        )
    ]  # fmt: skip
    assert read == [kind, agent, stream, request, attempt, leg]


def test_fields_do_not_overlap() -> None:
    for layout in (World, Attempt, Job):
        fields = sorted(layout.fields.values(), key=lambda field: field.offset)
        assert all(one.offset + one.size <= after.offset for one, after in pairwise(fields))
        assert fields[-1].offset + fields[-1].size <= layout.size
    assert offset_of(World, "server.limits.body.value").offset > World.fields["server"].offset


def test_simple_scenarios_need_few_groups() -> None:
    assert needed(resolved(QUEUE), False) == {"always", "core", "laws", "steady", "arrivals"}
    assert {"token", "trace", "deadlines"} <= needed(resolved(STORM), True)


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
    retry = tuple(one._replace(backoff=law, attempts=0) for one in asked.retry)
    with pytest.raises(Standstill):
        compiled.run(asked._replace(retry=retry))
