"""What the compiler makes of kernels: numba's types for structures, and pointers as LLVM instructions.

Only compiling needs this module, and with it numba.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AttributeTemplate, make_intrinsic_template
from numba.extending import (
    infer_getattr,
    lower_builtin,
    lower_cast,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
    type_callable,
    typeof_impl,
)

from wavetank.engines.compiled.memory import BuiltIn, Field, _layouts
from wavetank.engines.compiled.units import Call, Unit

INT8 = ir.IntType(8)
INT64 = ir.IntType(64)
NONE: Any = type(types.none)


class Struct(types.Type):
    """A pointer to a structure of that name."""

    def __init__(self, layout: str) -> None:
        self.layout = layout
        super().__init__(name=layout)

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """The null pointer is a pointer to anything."""
        return Conversion.safe if isinstance(other, NONE) else None

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return _layouts[self.layout].fields.get(name)


register_model(Struct)(models.OpaqueModel)
INTS = types.Array(types.int64, 1, "C")


def type_of(note: Any) -> types.Type:
    """The numba type of an annotation."""
    name = note if isinstance(note, str) else note.__name__
    if name in ("int", "i8", "bool"):
        return types.int64
    if name in ("f8", "float"):
        return types.float64
    return Struct(name)


def takes(unit: Unit) -> tuple[types.Type, ...]:
    """The types of a unit's arguments."""
    return tuple(type_of(note) for note in unit.takes)


def returns(unit: Unit) -> types.Type:
    """The type of what a unit returns."""
    return types.none if unit.returns in (None, "None") else type_of(unit.returns)


# ---- fields ----------------------------------------------------------------------------------------


@infer_getattr
class _Attributes(AttributeTemplate):
    key = Struct

    def generic_resolve(self, typ: Struct, attr: str) -> Any:
        field = typ.field(attr)
        if field is None:
            return None
        if field.kind in ("ref", "inner"):
            return Struct(field.of)
        if field.kind == "ints":
            return INTS
        return types.float64 if field.kind == "f8" else types.int64


def _place(builder: Any, value: Any, field: Field, kind: Any) -> Any:
    at = builder.gep(value, [ir.Constant(INT64, field.offset)])
    return builder.bitcast(at, kind.as_pointer())


@lower_getattr_generic(Struct)
def _get(context: Any, builder: Any, typ: Struct, value: Any, attr: str) -> Any:
    field = typ.field(attr)
    assert field is not None
    if field.kind == "inner":
        return builder.gep(value, [ir.Constant(INT64, field.offset)])
    if field.kind == "f8":
        return builder.load(_place(builder, value, field, ir.DoubleType()))
    if field.kind == "ints":
        address = builder.load(_place(builder, value, field, INT64))
        length = builder.load(_place(builder, value, Field("i8", "", field.offset + 8, 8), INT64))
        return _view(context, builder, address, length)
    if field.kind == "ref":
        return builder.load(_place(builder, value, field, cgutils.voidptr_t))
    stored = builder.load(_place(builder, value, field, ir.IntType(8 * field.size)))
    return stored if field.size == 8 else builder.sext(stored, INT64)


def _view(context: Any, builder: Any, address: Any, length: Any) -> Any:
    from numba.np.arrayobj import populate_array

    array = context.make_array(INTS)(context, builder)
    data = builder.inttoptr(address, INT64.as_pointer())
    eight = ir.Constant(INT64, 8)
    populate_array(array, data=data, shape=[length], strides=[eight], itemsize=eight, meminfo=None)
    return array._getvalue()


@lower_setattr_generic(Struct)
def _set(context: Any, builder: Any, sig: Any, args: Any, attr: str) -> None:
    typ, _ = sig.args
    target, value = args
    field = typ.field(attr)
    if field.kind == "f8":
        builder.store(value, _place(builder, target, field, ir.DoubleType()))
    elif field.kind == "ref":
        builder.store(value, _place(builder, target, field, cgutils.voidptr_t))
    else:
        kept = value if field.size == 8 else builder.trunc(value, ir.IntType(8 * field.size))
        builder.store(kept, _place(builder, target, field, ir.IntType(8 * field.size)))


@lower_cast(NONE, Struct)
def _null(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    return cgutils.voidptr_t(None)


@type_callable(bool)
def _type_bool(context: Any) -> Any:
    return lambda x: types.boolean if isinstance(x, Struct) else None


@type_callable(operator.not_)
def _type_not(context: Any) -> Any:
    return lambda x: types.boolean if isinstance(x, Struct) else None


@lower_builtin(bool, Struct)
def _lower_bool(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.ptrtoint(args[0], INT64), ir.Constant(INT64, 0))


@lower_builtin(operator.not_, Struct)
def _lower_not(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.icmp_unsigned("==", builder.ptrtoint(args[0], INT64), ir.Constant(INT64, 0))


@type_callable(int)
def _type_int(context: Any) -> Any:
    return lambda x: types.int64 if isinstance(x, types.IntEnumMember) else None


@lower_builtin(int, types.IntEnumMember)
def _lower_int(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return context.cast(builder, args[0], sig.args[0], types.int64)


# ---- pointers: what the names in memory.py stand for -----------------------------------------------


def _address_of(typingctx: Any, pointer: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], INT64)

    return types.int64(pointer), codegen


def _at(layout: str) -> Callable[..., Any]:
    def pointer(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], cgutils.voidptr_t)

        return Struct(layout)(types.int64), codegen

    return pointer


def _same(typingctx: Any, one: Any, other: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.icmp_unsigned("==", args[0], args[1])

    return types.boolean(one, other), codegen


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


DEFINED: dict[str, Any] = {
    "address_of": _address_of, "same": _same, "clear": _clear, "allocate": _allocate, "release": _release,
    "prefetch": _prefetch, "bit_length": _bit_length, "word": _word, "store": _store, "byte": _byte,
    "store_byte": _store_byte,
}  # fmt: skip


# ---- calls of units --------------------------------------------------------------------------------


def entry_type(context: Any, unit: Unit) -> Any:
    """How a unit is called: its arguments as they are, its result as it is."""
    result = returns(unit)
    what = ir.VoidType() if result == types.none else context.get_value_type(result)
    return ir.FunctionType(what, [context.get_value_type(kind) for kind in takes(unit)])


def _call(unit: Unit) -> Callable[..., Any]:
    arguments, result = takes(unit), returns(unit)

    def call(typingctx: Any, *args: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            given = sig.args[0]
            values = [builder.extract_value(values[0], i) for i in range(len(given))]
            values = [
                context.cast(builder, value, kind, wanted)
                for value, kind, wanted in zip(values, given, arguments, strict=True)
            ]
            table = builder.load(builder.bitcast(values[0], INT64.as_pointer()))
            slot = builder.add(table, ir.Constant(INT64, 8 * unit.place))
            address = builder.load(builder.inttoptr(slot, INT64.as_pointer()))
            target = entry_type(context, unit).as_pointer()
            found = builder.call(builder.inttoptr(address, target), values)
            return context.get_dummy_value() if result == types.none else found

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
    return _function_type(value, _at(value.of) if value.of else DEFINED[value.name])


@typeof_impl.register(Call)
def _typeof_call(value: Call, c: Any) -> Any:
    return _function_type(value, _call(value.unit))
