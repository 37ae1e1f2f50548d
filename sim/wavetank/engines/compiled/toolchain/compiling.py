"""Compile entries: numba as far as LLVM's instructions, then LLVM for a bundle as a whole.

numba would optimise every function on its own, and again with each of its callers, and make machine code of
all of them. Here a function is translated once, and what a bundle reaches is linked and optimised once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba import _dynfunc
from numba.core import compiler, funcdesc, types, typing
from numba.core.codegen import CodeLibrary
from numba.core.compiler import Flags
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import LoweringPass, PassManager, register_pass
from numba.core.lowering import Lower
from numba.core.registry import cpu_target
from numba.core.typed_passes import NopythonTypeInference, PreLowerStripPhis
from numba.core.untyped_passes import FixupArgs, ReconstructSSA, TranslateByteCode
from numba.extending import typeof_impl

from wavetank.engines.compiled.toolchain.kernels import Entry, Kernel
from wavetank.engines.compiled.toolchain.llvm_target import target_machine
from wavetank.engines.compiled.toolchain.numba_calls import entry_type
from wavetank.engines.compiled.toolchain.numba_types import returns, takes
from wavetank.engines.compiled.toolchain.shared_rules import DECISIONS
from wavetank.engines.compiled.toolchain.typing_memo import remembered_typings
from wavetank.engines.compiled.toolchain.variable_lists import quick_variable_lists


class Part(CodeLibrary):
    """The instructions of one function, and of what it calls: text, until a bundle is made."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        self.texts: list[str] = []
        self.calls: list[Any] = []

    def add_ir_module(self, ir_module: Any) -> None:
        """More instructions."""
        self.texts.append(str(ir_module))

    def add_linking_library(self, library: Any) -> None:
        """Something that is called."""
        self.calls.append(library)

    def finalize(self) -> None:
        """Nothing is final yet."""

    def get_function(self, name: str) -> Any:
        """Not asked for."""
        raise KeyError(name)

    get_llvm_str = get_asm_str = finalize


@register_pass(mutates_CFG=True, analysis_only=False)
class Translating(LoweringPass):
    """A function, its types known, as LLVM's instructions: numba's own pass without machine code."""

    _name = "wavetank_translating"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Translate."""
        context = state.targetctx
        described = funcdesc.PythonFunctionDescriptor.from_specialized_function(
            state.func_ir, state.typemap, state.return_type, state.calltypes, mangler=context.mangler,
            inline=False, noalias=False, abi_tags=[state.flags.get_mangle_string()],
        )  # fmt: skip
        part = Part(context.codegen(), described.qualname)
        with context.push_code_library(part):
            lower = Lower(context, part, described, state.func_ir, metadata=state.metadata)
            lower.lower()
        # what numba knows the function by; nobody calls it
        stands_for = _dynfunc.make_function(
            described.lookup_module(), described.qualname, "", 0, lower.env, ()
        )
        context.insert_user_function(stands_for, described, [part])
        state.cr = compiler.compile_result(
            typing_context=state.typingctx, target_context=context, entry_point=stands_for,
            typing_error=None, type_annotation=None, library=part, call_helper=lower.call_helper,
            signature=typing.signature(state.return_type, *state.args), objectmode=False, lifted=(),
            fndesc=described, environment=lower.env, metadata=state.metadata, reload_init=[],
        )  # fmt: skip
        return True


class Pipeline(compiler.CompilerBase):
    """Those of numba's passes that kernels need.

    Branches that are never taken go when LLVM optimises; and no variable is deleted at its last use, for
    nothing that a kernel holds is counted (`_nrt` is off).
    """

    def define_pipelines(self) -> list[Any]:
        """One."""
        passes = PassManager("wavetank")
        for numba_pass in (
            TranslateByteCode, FixupArgs, ReconstructSSA, NopythonTypeInference, PreLowerStripPhis,
            Translating,
        ):  # fmt: skip
            passes.add_pass(numba_pass, numba_pass.__name__)
        passes.finalize()
        return [passes]


OPTIONS: dict[str, Any] = {
    "nopython": True, "error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}  # fmt: skip


@cache
def _dispatcher(function: Callable[..., Any]) -> Any:
    options = {name: value for name, value in OPTIONS.items() if name != "nopython"}
    return numba.njit(pipeline_class=Pipeline, **options)(function)


@typeof_impl.register(Kernel)
def _typeof_kernel(value: Kernel, c: Any) -> Any:
    return types.Dispatcher(_dispatcher(value.py_func))


_ours: set[Any] = set()
"""The decisions, while a bundle is compiled: to others' numba they stay what they were."""


