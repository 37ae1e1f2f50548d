"""Listing variables quickly lists what numba lists, and changes nothing of numba for others."""

from contextlib import nullcontext

import pytest
from numba.core import ir

from wavetank.engines.compiled.model import loop  # noqa: F401  (all entries)
from wavetank.engines.compiled.toolchain import compiling
from wavetank.engines.compiled.toolchain.kernels import entries
from wavetank.engines.compiled.toolchain.variable_lists import quick_variable_lists, variables_in

PLACE = ir.Loc("here.py", 1)
A, B, C = (ir.Var(None, name, PLACE) for name in "abc")
STATEMENT = ir.Assign(ir.Expr.call(A, (B, ir.Const(3, PLACE)), {"key": C}, PLACE), B, PLACE)
FIELDS = [A, 7, None, "a", [A, [B, (C,)], 1], {"x": A, "y": {"z": (B, B)}}, STATEMENT, [STATEMENT, A]]


@pytest.mark.parametrize("field", FIELDS, ids=range(len(FIELDS)))
def test_variables_are_those_that_numba_lists(field: object) -> None:
    assert variables_in(field) == ir.Inst()._rec_list_vars(field)


def test_numba_is_itself_again_whatever_happens() -> None:
    plain = ir.Inst._rec_list_vars

    def fail() -> None:
        with quick_variable_lists():
            assert ir.Inst._rec_list_vars is not plain
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ir.Inst._rec_list_vars is plain


def test_the_code_is_the_same_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = [entry for entry in entries if entry.bundle == "model.idle, core"]
    assert bundle
    quick = compiling.compiled(bundle)
    monkeypatch.setattr(compiling, "quick_variable_lists", nullcontext)
    assert compiling.compiled(bundle) == quick
