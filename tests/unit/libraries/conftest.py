import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.libraries.records import card

Make = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """Writes a library into a catalogue of one's own and returns its folder."""

    def make(text: str = "", name: str = "one", **measured: dict[str, Any]) -> Path:
        folder = tmp_path / "models" / "libraries" / name
        (folder / "measured").mkdir(parents=True, exist_ok=True)
        (folder / "library.toml").write_text(text or card(name))
        for file, record in measured.items():
            (folder / "measured" / f"{file}.json").write_text(json.dumps(record))
        return folder

    return make
