"""A scenario made smaller, as long as what was found about it can still be found.

Greedy: a shorter run, fewer agents, then table by table and key by key taken out, again and again until
nothing more goes or the time is over. A change that makes the scenario invalid is simply not taken.
"""

import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from wavetank.errors import ScenarioError
from wavetank.scenario import Scenario, loads
from wavetank.scenario.written import toml_of, written_out
from wavetank.units import parse_duration

Raw = dict[str, Any]
Path = tuple[str | int, ...]

_KEPT = frozenset({("fleet",), ("fleet", "agents"), ("duration",), ("seed",), ("name",)})


def shrunk(
    scenario: Scenario, still: Callable[[Scenario], bool], over: Callable[[], bool], seed: int | None = None
) -> Scenario:
    """The smallest scenario found of which `still` is true, as it is of `scenario` (with `seed`).

    `over`: whether the time is over; it is asked before each trial.
    """
    raw = tomllib.loads(written_out(scenario, seed))
    raw.pop("description", None)
    best = loads(toml_of(raw))

    def try_(smaller: Raw) -> bool:
        nonlocal raw, best
        if over():
            return False
        try:
            made = loads(toml_of(smaller))
            good = still(made)
        except ScenarioError:
            return False
        if good:
            raw, best = smaller, made
        return good

    going = True
    while going and not over():
        going = False
        for shrink in (_shorter, _fewer, _less):
            going |= shrink(lambda: raw, try_)
    return best


def _shorter(raw: Callable[[], Raw], try_: Callable[[Raw], bool]) -> bool:
    """Cut the run, by halves first."""
    gone = False
    for kept, of in ((1, 8), (1, 2), (3, 4), (15, 16)):
        while True:
            now_ns = parse_duration(raw()["duration"]) if "duration" in raw() else 10**10
            if now_ns <= of or not try_({**raw(), "duration": f"{now_ns * kept // of}ns"}):
                break
            gone = True
    return gone


def _fewer(raw: Callable[[], Raw], try_: Callable[[Raw], bool]) -> bool:
    """Take agents out, by halves first."""
    gone = False
    while True:
        agents = raw().get("fleet", {}).get("agents", 1)
        tries = sorted({1, agents // 2, agents * 3 // 4, agents - 1} - {0, agents})
        if not any(try_(_with(raw(), ("fleet", "agents"), fewer)) for fewer in tries if fewer < agents):
            return gone
        gone = True


def _less(raw: Callable[[], Raw], try_: Callable[[Raw], bool]) -> bool:
    """Take out tables and keys, the outer ones first."""
    gone = False
    done = False
    seen: set[Path] = set()
    while not done:
        done = True
        for path in _paths(raw(), ()):
            if path in seen or path in _KEPT:
                continue
            seen.add(path)
            if try_(_without(raw(), path)):
                gone, done = True, False
                seen = {path_seen for path_seen in seen if path_seen[: len(path) - 1] != path[:-1]}
                break
    return gone


def _paths(node: Any, path: Path) -> Iterator[Path]:
    """Every table, item and key, the outer ones first, the later items of a list before the earlier."""
    inner: list[Path] = []
    if isinstance(node, dict):
        inner = [(*path, key) for key in node]
    elif isinstance(node, list) and all(isinstance(item, dict) for item in node):
        inner = [(*path, index) for index in reversed(range(len(node)))]
    yield from inner
    for below in inner:
        yield from _paths(node[below[-1]], below)


def _with(node: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    return {**node, path[0]: _with(node.get(path[0], {}), path[1:], value)}


def _without(node: Any, path: Path) -> Any:
    """A copy without what stands at `path`."""
    first, rest = path[0], path[1:]
    if isinstance(node, list):
        kept = [_without(node[int(first)], rest)] if rest else []
        return [*node[: int(first)], *kept, *node[int(first) + 1 :]]
    if rest:
        return {**node, first: _without(node[first], rest)}
    return {key: value for key, value in node.items() if key != first}
