"""The programs and headers that a probe needs, which of them are missing, and how to get them."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

from wavetank.libraries.probes import Probe, ProbeProblem

_COMPILER = {"c++": "g++", "cmake": "cmake", "make": "make"}
# Certificates and keys for every probe are made with it.
_OURS = {"cryptography": "cryptography"}


class Missing(NamedTuple):
    """Missing Debian packages, PyPI projects, and things that no package brings, in words."""

    debian: tuple[str, ...] = ()
    pypi: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()

    def commands(self) -> list[list[str]]:
        """The commands that get it."""
        commands = []
        if self.debian:
            commands.append(["apt-get", "update"])
            commands.append(["apt-get", "install", "-y", "--no-install-recommends", *self.debian])
        if self.pypi:
            commands.append([sys.executable, "-m", "pip", "install", *self.pypi])
        return commands

    def __add__(self, other: object) -> "Missing":
        if not isinstance(other, Missing):
            return NotImplemented
        pairs = zip(self, other, strict=True)
        return Missing(*(tuple(dict.fromkeys((*mine, *theirs))) for mine, theirs in pairs))


def missing(probe: Probe) -> Missing:
    """List what is missing to build and run a probe."""
    programs = {**(_COMPILER if probe.language == "c++" else {}), **probe.programs}
    lacking = [package for name, package in programs.items() if not shutil.which(name)]
    modules = [package for name, package in {**_OURS, **probe.modules}.items() if not _importable(name)]
    absent = [name for name in probe.headers if not _has_header(name, probe)]
    lacking += [probe.headers[name] for name in absent if probe.headers[name]]
    nowhere = tuple(_hint(name, probe) for name in absent if not probe.headers[name] and shutil.which("c++"))
    return Missing(tuple(dict.fromkeys(lacking)), tuple(modules), nowhere)


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def include_folder(probe: Probe) -> str:
    """Where its variable says that the headers are, "" for nowhere in particular."""
    return os.environ.get(probe.variable, "") if probe.variable else ""


def _has_header(name: str, probe: Probe) -> bool:
    if not shutil.which("c++"):
        return False
    folder = include_folder(probe)
    where = ["-I", folder] if folder else []
    test = f"#if !__has_include(<{name}>)\n#error\n#endif\n"
    command = ["c++", "-std=c++17", "-E", "-x", "c++", *where, "-"]
    return subprocess.run(command, input=test, text=True, capture_output=True, check=False).returncode == 0


def _hint(name: str, probe: Probe) -> str:
    where = f"; say in {probe.variable} in which folder it is" if probe.variable else ""
    hint = f". {probe.hint}" if probe.hint else ""
    return f"its header {name} was not found, and no package of its own brings it{where}{hint}"


def install(wanted: Missing) -> None:
    """Run the commands that get what is missing, their output on standard error. Raises ProbeProblem."""
    if wanted.debian and (os.geteuid() != 0 or not shutil.which("apt-get")):
        raise ProbeProblem(
            "only root can install Debian packages, on Debian or a kin of it; " + advice(wanted)
        )
    for command in wanted.commands():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(command, stdout=sys.stderr.fileno(), env=environment, check=False)
        if done.returncode:
            raise ProbeProblem(f"could not be installed: {shlex.join(command)} ended with {done.returncode}")


def advice(wanted: Missing) -> str:
    """Say in one message what is missing and how to get it."""
    names = ", ".join((*wanted.debian, *wanted.pypi))
    lines = " && ".join(shlex.join(command) for command in wanted.commands())
    who = " (as root)" if wanted.debian else ""
    return f"missing: {names}. This gets it{who}: {lines}. Or ask for it with --install"


def together(parts: Sequence[Missing]) -> Missing:
    """All that is missing, each thing once."""
    return sum(parts, start=Missing())
