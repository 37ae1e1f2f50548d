import re
import tomllib
from pathlib import Path

import pytest

from wavetank.face.uml.packages import imports_of, packages, reduced

ROOT = Path(__file__).parents[4]
SOURCES = ROOT / "sim" / "wavetank"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    texts = {
        "__init__.py": "",
        "__main__.py": "import wavetank.top",
        "base.py": "import os",
        "top/__init__.py": "from wavetank import base",
        "top/deep/__init__.py": "",
        "top/deep/one.py": "def late():\n    from wavetank.middle.parts import thing\n",
        "middle/__init__.py": "import wavetank.base as b, wavetank.middle.parts",
        "middle/parts.py": "from . import __init__",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_imports_are_found_wherever_they_stand(sources: Path) -> None:
    assert imports_of(sources) == {"base": set(), "middle": {"base"}, "top": {"base", "middle"}}


def test_arrows_that_follow_from_others_are_left_out(sources: Path) -> None:
    assert reduced(imports_of(sources)) == {"base": set(), "middle": {"base"}, "top": {"middle"}}
    lines = packages(sources).source.splitlines()
    assert [line for line in lines if " --> " in line] == ["middle --> base", "top --> middle"]


def test_boxes_say_what_they_hold(sources: Path) -> None:
    source = packages(sources).source
    assert r'rectangle "**top**\ndeep" <<package>> as top' in source
    assert r'rectangle "**middle**\nparts" <<package>> as middle' in source
    assert 'rectangle "**base**" <<module>> as base' in source


def test_our_own_packages_are_the_layers_and_import_only_downwards() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [
        contract for contract in project["tool"]["importlinter"]["contracts"] if contract["name"] == "Layers"
    ]
    order = [name.strip("() ") for layer in layers["layers"] for name in re.split("[:|]", layer)]
    imports = imports_of(SOURCES)
    assert set(imports) <= set(order)
    assert {"cli", "face", "engines", "policy", "units"} <= set(imports)
    for name, needed in imports.items():
        assert all(order.index(name) < order.index(other) for other in needed)


def test_reduced_reaches_all_that_the_whole_does() -> None:
    whole = imports_of(SOURCES)
    less = reduced(whole)

    def reach(graph: dict[str, set[str]], name: str) -> set[str]:
        return graph[name].union(*(reach(graph, other) for other in graph[name]))

    assert {name: reach(less, name) for name in less} == {name: reach(whole, name) for name in whole}
    assert sum(map(len, less.values())) < sum(map(len, whole.values()))
