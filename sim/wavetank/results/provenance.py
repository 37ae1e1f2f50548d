"""The origin of a result.

It names the wavetank, the Python, the machine and the command. Results of different model versions are not
to be compared.
"""

import platform
import shlex
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

MODEL_VERSION = 2
"""Version of the model's definition; results of different versions are not to be compared."""


class Provenance(NamedTuple):
    """Which wavetank ran where: its version, Python's, the machine, and the command ("" in a script)."""

    version: str
    python: str
    platform: str
    command: str


@lru_cache(maxsize=1)
def wavetank_version() -> str:
    """Version of the installed package, "unknown" in a bare checkout."""
    try:
        return version("wavetank")
    except PackageNotFoundError:
        return "unknown"


def provenance(command: Sequence[str] = ()) -> Provenance:
    """The provenance of a run of this process; `command` is its words, kept as one would type them."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    machine = f"{platform.system()} {platform.machine()}".strip()
    return Provenance(wavetank_version(), python, machine, shlex.join(command))
