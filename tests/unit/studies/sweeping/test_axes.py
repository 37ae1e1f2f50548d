import re

import pytest

from wavetank.errors import ScenarioError
from wavetank.studies.sweeping.axes import axes_of, axis_of, fitted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fleet.agents=20,40,80", ["20", "40", "80"]),
        ("auth.ttl=5min..60min:4", ["5min", "23.3333min", "41.6667min", "60min"]),
        ("auth.ttl=0..60s:3", ["0s", "30s", "60s"]),
        ("server.nodes=1..4:4", ["1", "2", "3", "4"]),
        ("x.y=0.1..0.3:3", ["0.1", "0.2", "0.3"]),
        ("x.y=0..1000000:4", ["0", "333333", "666667", "1000000"]),
        ("x.y=0..4000000:4", ["0", "1333333.333333333256", "2666666.666666666511", "4000000"]),
        ("retry.login.backoff={law='fixed',base='1s'},{law='fixed',base='2s'}",
         ["{law='fixed',base='1s'}", "{law='fixed',base='2s'}"]),
    ],
)  # fmt: skip
def test_values_of_lists_and_ranges(text: str, values: list[str]) -> None:
    assert list(axis_of(text).values) == values


def test_values_from_python() -> None:
    axes = axes_of({"server.nodes": [3, 4], "auth.ttl": "5min..10min:2"})
    assert [(axis.key, axis.values) for axis in axes] == [
        ("server.nodes", ("3", "4")),
        ("auth.ttl", ("5min", "10min")),
    ]
    assert axes_of("server.nodes=3,4") == axes_of(["server.nodes=3,4"])


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("auth.ttl", 7, "is no KEY=VALUE"),
        ("auth.ttl=", 10, "has no values; write auth.ttl=A,B,C or auth.ttl=A..B:N"),
        ("x.y=1,,2", 5, "each value once"),
        ("x.y=1,1", 5, "each value once"),
        ("auth.ttl=60min..5min:4", 10, "the first end is the lower one"),
        ("auth.ttl=5min..5min:4", 10, "the first end is the lower one"),
        ("auth.ttl=5..60min:4", 10, "both ends in the same unit, such as 5min..60min"),
        ("auth.ttl=1min..1h:4", 10, "both ends in the same unit; 1min and 1h have different ones"),
        ("auth.ttl=a..b:4", 10, "a range goes from a number to a number"),
        ("x.y=1..5:1", 5, "from 2 to 10,000"),
        ("x.y=1..5:many", 5, "from 2 to 10,000"),
    ],
)
def test_mistakes_have_their_place(text: str, column: int, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        axes_of(["z=1", text])
    if column != 7:
        assert str(caught.value).startswith(f"--vary:2:{column}: ")


def test_a_key_is_varied_once() -> None:
    with pytest.raises(ScenarioError, match=re.escape("--vary:2:1: a.b is varied twice")):
        axes_of(["a.b=1", "a.b=2"])


def test_a_key_of_whole_numbers_gets_no_others() -> None:
    refuses = fitted(axis_of("server.nodes=1..4:5"), lambda override: "." not in override.text.split("=")[1])
    assert refuses.values == ("1", "2", "3", "4")
    assert refuses.span is not None
    assert refuses.span.whole
    accepts = fitted(axis_of("x.y=1..4:5"), lambda _: True)
    assert accepts.values == ("1", "1.75", "2.5", "3.25", "4")
    assert accepts.span is not None
    assert not accepts.span.whole


def test_whole_numbers_have_equal_shares() -> None:
    span = axis_of("x.y=3..6").span
    assert span is not None
    assert [span.whole_at(index / 8) for index in range(8)] == ["3", "3", "4", "4", "5", "5", "6", "6"]
