"""Everything that knows numba or LLVM: how kernels are compiled, cached, loaded and called.

A kernel is a plain Python function with type annotations. `kernels` marks them, `structs` declares the memory
they work on, `prepare` makes machine code of those that a run needs. docs/engines.md follows one function
from its source to its call.
"""
