"""Machine code in this process: LLVM's loader, and the machine that code is made for.

Code is for this very processor, so what is kept on disk is named after it. Addresses are final once code
is loaded: the table of a run holds them as numbers.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import llvmlite.binding as llvm


@cache
def target() -> tuple[str, str, str]:
    """(triple, processor, its features) of this machine."""
    return (
        llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    )  # fmt: skip


def target_machine() -> Any:
    """LLVM's description of this machine, for code at addresses that do not change."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple, cpu, features = target()
    triple_target = llvm.Target.from_triple(triple)
    reloc = "static" if triple_target.name.startswith("x86") else "default"
    return triple_target.create_target_machine(
        cpu=cpu, features=features, opt=3, reloc=reloc, codemodel="jitdefault", jit=True
    )


@cache
def _engine() -> Any:
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())


def load(objects: Iterable[bytes]) -> None:
    """Make object code ready to run."""
    for code in objects:
        _engine().add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    _engine().finalize_object()


def address_of(symbol: str) -> int:
    """Where a function is."""
    return int(_engine().get_function_address(symbol))
