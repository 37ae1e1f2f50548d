"""Makes each deliberate mistake in a copy of the tree, and sees that the test it names then fails.

    python -m tests.mutants.run [--quick] [NAME...]

Exit status 0: every mutant was caught. 1: one survived, no longer fits, or its test fails without it.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutant import PACKAGE, Misfit, Mutant, all_mutants, mutated

ROOT = Path(__file__).parents[2]
COPIED = ("sim", "tests", "models", "docs", "pyproject.toml")
WORKERS = 2
QUICK_S = 30.0
"""A quick run begins no mutant later than this, and stops a test that takes longer."""
PATIENCE_S = 120.0
"""A test that takes longer is stopped: the mistake is caught, and the report says that the test hung."""
CAUGHT, HUNG, SURVIVED, BROKEN = "caught", "hung", "SURVIVED", "BROKEN"


class Tree:
    """A copy of the working tree in which one mutant after the other is made and undone."""

    def __init__(self, folder: Path, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s
        ignored = shutil.ignore_patterns("__pycache__", ".*", "node_modules")
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy2(source, folder / name)
        # compiled files that are checked by content: two edits in one second must not be mixed up
        compiling = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "sim"]
        subprocess.run(compiling, cwd=folder, check=True)

    def tests(self, names: Iterable[str], patience_s: float) -> subprocess.CompletedProcess[str]:
        """Run tests in this copy, against this copy; raises TimeoutExpired after `patience_s`."""
        own = ("-p", "no:cacheprovider", f"--basetemp={self._folder / 'tmp'}")
        command = [sys.executable, "-m", "pytest", "-q", "-x", *own, *names]
        paths = {"PYTHONPATH": str(self._folder / "sim"), "PYTHONDONTWRITEBYTECODE": "1"}
        # A group of its own: what a test has started ends with it.
        with subprocess.Popen(
            command,
            cwd=self._folder,
            env=os.environ | paths,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        ) as running:
            try:
                out, err = running.communicate(timeout=patience_s)
            except BaseException:
                os.killpg(running.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(command, running.returncode, out, err)

    def judge(self, mutant: Mutant) -> tuple[str, str]:
        """Judge a mutant: (caught, hung, survived or broken; the output of pytest)."""
        path = self._folder / PACKAGE / mutant.file
        right = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutated(mutant, self._folder), encoding="utf-8")
            ran = self.tests([mutant.test], self._patience_s)
        except subprocess.TimeoutExpired:
            return HUNG, f"the test takes more than {self._patience_s:.0f} s"
        finally:
            path.write_text(right, encoding="utf-8")
        outcome = {0: SURVIVED, 1: CAUGHT}.get(ran.returncode, BROKEN)
        return outcome, ran.stdout[-2_000:] + ran.stderr[-500:]


def misfits(mutants: Sequence[Mutant]) -> list[str]:
    """Every mutant that does not fit the source any more, in words."""
    wrong = []
    for mutant in mutants:
        try:
            if mutated(mutant, ROOT) == (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8"):
                wrong.append(f"{mutant.name}: it changes nothing")
        except Misfit as misfit:
            wrong.append(str(misfit))
    return wrong


def spread(mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants in an order in which any beginning holds some of every file."""
    return [mutant for first in range(5) for mutant in mutants[first::5]]


def judge_all(
    mutants: Sequence[Mutant], trees: Sequence[Tree], until_s: float
) -> dict[Mutant, tuple[str, str]]:
    """The fate of the mutants; those not begun by `until_s` (monotonic) are left out."""
    idle: SimpleQueue[Tree] = SimpleQueue()
    for tree in trees:
        idle.put(tree)
    fates: dict[Mutant, tuple[str, str]] = {}
    show = progress(len(mutants))

    def one(mutant: Mutant) -> None:
        tree = idle.get()
        try:
            if time.monotonic() < until_s:
                fates[mutant] = tree.judge(mutant)
        finally:
            idle.put(tree)
        show(len(fates), mutant.name)

    with ThreadPoolExecutor(len(trees)) as pool:
        list(pool.map(one, mutants))
    show(len(fates), "")
    return fates


