"""`wavetank libraries measure`: all that a probe can do, measured in one go, written whole or not at all."""

import datetime
import os
import platform
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from wavetank.libraries.building import build
from wavetank.libraries.catalogue import MEASURED
from wavetank.libraries.conversation import Process, pinned
from wavetank.libraries.keys import make_certificate
from wavetank.libraries.measured import FORMAT, Measurement, Provenance, Row
from wavetank.libraries.namespace import Namespace
from wavetank.libraries.noise import cores
from wavetank.libraries.probes import BASELINE, Probe, ProbeProblem
from wavetank.libraries.transport import Outcome, Pair, Rig, measure_idle, measure_tls
from wavetank.results.provenance import wavetank_version

SEED = 1
"""The state from which every probe makes its events."""
Tell = Callable[[str], None]


def about(probe: Probe, folder: Path) -> dict[str, Any]:
    """What a built probe says of itself. Raises ProbeProblem."""
    with Process(probe, ["about"], (), folder / f"{probe.id}.about.log") as process:
        return process.read()


def measure(
    probe: Probe, known: dict[str, Probe], repetitions: int, command: Sequence[str], tell: Tell
) -> Measurement:
    """Measure one probe, beside the baseline. Raises ProbeProblem, TooBusy, MissingExtra."""
    begun, load = datetime.datetime.now(datetime.UTC), os.getloadavg()[0]
    ends = (known[probe.client_id], known[probe.server_id])
    figures = {each.id: build(each) for each in (*ends, known[BASELINE])}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wavetank-")))
        make_certificate(folder)
        own = stack.enter_context(Namespace(ethernet=False))
        ethernet = stack.enter_context(Namespace(ethernet=True))
        tell("in a network namespace of its own" if not own.problem else _on_loopback(own.problem))
        rig = Rig(own.prefix, ethernet, folder, repetitions)
        pair = Pair(*ends, about(ends[0], folder), about(ends[1], folder))
        raw = about(known[BASELINE], folder)
        baseline = Pair(known[BASELINE], known[BASELINE], raw, raw)
        outcomes: list[Outcome] = []
        for tls in pair.tls:
            for case, outcome in measure_tls(pair, baseline, tls, rig):
                tell(f"{probe.id}: {case}: {_told(outcome.library)}, baseline {_told(outcome.baseline)}")
                outcomes.append(outcome)
        idle = [measure_idle(pair, tls, rig) for tls in pair.tls if tls != "resumed"]
    built = figures.get(probe.id)
    return Measurement(
        format=FORMAT,
        library=probe.id,
        provenance=Provenance(
            date=begun.isoformat(timespec="seconds"),
            wavetank=wavetank_version(),
            host=_host(),
            cpu=_cpu(),
            cores=cores(),
            placement="client and server on a core each" if pinned(0) else "",
            load_before=round(load, 2),
            load_after=round(os.getloadavg()[0], 2),
            others=round(sum(one.others for one in outcomes) / len(outcomes), 3),
            left_out=sum(one.left_out for one in outcomes),
            isolation="loopback" if own.problem else "namespace",
            seed=SEED,
            versions={**raw["versions"], **pair.about_server["versions"], **pair.about_client["versions"]},
            commands=(shlex.join(command),),
        ),
        baseline=tuple(_once(one.baseline for one in outcomes)),
        rows=tuple(one.library for one in outcomes),
        idle=tuple(idle),
        build=(built,) if built else (),
        skipped=() if not ethernet.problem else (f"bytes on the wire: {_on_loopback(ethernet.problem)}",),
    )


def _on_loopback(problem: str) -> str:
    return f"on the machine's own loopback, for a network namespace could not be made ({problem})"


def _told(row: Row) -> str:
    assert row.client_cpu_us
    assert row.server_cpu_us
    return f"{row.client_cpu_us.median:.0f} + {row.server_cpu_us.median:.0f} us"


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """The baseline's rows, each case once: a stream is held against the baseline's kept connection, too."""
    seen = set()
    for row in rows:
        case = (row.connection, row.tls, row.batch_events)
        if case not in seen:
            seen.add(case)
            yield row


def _host() -> str:
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        system = platform.system()
    return f"{system}, {platform.system()} {platform.release()} {platform.machine()}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def file_name() -> str:
    """What the record of this kind of machine is called."""
    try:
        release = platform.freedesktop_os_release()
        system = f"{release.get('ID', 'linux')}-{release.get('VERSION_ID', '')}".strip("-")
    except OSError:
        system = platform.system().lower()
    return f"{system}-{platform.machine()}.json"


def write(found: Measurement, folder: Path) -> Path:
    """Write `ID/measured/NAME.json` in a folder, in one step; returns where. Raises ProbeProblem."""
    path = folder / found.library / MEASURED / file_name()
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(found.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ProbeProblem(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        beside.unlink(missing_ok=True)
    return path
