"""`wavetank run`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options, real
from wavetank.cli.options import BadOption, check_file
from wavetank.cli.status import status_of_objectives
from wavetank.results.result import Result
from wavetank.results.slo import Judged

if TYPE_CHECKING:
    from wavetank.scenario import Scenario

OTLP_AGENTS = 20
"""So many agents have their spans written unless --trace says which."""


def run(
    scenario: options.Scenario,
    /,
    *,
    engine: options.Engine = None,
    seed: options.Seed = None,
    replications: options.Replications = 1,
    sets: options.Sets = None,
    out: options.Out = None,
    report: options.Report = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    trace: Annotated[
        str | None,
        Parameter(
            help="Agents to keep every message of, such as 0,17,20-25; needs --out, --report or --trace-otlp."
        ),
    ] = None,
    trace_otlp: Annotated[
        Path | None,
        Parameter(help="File for the trace as spans of OpenTelemetry (OTLP-JSON); default: of 20 agents."),
    ] = None,
    explain: Annotated[
        bool, Parameter(help="Say which way through the engine the run took, and why.", negative=())
    ] = False,
    models: options.Models = None,
    workers: options.Workers = None,
    server: real.Server = None,
    i_own_this_server: real.Owned = False,
    management: real.Management = None,
    ca: real.Ca = None,
    password_file: real.PasswordFile = None,
    settle: options.Settle = "auto",
    junit: Annotated[
        Path | None, Parameter(help="File for the objectives as JUnit XML, a case for each.")
    ] = None,
    check: Annotated[
        bool,
        Parameter(help="Repeat what `wavetank check` warns of on standard error.", negative="--no-check"),
    ] = True,
) -> int:
    """Simulate a scenario and say in plain words and figures what becomes of the fleet.

    With --engine live it happens for real, and takes as long as the scenario says.

    Exit status: 0 done; 1 a stated objective ([slo]) is missed; 2 bad input; 3 inconclusive.
    """
    from wavetank.cli.bar import bar
    from wavetank.cli.report import prepared, write_report
    from wavetank.engines import registry
    from wavetank.results.store import check_folder
    from wavetank.studies.replications import run as run_study

    asked = options.loaded(scenario, sets, models)
    if trace is not None and out is None and report is None and trace_otlp is None:
        raise BadOption("--trace: the trace is saved with the result; add --out DIR")
    traced = options.agents_of(trace, asked.spec.fleet.agents) if trace is not None else ()
    target = real.target_of(engine, server, i_own_this_server, management, ca, password_file)
    if out is not None:
        check_folder(out)
    if junit is not None:
        check_file(junit, "--junit")
    if trace_otlp is not None:
        check_file(trace_otlp, "--trace-otlp")
        traced = traced or tuple(range(min(OTLP_AGENTS, asked.spec.fleet.agents)))
    if report is not None:
        few = prepared(report, asked.spec.fleet.agents)
        traced = traced or few
    if check:
        _warn(asked)
    with bar() as watch:
        result = run_study(
            asked,
            engine=engine,
            seed=seed,
            replications=replications,
            trace_agents=traced,
            workers=workers,
            out=out,
            watch=watch,
            command=["wavetank", *sys.argv[1:]],
            server=target,
            settle=options.settling(settle),
        )
    written = write_report(result, report) if report is not None else None
    judged = result.judged
    if junit is not None:
        from wavetank.cli import junit as junit_xml

        junit_xml.write(result, junit)
    if trace_otlp is not None:
        _write_spans(result, trace_otlp)
    if json_:
        print(json.dumps(result.to_json(), allow_nan=False))
    else:
        _show(result, judged)
        if out is not None:
            print(f"Result written to {out}")
        if trace_otlp is not None:
            print(f"Spans written to {trace_otlp}")
        if written is not None:
            print(f"Report written to {written}")
    if explain:
        used = registry.choose(asked.resolve(), result.engine)
        print(
            f"Path: {used.explain(asked.resolve(), bool(traced))}.", file=sys.stderr if json_ else sys.stdout
        )
    return status_of_objectives(judged)


def _warn(scenario: "Scenario") -> None:
    """Repeat warnings and problems of `check`, a line each, on standard error."""
    from wavetank.studies.checking import check
    from wavetank.studies.places import place_of

    checked = check(scenario)
    for finding in (*checked.warnings, *checked.problems):
        place = place_of(scenario, finding)
        print(
            f"wavetank: {finding.level}: {place.file}:{place.line}:{place.column}: {finding.key}: "
            f"{finding.text}",
            file=sys.stderr,
        )


def _write_spans(result: Result, file: Path) -> None:
    from wavetank.results.otlp import document
    from wavetank.results.provenance import wavetank_version

    if result.trace_cut:
        print("wavetank: the trace was cut: its spans are those of its beginning", file=sys.stderr)
    text = json.dumps(document(result.trace_rows, result.scenario, wavetank_version()))
    file.write_text(text + "\n", encoding="utf-8")


def _show(result: Result, judged: list[Judged]) -> None:
    from wavetank.cli import tables
    from wavetank.studies import fates

    out = tables.console()
    tables.say(out, result.scenario)
    tables.say(out, fates.sentence(result))
    out.print()
    tables.put(out, tables.result_table(result))
    out.print()
    if judged:
        tables.put(out, tables.slo_table(judged))
        out.print()
    tables.say(out, tables.colophon([result], result.wall_s))
