"""Where compiled kernels are kept: in files named by a hash of everything that goes into them.

numba's own cache looks at the file of the function alone; what that function calls in other files might
have changed meanwhile, and the old machine code would go on running. Here the name of a unit's file is a hash
of its code and of all functions and constants that it reaches, in kernels, policy and protocol, of the
structures, and of the versions of numba, Python and the machine.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache

from wavetank.engines.compiled import memory, units


@cache
def base() -> bytes:
    """What every kernel depends on: how structures and calls are compiled, and the versions of all tools."""
    seen = hashlib.sha256()
    for module in (memory, units):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for said in _code(compile(source, module.__name__, "exec", optimize=2)):
            seen.update(said.encode())
    for layout in memory._layouts.values():
        for name, field in layout.fields.items():
            seen.update(f"{layout.__name__}.{name} {field.kind} {field.of} {field.offset}\n".encode())
    tools = [f"{tool} {version(tool)}" for tool in ("numba", "llvmlite", "numpy")]
    seen.update(f"{tools} {sys.version} {platform.machine()} {platform.processor()}".encode())
    return seen.digest()


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
    unit = getattr(value, "unit", None)
    if unit is not None:
        yield f"{name}: unit {unit.place} {unit.arguments} {unit.result}"
        return
    inner = getattr(value, "py_func", getattr(value, "_defn", value))
    if isinstance(inner, FunctionType):
        yield name
        yield from _reached(inner, done)
    elif isinstance(inner, ModuleType):
        for attribute in sorted(attributes & set(vars(inner))):
            yield from _named(attribute, vars(inner)[attribute], set(), done)
    elif isinstance(inner, type):
        members = getattr(inner, "__members__", {})
        yield f"{name}: {inner.__qualname__} {[(one, int(code)) for one, code in members.items()]}"
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


class _Locator:
    """Tells numba where to put a function's machine code; the name of the file says it all."""

    def __init__(self, function: Any, path: str) -> None:
        self._py_file = path
        self._name = fingerprint(function)

    def ensure_cache_path(self) -> None:
        folder().mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(folder())

    def get_source_stamp(self) -> str:
        return self._name

    def get_disambiguator(self) -> str:
        return self._name

    @classmethod
    def from_function(cls, function: Any, path: str) -> "_Locator":
        return cls(function, path)


class _Kept(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012


class _Cache(FunctionCache):
    _impl_class = _Kept


def cache_of(function: Any) -> FunctionCache:
    """The cache of one function."""
    return _Cache(function)


def kept() -> set[str]:
    """The fingerprints of all functions whose machine code is there already."""
    if not folder().is_dir():
        return set()
    indices = (name for name in os.listdir(folder()) if name.endswith(".nbi"))
    return {name.rpartition("-")[2].partition(".")[0] for name in indices}
