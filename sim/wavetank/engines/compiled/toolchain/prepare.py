"""Making a run's kernels ready: what nobody has compiled yet is compiled now.

What is compiled is kept on disk, and found there by what its functions reach: a change of any of them
compiles anew, and nothing else does.
"""

import gc
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from wavetank.engines.compiled.toolchain import llvm_target
from wavetank.engines.compiled.toolchain.cache import alone, fingerprint_of, keep, kept
from wavetank.engines.compiled.toolchain.kernels import TRAP, Entry, entries

Bundles = dict[str, list[Entry]]

_addresses: dict[int, int] = {}
"""Where the entries are that are loaded already, by their place in the table."""


def table_of(groups: frozenset[str]) -> NDArray[np.int64]:
    """The addresses of all entries; those of other groups lead to one that notes the mistake."""
    groups |= {TRAP}
    absent = [entry for entry in entries if entry.group in groups and entry.place not in _addresses]
    if absent:
        _load(_bundles(absent))
    (trap,) = (_addresses[entry.place] for entry in entries if entry.group == TRAP)
    return np.array(
        [_addresses[entry.place] if entry.group in groups else trap for entry in entries], np.int64
    )


def _bundles(several: Sequence[Entry]) -> Bundles:
    bundles: Bundles = {}
    for entry in several:
        bundles.setdefault(entry.bundle, []).append(entry)
    return bundles


def _load(bundles: Bundles) -> None:
    """Load what is kept, and what is not, once it is compiled."""
    names = {bundle: fingerprint_of(several) for bundle, several in bundles.items()}
    codes = {bundle: kept(name) for bundle, name in names.items()}
    codes |= _compiled({bundle: bundles[bundle] for bundle, code in codes.items() if code is None})
    llvm_target.load(code for code in codes.values() if code)
    for several in bundles.values():
        _addresses.update({entry.place: llvm_target.address_of(entry.symbol) for entry in several})


def _compiled(missing: Bundles) -> dict[str, bytes]:
    """Compile bundles. Those at which another process is just now come last: by then it has kept them."""
    codes: dict[str, bytes] = {}
    for wait in (False, True):
        for bundle, several in missing.items():
            if bundle not in codes and (code := compile_bundle(several, wait)) is not None:
                codes[bundle] = code
    return codes


def compile_bundle(several: Sequence[Entry], wait: bool) -> bytes | None:
    """Compile some entries, and keep the code; None: without `wait`, where another process is at it."""
    name = fingerprint_of(several)
    with alone(name, wait) as held:
        if not held:
            return None
        code = kept(name)
        if code is None:
            with _interruptible(), _undisturbed():
                from wavetank.engines.compiled.toolchain.compiling import compiled

                code = compiled(several)
            keep(name, code)
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
