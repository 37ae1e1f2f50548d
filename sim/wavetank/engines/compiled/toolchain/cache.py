"""Where compiled kernels are kept: in files named by a hash of everything that goes into them.

numba's own cache looks at the file of the function alone; what that function calls in other files might
have changed meanwhile, and the old machine code would go on running. Here the name of a bundle's file is a
hash of the code of its entries and of all functions and constants that they reach, in kernels, policy and
protocol, of the structures, and of the versions of numba, Python and the machine.
"""

import fcntl
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from wavetank.engines.compiled.toolchain import structs
from wavetank.engines.compiled.toolchain.kernels import Call, Entry, Kernel
from wavetank.engines.compiled.toolchain.llvm_target import target
from wavetank.engines.compiled.toolchain.structs import BuiltIn

COMPILER = (
    "compiling", "intrinsics", "kernels", "llvm_target", "numba_calls", "numba_types", "shared_rules",
    "structs",
)  # fmt: skip
"""The modules that say how kernels are compiled."""


@cache
def base() -> bytes:
    """Hash what every kernel depends on: how structures and calls are compiled, versions of all tools."""
    seen = hashlib.sha256()
    for name in COMPILER:
        seen.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    for layout in structs._layouts.values():
        for name, field in layout.fields.items():
            seen.update(f"{layout.__name__}.{name} {field.kind} {field.of} {field.offset}\n".encode())
    tools = [f"{tool} {version(tool)}" for tool in ("numba", "llvmlite", "numpy")]
    seen.update(f"{tools} {sys.version} {target()}".encode())
    return seen.digest()


def fingerprint_of(several: Sequence[Entry]) -> str:
    """The hash of some entries that are compiled together."""
    seen = hashlib.sha256(
        "".join(f"{entry.place} {fingerprint(entry.function)}" for entry in several).encode()
    )
    return seen.hexdigest()[:24]


@cache
def fingerprint(function: Callable[..., Any]) -> str:
    """The hash of a function and of all that it reaches."""
    seen = hashlib.sha256(base())
    done: set[int] = set()
    for said in _reached(function, done):
        seen.update(said.encode())
    return seen.hexdigest()[:24]


def _reached(function: Any, done: set[int]) -> Iterator[str]:
    """The code of a function, then that of the functions it names, each once; constants by their value."""
    if id(function) in done:
        return
    done.add(id(function))
    yield from _code(function.__code__)
    spaces = {**function.__globals__, **_closure(function)}
    for name in sorted(_names(function.__code__)):
        if name in spaces:
            yield from _named(name, spaces[name], _names(function.__code__), done)


def _closure(function: Any) -> dict[str, Any]:
    cells = function.__closure__ or ()
    return dict(zip(function.__code__.co_freevars, (cell.cell_contents for cell in cells), strict=True))


def _named(name: str, value: Any, attributes: set[str], done: set[int]) -> Iterator[str]:
    inner = value.py_func if isinstance(value, Kernel) else value
    if isinstance(inner, Call):
        yield f"{name}: entry {inner.entry.place} {inner.entry.takes} {inner.entry.returns}"
    elif isinstance(inner, BuiltIn):
        yield f"{name}: {inner.name} {inner.of}"
    elif isinstance(inner, FunctionType):
        yield name
        yield from _reached(inner, done)
    elif isinstance(inner, ModuleType):
        for attribute in sorted(attributes & set(vars(inner))):
            yield from _named(attribute, vars(inner)[attribute], set(), done)
    elif isinstance(inner, type):
        members = getattr(inner, "__members__", {})
        yield f"{name}: {inner.__qualname__} {[(member, int(code)) for member, code in members.items()]}"
    elif inner is None or isinstance(inner, int | float | tuple | str):
        yield f"{name}: {inner!r}"
    else:
        yield f"{name}: {type(inner).__qualname__}"


def _names(code: CodeType) -> set[str]:
    names = {*code.co_names, *code.co_freevars}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            names |= _names(inner)
    return names


def _code(code: CodeType) -> Iterator[str]:
    yield f"{code.co_name} {code.co_code.hex()} {code.co_names} {code.co_varnames}"
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _code(inner)
        else:
            yield repr(inner)


def folder() -> Path:
    """Where kernels are kept: below `$XDG_CACHE_HOME` or `~/.cache`."""
    base_folder = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base_folder) / "wavetank" / "kernels"


def place_of(name: str) -> Path:
    """The file of a bundle with that fingerprint."""
    return folder() / f"{name}.o"


def keep(name: str, code: bytes) -> None:
    """Put object code where other processes find it, all at once.

    Where that cannot be (the folder is read-only, the disk is full) it is compiled again next time.
    """
    place = place_of(name)
    fresh = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_bytes(code)
            fresh.replace(place)
        finally:
            fresh.unlink(missing_ok=True)


def kept(name: str) -> bytes | None:
    """The object code of a bundle, if it is there."""
    try:
        return place_of(name).read_bytes()
    except OSError:
        return None


@contextmanager
def alone(name: str, wait: bool) -> Iterator[bool]:
    """Hold a bundle, so that two processes do not compile it at once; yields whether it is held.

    Without `wait` another process that holds it is not waited for. A process that ends, however, lets go.
    Where nothing can be locked (the folder is read-only) each process holds what it asks for.
    """
    asked = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
    try:
        folder().mkdir(parents=True, exist_ok=True)
        lock = (folder() / "lock").open("w")
    except OSError:
        yield True
        return
    with lock:
        try:
            # one byte of the file for each bundle: the place is the beginning of the bundle's hash
            fcntl.lockf(lock, asked, 1, int(name[:7], 16))
            held = True
        except BlockingIOError:
            held = False
        except OSError:
            held = True
        yield held
