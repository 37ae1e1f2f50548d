"""All mistakes of a scenario are reported at once, each with its place."""

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import loads
from wavetank.scenario.gathering import MOST

FOUR = """\
duration = "10 parsecs"
[fleet]
agnets = 5
[server]
blocking = 1
[auth]
scheme = "server-token"
"""


def mistakes(text: str, *sets: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, sets)
    return [str(error) for error in caught.value.errors]


def test_schema_and_contradictions_together() -> None:
    said = mistakes(FOUR)
    assert [line.partition(": ")[0] for line in said] == [
        "scenario.toml:1:12", "scenario.toml:3:1", "scenario.toml:5:12", "scenario.toml:7:10",
    ]  # fmt: skip
    assert "unknown unit" in said[0]
    assert "did you mean agents?" in said[1]
    assert "write true or false" in said[2]
    assert "needs ttl" in said[3]


def test_contradictions_together() -> None:
    text = """\
warmup = "20min"
[[fault]]
kind = "node-loss"
at = "1h"
node = 3
[[fault]]
kind = "cold-start"
at = "1min"
share = "5%"
[commands]
channel = "poll"
[slo]
nonsense = 1
event_latency_p99 = 5
"""
    said = mistakes(text)
    assert [line.split(":")[1] for line in said] == ["1", "11", "3", "4", "5", "9", "13", "14"]


def test_overrides_and_the_file_together() -> None:
    said = mistakes(FOUR, "nonsense", "fault.0.at=1min", "fleet.agnets=5")
    assert [line.split(":")[0] for line in said[:2]] == ["--set", "--set"]
    assert any("unknown unit" in line for line in said)


def test_a_part_that_is_not_there_hides_nothing_else() -> None:
    said = mistakes('fleet.mix = "nobody"\nserver.card = "nothing"\nwarmup = 5\n')
    assert len(said) == 3


@pytest.mark.parametrize(
    "text",
    [
        # the default of duration would be too short
        'duratoin = "2h"\n[[fault]]\nkind = "cold-start"\nat = "1h"\n',
        # a misspelt key is also missing
        '[[fault]]\nkindd = "cold-start"\nat = "1min"\n',
        # the one node that is there by default
        '[server]\nnodes = "3"\n[[fault]]\nkind = "node-loss"\nnode = 2\nlasts = "1s"\nat = "1min"\n',
        "network = 5\n",
    ],
)
def test_no_mistake_is_told_twice(text: str) -> None:
    assert len(mistakes(text)) == 1


def test_no_more_messages_than_help() -> None:
    text = "".join(f"wrong{index} = 1\n" for index in range(100))
    assert len(mistakes(text)) == MOST
