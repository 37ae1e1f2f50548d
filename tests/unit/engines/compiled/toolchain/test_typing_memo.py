"""Remembered typing of numba changes no kernel, and nothing of numba for others."""

from contextlib import nullcontext

import pytest
from numba.core import typing
from numba.core.registry import cpu_target
from numba.core.types import functions, int64

from wavetank.engines.compiled.model import loop  # noqa: F401  (all entries)
from wavetank.engines.compiled.toolchain import compiling
from wavetank.engines.compiled.toolchain.kernels import entries
from wavetank.engines.compiled.toolchain.typing_memo import remembered_typings


def test_numba_is_itself_again_whatever_happens() -> None:
    plain = functions.BaseFunction.get_call_type

    def fail() -> None:
        with remembered_typings():
            assert functions.BaseFunction.get_call_type is not plain
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert functions.BaseFunction.get_call_type is plain


def test_a_call_is_typed_once() -> None:
    tried: list[int] = []

    class Adding(typing.templates.AbstractTemplate):  # type: ignore[misc]
        key = "adding"

        def generic(self, args: object, kws: object) -> object:
            tried.append(1)
            return typing.signature(int64, int64)

    adding = functions.Function(Adding)
    with remembered_typings():
        first = adding.get_call_type(cpu_target.typing_context, (int64,), {})
        again = adding.get_call_type(cpu_target.typing_context, (int64,), {})
    assert first is again
    assert len(tried) == 1


def test_the_code_is_the_same_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = [entry for entry in entries if entry.bundle == "model.idle, core"]
    assert bundle
    remembered = compiling.compiled(bundle)
    monkeypatch.setattr(compiling, "remembered_typings", nullcontext)
    assert compiling.compiled(bundle) == remembered
