"""Every policy function compiles from outside, unchanged, and then gives equal results.

Words of 64 bits go in as explicit uint64, everything else as int64, tables as arrays. A compiled word may
come back as a signed one of the same bits.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from wavetank.policy import (
    admission,
    arrivals,
    backoff,
    balancing,
    flush,
    health,
    keyed,
    laws,
    loss,
    poisson_tree,
    rate_map,
    renewal,
    steady,
)
from wavetank.policy.codes import BackoffLaw, LawKind, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import MASK, draw, key_of

numba = pytest.importorskip("numba")
extending = pytest.importorskip("numba.extending")

INPUTS = 10_000
SECOND = 10**9
MODULES = (
    "admission arrivals backoff balancing flush health keyed laws loss poisson_tree rate_map registry "
    "renewal shares steady"
)

POLICIES: tuple[Callable[..., Any], ...] = (
    keyed.mix,
    keyed.key_of,
    keyed.key_under,
    keyed.draw,
    keyed.unit,
    laws.sample,
    laws.residual,
    laws.mean_of,
    loss.retransmission_ns,
    backoff.wait,
    renewal.due_ns,
    admission.reserve,
    admission.take,
    balancing.choose,
    balancing.rival,
    balancing.less_busy,
    flush.due_ns,
    health.first_check_ns,
    health.streak_after,
    health.believed,
    poisson_tree.page_count,
    poisson_tree.ones,
    poisson_tree.first_half,
    poisson_tree.position,
    poisson_tree.count_before,
    poisson_tree.offset_of,
    poisson_tree.offsets,
    rate_map.piece_of,
    rate_map.op_until,
    rate_map.time_at,
    arrivals.phase_ns_of,
    arrivals.count,
    arrivals.time_of,
    steady.gathering,
    steady.carried,
    steady.carried_ns,
)
HELPERS: tuple[Callable[..., Any], ...] = (
    laws._erlang,
    laws._lognormal,
    laws._hyperexponential,
    laws._residual_uniform,
    steady._nothing_in,
)
PLAIN = {
    "keyed.replication_seed",
    "arrivals.make_source",
    "poisson_tree.page_guide",
    "poisson_tree.page_shape",
    "rate_map.op_starts",
    "registry.words",
    "shares.largest_remainder",
    "shares.spread",
    "shares.affected_agents",
}

for function in (*HELPERS, *POLICIES):
    extending.register_jitable(function)

EMPIRICAL = (3, 10**6, 17, 0, 5 * 10**9, 42)
KEY = key_of(11, 3, Stream.STATELESS, Purpose.SAMPLE)


def word(i: int, column: int) -> np.uint64:
    """64 keyed bits for one cell of the inputs."""
    return np.uint64(draw(KEY, i, column))


def whole(i: int, column: int, below: int) -> int:
    """A whole number in [0, below) for one cell of the inputs."""
    return draw(KEY, i, column) % below


def wide(i: int, column: int, bits: int) -> int:
    """A whole number of any magnitude below 2**bits."""
    return draw(KEY, i, column) >> (64 - whole(i, column + 100, bits + 1)) if bits else 0


@cache
def compiled(function: Callable[..., Any]) -> Any:
    """The function as a kernel, compiled once for all tests that call it with the same types."""
    return numba.njit(function)


def assert_equal_results(
    function: Callable[..., Any], rows: Sequence[tuple[Any, ...]], bits: bool = False
) -> None:
    """Plain Python, given Python's own numbers, and the compiled function agree in every row."""
    kernel = compiled(function)
    for row in rows:
        plain = function(*(int(x) if isinstance(x, np.uint64) else tabled(x) for x in row))
        fast = kernel(*row)
        assert (fast & MASK if bits else fast) == plain, row


def tabled(x: Any) -> Any:
    """Arrays as tuples again, also inside NamedTuples, for plain Python."""
    if isinstance(x, np.ndarray):
        return tuple(x.tolist())
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*(tabled(field) for field in x))
    return x


def arrayed(source: arrivals.Source) -> Any:
    """The source as a compiled engine passes it: tables as int64 arrays."""
    tables = ("page_counts", "page_guide", "starts_ns", "starts_op", "factors")
    fields: dict[str, Any] = {name: np.array(getattr(source, name), np.int64) for name in tables}
    return source._replace(**fields)


def test_every_policy_function_is_compared_or_known_as_plain() -> None:
    """A function that is added must be listed here."""
    public = set()
    for name in MODULES.split():
        module = import_module(f"wavetank.policy.{name}")
        for function_name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not function_name.startswith("_"):
                public.add(f"{name}.{function_name}")
    compared = {f"{function.__module__.rpartition('.')[2]}.{function.__name__}" for function in POLICIES}
    assert public == compared | PLAIN


