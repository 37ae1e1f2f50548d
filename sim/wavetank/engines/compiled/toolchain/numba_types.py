"""Structures as numba sees them: a type for each, and LLVM instructions for their fields.

Only compiling needs this module, and with it numba. A structure is an address; a field is a load or a store
at a fixed distance from it, of the width that its annotation says.
"""

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    lower_builtin,
    lower_cast,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
    type_callable,
)

from wavetank.engines.compiled.toolchain.kernels import Entry
from wavetank.engines.compiled.toolchain.structs import Field, _layouts

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


class Ints(types.Type):
    """An array of int64 that lies elsewhere: where, and how many. An index is at least 0."""

    def __init__(self) -> None:
        super().__init__(name="ints")


INTS = Ints()


@register_model(Ints)
class _IntsModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("data", types.voidptr), ("length", types.int64)])


def type_of(note: Any) -> types.Type:
    """The numba type of an annotation."""
    name = note if isinstance(note, str) else note.__name__
    if name in ("int", "i8", "bool"):
        return types.int64
    if name in ("f8", "float"):
        return types.float64
    return Struct(name)


def takes(entry: Entry) -> tuple[types.Type, ...]:
    """The types of an entry's arguments."""
    return tuple(type_of(note) for note in entry.takes)


def returns(entry: Entry) -> types.Type:
    """The type of what an entry returns."""
    return types.none if entry.returns in (None, "None") else type_of(entry.returns)


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


def _place(builder: Any, base: Any, offset: int, kind: Any) -> Any:
    at = builder.gep(base, [ir.Constant(INT64, offset)])
    return builder.bitcast(at, kind.as_pointer())


def _apart(builder: Any, access: Any, name: str) -> Any:
    """Tell LLVM that what has this name lies apart from all that has another (type-based alias analysis).

    What is read or written without a name may be anything.
    """
    add = builder.module.add_metadata
    root = add([ir.MetaDataString(builder.module, "wavetank")])
    kind = add([ir.MetaDataString(builder.module, name), root, INT64(0)])
    access.set_metadata("tbaa", add([kind, kind, INT64(0)]))
    return access


def _kept_as(field: Field) -> Any:
    """The LLVM type of a field in memory."""
    if field.kind == "f8":
        return ir.DoubleType()
    return cgutils.voidptr_t if field.kind == "ref" else ir.IntType(8 * field.size)


@lower_getattr_generic(Struct)
def _get(context: Any, builder: Any, typ: Struct, value: Any, attr: str) -> Any:
    field = typ.field(attr)
    assert field is not None

    def load(offset: int, kind: Any) -> Any:
        return _apart(builder, builder.load(_place(builder, value, offset, kind)), f"{typ.layout}.{attr}")

    if field.kind == "inner":
        return builder.gep(value, [ir.Constant(INT64, field.offset)])
    if field.kind == "ints":
        return view_of(context, builder, load(field.offset, INT64), load(field.offset + 8, INT64))
    kept = load(field.offset, _kept_as(field))
    return builder.sext(kept, INT64) if field.kind[0] == "i" and field.size < 8 else kept


@lower_setattr_generic(Struct)
def _set(context: Any, builder: Any, sig: Any, args: Any, attr: str) -> None:
    typ, _ = sig.args
    target, value = args
    field = typ.field(attr)
    kind = _kept_as(field)
    if field.kind[0] == "i" and field.size < 8:
        value = builder.trunc(value, kind)
    store = builder.store(value, _place(builder, target, field.offset, kind))
    _apart(builder, store, f"{typ.layout}.{attr}")


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


# ---- arrays -----------------------------------------------------------------------------------------


def view_of(context: Any, builder: Any, address: Any, length: Any) -> Any:
    """The array of so many int64 at an address."""
    view = cgutils.create_struct_proxy(INTS)(context, builder)
    view.data = builder.inttoptr(address, cgutils.voidptr_t)
    view.length = length
    return view._getvalue()


@type_callable(operator.getitem)
def _type_getitem(context: Any) -> Any:
    return lambda ints, at: types.int64 if isinstance(ints, Ints) else None


@type_callable(operator.setitem)
def _type_setitem(context: Any) -> Any:
    return lambda ints, at, value: types.void if isinstance(ints, Ints) else None


@type_callable(len)
def _type_len(context: Any) -> Any:
    return lambda ints: types.int64 if isinstance(ints, Ints) else None


def _element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    view = cgutils.create_struct_proxy(INTS)(context, builder, args[0])
    data = builder.bitcast(view.data, INT64.as_pointer())
    return builder.gep(data, [context.cast(builder, args[1], sig.args[1], types.int64)], inbounds=True)


@lower_builtin(operator.getitem, Ints, types.Any)
def _lower_getitem(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _apart(builder, builder.load(_element(context, builder, sig, args)), "ints")


@lower_builtin(operator.setitem, Ints, types.Any, types.Any)
def _lower_setitem(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    value = context.cast(builder, args[2], sig.args[2], types.int64)
    _apart(builder, builder.store(value, _element(context, builder, sig, args)), "ints")
    return context.get_dummy_value()


@lower_builtin(len, Ints)
def _lower_len(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return cgutils.create_struct_proxy(INTS)(context, builder, args[0]).length
