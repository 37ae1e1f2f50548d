"""Holds other engines against the reference engine on one scenario."""

from dataclasses import fields

from tests.agree.engines import REFERENCE, beside
from wavetank.engines.registry import ENGINES, Engine
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved
from wavetank.studies.agreement import same
from wavetank.studies.divergence import equal_requests, first_divergence

OTHERS = (
    tuple(engine for engine in ENGINES if engine.name != "reference" and not engine.real)
    or beside("backwards")[1:]
)
"""Every engine that simulates, beside the reference; without any, the reference with agents reversed."""

WIDE = 400


def counts_of(engine: Engine, resolved: Resolved) -> Tally:
    """The counts of an engine, every request logged and every agent traced."""
    return engine.run(resolved, range(resolved.agents), requests=True)


def reference_of(resolved: Resolved) -> Tally:
    """The same of the reference engine."""
    return counts_of(REFERENCE, resolved)


def assert_equal(resolved: Resolved, tally: Tally, engine: Engine, text: str) -> None:
    """Fail with the first difference unless `engine` counts what `tally` holds; `text` is the scenario."""
    counted = counts_of(engine, resolved)
    if same(tally, counted):
        return
    assert tally.requests is not None
    assert counted.requests is not None
    equal, unequal = equal_requests(tally.requests, counted.requests)
    said = [
        f"{engine.name}: {equal} of {len(tally.requests)} requests equal, first that is not: {unequal}",
        f"first message: {first_divergence(tally.trace, counted.trace)}",
    ]
    for field in fields(Tally):
        mine, other = getattr(tally, field.name), getattr(counted, field.name)
        if field.name not in ("requests", "trace") and mine != other:
            said.append(f"{field.name}: {str(mine)[:WIDE]} is {str(other)[:WIDE]}")
    raise AssertionError("\n".join([*said, text]))
