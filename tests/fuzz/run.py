"""Throws bytes at whatever reads a server's answers, guided by the branches that they reach (atheris).

    python -m tests.fuzz.run [--seconds N] [TARGET...]

Exit status 0: nothing was found. 1: a target raised, hung or took too much memory; its input is printed.
Each target runs in a process of its own, since libFuzzer ends the process that it runs in.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = ("commands", "token", "retry_after", "refusal", "lines", "marks")
INSTRUMENTED = ["wavetank.protocol", "json", "email"]

LONGEST_BYTES = 65_536
"""Inputs are not longer: the sizes that hurt are played by the unit tests."""

LONGEST_S = 5
"""A single input that takes longer hangs: 64 KiB take milliseconds."""

MEMORY_MIB = 512
"""Of the process, the fuzzer's own share included."""


def main() -> int:
    """Fuzz each target; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.run", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"only these; of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--inside", choices=TARGETS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if options.inside:
        fuzz(options.inside, options.seconds)
    return 1 if sum([not well(name, options.seconds) for name in options.names or TARGETS]) else 0


def well(name: str, seconds: int) -> bool:
    """Fuzz a target in a process of its own; whether nothing was found."""
    command = [sys.executable, "-m", "tests.fuzz.run", "--inside", name, "--seconds", str(seconds)]
    paths = {"PYTHONPATH": f"{ROOT / 'sim'}:{ROOT}"}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        ran = subprocess.run(command, cwd=folder, env=paths, capture_output=True, text=True, check=False)
    runs = next((line for line in reversed(ran.stderr.splitlines()) if line.startswith("Done ")), "")
    print(f"{name:<12}  {'WRONG' if ran.returncode else runs}", flush=True)
    if ran.returncode:
        print((ran.stdout + ran.stderr)[-3_000:])
    return not ran.returncode


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, to its end."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        fuzzed = importlib.import_module("tests.unit.protocol.fuzzed")
    limits = (f"-max_total_time={seconds}", f"-max_len={LONGEST_BYTES}", f"-timeout={LONGEST_S}")
    atheris.Setup(["fuzz", *limits, f"-rss_limit_mb={MEMORY_MIB}"], getattr(fuzzed, name))
    atheris.Fuzz()


if __name__ == "__main__":
    raise SystemExit(main())
