"""Kernels that are compiled one by one, and call each other through a table of addresses.

numba compiles what a function calls along with it, again for each caller. A `unit` is compiled once, when a
run needs it; a call of it jumps to the address that stands in the world's table. So a scenario pays only
for what it uses, and units may call each other in any order. A `kernel` is a small function that becomes
part of its callers.
"""

import ctypes
from collections.abc import Callable
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.core.ccallback import CFunc

from wavetank.engines.compiled.memory import INT64, built_in, type_of

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS = {"error_model": "numpy"}

units: list["Unit"] = []
"""All units, in the order of the table."""


def kernel(function: F) -> F:
    """A small function, compiled into those that call it."""
    return numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(function)


def inlined(function: F) -> F:
    """A kernel on the way of every request, which becomes part of its callers without a call."""
    return numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True, **OPTIONS)(function)


class Unit:
    """One function with its signature, its place in the table, and its address once it is compiled."""

    def __init__(self, function: Callable[..., Any], group: str) -> None:
        notes = dict(function.__annotations__)
        returns = notes.pop("return", None)
        self.function = function
        self.group = group
        self.place = len(units)
        self.result = types.void if returns in (None, "None") else type_of(returns)
        self.arguments = tuple(type_of(note) for note in notes.values())
        self.compiled: Any = None
        units.append(self)

    def compile(self) -> int:
        """The address of the machine code."""
        if self.compiled is None:
            from wavetank.engines.compiled.cache import cache_of  # which reads this module

            made: Any = CFunc(
                self.function, (self.arguments, self.result), locals={}, options={**OPTIONS, "nopython": True}
            )
            made._cache = cache_of(self.function)
            made.compile()
            self.compiled = made
        return int(self.compiled.address)


def unit(group: str) -> Callable[[F], F]:
    """Make a function a unit of a group: groups are compiled when a scenario uses them.

    The first argument is the world, whose first field is the address of the table.
    """

    def wrap(function: F) -> F:
        made = Unit(function, group)
        arguments, result, place = made.arguments, made.result, made.place

        @built_in
        def call(typingctx: Any, *args: Any) -> Any:
            def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
                kinds = [context.get_value_type(kind) for kind in sig.args[0]]
                values = [builder.extract_value(values[0], i) for i in range(len(kinds))]
                nothing = result == types.void
                target = ir.FunctionType(
                    ir.VoidType() if nothing else context.get_value_type(result),
                    [context.get_value_type(kind) for kind in arguments],
                )
                values = [
                    context.cast(builder, value, given, wanted)
                    for value, given, wanted in zip(values, sig.args[0], arguments, strict=True)
                ]
                table = builder.load(builder.bitcast(values[0], INT64.as_pointer()))
                slot = builder.add(table, ir.Constant(INT64, 8 * place))
                address = builder.load(builder.inttoptr(slot, INT64.as_pointer()))
                found = builder.call(builder.inttoptr(address, target.as_pointer()), values)
                return context.get_dummy_value() if nothing else found

            return result(getattr(types, "StarArgTuple")(args)), codegen  # noqa: B009

        call.__doc__ = function.__doc__
        call.unit = made
        return call

    return wrap


def prototype(arguments: int) -> Any:
    """How Python calls a unit: int64 in, int64 out; the interpreter's lock is not held meanwhile."""
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
