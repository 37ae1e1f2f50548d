"""docs/live.md names what the engine live honours, no more and no less."""

import re
from pathlib import Path

from wavetank.engines.live.honours import HONOURED
from wavetank.policy.registry import FAULT_KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")


def test_every_key_that_is_honoured_is_named() -> None:
    words = set(re.findall(r"`([^`]+)`", TEXT))
    assert {key for key in HONOURED if key not in words} == set()
    listed = {word for word in words if " = " in word and not word.startswith("credentials")}
    assert listed <= HONOURED


def test_every_fault_is_honoured_or_refused() -> None:
    for kind in FAULT_KINDS:
        assert f"`fault.kind = {kind}`" in TEXT or f"{kind}s" in TEXT, kind
