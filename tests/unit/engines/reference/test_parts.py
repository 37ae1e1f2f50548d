from typing import Any, cast

import pytest

from wavetank.engines.reference.parts import Agent, without
from wavetank.policy.codes import Stream


def test_without_takes_one_out_by_identity() -> None:
    first, twin, other = [1], [1], [2]
    assert without((first, twin, other), first) == (twin, other)
    assert without((first, twin), first)[0] is twin
    assert without((first,), first) == ()


def test_a_stream_that_the_scenario_has_not_is_named() -> None:
    nothing = cast(Any, None)
    agent = Agent(7, nothing, 0, nothing, 0, nothing)
    with pytest.raises(LookupError, match="agent 7 has no stream heartbeat"):
        agent.flow(Stream.HEARTBEAT)
    flow = cast(Any, object())
    agent.flows[Stream.LOGIN] = flow
    assert agent.flow(Stream.LOGIN) is flow