def test_keyed_words() -> None:
    rows = [(word(i, 0), whole(i, 1, 2**40), whole(i, 2, 2**16)) for i in range(INPUTS)]
    assert_equal_results(keyed.mix, [row[:1] for row in rows], bits=True)
    assert_equal_results(keyed.draw, rows, bits=True)
    assert_equal_results(keyed.unit, [row[:1] for row in rows])
    assert_equal_results(poisson_tree.ones, [row[:1] for row in rows])
    keys = [(wide(i, 0, 62), whole(i, 1, 2**21) - 1, whole(i, 2, 6), whole(i, 3, 33)) for i in range(INPUTS)]
    assert_equal_results(keyed.key_of, keys, bits=True)
    assert_equal_results(keyed.key_under, [(word(i, 0), *row[1:]) for i, row in enumerate(keys)], bits=True)


@pytest.mark.parametrize("function", [keyed.mix, keyed.unit, poisson_tree.ones])
def test_a_word_taken_for_signed_gives_the_same(function: Callable[..., Any]) -> None:
    """A compiler makes int64 of uint64 with int64, without a word."""
    kernel = compiled(function)
    for i in range(INPUTS):
        bits = word(i, 0)
        result = kernel(bits.astype(np.int64))
        assert (result & MASK if function is keyed.mix else result) == function(int(bits))


@pytest.mark.parametrize(
    "law",
    [
        laws.NO_LAW,
        laws.Law(int(LawKind.DETERMINISTIC), 0.0, 0.0, 123_456, 0),
        laws.Law(int(LawKind.EXPONENTIAL), 2.1e6, 0.0, 0, 0),
        laws.Law(int(LawKind.ERLANG), 2.1e6, 4.0, 0, 0),
        laws.Law(int(LawKind.LOGNORMAL), 1.7e7, 1.5, 0, 0),
        laws.Law(int(LawKind.HYPEREXPONENTIAL), 1.7e7, 3.0, 0, 0),
        laws.Law(int(LawKind.UNIFORM), 0.0, 0.0, 1_000, 9_000_000_000),
        laws.Law(int(LawKind.EMPIRICAL), 0.0, 0.0, 1, 6),
    ],
    ids=lambda law: LawKind(law.kind).name.lower(),
)
def test_laws(law: laws.Law) -> None:
    table = np.array(EMPIRICAL, np.int64)
    assert_equal_results(laws.sample, [(law, word(i, 0), table) for i in range(INPUTS)])
    assert_equal_results(laws.residual, [(law, word(i, 0), table) for i in range(INPUTS)])
    assert_equal_results(laws.mean_of, [(law, table)])


def test_backoff() -> None:
    rows = []
    for i in range(INPUTS):
        law = whole(i, 0, len(BackoffLaw))
        terms = backoff.Backoff(law, wide(i, 1, 50), wide(i, 2, 61), wide(i, 3, 40))
        rows.append((terms, whole(i, 4, 100), wide(i, 5, 61), word(i, 6), word(i, 7)))
    assert_equal_results(backoff.wait, rows)


def test_loss() -> None:
    rows = [(whole(i, 0, 1_001) / 1_000, word(i, 1)) for i in range(INPUTS)]
    assert_equal_results(loss.retransmission_ns, rows)


def test_small_policies() -> None:
    renewals = [
        (whole(i, 0, 3), wide(i, 1, 50), wide(i, 2, 50), wide(i, 3, 40), wide(i, 4, 40), word(i, 5))
        for i in range(INPUTS)
    ]
    assert_equal_results(renewal.due_ns, renewals)
    takes = [(wide(i, 0, 50), wide(i, 1, 50), wide(i, 2, 40), 1 + wide(i, 3, 20)) for i in range(INPUTS)]
    assert_equal_results(admission.take, takes)
    reserves = [
        (tat, now, 1 + interval, burst, whole(i, 4, 9)) for i, (tat, now, interval, burst) in enumerate(takes)
    ]
    assert_equal_results(admission.reserve, reserves)
    choices = [
        (whole(i, 0, 4), whole(i, 1, 2**20), whole(i, 2, 2**30), word(i, 3), 1 + whole(i, 4, 40))
        for i in range(INPUTS)
    ]
    assert_equal_results(balancing.choose, choices)
    rivals = [
        (whole(i, 0, 4), whole(i, 1, 40) % (1 + whole(i, 4, 40)), word(i, 3), 1 + whole(i, 4, 40))
        for i in range(INPUTS)
    ]
    assert_equal_results(balancing.rival, rivals)
    pairs = [tuple(whole(i, place, 5) for place in range(4)) for i in range(INPUTS)]
    assert_equal_results(balancing.less_busy, pairs)
    flushes = [
        (wide(i, 0, 40), whole(i, 1, 3), wide(i, 2, 63), wide(i, 3, 50), wide(i, 4, 62))
        for i in range(INPUTS)
    ]
    assert_equal_results(flush.due_ns, flushes)


