"""Calls in kernels as numba sees them: entries and built-in functions become LLVM instructions.

Only compiling needs this module, and with it numba. An entry is called through the table of the world, at
the place that is its number, so it is compiled once and can be compiled alone.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import make_intrinsic_template
from numba.extending import typeof_impl

from wavetank.engines.compiled.toolchain.intrinsics import DEFINED, at
from wavetank.engines.compiled.toolchain.kernels import Call, Entry
from wavetank.engines.compiled.toolchain.numba_types import INT64, returns, takes
from wavetank.engines.compiled.toolchain.structs import BuiltIn


def entry_type(context: Any, entry: Entry) -> Any:
    """How an entry is called: its arguments as they are, its result as it is."""
    result = returns(entry)
    returned = ir.VoidType() if result == types.none else context.get_value_type(result)
    return ir.FunctionType(returned, [context.get_value_type(kind) for kind in takes(entry)])


def _call(entry: Entry) -> Callable[..., Any]:
    arguments, result = takes(entry), returns(entry)

    def call(typingctx: Any, *args: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            given = sig.args[0]
            values = [builder.extract_value(values[0], i) for i in range(len(given))]
            values = [
                context.cast(builder, value, kind, wanted)
                for value, kind, wanted in zip(values, given, arguments, strict=True)
            ]
            table = builder.load(builder.bitcast(values[0], INT64.as_pointer()))
            slot = builder.add(table, ir.Constant(INT64, 8 * entry.place))
            address = builder.load(builder.inttoptr(slot, INT64.as_pointer()))
            target = entry_type(context, entry).as_pointer()
            returned = builder.call(builder.inttoptr(address, target), values)
            return context.get_dummy_value() if result == types.none else returned

        return result(getattr(types, "StarArgTuple")(args)), codegen  # noqa: B009

    return call


_known: dict[int, Any] = {}


def _function_type(key: object, define: Callable[..., Any]) -> Any:
    """The type of a function that is given as instructions, made once."""
    if id(key) not in _known:
        _known[id(key)] = types.Function(make_intrinsic_template(key, define, define.__name__))
    return _known[id(key)]


@typeof_impl.register(BuiltIn)
def _typeof_built_in(value: BuiltIn, c: Any) -> Any:
    return _function_type(value, at(value.of) if value.of else DEFINED[value.name])


@typeof_impl.register(Call)
def _typeof_call(value: Call, c: Any) -> Any:
    return _function_type(value, _call(value.entry))
