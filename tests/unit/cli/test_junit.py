from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.conftest import Ask

RUN = ("--engine", "reference", "--set", "fleet.agents=4")


def suite_of(file: Path) -> ElementTree.Element:
    (suite,) = ElementTree.parse(file).getroot()
    return suite


@pytest.mark.parametrize(("bound", "status", "failures"), [("10s", 0, "0"), ("1us", 1, "1")])
def test_objectives_are_cases(
    ask: Ask, queue: Path, tmp_path: Path, bound: str, status: int, failures: str
) -> None:
    file = tmp_path / "out.xml"
    said = ask("run", queue, *RUN, "--set", f"slo.event_latency_p99={bound}", "--junit", file)
    suite = suite_of(file)
    assert said.status == status
    assert [suite.attrib[name] for name in ("tests", "failures", "skipped")] == ["1", failures, "0"]
    case = suite.find("testcase")
    assert case is not None
    assert case.attrib["classname"] == "queue"
    failure = case.find("failure")
    assert (failure is not None) == (status == 1)
    if failure is not None:
        assert "is asked for (seed 1)" in (failure.text or "")


def test_run_without_objectives_passes_and_says_what_became_of_it(
    ask: Ask, queue: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.xml"
    assert ask("run", queue, *RUN, "--junit", file).status == 0
    suite = suite_of(file)
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "0")
    assert suite.findtext("system-out")


def test_file_that_cannot_be_written_is_refused_before_the_run(ask: Ask, queue: Path, tmp_path: Path) -> None:
    said = ask("run", queue, "--junit", tmp_path / "none" / "out.xml")
    assert said.status == 2
    assert "--junit" in said.err
    assert said.out == ""
