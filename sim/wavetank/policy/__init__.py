"""Decisions as pure functions of numbers, shared by the engines and the real agent.

A policy is a module-level function of scalars or NamedTuples that returns a scalar or a tuple. It has no
memory, no clock and no exceptions, and compiles unchanged as a kernel. Random bits come in as arguments,
drawn by `keyed` from what they are for.
"""
