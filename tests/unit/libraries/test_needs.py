import re
import subprocess
import sys
from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.libraries.needs import Missing, advice, install, missing, together
from wavetank.libraries.probes import Probe, ProbeProblem, chosen, probes, with_peers


def probe(**needs: object) -> Probe:
    return Probe("one", Path(), **{"language": "python", **needs})  # type: ignore[arg-type]


def test_says_exactly_what_is_missing_and_the_command_that_gets_it() -> None:
    lacks = missing(probe(programs={"no-such-tool": "no-such-package"}, modules={"no_such": "no-such"}))
    assert lacks == Missing(("no-such-package",), ("no-such",))
    told = advice(lacks)
    assert "missing: no-such-package, no-such." in told
    assert "apt-get update && apt-get install -y --no-install-recommends no-such-package" in told
    assert f"{sys.executable} -m pip install no-such" in told
    assert "--install" in told


def test_what_is_there_is_not_named_beside_what_is_missing() -> None:
    lacks = missing(probe(programs={"no-such-tool": "no-such"}, headers={"stdio.h": "libc6-dev"}))
    assert lacks == Missing(("no-such",))


def test_nothing_is_missing_that_is_there() -> None:
    assert missing(probe(programs={"sh": "dash"}, modules={"json": "json"})) == Missing()


def test_a_header_of_no_package_names_the_variable_that_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["c++", "--version"], check=True, capture_output=True)
    only = probe(headers={"strange/one.h": ""}, variable="STRANGE_INCLUDE", hint="Strangers have it")
    assert (
        missing(only).nowhere[0].endswith("say in STRANGE_INCLUDE in which folder it is. Strangers have it")
    )
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "one.h").touch()
    monkeypatch.setenv("STRANGE_INCLUDE", str(tmp_path))
    assert missing(only) == Missing()


def test_only_root_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ProbeProblem, match=r"only root can install .* apt-get install .* libzmq3-dev"):
        install(Missing(("libzmq3-dev",)))


def test_each_thing_once() -> None:
    parts = [Missing(("a", "b"), ("x",)), Missing(("b", "c"), ("x",), ("no",))]
    assert together(parts) == Missing(("a", "b", "c"), ("x",), ("no",))


def test_an_unknown_probe_is_named_with_its_neighbour() -> None:
    with pytest.raises(ProbeProblem, match='no probe "boost-best"; did you mean boost-beast'):
        chosen(["boost-best"], probes())


def test_a_probe_brings_its_other_end_and_the_baseline() -> None:
    known = probes()
    ids = [probe.id for probe in with_peers([known["libcurl"]], known)]
    assert ids == ["libcurl", "boost-beast", "granian", "baseline"]
    assert [probe.id for probe in with_peers([known["pyjwt"]], known)] == ["pyjwt", "baseline-tokens"]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ('{"lamguage": "c++"}', "lamguage"),
        ('{"language": "rust"}', "language"),
        ('{"language": "c++", "headers": [1]}', "headers"),
        ('{"language": "c++", "headers": {"a.h": 1}}', "is no package"),
        ('{"language": "c++", "http2": ["a"]}', "http2"),
        ("[]", "not an object"),
        ('{"language":', "not valid JSON"),
    ],
)
def test_a_note_that_does_not_read_is_named_with_its_place(note: str, told: str, tmp_path: Path) -> None:
    folder = tmp_path / "libraries" / "one"
    folder.mkdir(parents=True)
    (folder / "probe.json").write_text(note)
    with pytest.raises(ScenarioError, match=told) as caught:
        probes(tmp_path)
    assert re.match(rf"{re.escape(str(folder / 'probe.json'))}:\d+:\d+: ", str(caught.value))


def test_an_other_end_that_there_is_not_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "libraries" / "one"
    folder.mkdir(parents=True)
    (folder / "probe.json").write_text('{"language": "c++", "client": "nobody"}')
    known = probes(tmp_path)
    with pytest.raises(ProbeProblem, match='no probe "nobody" for its other end'):
        with_peers([known["one"]], known)
