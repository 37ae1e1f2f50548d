"""Tools and packages that the probes of tests are built with.

    python -m tests.probes.tools [ID...]

installs what those probes need and is missing (default: all, and what the trials of other libraries need), as
root; else it says what is missing. Exit status 0 either way: a test whose probe cannot be built says so and
is skipped; with WAVETANK_PROBES=required it fails.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from wavetank.libraries.building import Program, build
from wavetank.libraries.needs import advice, install, missing, together
from wavetank.libraries.probes import Probe, ProbeProblem, probes, with_peers

REQUIRED = "WAVETANK_PROBES"
TRIALS = Probe(
    "trials",
    Path(),
    "c++",
    headers={
        "httplib.h": "libcpp-httplib-dev",
        "restinio/all.hpp": "librestinio-dev",
        "nghttp2/nghttp2.h": "libnghttp2-dev",
    },
    modules={name: name for name in ("httpx", "h2", "pycurl", "picows", "websockets")},
)
"""Cases that test_answers.py tries beside the probes."""


def program(name: str) -> Program:
    """A built probe; skips the test where it cannot be built here."""
    probe = probes()[name]
    lacks = missing(probe)
    if lacks.nowhere:
        pytest.skip(f"{name}: {'; '.join(lacks.nowhere)}")
    if lacks.commands():
        reason = f"the probe of {name} cannot be built here; {advice(lacks)}"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return build(probe)


def provide(names: Sequence[str]) -> None:
    """Install what is missing for some probes, or say what is."""
    known = probes()
    asked: Sequence[Probe] = [known[name] for name in names] or list(known.values())
    needed = [*with_peers(asked, known), *([] if names else [TRIALS])]
    lacks = together([missing(probe) for probe in needed])
    if not lacks.commands():
        return
    try:
        print("Installing what the probes of communication libraries are built with (once)")
        install(lacks)
    except ProbeProblem as problem:
        print(f"Some tests will be skipped: {problem}")


if __name__ == "__main__":
    provide(sys.argv[1:])
