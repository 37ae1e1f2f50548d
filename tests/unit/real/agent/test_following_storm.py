"""Writing, rotating, looking and killing at random: each line is accepted once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.unit.real.agent.lives import storm
from wavetank.protocol import rotation
from wavetank.protocol.marks import DONE_MOST


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("remembered", [DONE_MOST, 2])
def test_whatever_happens_when_each_line_is_accepted_once(
    tmp_path: Path, seed: int, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few files that were read are remembered in half of the runs, so that most are forgotten."""
    monkeypatch.setattr(rotation, "DONE_MOST", remembered)
    written, accepted, lost = storm(tmp_path, seed, 5)
    assert Counter(accepted) == Counter(written)
    assert set(lost) <= {"followed.cut"}