@typeof_impl.register(FunctionType)
def _typeof_decision(value: Any, c: Any) -> Any:
    return types.Dispatcher(_dispatcher(value)) if value in _ours else None


def _translated(entry: Entry) -> Any:
    """An entry by numba, without machine code."""
    flags = Flags()
    cpu_target.options.parse_as_flags(flags, OPTIONS)
    return compiler.compile_extra(
        cpu_target.typing_context, cpu_target.target_context, entry.function, args=takes(entry),
        return_type=returns(entry), flags=flags, locals={}, pipeline_class=Pipeline,
    )  # fmt: skip


def _entry(entry: Entry, made: Any) -> str:
    """The function by which an entry is called; no kernel raises anything."""
    context = cpu_target.target_context
    described = made.fndesc
    module = context.create_module(entry.symbol)
    inner = context.call_conv.get_function_type(described.restype, described.argtypes)
    callee = ir.Function(module, inner, described.llvm_func_name)
    outer = ir.Function(module, entry_type(context, entry), entry.symbol)
    builder = ir.IRBuilder(outer.append_basic_block())
    _, returned = context.call_conv.call_function(
        builder, callee, described.restype, described.argtypes, outer.args
    )
    if returns(entry) == types.none:
        builder.ret_void()
    else:
        builder.ret(returned)
    return str(module)


def _reached(library: Any, seen: set[int]) -> Iterator[Any]:
    """A library and all that it calls, each once."""
    if id(library) in seen:
        return
    seen.add(id(library))
    yield library
    for called in getattr(library, "calls", ()):
        yield from _reached(called, seen)


_modules: dict[int, list[Any]] = {}


def _modules_of(library: Any) -> list[Any]:
    """The LLVM modules of a library that are to be linked."""
    if not isinstance(library, Part):
        return [library._get_module_for_linking()]
    if id(library) not in _modules:
        _modules[id(library)] = [llvm.parse_assembly(text) for text in library.texts]
    return _modules[id(library)]


@global_compiler_lock
def compiled(several: Sequence[Entry]) -> bytes:
    """The object code of some entries."""
    _ours.update(DECISIONS)
    try:
        with remembered_typings(), quick_variable_lists():
            whole = _linked(several)
    finally:
        _ours.clear()
    symbols = {entry.symbol for entry in several}
    for symbol in (*whole.functions, *whole.global_variables):
        if not symbol.is_declaration and symbol.name not in symbols:
            symbol.linkage = "internal"
    machine = target_machine()
    options = llvm.create_pipeline_tuning_options(3)
    options.loop_vectorization = any(entry.vectors for entry in several)
    options.slp_vectorization = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(whole, passes)
    return bytes(machine.emit_object(whole))


def _linked(several: Sequence[Entry]) -> Any:
    """Some entries and all that they reach, as one module."""
    whole = llvm.parse_assembly("")
    seen: set[int] = set()
    for entry in several:
        made = _translated(entry)
        for library in _reached(made.library, seen):
            for module in _modules_of(library):
                whole.link_in(module, preserve=True)
        whole.link_in(llvm.parse_assembly(_entry(entry, made)))
    return whole
