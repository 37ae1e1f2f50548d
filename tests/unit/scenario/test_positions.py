import tomllib
from typing import Any

import pytest

from wavetank.scenario.positions import MAX_DEPTH, MOST_ITEMS, Mark, Path, TooDeep, scan

TEXT = """\
# comment [a.b] = 1
top = "x # y"          # behind
"quoted key" = 1
a.b.c = 3
[fleet]
agents = 10
inline = { x = 1, y = { z = "}" } }
many = [
    1, [2, 3],   # [[
    { k = 'v' },
]
text = \"\"\"
[not.a.table]
no = 1 \\\"\"\" still
\"\"\"
[[fleet.class]]
name = "one"
[fleet.class.stateless]
rate = "1/s"
[[fleet.class]]
name = "two"
  stateless.rate = "2/s"
[network."my net"]
delay = '''5
ms'''
when = 1979-05-27 07:32:00
"""


def paths(value: Any, path: Path = ()) -> set[Path]:
    """Every path of a parsed document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} | {place for key, node in inner for place in paths(node, (*path, key))}


def test_marks_every_key_that_tomllib_reads() -> None:
    assert paths(tomllib.loads(TEXT)) - {()} == set(scan(TEXT))


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("top",), Mark(2, 1, 2, 7)),
        (("quoted key",), Mark(3, 1, 3, 16)),
        (("a", "b"), Mark(4, 3, 4, 3)),
        (("a", "b", "c"), Mark(4, 5, 4, 9)),
        (("fleet",), Mark(5, 2, 5, 2)),
        (("fleet", "inline", "y", "z"), Mark(7, 25, 7, 29)),
        (("fleet", "many", 1, 0), Mark(9, 9, 9, 9)),
        (("fleet", "many", 2, "k"), Mark(10, 7, 10, 11)),
        (("fleet", "class", 0, "name"), Mark(17, 1, 17, 8)),
        (("fleet", "class", 0, "stateless", "rate"), Mark(19, 1, 19, 8)),
        (("fleet", "class", 1, "stateless", "rate"), Mark(22, 13, 22, 20)),
        (("network", "my net", "delay"), Mark(24, 1, 24, 9)),
    ],
)
def test_positions(path: Path, mark: Mark) -> None:
    assert scan(TEXT)[path] == mark


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 3000, "a = " + "{a=" * 3000, "[" + "a." * 3000 + "a]", "a." * 3000 + "a = 1"]
)
def test_depth_is_capped(text: str) -> None:
    with pytest.raises(TooDeep):
        scan(text)


def test_allowed_depth_is_read() -> None:
    text = "a = " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert len(scan(text)) == MAX_DEPTH - 1


def test_long_arrays_are_marked_at_their_beginning() -> None:
    marks = scan("a = [" + "[1]," * (MOST_ITEMS + 5) + "]\nb = 2\n")
    assert ("a", MOST_ITEMS - 1, 0) in marks
    assert ("a", MOST_ITEMS) not in marks
    assert marks[("b",)] == Mark(2, 1, 2, 5)
