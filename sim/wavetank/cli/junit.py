"""The outcome of a run as JUnit XML: a case for each objective."""

from pathlib import Path
from xml.etree import ElementTree

from wavetank.results.result import Result
from wavetank.results.slo import Judged


def write(result: Result, file: Path) -> None:
    """Write a suite with a case for each objective, failed where it is missed and skipped where it is open.

    A scenario without objectives has one case, which passes. What becomes of the fleet is in the output of
    the suite.
    """
    from wavetank.studies import fates

    judged = result.judged
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name=f"run {result.scenario}",
        tests=str(len(judged) or 1),
        failures=str(sum(objective.met is False for objective in judged)),
        errors="0",
        skipped=str(sum(objective.met is None for objective in judged)),
    )
    for objective in judged:
        _case(suite, result, objective)
    if not judged:
        ElementTree.SubElement(suite, "testcase", classname=result.scenario, name="run")
    ElementTree.SubElement(suite, "system-out").text = fates.sentence(result)
    ElementTree.indent(suites)
    file.write_text(
        ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n", encoding="utf-8"
    )


def _case(suite: ElementTree.Element, result: Result, objective: Judged) -> None:
    from wavetank.studies.formatting import figure, outcome_of

    case = ElementTree.SubElement(suite, "testcase", classname=result.scenario, name=objective.metric)
    if objective.met:
        return
    bound = figure(objective.metric, objective.bound)
    outcome = outcome_of(objective.metric, objective.value, objective.met, objective.at_least)
    kind = "failure" if objective.met is False else "skipped"
    text = f"{objective.metric} is {outcome}; at most {bound} is asked for"
    ElementTree.SubElement(case, kind, message=text).text = f"{text} (seed {result.seed})"
