"""What to decide: pure functions of numbers that engines and the real agent share.

A policy is a module-level function of scalars or NamedTuples that returns a scalar or a tuple. It has no
memory, no clock and no exceptions, and compiles unchanged as a kernel. Random bits come in as arguments,
drawn by `keyed` from what they are for.
"""
