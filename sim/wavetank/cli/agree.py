"""`wavetank agree`."""

import json
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from rich.console import Console

    from wavetank.scenario import Scenario
    from wavetank.studies.agreement import Agreement, Part
    from wavetank.studies.divergence import Divergence

MOST_SHOWN = 20
"""More rows than fit on a screen help nobody; the rest is counted."""

SIDES = ("=", "1", "2")

_Requests = Annotated[
    bool,
    Parameter(
        negative=(), help="Compare also every request, to the nanosecond, and every integer that is counted."
    ),
]
_Engines = Annotated[
    str | None, Parameter(help="NAME,NAME: compare these; default: all that honour the scenario.")
]
_Small = Annotated[
    str | None,
    Parameter(help="A name of the catalogue or a path of a .toml file; default: all of the catalogue."),
]


def agree(
    scenario: _Small = None,
    /,
    *,
    requests: _Requests = False,
    engines: _Engines = None,
    sets: options.Sets = None,
    seed: options.Seed = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Run a scenario on several engines and compare what they count.

    Without a scenario: every one of the catalogue, scaled down to a small fleet under the same load. A
    difference is shrunk to a small scenario, and the first message that differs is printed. Exit status: 0
    equal; 1 the engines differ; 2 bad input.
    """
    from wavetank.cli.bar import bar
    from wavetank.studies.engine_diff import agree as agree_study

    names = None if engines is None else [word.strip() for word in engines.split(",") if word.strip()]
    compared = []
    for scenario_asked in _asked(scenario, sets, models):
        with bar() as watch:
            compared.append(
                (
                    scenario_asked,
                    agree_study(scenario_asked, engines=names, requests=requests, seed=seed, watch=watch),
                )
            )
    if json_:
        print(json.dumps({"scenarios": [agreement.to_json() for _, agreement in compared]}))
    else:
        _show(compared)
    return Status.DONE if all(agreement.equal for _, agreement in compared) else Status.NO


def _asked(name: str | None, sets: list[str] | None, models: options.Models) -> "list[Scenario]":
    if name is not None:
        return [options.loaded(name, sets, models)]
    from wavetank.scenario import list_entries
    from wavetank.studies.scaling import SMALL_FLEET, scaled_down

    entries = list_entries("scenarios", models)
    return [scaled_down(options.loaded(entry.name, sets, models), SMALL_FLEET) for entry in entries]


def _show(compared: "list[tuple[Scenario, Agreement]]") -> None:
    from wavetank.cli import tables

    out = tables.console()
    parts = ("metrics", "counts", "requests")
    rows = []
    for scenario, agreement in compared:
        cells = [_share(getattr(agreement, part)) for part in parts]
        verdict = "equal" if agreement.equal else "DIFFERENT"
        rows.append((scenario.name, f"{scenario.spec.fleet.agents:,}", *cells, verdict))
    shown = ("equal metrics", "counts", "requests")
    tables.put(out, tables.plain_table(("scenario", "agents", *shown, ""), rows))
    for _, agreement in compared:
        if not agreement.equal:
            _show_difference(out, agreement)
    out.print()
    tables.say(out, _sentence([agreement for _, agreement in compared]))


def _share(part: "Part | None") -> str:
    return "" if part is None else f"{part.equal:,} of {part.total:,}"


def _sentence(agreements: "list[Agreement]") -> str:
    engines = " and ".join(dict.fromkeys(name for agreement in agreements for name in agreement.engines))
    apart = [agreement.scenario for agreement in agreements if not agreement.equal]
    if apart:
        return f"{engines} differ in {len(apart)} of {len(agreements)} scenarios: {'; '.join(apart)}."
    logs = [agreement.requests for agreement in agreements if agreement.requests is not None]
    if logs:
        equal, total = sum(log.equal for log in logs), sum(log.total for log in logs)
        return f"{engines} agree: {equal:,} of {total:,} requests equal, to the nanosecond."
    equal, total = (
        sum(agreement.metrics.equal for agreement in agreements),
        sum(agreement.metrics.total for agreement in agreements),
    )
    return f"{engines} agree: {equal:,} of {total:,} metrics equal."


def _show_difference(out: "Console", agreement: "Agreement") -> None:
    from wavetank.cli import tables

    out.print()
    tables.say(out, f"{agreement.scenario}, seed {agreement.seed}")
    for name in ("failures", "metrics", "counts", "requests"):
        part = getattr(agreement, name)
        differing = part if name == "failures" else part.differing if part is not None else ()
        if differing:
            out.print()
            rows = [(row.what, *row.values) for row in differing[:MOST_SHOWN]]
            tables.put(out, tables.plain_table((name, *agreement.engines), rows))
            if len(differing) > MOST_SHOWN:
                tables.say(out, f"and {len(differing) - MOST_SHOWN:,} more")
    if agreement.divergence_of is None:
        return
    out.print()
    tables.say(out, "A small scenario in which they differ:")
    out.print()
    tables.say(out, agreement.shrunk)
    if agreement.failures:
        return
    if agreement.divergence is not None:
        _show_divergence(out, agreement.divergence, agreement.divergence_of)
    else:
        tables.say(out, "No message differs in it, only what is counted.")


def _show_divergence(out: "Console", divergence: "Divergence", engines: tuple[str, str]) -> None:
    from wavetank.cli import tables
    from wavetank.policy.codes import Stream
    from wavetank.protocol.order import Message
    from wavetank.studies.divergence import clock

    tables.say(out, f"The first message that differs, at {clock(divergence.at_ns)} s: {divergence.message}")
    tables.put(out, tables.text_table(("", ""), zip(engines, divergence.told, strict=True)))
    out.print()
    tables.say(out, f"Around it (= in both, 1 only in {engines[0]}, 2 only in {engines[1]}):")
    headings = ("", "sent", "arrived", "request", "attempt", "node", "status", "events", "message")
    rows = [
        (
            SIDES[side],
            clock(row.sent_ns),
            clock(row.arrived_ns) if row.arrived_ns >= 0 else "never",
            f"{Stream(row.stream).name.lower()} {row.request}",
            str(row.attempt),
            str(row.node),
            str(row.status),
            str(row.events),
            Message(row.message).name,
        )
        for side, row in divergence.around
    ]
    tables.put(out, tables.plain_table(headings, rows))
