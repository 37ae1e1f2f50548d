from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.libraries.decision import DEFAULT, FIGURES, find_decision

GOOD = """
name = "mine"
currency = "EUR"
[prices]
core_hour = 1
gb_hour = 2
gb_to_servers = 0
gb_to_agents = 3
[[criterion]]
id = "money"
name = "Money"
weight = 1
figure = "money"
better = "less"
why = "it is spent"
[sources]
prices.core_hour = "a test"
prices.gb_hour = "a test"
prices.gb_to_servers = "a test"
prices.gb_to_agents = "a test"
"""


def test_the_catalogues_own_has_a_source_for_each_price_and_says_how_all_is_computed() -> None:
    chosen = find_decision(DEFAULT)
    assert {criterion.figure for criterion in chosen.criterion} <= set(FIGURES)
    assert all(criterion.why for criterion in chosen.criterion)
    assert chosen.sources["prices.core_hour"].endswith("https://cloud.google.com/compute/vm-instance-pricing")


def test_one_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "mine.toml").write_text(GOOD)
    assert find_decision("mine", tmp_path).currency == "EUR"
    assert find_decision(str(tmp_path / "weights" / "mine.toml")).prices.gb_hour == 2
    with pytest.raises(ScenarioError, match=r'there is no decision "min"; did you mean mine\?'):
        find_decision("min", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("weight = 1", "weight = 0", 9, "no criterion has a weight"),
        ('prices.gb_hour = "a test"\n', "", 4, "prices.gb_hour has no source"),
        ('figure = "money"', 'figure = "mony"', 13, 'did you mean "money"'),
        ("core_hour = 1", "core_hour = -1", 5, "out of range"),
    ],
)
def test_a_bad_one_is_one_message_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ScenarioError, match=message) as caught:
        find_decision(str(path))
    assert caught.value.line == line
