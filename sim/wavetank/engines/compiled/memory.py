"""Structures in memory, for kernels: a class of annotations becomes a numba type of one pointer.

    class Job(Layout):
        attempt: Attempt     # a pointer to another structure
        cost_ns: i8          # integers are read as 64 bits, whatever their width
        gone: i1

    @kernel
    def wasted(job: Job) -> int:
        return job.cost_ns if job.gone else 0

A structure never moves, so a pointer is its identity; `NOTHING` is the null pointer, and `if job.attempt:`
asks for it. A field of type `ints` is an array of int64 that lies elsewhere (address and length); a field
whose type is a class of `Inner` lies within.
"""

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_cast,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
    type_callable,
)

i8 = Annotated[int, 8]
i4 = Annotated[int, 4]
i2 = Annotated[int, 2]
i1 = Annotated[int, 1]
f8 = Annotated[float, 8]
ints = Any
T = TypeVar("T")
Ptr = Annotated[T, 0]
"""A pointer to a structure that elsewhere lies within others."""

NOTHING: Any = None
"""The null pointer."""

INTEGERS = {"i8": np.int64, "i4": np.int32, "i2": np.int16, "i1": np.int8, "ref": np.int64}
INT64 = ir.IntType(64)
NONE: Any = type(types.none)
_layouts: dict[str, type["Layout"]] = {}

L = TypeVar("L", bound="Layout")


class Field:
    """Where a field is, and what: kind is i8, i4, i2, i1, f8, ints, ref (with `of`) or inner (with `of`)."""

    def __init__(self, kind: str, of: str, offset: int, size: int) -> None:
        self.kind = kind
        self.of = of
        self.offset = offset
        self.size = size


class Layout:
    """A structure; the fields are the class's annotations, in order."""

    fields: dict[str, Field]
    size: int

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        fields: dict[str, Field] = {}
        at = 0
        for name, note in cls.__annotations__.items():
            kind, of, size = _kind(note if isinstance(note, str) else note.__name__)
            step = min(size, 8)
            at = -(-at // step) * step
            fields[name] = Field(kind, of, at, size)
            at += size
        cls.fields = fields
        cls.size = -(-at // 8) * 8
        _layouts[cls.__name__] = cls


class Inner(Layout):
    """A structure that lies within others."""


def _kind(note: str) -> tuple[str, str, int]:
    if note in ("i8", "i4", "i2", "i1", "f8"):
        return note, "", int(note[1])
    if note == "ints":
        return "ints", "", 16
    if note.startswith("Ptr["):
        return "ref", note[4:-1], 8
    inner = _layouts.get(note)
    if inner is not None and issubclass(inner, Inner):
        return "inner", note, inner.size
    return "ref", note, 8


def mirror(named: Any, name: str = "") -> None:
    """Let kernels read a NamedTuple's values as a structure within others, by the same names.

    Fields that hold neither a number, nor integers, nor another mirrored NamedTuple are left out.
    """
    notes = {}
    for field, note in named.__annotations__.items():
        said = note if isinstance(note, str) else getattr(note, "__name__", str(note))
        if said in ("int", "bool"):
            notes[field] = "i8"
        elif said == "float":
            notes[field] = "f8"
        elif str(note) in ("tuple[int, ...]", "typing.Tuple[int, ...]"):
            notes[field] = "ints"
        elif said in _layouts:
            notes[field] = said
    type(name or named.__name__, (Inner,), {"__annotations__": notes})


def offset_of(layout: type[Layout], path: str) -> Field:
    """The field at a dotted path, its offset counted from the outermost structure."""
    offset = 0
    field: Field | None = None
    for name in path.split("."):
        field = layout.fields[name]
        offset += field.offset
        layout = _layouts.get(field.of, layout)
    assert field is not None
    return Field(field.kind, field.of, offset, field.size)


# ---- the numba type --------------------------------------------------------------------------------


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


def built_in(define: Callable[..., Any]) -> Any:
    """A function of kernels whose code is given as LLVM instructions."""
    return intrinsic(define)


def type_of(note: Any) -> types.Type:
    """The numba type of an annotation."""
    name = note if isinstance(note, str) else note.__name__
    if name in ("int", "i8", "bool"):
        return types.int64
    if name in ("f8", "float"):
        return types.float64
    return Struct(name)


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
    array = context.make_array(INTS)(context, builder)
    data = builder.inttoptr(address, INT64.as_pointer())
    from numba.np.arrayobj import populate_array

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


# ---- pointers --------------------------------------------------------------------------------------


@built_in
def address_of(typingctx: Any, pointer: Any) -> Any:
    """A pointer as a number."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], INT64)

    return types.int64(pointer), codegen


def at(layout: type[L]) -> Callable[[int], L]:
    """The function that makes an address a pointer to `layout`."""

    @built_in
    def pointer(typingctx: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], cgutils.voidptr_t)

        return Struct(layout.__name__)(types.int64), codegen

    return pointer


@built_in
def same(typingctx: Any, one: Any, other: Any) -> Any:
    """Whether two pointers are to the same structure."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.icmp_unsigned("==", args[0], args[1])

    return types.boolean(one, other), codegen


@built_in
def clear(typingctx: Any, pointer: Any) -> Any:
    """Make all of a structure zero."""
    size = _layouts[pointer.layout].size

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        cgutils.memset(builder, args[0], ir.Constant(INT64, size), 0)
        return context.get_dummy_value()

    return types.void(pointer), codegen


@built_in
def allocate(typingctx: Any, size_bytes: Any) -> Any:
    """Zeroed memory; its address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        fresh = context.nrt.allocate(builder, args[0])
        cgutils.memset(builder, fresh, args[0], 0)
        return builder.ptrtoint(fresh, INT64)

    return types.int64(types.int64), codegen


@built_in
def release(typingctx: Any, address: Any) -> Any:
    """Give memory back."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        context.nrt.free(builder, builder.inttoptr(args[0], cgutils.voidptr_t))
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@built_in
def prefetch(typingctx: Any, address: Any) -> Any:
    """Bring the 64 bytes around an address nearer: they will be read soon. Any address will do."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        four = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, four, four, four])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        place = builder.inttoptr(args[0], cgutils.voidptr_t)
        builder.call(fetch, [place, four(0), four(3), four(1)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@built_in
def bit_length(typingctx: Any, value: Any) -> Any:
    """How many bits a value >= 0 takes."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.sub(ir.Constant(INT64, 64), builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0)))

    return types.int64(types.int64), codegen


@built_in
def word(typingctx: Any, address: Any) -> Any:
    """The int64 at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], INT64.as_pointer()))

    return types.int64(types.int64), codegen


@built_in
def store(typingctx: Any, address: Any, value: Any) -> Any:
    """Put an int64 at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[1], builder.inttoptr(args[0], INT64.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@built_in
def byte(typingctx: Any, address: Any) -> Any:
    """The int8 at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        stored = builder.load(builder.inttoptr(args[0], ir.IntType(8).as_pointer()))
        return builder.sext(stored, INT64)

    return types.int64(types.int64), codegen


@built_in
def store_byte(typingctx: Any, address: Any, value: Any) -> Any:
    """Put an int8 at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        eight = ir.IntType(8)
        builder.store(builder.trunc(args[1], eight), builder.inttoptr(args[0], eight.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen
