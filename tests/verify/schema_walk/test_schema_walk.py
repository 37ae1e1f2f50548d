"""Every key of the schema does something: that is what "honoured" means.

Each leaf key has a pair of scenarios that differ only in it, and a metric that must move in the stated
direction, at two seeds, by more than the two seeds differ without the change. A leaf without a pair fails
the first test, which names it.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from tests.verify.schema_walk.pairs import EXEMPT, Pair, every
from wavetank.engines.reference import run
from wavetank.results.metrics import is_metric
from wavetank.results.summary import Summary, summarise
from wavetank.scenario import loads
from wavetank.scenario.schema.laws import SizeLaw, TimeLaw
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import walk

PAIRS = every()
SEEDS = (1, 2)
NAMES = {"a": "", "near": "NAME", "HS256": "NAME", "0": ""}
"""Names in the pairs' keys, and what the schema's paths have in their place."""


def in_schema(key: str) -> str:
    """The path in the schema of a key as --set has it."""
    parts = (NAMES.get(part, part) for part in key.split("."))
    return ".".join(part for part in parts if part)


def leaves() -> Iterator[str]:
    """Every key that holds a value; a law counts as one, its own keys once for all its places."""
    law: tuple[str, ...] = ()
    for key in walk(Spec):
        if law and key.path[: len(law)] == law:
            continue
        law = key.path if key.table in (TimeLaw, SizeLaw) else ()
        if key.table is None or law:
            yield ".".join(key.path)
    for place, table in (("server.service.stateless", TimeLaw), ("fleet.class.stateless.size", SizeLaw)):
        yield from (f"{place}.{name}" for name in table.model_fields)


def test_every_leaf_has_a_pair() -> None:
    known = {in_schema(pair.key) for pair in PAIRS} | set(EXEMPT)
    missing = [leaf for leaf in leaves() if leaf not in known]
    assert not missing, f"no pair of scenarios shows what these keys do: {', '.join(missing)}"


def test_no_pair_is_left_over() -> None:
    known = set(leaves())
    assert [pair.key for pair in PAIRS if in_schema(pair.key) not in known] == []
    assert set(EXEMPT) <= known
    assert all(is_metric(pair.metric) for pair in PAIRS)
    assert len({pair.key for pair in PAIRS}) == len(PAIRS)


@cache
def measured(text: str, sets: tuple[str, ...], seed: int) -> Summary:
    """The metrics of a scenario with these overrides."""
    resolved = loads(text, sets).resolve(seed)
    return summarise(resolved, run(resolved))


def figure(pair: Pair, sets: tuple[str, ...], seed: int) -> float:
    """The pair's metric; infinite where the run says so, 0 where there was nothing to count."""
    summary = measured(pair.scenario, sets, seed)
    value = summary.get(pair.metric, 0)
    return float("inf") if value is None else float(value)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.key)
def test_key_moves_its_metric(pair: Pair) -> None:
    before = () if pair.before is None else (f"{pair.key}={pair.before}",)
    after = (f"{pair.key}={pair.after}",)
    calm = [figure(pair, before, seed) for seed in SEEDS]
    moved = [figure(pair, after, seed) for seed in SEEDS]
    assert len({*calm, float("inf")}) > 1, f"{pair.metric} is infinite without the change"
    noise = max(calm) - min(calm)
    told = f"{pair.key} = {pair.after}: {pair.metric} from {calm} to {moved}"
    for calm_run, other in zip(calm, moved, strict=True):
        assert pair.direction * (other - calm_run) > noise, told