def progress(total: int) -> Callable[[int, str], None]:
    """A line that tells how far it is; silent where nobody looks."""

    def show(done: int, name: str) -> None:
        if sys.stderr.isatty():
            end = "" if name else "\n"
            print(f"\r{done:3} of {total} {name[:50]:<50}", end=end, file=sys.stderr, flush=True)

    return show


def chosen(names: Sequence[str]) -> list[Mutant]:
    """The mutants of these names, all without any; ends the program when there is no such one."""
    mutants = all_mutants()
    unknown = set(names) - {mutant.name for mutant in mutants}
    if unknown:
        raise SystemExit(f"no mutant is called {', '.join(sorted(unknown))}")
    return [mutant for mutant in mutants if not names or mutant.name in names]


def main() -> int:
    """Judge the mutants named, or all; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.mutants.run", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these mutants")
    parser.add_argument("--quick", action="store_true", help="only as many as fit into a minute")
    options = parser.parse_args()
    begun_s = time.monotonic()
    mutants = chosen(options.names)
    wrong = misfits(mutants)
    for line in wrong:
        print(line)
    if wrong:
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        workers = min(WORKERS, len(mutants))
        patience_s = QUICK_S if options.quick else PATIENCE_S
        trees = [Tree(_made(Path(folder) / str(number)), patience_s) for number in range(workers)]
        until_s = begun_s + QUICK_S if options.quick else float("inf")
        fates = judge_all(spread(mutants) if options.quick else mutants, trees, until_s)
        status = report(mutants, fates, patience_s, time.monotonic() - begun_s)
        return max(status, unbroken(trees, fates))


def unbroken(trees: Sequence[Tree], fates: Iterable[Mutant]) -> int:
    """Run the tests of these mutants without any: a test that fails anyway has caught nothing.

    Each tree has its share. Files stay together, for what they set up is set up once.
    """
    tests = sorted({mutant.test for mutant in fates})
    files = sorted({test.partition("::")[0] for test in tests})
    shares = [
        [test for test in tests if files.index(test.partition("::")[0]) % len(trees) == number]
        for number in range(len(trees))
    ]
    with ThreadPoolExecutor(len(trees)) as pool:
        return max(pool.map(_unbroken, trees, shares))


def _unbroken(tree: Tree, tests: Sequence[str]) -> int:
    """They have the more time the more they are, as the machine may be busy."""
    if not tests:  # pytest without a name would run all
        return 0
    try:
        plain = tree.tests(tests, PATIENCE_S * max(WORKERS, len(tests) / 4))
    except subprocess.TimeoutExpired as error:
        print(f"without any mutant the tests do not end within {error.timeout:.0f} s")
        return 1
    if plain.returncode:
        print(f"without any mutant the tests fail:\n{plain.stdout[-3_000:]}{plain.stderr[-500:]}")
    return int(plain.returncode != 0)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def report(
    mutants: Sequence[Mutant], fates: dict[Mutant, tuple[str, str]], patience_s: float, took_s: float
) -> int:
    """Say what became of them; the exit status."""
    bad = 0
    for mutant in mutants:
        outcome, said = fates.get(mutant, ("not run", ""))
        print(f"{outcome:<8}  {mutant.name:<34}  {mutant.breaks}")
        if outcome in (SURVIVED, BROKEN):
            bad += 1
            print(f"          {PACKAGE / mutant.file}: {mutant.new}\n          {mutant.test}")
        if outcome == BROKEN:
            print(said)
    outcomes = [outcome for outcome, _ in fates.values()]
    caught, hung = outcomes.count(CAUGHT), outcomes.count(HUNG)
    by_time = f", {hung} of them by a test that hung for {patience_s:.0f} s" if hung else ""
    left = len(mutants) - len(fates)
    print(f"{caught + hung} of {len(fates)} mutants caught{by_time}, {left} not run, in {took_s:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
