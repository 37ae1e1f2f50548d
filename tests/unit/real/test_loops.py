"""The heap of a process that opens and closes connections for months."""

import ctypes
import subprocess
import sys

import pytest

# Large blocks between small ones that stay, as buffers of connections lie; then the large ones are freed. The
# first free is what makes glibc take later blocks from the heap.
CODE = """
import os
from wavetank.real.loops import keep_heap_small

{before}
first = bytes(2**20)
del first
large, small = [], []
for _ in range(200):
    large.append(b"x" * 200_000)
    small.append(b"y" * 2_000)
del large
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
"""


def resident_bytes(before: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(before=before)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another C library")
def test_what_is_freed_between_blocks_that_stay_goes_back() -> None:
    assert resident_bytes("pass") - resident_bytes("keep_heap_small()") > 20 * 2**20