def test_poisson_tree() -> None:
    _, thresholds = poisson_tree.page_shape(100.0)
    tables = [np.array(x, np.int64) for x in (thresholds, poisson_tree.page_guide(thresholds))]
    assert_equal_results(poisson_tree.page_count, [(*tables, word(i, 0)) for i in range(INPUTS)])
    nodes = [(word(i, 0), wide(i, 1, 60), whole(i, 2, 256)) for i in range(INPUTS)]
    assert_equal_results(poisson_tree.first_half, nodes)
    assert_equal_results(poisson_tree.position, [(bits, node, n % 61) for bits, node, n in nodes])
    pages = []
    for i in range(INPUTS):
        width_bits = whole(i, 3, 61)
        n = 1 + whole(i, 4, 255)
        pages.append((word(i, 0), width_bits, n, whole(i, 5, 2**width_bits + 1)))
    assert_equal_results(poisson_tree.count_before, pages)
    assert_equal_results(poisson_tree.offset_of, [(bits, w, n, offset % n) for bits, w, n, offset in pages])
    assert_equal_results(poisson_tree.offsets, [(bits, w, i % 8) for i, (bits, w, _, _) in enumerate(pages)])
    assert_equal_results(poisson_tree.offsets, [(bits, w, n) for bits, w, n, _ in pages[:100]])


def test_rate_map() -> None:
    starts_ns = (0, 30 * SECOND, 30 * SECOND + 7, 60 * SECOND, 90 * SECOND)
    factors = (1 << 20, 2_306_867, 0, 349_525, 3)
    starts_op = rate_map.op_starts(starts_ns, factors)
    tables = tuple(np.array(table, np.int64) for table in (starts_ns, starts_op, factors))
    assert_equal_results(rate_map.piece_of, [(tables[0], wide(i, 0, 45)) for i in range(INPUTS)])
    assert_equal_results(rate_map.op_until, [(*tables, wide(i, 0, 55)) for i in range(INPUTS)])
    assert_equal_results(rate_map.time_at, [(*tables, wide(i, 0, 62)) for i in range(INPUTS)])


@pytest.mark.parametrize(
    ("kind", "rate_per_s", "profile"),
    [
        (ProcessKind.POISSON, 0.1, ()),
        (ProcessKind.POISSON, 12.5, ((0, 1.0), (30 * SECOND, 2.2), (60 * SECOND, 0.0), (90 * SECOND, 0.3))),
        (ProcessKind.CONSTANT, 3.0, ((0, 1.0), (30 * SECOND, 2.2))),
        (ProcessKind.CONSTANT, 0.7, ()),
        (ProcessKind.NONE, 0.0, ()),
    ],
)
def test_arrivals(kind: int, rate_per_s: float, profile: tuple[tuple[int, float], ...]) -> None:
    source = arrayed(arrivals.make_source(kind, rate_per_s, profile, laws.NO_LAW, laws.NO_LAW))
    until = int(2_000 / max(rate_per_s, 1.0)) * SECOND
    keys = [word(agent, 0) for agent in range(50)]
    # true cursors, where an earlier question of the same agent left them
    cursors = [
        arrivals.count(tabled(source), int(key), 0, 0, whole(agent, 1, until))[:2]
        for agent, key in enumerate(keys)
    ]
    asked = [(source, keys[i % 50], *cursors[i % 50]) for i in range(INPUTS)]
    counts = [(*row, whole(i, 2, until) - SECOND) for i, row in enumerate(asked)]
    times = [(*row, whole(i, 3, 1_000)) for i, row in enumerate(asked)]
    assert_equal_results(arrivals.count, counts)
    assert_equal_results(arrivals.time_of, times)
    assert_equal_results(arrivals.phase_ns_of, [(source, key) for key in keys])
    if rate_per_s and not profile:
        gap_ns = max(1, int(SECOND / rate_per_s))
        phases = [whole(i, 4, 2 * gap_ns) for i in range(INPUTS)]
        windows = [
            (
                source,
                keys[i % 50],
                phases[i],
                1 + whole(i, 5, 100),
                whole(i, 6, 10 * gap_ns) - 1,
                whole(i, 7, 4) - 2,
            )
            for i in range(INPUTS)
        ]
        assert_equal_results(steady.carried, windows)
        ago = [(source, keys[i % 50], phases[i] % gap_ns, 1 + whole(i, 8, 50)) for i in range(INPUTS)]
        assert_equal_results(steady.carried_ns, ago)


def test_steady_start() -> None:
    rows = [
        (
            whole(i, 0, 3), wide(i, 1, 44), wide(i, 2, 40), whole(i, 3, 20), 1.0 + wide(i, 4, 50),
            bool(whole(i, 5, 2)), keyed.unit(int(word(i, 6))),
        )
        for i in range(INPUTS)
    ]  # fmt: skip
    assert_equal_results(steady.gathering, [row for row in rows if row[1] or row[3]])


def test_health() -> None:
    assert_equal_results(
        health.first_check_ns, [(whole(i, 0, 2), 1 + wide(i, 1, 50), word(i, 2)) for i in range(INPUTS)]
    )
    views = [(bool(whole(i, 0, 2)), bool(whole(i, 1, 2)), whole(i, 2, 5)) for i in range(100)]
    assert_equal_results(health.streak_after, views)
    beliefs = [
        (bool(whole(i, 0, 2)), whole(i, 1, 5), 1 + whole(i, 2, 4), 1 + whole(i, 3, 4)) for i in range(200)
    ]
    assert_equal_results(health.believed, beliefs)
