import subprocess
import sys
from types import ModuleType

import pytest

import wavetank
from tests.unit.studies.cases import QUEUE
from wavetank.engines import registry
from wavetank.results.result import Result

HEAVY = {"pandas", "matplotlib", "numpy", "pyarrow", "pydantic", "simpy", "cyclopts", "rich", "typing"}


def documented() -> list[str]:
    """The names that the package's own text lists."""
    text = (wavetank.__doc__ or "").partition("public:\n")[2].partition("\n\nThey are")[0]
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def test_public_names_are_those_documented() -> None:
    assert sorted(documented()) == sorted(wavetank.__all__) == sorted(dir(wavetank))
    assert len(documented()) == 30


@pytest.mark.parametrize("name", documented())
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(wavetank, name)
    assert value.__doc__
    assert getattr(wavetank, name) is value


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = wavetank.simulate


@pytest.mark.parametrize(
    "name", ["ScenarioError", "UnsupportedByEngine", "RunFailed", "ResultError", "MissingExtra"]
)
def test_every_error_is_a_wavetank_error(name: str) -> None:
    assert issubclass(getattr(wavetank, name), wavetank.WavetankError)


def test_engines_is_the_registry() -> None:
    assert isinstance(wavetank.engines, ModuleType)
    assert wavetank.engines.names() == registry.names()


def test_import_loads_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import wavetank; print(*(set(sys.modules) - before))"
    command = [sys.executable, "-S", "-E", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "wavetank" in loaded
    assert loaded & HEAVY == set()


def test_reads_as_in_the_example(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("api")
    (folder / "queue.toml").write_text(QUEUE)
    base = wavetank.load(folder / "queue.toml")
    faster = base.but("server.cores=2")
    assert wavetank.check(base).problems == ()
    comparison = wavetank.compare(base, faster, replications=2)
    mean, low, high = comparison["server_utilisation"]
    assert mean is not None
    assert low is not None
    assert high is not None
    assert low <= mean <= high < 0
    assert isinstance(comparison.a, Result)
