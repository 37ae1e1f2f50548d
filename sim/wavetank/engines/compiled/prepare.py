"""Making a run's kernels ready: what nobody has compiled yet is compiled now, half of it by a second process.

python -m wavetank.engines.compiled.prepare BUNDLE...    compile these bundles into the cache
"""

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled import loop, machine, sampling
from wavetank.engines.compiled.cache import fingerprint_of, keep, kept
from wavetank.engines.compiled.units import Call, Unit, units

WORTH_A_PROCESS = 24
"""So many units take longer to compile than another process to start."""

Bundles = dict[str, list[Unit]]

_addresses: dict[int, int] = {}
"""Where the units are that are loaded already, by their place in the table."""


def table_of(groups: frozenset[str]) -> NDArray[np.int64]:
    """The addresses of all units; those of other groups lead to one that notes the mistake."""
    absent = [one for one in units if one.group in groups and one.place not in _addresses]
    if absent:
        _load(_bundles(absent))
    note: Call = loop.not_compiled  # type: ignore[assignment]
    trap = _addresses[note.unit.place]
    return np.array([_addresses[one.place] if one.group in groups else trap for one in units], np.int64)


def _bundles(several: Sequence[Unit]) -> Bundles:
    bundles: Bundles = {}
    for one in several:
        bundles.setdefault(one.bundle, []).append(one)
    return bundles


def _load(bundles: Bundles) -> None:
    """Load what is kept, and what is not, once it is compiled."""
    names = {bundle: fingerprint_of(several) for bundle, several in bundles.items()}
    codes = {bundle: kept(name) for bundle, name in names.items()}
    missing = [bundle for bundle, code in codes.items() if code is None]
    if missing:
        _share_out(missing, bundles)
        codes |= {bundle: kept(names[bundle]) or compile_bundle(bundles[bundle]) for bundle in missing}
    machine.load(code for code in codes.values() if code)
    for several in bundles.values():
        _addresses.update({one.place: machine.address_of(one.symbol) for one in several})


def compile_bundle(several: Sequence[Unit]) -> bytes:
    """Compile some units, and keep the code."""
    with _interruptible(), _undisturbed():
        from wavetank.engines.compiled.compiling import compiled

        code = compiled(several)
    keep(fingerprint_of(several), code)
    return code


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends it, late where it came while LLVM's objects were cleared away: Python forgets that one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard and callable(before):
        raise KeyboardInterrupt


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without collecting garbage, as compiling makes much that stays; and without scipy, in which numba looks
    for linear algebra: no kernel has any, and its import takes a third of a second.
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


def _share_out(missing: Sequence[str], bundles: Bundles) -> None:
    """Compile the larger half, while a second process, where that pays, takes the others."""
    sizes = {name: sum(len(one.function.__code__.co_code) for one in bundles[name]) for name in missing}
    mine: list[str] = []
    others: list[str] = []
    for name in sorted(missing, key=sizes.__getitem__, reverse=True):
        half = min((mine, others), key=lambda names: sum(sizes[one] for one in names))
        half.append(name)
    if sum(len(bundles[name]) for name in missing) < WORTH_A_PROCESS or (os.cpu_count() or 1) < 2:
        return
    words = [sys.executable, "-m", __name__, *others]
    search = os.pathsep.join(sys.path)
    with subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": search}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as helper:
        try:
            for name in mine:
                compile_bundle(bundles[name])
        except BaseException:
            helper.terminate()
            raise


def main(names: Sequence[str]) -> None:
    """Compile the bundles of these names."""
    assert sampling
    bundles = _bundles(units)
    for name in names:
        compile_bundle(bundles[name])


if __name__ == "__main__":
    main(sys.argv[1:])
