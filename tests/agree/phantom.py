"""Gives enumerations one more member than the sources say, and imports the engines or runs scenarios.

    python -m tests.agree.phantom imports                     each enumeration alone: refused, or how it went
    python -m tests.agree.phantom runs MODULE:ENUMERATION...  all of these at once: what both engines count

The member is called PHANTOM and is the last one. It stands in the class when the module is executed, so that
tables built there see it, as they would see a member that somebody has added.
"""

import ast
import json
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

MODULES = ("wavetank.policy.codes", "wavetank.protocol.order", "wavetank.protocol.tables")
"""Where the enumerations are that choices of the model go by."""
IMPORTED = (
    "wavetank", "wavetank.engines.reference", "wavetank.engines.live", "wavetank.engines.live.fault_injector",
    "wavetank.engines.compiled.fast.running", "wavetank.engines.compiled.running",
    "wavetank.engines.compiled.stepping",
)  # fmt: skip
FOREIGN = ("numpy", "pandas", "pydantic", "simpy", "numba", "rich", "cyclopts")
"""Imported before a child is forked, to save each of them the time."""
SIM = Path(__file__).parents[2] / "sim"


class Loader(SourceFileLoader):
    """Executes a module with a member more in some of its enumerations."""

    wanted: frozenset[str] = frozenset()

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module, never from the cache."""
        tree = ast.parse(Path(self.path).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in self.wanted:
                codes = [int(ast.literal_eval(member.value)) for member in members(node)]
                node.body += ast.parse(f"PHANTOM = {max(codes) + 1}").body
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules whose enumerations have phantoms."""

    def __init__(self, phantoms: Sequence[str]) -> None:
        self._wanted: dict[str, set[str]] = {}
        for phantom in phantoms:
            module, _, name = phantom.partition(":")
            self._wanted.setdefault(module, set()).add(name)

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        """Give these modules a loader of their own."""
        spec = PathFinder.find_spec(fullname, path) if fullname in self._wanted else None
        if spec is not None and spec.origin:
            spec.loader = loader = Loader(fullname, spec.origin)
            loader.wanted = frozenset(self._wanted[fullname])
        return spec


def members(node: ast.ClassDef) -> list[ast.Assign]:
    return [statement for statement in node.body if isinstance(statement, ast.Assign)]


def enumerations() -> Iterator[str]:
    """Yield every enumeration as MODULE:NAME."""
    for module in MODULES:
        source = SIM.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "IntEnum" for base in node.bases
            ):
                yield f"{module}:{node.name}"


def import_all(phantoms: Sequence[str]) -> str:
    """Import the engines; returns "" or the refusal."""
    if phantoms:
        sys.meta_path.insert(0, Finder(phantoms))
    try:
        for module in IMPORTED:
            import_module(module)
    except Exception as mistake:  # noqa: BLE001  # whatever it is, it is told
        return f"{type(mistake).__name__}: {mistake}"
    return ""


def refusals() -> dict[str, str]:
    """Say for each enumeration what the engines do when it has a phantom, each in a process of its own."""
    for name in FOREIGN:
        import_module(name)
    said = {}
    for phantom in enumerations():
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, import_all([phantom]).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said[phantom] = pipe.read()
        os.waitpid(child, 0)
    return said


def counted(phantoms: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """Run small scenarios on both engines, on both paths of `compiled`; returns the metrics by run."""
    refusal = import_all(phantoms)
    if refusal:
        raise SystemExit(refusal)
    from tests.agree.engines import REFERENCE
    from tests.unit.studies.cases import QUEUE, STORM, resolved
    from wavetank.engines import compiled
    from wavetank.results.summary import summarise
    from wavetank.scenario import load

    fault = "fault=[{kind='node-restart', at='20s', node=0, down='5s'}]"
    fast = load("model-m", ["fleet.agents=50", "duration=2min"]).resolve()
    cases = {"queue": resolved(QUEUE), "storm": resolved(STORM, fault), "fast": fast}
    runs = {f"compiled {name}": (case, compiled.run(case)) for name, case in cases.items()}
    runs |= {f"reference {name}": (case, REFERENCE.run(case)) for name, case in cases.items()}
    return {name: dict(summarise(case, tally)) for name, (case, tally) in runs.items()}


if __name__ == "__main__":
    print(json.dumps(refusals() if sys.argv[1] == "imports" else counted(sys.argv[2:])))
