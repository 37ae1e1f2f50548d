"""The memory that a run may take: of the machine, or of its container, whichever is less."""

import os
from pathlib import Path

import pytest

from wavetank.scenario import available_memory
from wavetank.scenario.available_memory import available_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for /proc and /sys; a file that is not in it is absent."""
    monkeypatch.setattr(available_memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(available_memory, "_CGROUP", tmp_path / "memory.max")
    return tmp_path


def test_machine_without_a_container_has_what_can_be_freed(machine: Path) -> None:
    (machine / "meminfo").write_text(MEMINFO)
    assert available_bytes() == 8_000_000 * 1024


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max\n", 8_000_000 * 1024), ("1073741824\n", 2**30), ("99999999999999\n", 8_000_000 * 1024)],
)
def test_limit_of_the_container_counts_where_it_is_less(limit: str, expected: int, machine: Path) -> None:
    (machine / "meminfo").write_text(MEMINFO)
    (machine / "memory.max").write_text(limit)
    assert available_bytes() == expected


@pytest.mark.parametrize("text", [None, "MemTotal:       16000000 kB\n"])
def test_system_that_does_not_tell_is_asked_for_its_free_pages(
    text: str | None, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {"SC_AVPHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    if text is not None:
        (machine / "meminfo").write_text(text)
    assert available_bytes() == 4_096_000
