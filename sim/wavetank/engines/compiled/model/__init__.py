"""The simulated system as kernels. Each file is the twin of the file of that name in `reference`.

Read two files of one name side by side: functions that follow the same rule have the same name and stand in
the same order. Where a process of `reference` waits, a kernel ends; when the wait is over,
another one is called.
Some files have no twin, each for a reason: tests/unit/engines/compiled/test_twins.py lists them.
"""
