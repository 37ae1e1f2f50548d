"""The page: what goes into its template."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavetank.face.libraries.answers import answers
from wavetank.face.libraries.charts import charts
from wavetank.face.libraries.fleets import SIZES, Fleet, fleet_of, fleets
from wavetank.face.libraries.gaps import gaps
from wavetank.face.libraries.handshakes import handshakes
from wavetank.face.report.embedding import asset, still
from wavetank.libraries.card import ALGORITHMS, PROTOCOLS
from wavetank.libraries.card_text import spread_text
from wavetank.libraries.catalogue import Library, list_libraries
from wavetank.libraries.costs import uses
from wavetank.libraries.decision import FIGURES, Decision
from wavetank.libraries.scale import reference_of
from wavetank.libraries.text_report import figure, number
from wavetank.results.provenance import wavetank_version
from wavetank.scenario import Scenario

PACKAGE = "wavetank.face.libraries"
SIGNS = {"yes": "✓", "part": "◐", "no": "–", "unknown": "?"}
"""The sign of an answer; its word stands next to it for those who do not see it."""
SPOKEN = {"tcp": "TCP", "http1": "HTTP/1.1", "http2": "HTTP/2", "grpc": "gRPC", "zmtp": "ZMTP"}
SECURED = {"none": "plain", "full": "TLS", "curve": "CURVE"}
"""The words for a connection's security."""


def page(base: Scenario, decision: Decision, models: Path | None = None) -> str:
    """The page as HTML. Raises ScenarioError for a bad card, NoFit where nothing can be compared."""
    known = list_libraries(models)
    transports = [library for library in known if library.card.kind == "transport"]
    tokens = [library for library in known if library.card.kind == "token"]
    asked = fleets(base, decision, known)
    large = fleet_of(asked, SIZES[-1], "per-request")
    environment = Environment(
        loader=PackageLoader(PACKAGE, "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(figure=figure, number=number, spread=spread_text, signs=SIGNS)
    used = [use for transport in transports for use in uses(transport, reference_of(known))]
    drawn = charts(used, large)
    return environment.get_template("libraries.html").render(
        base=base,
        decision=decision,
        answers=answers(known, asked),
        measured=[library for library in known if library.measurement is not None],
        probes=sum(library.card.probe == "measured" for library in known),
        fleets=asked,
        first=asked[0],
        figures=FIGURES,
        charts=[(chart, still(chart)) for chart in drawn],
        tables=[
            ("Protocols", "transport", list(PROTOCOLS.values()), transports),
            ("Tokens", "token", list(ALGORITHMS.values()), tokens),
        ],
        handshakes=handshakes(used),
        tokens=[row for token in tokens for row in _tokens(token)],
        builds=[row for library in known for row in _builds(library)],
        latencies=[row for library in known for row in _latencies(library)],
        gaps=list(gaps(known, large.found)),
        large=large,
        data={
            "weights": [criterion.weight for criterion in decision.criterion],
            "fleets": [weighable(fleet) for fleet in asked],
        },
        style=asset("report.css") + asset("libraries.css", PACKAGE),
        script=asset("libraries.js", PACKAGE),
        version=wavetank_version(),
        isfinite=isfinite,
    )


def weighable(fleet: Fleet) -> dict[str, Any]:
    """Return the lines that the page's script weighs again.

    Each has its name and its worths (low, middle, high) by criterion.
    """
    lines = [
        {
            "name": line.name,
            "worths": [[round(end, 9) for end in score.worth] for score in line.scores],
            "told": [figure(score.value) for score in line.scores],
            "others": line.third_party,
        }
        for line in fleet.found.matrix.lines
    ]
    return {"id": fleet.id, "title": fleet.title, "lines": lines}


def _tokens(library: Library) -> list[tuple[str, str, str, str, str]]:
    """Return rows of algorithm, key, sign and verify: our measurements first, then those of third parties."""
    if library.measurement is not None and library.measurement.tokens:
        rows: Sequence[Any] = library.measurement.tokens
        mark = ""
    else:
        rows = [row for other in library.card.third_party for row in other.token]
        mark = " *"
    return [
        (
            f"{library.card.name}{mark}",
            row.algorithm,
            row.key,
            spread_text(row.sign_us),
            spread_text(row.verify_us),
        )
        for row in rows
    ]


def _latencies(library: Library) -> list[tuple[str, str, str, str, str]]:
    """Of kept connections: what was asked, how often, median and 99th percentile; none of others."""
    rows = library.measurement.rows if library.measurement is not None else ()
    return [
        (
            library.card.name,
            f"{SPOKEN[row.protocol]}, {SECURED[row.tls]}, {row.batch_events} events",
            f"{row.latency.rate_per_s:g}/s",
            spread_text(row.latency.p50_us),
            spread_text(row.latency.p99_us),
        )
        for row in rows
        if row.latency is not None
    ]


def _builds(library: Library) -> list[tuple[str, str, str, str, str]]:
    """List what was built, and the time and space that it took."""
    if library.measurement is not None and library.measurement.build:
        rows, mark = library.measurement.build, ""
    else:
        rows, mark = tuple(row for other in library.card.third_party for row in other.build), " *"
    return [
        (
            f"{library.card.name}{mark}",
            build.what,
            "–" if build.compile_s is None else f"{build.compile_s:.3g} s",
            f"{build.binary_bytes / 1000:,.0f} kB" if build.binary_bytes else "–",
            str(build.shared_libraries) if build.shared_libraries else "–",
        )
        for build in rows
    ]
