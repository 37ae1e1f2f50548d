import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.unit.studies.cases import QUEUE, STORM
from wavetank.cli.main import answer


class Said(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON object and nothing else."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        assert self.out.count("\n") == 1
        return parsed


Ask = Callable[..., Said]


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Ask:
    """Run the command in this process."""

    def asked(*words: str | Path) -> Said:
        status = answer([str(word) for word in words])
        return Said(status, *capfd.readouterr())

    return asked


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """A file with a scenario without faults."""
    file = tmp_path / "queue.toml"
    file.write_text(QUEUE)
    return file


@pytest.fixture
def storm(tmp_path: Path) -> Path:
    """A file with a scenario with a restart."""
    file = tmp_path / "storm.toml"
    file.write_text(STORM)
    return file
