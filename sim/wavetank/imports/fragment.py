"""The scenario that an import becomes, as TOML."""

from math import ceil, sqrt
from typing import NamedTuple

import numpy as np

from wavetank.imports import texts
from wavetank.imports.classes import ClientClass
from wavetank.imports.empirical import DataFile, law_text
from wavetank.imports.findings import Arrivals, Findings
from wavetank.imports.fitting import Fitted
from wavetank.imports.reading import Key
from wavetank.imports.telling import limits

MARK = "# Written by wavetank import"
"""How the first line begins; a file that begins otherwise is never replaced."""
MOST_CORES = 10_000  # the most that a scenario gives a node


class Fragment(NamedTuple):
    """The text of the scenario, and its data files."""

    text: str
    data: tuple[DataFile, ...]


class _Lines:
    """Lines of TOML with the sources of their keys."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sources: list[tuple[str, str]] = []
        self.data: list[DataFile] = []

    def add(self, *lines: str) -> None:
        self.lines += lines

    def law(self, fitted: Fitted, kind: str, stem: str) -> str | None:
        """TOML of a law; its data, if it needs some, is kept."""
        text, data = law_text(fitted, kind, stem)
        if data is not None:
            self.data.append(data)
        return text


def fragment(findings: Findings, stem: str) -> Fragment:
    """Return a whole scenario that plays what was imported; `stem` is the name of its files."""
    out = _Lines()
    files = ", ".join(f"{source.file} ({source.format})" for source in findings.sources)
    rows = f"; {findings.rows:,} rows" if findings.rows else ""
    out.add(f"{MARK}: {_plain(files)}{rows}.", f"# Run it: wavetank run {stem}.toml")
    out.add(f'# Build on it: extends = "{stem}.toml" in a file of your own, with the keys that differ.')
    out.add(*(f"# Note: {_plain(limit)}" for limit in limits(findings)), "")
    out.add(f"name = {texts.toml_text('Imported: ' + stem)}")
    if findings.arrivals is not None:
        out.add(f'duration = "{texts.duration_text(max(findings.arrivals.profile.length_s, 1e-3), 7)}"')
        out.sources.append(
            ("duration", "length of the log" if not findings.arrivals.profile.daily else "one day")
        )
    _fleet(out, findings, stem)
    _server(out, findings, stem)
    _keys(out, [*_own(findings), *findings.keys])
    out.add("", "[sources]", *(f"{key} = {texts.toml_text(text)}" for key, text in out.sources))
    return Fragment("\n".join(out.lines) + "\n", tuple(out.data))


def _fleet(out: _Lines, findings: Findings, stem: str) -> None:
    if findings.arrivals is None and findings.up is None:
        return
    size = out.law(findings.up, "sizes", stem) if findings.up is not None else None
    if findings.arrivals is None:
        # a size needs an event that has it
        out.add("", "[[fleet.class]]", 'name = "all"', f'stateless = {{ rate = "1/min", size = {size} }}')
        out.sources.append(("fleet.class.all.stateless.rate", "chosen: put your own"))
    else:
        _classes(out, findings.arrivals, size)
    if size is not None:
        name = "all" if findings.arrivals is None else _names(findings.arrivals.classes)[0]
        out.sources.append((f"fleet.class.{name}.stateless.size", "fitted to the bytes of requests"))


def _names(classes: tuple[ClientClass, ...]) -> list[str]:
    return ["clients"] if len(classes) < 2 else [f"clients-{index}" for index in range(1, len(classes) + 1)]


def _classes(out: _Lines, arrivals: Arrivals, size: str | None) -> None:
    profile = arrivals.profile
    classes = arrivals.classes or (ClientClass(1, arrivals.total, False, 1.0),)
    agents = sum(kind.clients for kind in classes)
    requests = sum(kind.requests for kind in classes)
    out.add("", "[fleet]", f"agents = {agents}")
    told = "clients in the log" if arrivals.classes else "one source stands for all: the log names no clients"
    out.sources.append(("fleet.agents", told))
    for index, (kind, name) in enumerate(zip(classes, _names(classes), strict=True)):
        # requests of clients that are in no class are spread over all classes
        per_agent = profile.mean_per_s * kind.requests / requests / kind.clients
        keys = [f'rate = "{texts.rate_text(per_agent)}"', f'process = "{_process(arrivals, kind)}"']
        if size is not None:
            keys.append(f"size = {size}")
        if len(profile.pieces) > 1:
            keys.append(f"profile = {_profile(arrivals)}")
            out.sources.append(
                (f"fleet.class.{name}.stateless.profile", "change points of the rate in the log")
            )
        out.add("", "[[fleet.class]]", f'name = "{name}"')
        if index < len(classes) - 1:
            out.add(f'share = "{100 * kind.clients / agents:.6f}%"')
            out.sources.append((f"fleet.class.{name}.share", f"{kind.clients:,} of {agents:,} clients"))
        out.add(f"stateless = {{ {', '.join(keys)} }}")
        out.sources.append((f"fleet.class.{name}.stateless.rate", f"{kind.requests:,} requests in the log"))


def _process(arrivals: Arrivals, kind: ClientClass) -> str:
    alone = kind.clients == 1 and arrivals.judgement.process == "regular"
    return "constant" if kind.regular or alone else "poisson"


def _profile(arrivals: Arrivals) -> str:
    profile = arrivals.profile
    pairs = []
    for piece in profile.pieces:
        start = "0" if piece.start_s == 0 else f'"{texts.duration_text(piece.start_s, 7)}"'
        pairs.append(f"[{start}, {min(1000.0, piece.rate_per_s / profile.mean_per_s):.4g}]")
    return f"[{', '.join(pairs)}]"


def _server(out: _Lines, findings: Findings, stem: str) -> None:
    if findings.service is None:
        return
    law = out.law(findings.service, "durations", stem)
    if law is None:
        return
    out.add("", "[server]")
    if findings.arrivals is not None:
        cores = cores_of(findings.arrivals, findings.service.mean)
        out.add(f"cores = {cores}  # hardly a request waits: durations of a log hold the wait already")
        out.sources.append(("server.cores", "chosen: peak load plus five standard deviations"))
    out.add(f"service.stateless = {law}")
    out.sources.append(("server.service.stateless", "durations in the files"))


def cores_of(arrivals: Arrivals, mean_s: float) -> int:
    """Cores on which hardly anyone waits: the load at the peak, and five of its standard deviations."""
    load = max(piece.rate_per_s for piece in arrivals.profile.pieces) * mean_s
    return int(np.clip(ceil(load + 5 * sqrt(load) + 1), 1, MOST_CORES))


def _own(findings: Findings) -> list[Key]:
    """Keys that a log gives without a law."""
    keys: list[Key] = []
    if findings.arrivals is not None or findings.up is not None:
        source = "chosen: a request does not wait for the one before, as a log holds them as they came"
        keys.append(("batching.stateless.max_in_flight", "0", source))
    if findings.down is not None and findings.down.mean >= 1:
        size = f'"{texts.size_text(findings.down.mean)}"'
        keys.append(("connection.wire.response", size, "mean of the response bytes"))
    return keys


def _keys(out: _Lines, keys: list[Key]) -> None:
    """Write keys table by table; of a key that comes twice, the last."""
    tables: dict[str, list[Key]] = {}
    for key in {key[0]: key for key in keys}.values():
        tables.setdefault(key[0].rpartition(".")[0], []).append(key)
    for table, own in tables.items():
        out.add("", f"[{table}]", *(f"{key.rpartition('.')[2]} = {value}" for key, value, _ in own))
        out.sources += [(key, source) for key, _, source in own]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
