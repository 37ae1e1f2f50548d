"""`wavetank libraries measure`: all that a probe can do, measured in one go, written whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from wavetank.libraries.building import Program, build
from wavetank.libraries.cases import Pair, Rig
from wavetank.libraries.catalogue import MEASURED
from wavetank.libraries.environment import Disturbance, file_name, provenance, start_now
from wavetank.libraries.keys import make_certificate, make_token_keys
from wavetank.libraries.measured import FORMAT, Measurement, Row, Spread
from wavetank.libraries.namespace import Namespace
from wavetank.libraries.probes import BASELINE, TOKEN_BASELINE, Probe, ProbeProblem
from wavetank.libraries.process import Process
from wavetank.libraries.tokens import Bench, measure_tokens
from wavetank.libraries.transport import measure_idle, measure_tls

Tell = Callable[[str], None]


def measure(
    probe: Probe, known: dict[str, Probe], repetitions: int, command: Sequence[str], tell: Tell
) -> Measurement:
    """Measure one probe, beside the baseline. Raises ProbeProblem, TooBusy, MissingExtra."""
    with tempfile.TemporaryDirectory(prefix="wavetank-") as name:
        how = _token if probe.kind == "token" else _transport
        return how(probe, known, repetitions, command, tell, Path(name))


def about(program: Program, folder: Path) -> dict[str, Any]:
    """Ask a probe to describe itself. Raises ProbeProblem."""
    with Process(program, ["about"], (), folder / f"{program.id}.about.log") as process:
        return process.read()


def _transport(
    probe: Probe, known: dict[str, Probe], repetitions: int, command: Sequence[str], tell: Tell, folder: Path
) -> Measurement:
    raw = build(known[BASELINE])
    built = [(build(known[client]), build(known[server])) for client, server in probe.ends]
    start = start_now()
    make_certificate(folder)
    with ExitStack() as stack:
        own = stack.enter_context(Namespace(ethernet=False))
        ethernet = stack.enter_context(Namespace(ethernet=True))
        tell(f"{probe.id}: {_where(own)}")
        rig = Rig(own.prefix, ethernet, folder, repetitions)
        baseline = Pair(raw, raw, about(raw, folder), about(raw, folder))
        pairs = [
            Pair(client, server, about(client, folder), about(server, folder), http2=number > 0)
            for number, (client, server) in enumerate(built)
        ]
        outcomes, idle = [], []
        for pair, tls in ((both, tls) for both in pairs for tls in both.tls):
            told_name = f"{probe.id} HTTP/2" if pair.http2 else probe.id
            for case, outcome in measure_tls(pair, baseline, tls, rig):
                tell(f"{told_name}: {case}: {_told(outcome.library)}, baseline {_told(outcome.baseline)}")
                outcomes.append(outcome)
            if tls != "resumed":
                idle.append(measure_idle(pair, tls, rig))
    abouts = [
        baseline.about_client,
        *(each for pair in pairs for each in (pair.about_server, pair.about_client)),
    ]
    figures = [each.figures for ends in built for each in ends if each.id == probe.id and each.figures]
    return Measurement(
        format=FORMAT,
        library=probe.id,
        provenance=provenance(
            start,
            command,
            _merged([about["versions"] for about in abouts]),
            [Disturbance(ran.others, ran.left_out) for ran in outcomes],
            in_namespace=not own.problem,
        ),
        baseline=tuple(_once(ran.baseline for ran in outcomes)),
        rows=tuple(ran.library for ran in outcomes),
        idle=tuple(idle),
        build=tuple(figures[:1]),
        skipped=(
            *_not_resumed(pairs),
            *([f"bytes on the wire: {_where(ethernet)}"] if ethernet.problem else []),
        ),
    )


def _not_resumed(pairs: Iterable[Pair]) -> Iterator[str]:
    for pair in pairs:
        if "full" in pair.tls and "resumed" not in pair.tls:
            over = " over HTTP/2" if pair.http2 else ""
            yield f"resumed TLS{over}: the client, {pair.client.id}, resumes no session{over}"


def _token(
    probe: Probe, known: dict[str, Probe], repetitions: int, command: Sequence[str], tell: Tell, folder: Path
) -> Measurement:
    programs = [build(known[name]) for name in (probe.id, TOKEN_BASELINE)]
    start = start_now()
    make_token_keys(folder)
    bench, baseline = (Bench(program, about(program, folder)) for program in programs)
    outcomes = []
    for label, outcome in measure_tokens(bench, baseline, folder, repetitions):
        row = outcome.library
        tell(f"{probe.id}: {label}: sign {_middle(row.sign_us)} us, verify {_middle(row.verify_us)} us")
        outcomes.append(outcome)
    return Measurement(
        format=FORMAT,
        library=probe.id,
        provenance=provenance(
            start,
            command,
            _merged([baseline.about["versions"], bench.about["versions"]]),
            [Disturbance(ran.others, ran.left_out) for ran in outcomes],
            in_namespace=False,
        ),
        token_baseline=tuple(ran.baseline for ran in outcomes),
        tokens=tuple(ran.library for ran in outcomes),
        build=(bench.program.figures,) if bench.program.figures else (),
    )


def _merged(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    return {name: version for part in parts for name, version in part.items()}


def _where(network: Namespace) -> str:
    if not network.problem:
        return "in a network namespace of its own"
    return f"on the machine's own loopback, for a network namespace could not be made ({network.problem})"


def _middle(spread: Spread | None) -> str:
    return f"{spread.median:.0f}" if spread else "?"


def _told(row: Row) -> str:
    return f"{_middle(row.client_cpu_us)} + {_middle(row.server_cpu_us)} us"


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """The baseline's rows, each case once: CURVE is held against its TLS, which may be there already."""
    seen = set()
    for row in rows:
        case = (row.connection, row.tls, row.batch_events)
        if case not in seen:
            seen.add(case)
            yield row


def write(measurement: Measurement, folder: Path) -> Path:
    """Write `ID/measured/NAME.json` in a folder, in one step; returns where. Raises ProbeProblem."""
    path = folder / measurement.library / MEASURED / file_name()
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(
            measurement.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8"
        )
        beside.replace(path)
    except OSError as error:
        raise ProbeProblem(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        beside.unlink(missing_ok=True)
    return path
