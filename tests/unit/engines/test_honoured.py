from wavetank.engines.features import FEATURES
from wavetank.engines.honoured import engines_markdown, honoured
from wavetank.engines.registry import EVERYTHING, Engine

ALL = Engine("all", "nowhere", "does all", EVERYTHING)
SOME = Engine("some", "nowhere", "does some", frozenset({"store", "fault.kind = brown-out"}))
REAL = Engine("real", "nowhere", "is it", frozenset({"store"}), real=True)


def test_page_says_equal_or_refused_of_every_feature() -> None:
    text = engines_markdown((ALL, SOME, REAL))
    assert "- `some`: does some" in text
    rows = [line for line in text.splitlines() if line.startswith("| `") and "feature" not in line]
    assert len(rows) == len(FEATURES) == len(set(FEATURES)) > 35
    assert "| `store` | equal | equal | measured |" in rows
    assert "| `fault.kind = brown-out` | equal | equal | refused |" in rows
    assert "| `heartbeat` | equal | refused | refused |" in rows


def test_an_engine_honours_everything_or_what_it_says() -> None:
    assert honoured(ALL, "anything")
    assert honoured(SOME, "store")
    assert not honoured(SOME, "heartbeat")
