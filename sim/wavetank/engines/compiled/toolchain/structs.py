"""Structures in memory, for kernels: a class of annotations becomes a pointer to its fields.

A structure never moves, so a pointer is its identity. `NOTHING` is the null pointer, and `if job.attempt:`
asks for it. A field of type `ints` is an array of int64 that lies elsewhere (address and length). A field
whose type is a class of `Inner` lies within. The types that the compiler sees are in numba_types.py, so a
run whose kernels are compiled already needs no compiler.

Examples
--------
A structure, and a kernel that reads it::

    class Job(Layout):
        attempt: Attempt     # a pointer to another structure
        cost_ns: i8          # integers of all widths are read as 64 bits
        gone: i1

    @kernel
    def wasted(job: Job) -> int:
        return job.cost_ns if job.gone else 0
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar

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

_layouts: dict[str, type["Layout"]] = {}

L = TypeVar("L", bound="Layout")


def whole_words(size: int) -> int:
    """A size rounded up to whole int64."""
    return -(-size // 8) * 8


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
        cls.size = whole_words(at)
        _layouts[cls.__name__] = cls

    @classmethod
    def size_before(cls, name: str) -> int:
        """The size of a structure that lacks the field of that name, and those behind it."""
        return whole_words(cls.fields[name].offset)


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
    return _offset_of(layout.__name__, path)


@cache
def _offset_of(name: str, path: str) -> Field:
    offset, layout = 0, _layouts[name]
    field: Field | None = None
    for part in path.split("."):
        field = layout.fields[part]
        offset += field.offset
        layout = _layouts.get(field.of, layout)
    assert field is not None
    return Field(field.kind, field.of, offset, field.size)


# ---- pointers --------------------------------------------------------------------------------------


class BuiltIn:
    """A function of kernels whose code is given as LLVM instructions (intrinsics.py), by its name.

    `of` is the structure that it is about, where that is not one of its arguments; `plain` what does the same
    in Python, where anything does.
    """

    def __init__(self, name: str, of: str = "", plain: Callable[..., Any] | None = None) -> None:
        self.name = name
        self.of = of
        self._plain = plain

    def __call__(self, *arguments: Any) -> Any:
        """Without the compiler."""
        if self._plain is None:
            raise TypeError(f"{self.name} is for kernels only")
        return self._plain(*arguments)


def at(layout: type[L]) -> Callable[[int], L]:
    """The function that makes an address a pointer to `layout`."""
    made: Any = BuiltIn("at", layout.__name__)
    return made


address_of: Any = BuiltIn("address_of")
"""A pointer as a number."""

same: Any = BuiltIn("same")
"""Whether two pointers are to the same structure."""

clear: Any = BuiltIn("clear")
"""Make all of a structure zero."""

allocate: Any = BuiltIn("allocate")
"""Zeroed memory of so many bytes; its address."""

release: Any = BuiltIn("release")
"""Give memory at an address back."""

prefetch: Any = BuiltIn("prefetch")
"""Bring the 64 bytes around an address nearer: they will be read soon. Any address will do."""

bit_length: Any = BuiltIn("bit_length", plain=int.bit_length)
"""How many bits an integer >= 0 takes."""

bits_of: Any = BuiltIn("bits_of", plain=lambda value: struct.unpack("<q", struct.pack("<d", value))[0])
"""The 64 bits of a float as an integer."""

float_of: Any = BuiltIn("float_of", plain=lambda bits: struct.unpack("<d", struct.pack("<q", bits))[0])
"""The float that has those 64 bits."""

word: Any = BuiltIn("word")
"""The int64 at an address."""

store: Any = BuiltIn("store")
"""Put an int64 at an address."""

ints_at: Any = BuiltIn("ints_at")
"""The array of int64 that begins at an address."""

byte: Any = BuiltIn("byte")
"""The int8 at an address."""

store_byte: Any = BuiltIn("store_byte")
"""Put an int8 at an address."""
