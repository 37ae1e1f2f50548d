"""Where a measurement is made: the machine, its load, and what is said of that in the record."""

import datetime
import os
import platform
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from wavetank.libraries.measured import Provenance
from wavetank.libraries.noise import cores
from wavetank.libraries.process import placement
from wavetank.results.provenance import wavetank_version

SEED = 1
"""The state from which every probe makes its events."""


class Disturbance(NamedTuple):
    """Of one case: share of the processors that others took, and repetitions that did not count."""

    others: float
    left_out: int


class Start(NamedTuple):
    """When a measurement began, and the load average of the last minute."""

    at: datetime.datetime
    load: float


def start_now() -> Start:
    """The present."""
    return Start(datetime.datetime.now(datetime.UTC), os.getloadavg()[0])


def provenance(
    start: Start,
    command: Sequence[str],
    versions: dict[str, str],
    disturbances: Sequence[Disturbance],
    in_namespace: bool,
) -> Provenance:
    """Where, when and how, of a measurement that ends now."""
    return Provenance(
        date=start.at.isoformat(timespec="seconds"),
        wavetank=wavetank_version(),
        host=host_words(),
        cpu=cpu_words(),
        cores=cores(),
        placement=placement(),
        load_before=round(start.load, 2),
        load_after=round(os.getloadavg()[0], 2),
        others=round(sum(disturbance.others for disturbance in disturbances) / len(disturbances), 3),
        left_out=sum(disturbance.left_out for disturbance in disturbances),
        isolation="namespace" if in_namespace else "loopback",
        seed=SEED,
        versions=versions,
        commands=(shlex.join(command),),
    )


def file_name() -> str:
    """Name the record of this kind of machine."""
    release = _release()
    system = f"{release.get('ID', platform.system().lower())}-{release.get('VERSION_ID', '')}".strip("-")
    return f"{system}-{platform.machine()}.json"


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def host_words() -> str:
    """This system, its kernel and its machine type, in words."""
    system = _release().get("PRETTY_NAME", platform.system())
    return f"{system}, {platform.system()} {platform.release()} {platform.machine()}"


def cpu_words() -> str:
    """The model of this machine's processor."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
