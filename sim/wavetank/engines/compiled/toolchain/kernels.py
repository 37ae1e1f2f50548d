"""Kernels that are compiled one by one, and call each other through a table of addresses.

A `kernel` is a small function that becomes part of its callers. An `entry` is compiled once, when a run needs
it; a call of it jumps to the address that stands in the world's table. So a scenario pays only for what it
uses, and entries may call each other in any order. How they are compiled is in compiling.py; nothing of it is
needed to run what is compiled already.
"""

import ctypes
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

entries: list["Entry"] = []
"""All entries, in the order of the table."""

TRAP = "trap"
"""The group of the one entry that stands in the table for those of groups that a scenario does not need."""


class Kernel:
    """A function that is compiled into those that call it; from Python it is what it was."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any) -> Any:
        """Without the compiler: what the function returns."""
        return self.py_func(*arguments)


def kernel(function: F) -> F:
    """A small function, compiled into those that call it."""
    made: Any = Kernel(function)
    return made


class Entry:
    """One function, its group, its place in the table, and the bundle that it is compiled in.

    A bundle is what is compiled together and kept in one file: the entries of one group in one module.
    `vectors`: its loops go through arrays, and are worth vector instructions; most follow pointers.
    """

    def __init__(self, function: Callable[..., Any], group: str, vectors: bool) -> None:
        self.function = function
        self.group = group
        self.vectors = vectors
        self.place = len(entries)
        notes = dict(function.__annotations__)
        self.returns = notes.pop("return", None)
        self.takes = tuple(notes.values())
        module = function.__module__.removeprefix("wavetank.engines.compiled.")
        self.bundle = f"{module}, {group}"
        self.symbol = f"wavetank.{module}.{function.__name__}"
        entries.append(self)


class Call:
    """A stand-in for an entry: kernels call it by the entry's name."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.__doc__ = entry.function.__doc__


def entry(group: str, vectors: bool = False) -> Callable[[F], F]:
    """Make a function an entry of a group: groups are compiled when a scenario uses them.

    The first argument is the world, whose first field is the address of the table.
    """

    def wrap(function: F) -> F:
        made: Any = Call(Entry(function, group, vectors))
        return made

    return wrap


def prototype(arguments: int) -> Any:
    """How Python calls an entry: int64 in, int64 out; the interpreter's lock is not held meanwhile."""
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
