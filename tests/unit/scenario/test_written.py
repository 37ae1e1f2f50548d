import os
from pathlib import Path

import pytest

from tests.unit.studies.cases import STORM
from wavetank.scenario import Scenario, list_entries, load, loads
from wavetank.scenario.fingerprint import digest
from wavetank.scenario.tree import Tree
from wavetank.scenario.written import SET, written_out

NAMES = [entry.name for entry in list_entries("scenarios")]


@pytest.mark.parametrize("name", NAMES)
def test_text_alone_resolves_to_the_same(name: str) -> None:
    asked = load(name)
    again = loads(written_out(asked))
    assert digest(again.resolve()) == digest(asked.resolve())
    assert again.spec.description == asked.spec.description
    assert written_out(again) == "\n".join(_bare(written_out(asked))) + "\n"


def _bare(text: str) -> list[str]:
    """The lines without their comments."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("#") and not inside:
            continue
        inside ^= line.count('"""') % 2 == 1
        lines.append(line if inside else line.partition("  # ")[0])
    return lines


def test_what_is_set_and_the_seed_are_in_it() -> None:
    asked = load("restart-storm", ["fleet.agents=500", "retry.*.backoff.law=full-jitter"])
    text = written_out(asked, 7)
    assert f"agents = 500  # {SET}" in text
    assert f'login.backoff.law = "full-jitter"  # {SET}' in text
    assert digest(loads(text).resolve()) == digest(asked.resolve(7))


def test_source_is_that_of_the_value_that_holds() -> None:
    lines = written_out(load("quickstart")).splitlines()
    assert 'duration = "60s"  # chosen: done in seconds' in lines
    assert 'ttl = "900s"  # wazuh/wazuh branch 6.0.0 @36baac5: exp = iat + 900' in lines  # of what it extends
    assert 'office.delay = "20ms"  # assumed' in lines  # of its fleet
    assert 'sign.RS256.cached = "0.5ms"  # measured: PyJWT encode with a key object' in lines  # of its card
    nodes = next(line for line in lines if line.startswith("nodes = "))
    assert nodes == "nodes = 1  # chosen"
    other = written_out(load("quickstart", ["server.nodes=2"])).splitlines()
    assert f"nodes = 2  # {SET}" in other


def test_a_text_without_a_file_has_its_own_sources() -> None:
    text = written_out(loads(STORM + '\n[sources]\nduration = "chosen"\nfault.0.at = "chosen, too"\n'))
    assert 'duration = "60s"  # chosen' in text
    assert 'at = "20s"  # chosen, too' in text


AWKWARD = [
    "plain",
    'a "quoted" one',
    "back\\slash",
    'tri"""ple',
    "two\nlines",
    'ends in "',
    'two\nends "',
]


@pytest.mark.parametrize("text", AWKWARD)
def test_any_description_and_key_survive(text: str) -> None:
    flat = "".join(c for c in text if c.isprintable())
    asked = loads(STORM).but("slo={'event_latency_p99.desk'='30s'}")
    tree = {**asked.tree.raw, "name": flat, "description": text}
    spec = asked.spec.model_copy(update={"name": flat, "description": text})
    odd = Scenario(flat, spec, Tree(tree, asked.tree.origins), asked.base, (), None)
    again = loads(written_out(odd))
    assert (again.spec.name, again.spec.description) == (flat, text)
    assert again.resolve().objectives == asked.resolve().objectives


def test_measured_values_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "times.csv").write_text("t\n2ms\n3ms\n")
    law = 'service.stateless = { law = "empirical", file = "times.csv", column = "t" }'
    (tmp_path / "here" / "storm.toml").write_text(STORM.replace('service.stateless = "2ms"', law))
    monkeypatch.chdir(tmp_path / "here")
    asked = load("storm.toml")
    text, resolved = written_out(asked), asked.resolve()
    monkeypatch.chdir(tmp_path)
    assert loads(text).resolve() == resolved
    assert os.path.join(str(tmp_path), "here", "times.csv") in text
