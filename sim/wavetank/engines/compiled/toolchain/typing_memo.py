"""Remember how numba typed a call, while kernels are compiled.

numba tries every template of a function (`+` has thirty) at each call of it in each kernel, which is a sixth
of the time to compile: with the same function and the same types of arguments the answer is the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core.types import functions

_typed: dict[tuple[Any, ...], Any] = {}
"""Signatures by function and arguments. The functions are kept with them: what numba notes about the
implementation when it types a call stands in the function, which is made anew once nobody holds it."""


@contextmanager
def remembered_typings() -> Iterator[None]:
    """Let numba look up here how a call is typed, and note what it finds out; holds numba's compiler lock.

    Calls that cannot be typed are not remembered, so messages of mistakes in kernels stay what they are.
    """
    owner: Any = functions.BaseFunction
    plain = owner.get_call_type

    def get_call_type(function: Any, context: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        key = (function, args, tuple(kws.items()))
        if key not in _typed:
            _typed[key] = plain(function, context, args, kws)
        return _typed[key]

    owner.get_call_type = get_call_type
    try:
        yield
    finally:
        owner.get_call_type = plain


__all__ = ["remembered_typings"]
