"""The functions of structs.py as kernels see them: LLVM instructions.

Only compiling needs this module, and with it numba. Each becomes a few instructions in the kernel that uses
it. Outside of kernels the names raise TypeError.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from wavetank.engines.compiled.toolchain.numba_types import INT64, INTS, Struct, view_of
from wavetank.engines.compiled.toolchain.structs import _layouts

INT8 = ir.IntType(8)


def _address_of(typingctx: Any, pointer: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], INT64)

    return types.int64(pointer), codegen


def at(layout: str) -> Callable[..., Any]:
    """An address as a pointer to that structure."""

    def pointer(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], cgutils.voidptr_t)

        return Struct(layout)(types.int64), codegen

    return pointer


def _same(typingctx: Any, first: Any, other: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.icmp_unsigned("==", args[0], args[1])

    return types.boolean(first, other), codegen


def _clear(typingctx: Any, pointer: Any) -> Any:
    size = _layouts[pointer.layout].size

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        cgutils.memset(builder, args[0], ir.Constant(INT64, size), 0)
        return context.get_dummy_value()

    return types.void(pointer), codegen


def _foreign(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


def _allocate(typingctx: Any, size_bytes: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        calloc = _foreign(builder, "calloc", cgutils.voidptr_t, [INT64, INT64])
        return builder.ptrtoint(builder.call(calloc, [args[0], INT64(1)]), INT64)

    return types.int64(types.int64), codegen


def _release(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        free = _foreign(builder, "free", ir.VoidType(), [cgutils.voidptr_t])
        builder.call(free, [builder.inttoptr(args[0], cgutils.voidptr_t)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def _prefetch(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        four = ir.IntType(32)
        fetch = _foreign(builder, "llvm.prefetch.p0", ir.VoidType(), [cgutils.voidptr_t, four, four, four])
        place = builder.inttoptr(args[0], cgutils.voidptr_t)
        builder.call(fetch, [place, four(0), four(3), four(1)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def _bit_length(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.sub(INT64(64), builder.ctlz(args[0], ir.IntType(1)(0)))

    return types.int64(types.int64), codegen


def _bits_of(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], INT64)

    return types.int64(types.float64), codegen


def _float_of(typingctx: Any, bits: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


def _word(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], INT64.as_pointer()))

    return types.int64(types.int64), codegen


def _store(typingctx: Any, address: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[1], builder.inttoptr(args[0], INT64.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


def _byte(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        stored = builder.load(builder.inttoptr(args[0], INT8.as_pointer()))
        return builder.sext(stored, INT64)

    return types.int64(types.int64), codegen


def _store_byte(typingctx: Any, address: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(builder.trunc(args[1], INT8), builder.inttoptr(args[0], INT8.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


def _ints_at(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return view_of(context, builder, args[0], INT64(0))

    return INTS(types.int64), codegen


DEFINED: dict[str, Any] = {
    "address_of": _address_of, "same": _same, "clear": _clear, "allocate": _allocate, "release": _release,
    "prefetch": _prefetch, "bit_length": _bit_length, "bits_of": _bits_of, "float_of": _float_of,
    "word": _word, "store": _store, "byte": _byte, "store_byte": _store_byte, "ints_at": _ints_at,
}  # fmt: skip
