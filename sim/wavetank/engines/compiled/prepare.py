"""Compiling what a run needs and nobody has compiled yet: a second process takes half of it.

python -m wavetank.engines.compiled.prepare PLACE...    compile these units into the cache
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled import loop, sampling
from wavetank.engines.compiled.cache import fingerprint, kept
from wavetank.engines.compiled.units import Unit, units

WORTH_A_PROCESS = 24
"""So many units take longer to compile than another process to start."""


def table_of(groups: frozenset[str]) -> NDArray[np.int64]:
    """The addresses of all units; those of other groups lead to one that notes the mistake."""
    wanted = [one for one in units if one.group in groups]
    there = kept()
    with _undisturbed():
        _share_out([one for one in wanted if one.compiled is None and fingerprint(one.function) not in there])
        trap = loop.not_compiled.unit.compile()  # type: ignore[attr-defined]
        return np.array([one.compile() if one.group in groups else trap for one in units], np.int64)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without collecting garbage, as loading makes much that stays; and without scipy, of which numba looks
    for the linear algebra when it is first used: no kernel has any, and it would take a third of the time.
    """
    collects, absent = gc.isenabled(), "scipy" not in sys.modules
    gc.disable()
    if absent:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent:
            sys.modules.pop("scipy", None)
        if collects:
            gc.enable()


def _share_out(missing: Sequence[Unit]) -> None:
    """Let a second process compile the latter half, where that pays; this one does what is left over."""
    if len(missing) < WORTH_A_PROCESS or (os.cpu_count() or 1) < 2:
        return
    mine, others = missing[: len(missing) // 2], missing[len(missing) // 2 :]
    words = [sys.executable, "-m", __name__, *(str(one.place) for one in others)]
    search = os.pathsep.join(sys.path)
    with subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": search}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as helper:
        try:
            for one in mine:
                one.compile()
        except BaseException:
            helper.terminate()
            raise


def main(places: Sequence[str]) -> None:
    """Compile the units at these places."""
    assert sampling
    for place in places:
        units[int(place)].compile()


if __name__ == "__main__":
    main(sys.argv[1:])
