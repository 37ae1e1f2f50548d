from dataclasses import replace

import pytest

from tests.unit.face.report.cases import result
from wavetank.errors import MissingExtra
from wavetank.face.report import agents
from wavetank.face.report.agents import chosen_agent, diagrams, span_of, traced_agents
from wavetank.face.report.designs import designs_of
from wavetank.results.result import FaultSpan
from wavetank.studies.comparison import Comparison


def test_a_few_agents_of_all_classes() -> None:
    few = traced_agents(10_000)
    assert [agent // 1250 for agent in few] == list(range(8))
    assert len({agent % 2 for agent in few}) == 2, "all on one node of two"
    assert traced_agents(3) == (0, 1, 2)


def test_the_agent_that_repeated_most_is_told_of() -> None:
    outcome = result("metastable")
    repeats = {
        agent: len(
            {
                (row.stream, row.request, row.attempt)
                for row in outcome.trace_rows
                if row.agent == agent and row.attempt
            }
        )
        for agent in (0, 7, 13)
    }
    chosen = chosen_agent(outcome)
    assert chosen is not None
    assert repeats[chosen] == max(repeats.values()) > 0
    assert chosen_agent(result("stable")) == 0
    assert chosen_agent(replace(outcome, trace_rows=())) is None


def test_the_diagram_is_of_the_fault() -> None:
    begin_s, end_s = span_of(result("back"))
    assert begin_s < 20 < 23 < end_s
    assert span_of(result("stable"))[0] == 0
    later = replace(result("back"), faults=(FaultSpan("x", 50, 51), FaultSpan("y", 30, 31)))
    assert span_of(later)[0] == 15


def test_the_agent_is_drawn_through_the_fault() -> None:
    (diagram,) = diagrams(designs_of(result("back")))
    assert diagram.svg.startswith(("<?xml", "<svg", "<?plantuml"))
    assert "node-restart" in diagram.svg
    assert diagram.text.startswith(f"Agent {chosen_agent(result('back'))}, of the 3 that were traced")


def test_without_a_trace_it_says_how_to_have_one() -> None:
    (diagram,) = diagrams(designs_of(replace(result("back"), trace_rows=())))
    assert diagram.svg == ""
    assert "--trace" in diagram.text


def test_without_plantuml_it_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(sources: object) -> list[str]:
        raise MissingExtra("plantuml", "report")

    monkeypatch.setattr(agents, "render", missing)
    drawn = diagrams(designs_of(Comparison(("x", "y"), (result("back"), result("metastable")))))
    assert {agent.svg for agent in drawn} == {""}
    assert drawn[0].text.startswith("No sequence diagram: plantuml is not installed; it comes with the extra")


def test_a_design_in_which_the_agent_was_not_traced_goes_without() -> None:
    bare = replace(result("back"), trace_rows=())
    with_, without = diagrams(designs_of(Comparison(("x", "y"), (result("back"), bare))))
    assert with_.svg
    assert without.svg == ""
    assert "was not traced" in without.text


def test_diagrams_of_a_comparison_have_titles_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def render(sources: list[str]) -> list[str]:
        drawn.extend(sources)
        return [""] * len(sources)

    monkeypatch.setattr(agents, "render", render)
    outcome = result("back")
    agents.diagrams(designs_of(Comparison(("as it is", "other"), (outcome, outcome))))
    assert ["title A: as it is" in drawn[0], "title B: other" in drawn[1]] == [True, True]
