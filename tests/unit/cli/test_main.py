import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.cli import main
from wavetank.cli.status import Status, status_of
from wavetank.errors import AccountingError, RunFailed, ScenarioError, UnsupportedByEngine

COMMAND = (sys.executable, "-m", "wavetank")


def command(*words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *words], capture_output=True, text=True, timeout=60, check=False, **more
    )


def test_module_is_the_command(queue: Path) -> None:
    done = command("check", queue)
    assert (done.returncode, done.stderr) == (0, "")
    assert "utilisation 20.0 %" in done.stdout


def test_help_lists_the_commands_and_needs_no_engine(ask: Ask) -> None:
    said = ask("--help")
    assert said.status == 0
    for word in ("run", "compare", "check", "models", "uml"):
        assert f" {word} " in said.out
    imported = command("--help", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}).stderr
    names = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "cyclopts" in names
    assert not names & {"pandas", "matplotlib", "pyarrow", "simpy"}


def test_help_has_the_first_words_of_every_command(ask: Ask) -> None:
    shown = ask("--help").out
    for name in main.COMMANDS:
        assert re.search(rf"\b{name} +[A-Z]\w", shown), name


def test_a_command_waits_for_no_other() -> None:
    imported = command("models", "list", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}).stderr
    names = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "wavetank.cli.main" in names
    assert not names & {"wavetank.cli.run", "wavetank.cli.review", "wavetank.studies.frontiers"}


def test_a_server_starts_without_the_schema() -> None:
    """Half of the CPU time of its start, where it was told of no scenario."""
    program = "import sys, wavetank.cli.server, wavetank.real.server.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "wavetank.real.server.settings" in done.stdout.split()
    assert not {"pydantic", "wavetank.scenario", "wavetank.results.tally"} & set(done.stdout.split())


def test_version(ask: Ask) -> None:
    assert ask("--version").out.strip() == version("wavetank")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("runs",), 'Unknown command "runs". Did you mean "run"?'),
        (("run",), "requires an argument"),
        (("run", "mm4", "--sed", "3"), "Unknown option: --sed. Did you mean --seed?"),
        (("run", "mm4", "--seed", "three"), '"three" is not a whole number'),
        (("run", "mm4", "--seed", "1.5"), '"1.5" is not a whole number'),
        (("run", "mm4", "--replications", "2.6"), '"2.6" is not a whole number'),
        (("run", "mm4", "--out", ""), "a folder without a name"),
        (("run", "mm4", "--seed", "-1"), "Must be >= 0"),
        (("run", "mm4", "--replications", "0"), "Must be >= 1"),
        (("run", "mm4", "and more"), "Unused Tokens"),
        (("compare", "mm4", "mm4", "--wth", "a=b"), "Unknown option: --wth"),
        (("models", "list", "fleet"), "Invalid value"),
    ],
)
def test_words_that_are_not_understood_are_bad_input(ask: Ask, words: tuple[str, ...], message: str) -> None:
    said = ask(*words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.startswith("wavetank: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        ("duration = 5", ":1:12: ", "duration"),
        ("[fleet]\nagnets = 5", ":2:1: ", "did you mean agents?"),
        ("fleet = [", ":1:", "not valid TOML"),
        ('[auth]\nscheme = "server-token"', ":2:", "ttl"),
    ],
)
def test_bad_scenario_is_one_message_with_its_place(
    ask: Ask, tmp_path: Path, content: str, where: str, message: str
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    for words in (("run", file), ("check", file), ("compare", file, file)):
        said = ask(*words)
        assert (said.status, said.out) == (2, "")
        assert said.err.startswith(f"wavetank: {file}{where}")
        assert message in said.err
        assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ScenarioError("wrong", "file", 1, 1), Status.BAD_INPUT),
        (UnsupportedByEngine("reference", "auth"), Status.BAD_INPUT),
        (RunFailed("out of memory"), Status.INCONCLUSIVE),
        (AccountingError("1 is missing"), Status.INCONCLUSIVE),
    ],
)
def test_status_of_an_error(ask: Ask, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    assert status_of(error) == status  # type: ignore[arg-type]
    monkeypatch.setattr(main, "app", fail)
    assert ask("run", "mm4") == (status, "", f"wavetank: {error}\n")


def long_run(tmp_path: Path, workers: int) -> list[str | Path]:
    file = tmp_path / "long.toml"
    file.write_text(
        'duration = "10h"\n[fleet]\nagents = 5_000\n'
        '[[fleet.class]]\nname = "a"\nstateless = { rate = "1/s" }\n'
        '[[fault]]\nkind = "key-rotation"\nat = "1h"\n'
    )
    several = ["--workers", str(workers), "--replications", str(workers)]
    return [*COMMAND, "run", file, *several, "--no-check", "--out", tmp_path / "out"]


def descendants(process: int) -> list[int]:
    """The processes that one has started, and those that these have started."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [each for child in map(int, children) for each in (child, *descendants(child))]


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_stops_soon_and_leaves_nothing(tmp_path: Path, workers: int) -> None:
    words = long_run(tmp_path, workers)
    with subprocess.Popen(words, stdout=-1, stderr=-1, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 30
        while not under_way(process.pid, workers) and time.monotonic() < deadline:
            time.sleep(0.05)
        others = descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "wavetank: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["long.toml"]
    assert len(others) == (3 if workers > 1 else 0)
    time.sleep(0.5)
    assert not [child for child in others if alive(child)]


@pytest.mark.parametrize("begun", [1, 2, 3])
def test_interrupt_while_processes_start_leaves_none(tmp_path: Path, begun: int) -> None:
    with subprocess.Popen(
        long_run(tmp_path, 2), stdout=-1, stderr=-1, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 30
        while len(descendants(process.pid)) < begun and time.monotonic() < deadline:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGINT)
        try:  # both come to an end with the last process that writes there
            out, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert (process.returncode, out, err) == (130, "", "wavetank: interrupted\n")


def under_way(process: int, workers: int) -> bool:
    """Whether a run has begun: its processes are there, or it has worked for longer than starting takes."""
    if workers > 1:
        return len(descendants(process)) == 3
    ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11]
    return int(ticks) / os.sysconf("SC_CLK_TCK") > 2.5


def alive(process: int) -> bool:
    """Whether a process is there and more than a corpse that nobody has buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_reader_that_goes_away_is_no_error(queue: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m wavetank models schema | head -c 1",
        shell=True, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("{", "")
