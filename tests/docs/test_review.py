"""docs/review.md, executed: its example says what the page says, its tables are the code's."""

import re
import shlex
from pathlib import Path
from textwrap import dedent

import pytest

from tests.docs.test_studies import run
from wavetank.scenario.schema.walk import keys_of
from wavetank.studies.reviewing import schema
from wavetank.studies.sequential import Claim, runs_to_hold

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_example_says_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    begun, asked = re.findall(r"^    wavetank (review (?:init )?first\.toml)$", PAGE, re.MULTILINE)
    ((command, output),) = re.findall(r"<!-- output: wavetank (.*?) -->\n\n((?:    .*\n|\n)+)", PAGE)
    assert command == asked
    run(["-m", "wavetank", *shlex.split(begun)], tmp_path)
    assert run(["-m", "wavetank", *shlex.split(asked)], tmp_path).split() == dedent(output).split()


def test_the_table_of_runs_is_what_the_rule_needs() -> None:
    rows = re.findall(r"^\| (0\.\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 4
    for probability, good, mixed in rows:
        claim = Claim(float(probability))
        assert (runs_to_hold(claim), runs_to_hold(claim, failures=1)) == (int(good), int(mixed))


def test_every_key_of_a_claim_is_on_the_page() -> None:
    named = set(re.findall(r"`\[*([a-z_]+)(?:\.ID)?\]*`", PAGE))
    assert set(keys_of(schema.Claim)) - named == set()
    assert set(keys_of(schema.DecisionFile)) - named == set()
