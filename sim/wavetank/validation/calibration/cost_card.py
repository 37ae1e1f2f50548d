"""A calibration as text: a table for people, and a cost card that a scenario names in `server.card`."""

import datetime
import json
import os
import platform
import ssl
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from wavetank.libraries.environment import cpu_words, host_words
from wavetank.libraries.noise import cores
from wavetank.results.provenance import wavetank_version
from wavetank.validation.calibration.costs import costs_of, server_spreads, spread
from wavetank.validation.calibration.measuring import Calibration

HEADS = ("operation", "server CPU", "least", "greatest", "client CPU", "answers")
_PACKAGES = ("uvloop", "h11", "cryptography", "pyjwt", "argon2-cffi")
_DERIVED = {
    "handshake": "a refused request on a new connection less one on a kept connection",
    "handshake_resumed": "the same with a resumed session",
    "parse": "a request that is read and refused (404), on a kept connection",
    "auth": "a poll with a wrong signature less parse",
    "login": "a login less parse; making the token is in it, so a scenario needs no sign cost",
    "stateless": "the line through all batches at no event",
    "stateful": "the line through all batches at no event; one commit is in it",
    "commands": "a poll that is answered at once less parse and auth",
    "per_event": "the slope of the line through all batches, one for both streams",
    "per_byte": "the slope of the line through all batches, one for both streams",
}


_COUNTED = "measured: bytes of TCP, TLS included, IP and TCP headers not"


class Origin(NamedTuple):
    """Where and when a calibration was made."""

    date: str
    host: str
    versions: str
    load_before: float
    load_after: float


def origin_now(load_before: float) -> Origin:
    """The present; `load_before` is the load average when the measurement began."""
    names = [f"wavetank {wavetank_version()}", f"Python {platform.python_version()}", ssl.OPENSSL_VERSION]
    for package in _PACKAGES:
        try:
            names.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    host = f"{host_words()}, {cores()} cores ({cpu_words()})"
    return Origin(now, host, ", ".join(names), load_before, os.getloadavg()[0])


def lines_of(calibration: Calibration) -> list[tuple[str, ...]]:
    """The measured operations, under HEADS."""
    lines = []
    for operation, server in server_spreads(calibration.slices).items():
        slices = calibration.slices[operation]
        client = spread([each.client_us for each in slices])
        rate = spread([each.rate_per_s for each in slices])
        cells = (f"{each:,.0f} us" for each in (server.mid, server.low, server.high, client.mid))
        lines.append((operation.name, *cells, f"{rate.mid:,.0f}/s"))
    return lines


def memory_words(calibration: Calibration) -> str:
    """The memory that connections cost, in a sentence."""
    memory = calibration.memory
    if memory.idle_bytes is None or memory.held_bytes is None:
        return "Memory was not read: the server's process is not known."
    return (
        f"Memory of the server: {memory.idle_bytes / 1000:,.0f} kB for an idle connection, "
        f"{memory.held_bytes / 1000:,.0f} kB with a held poll."
    )


def card_text(calibration: Calibration, origin: Origin) -> str:
    """The card, with the source of every figure."""
    spreads = server_spreads(calibration.slices)
    costs = costs_of(spreads)
    count = sum(map(len, calibration.slices.values()))
    about = (
        f"Measured by wavetank calibrate on {origin.date}: {origin.host}; {origin.versions}. "
        f"Load average {origin.load_before:.2f} before, {origin.load_after:.2f} after. "
        f"{count} slices count, {calibration.void} were void. {memory_words(calibration)} "
        f"The line through the batches misses single ones by up to {100 * costs.misfit:.0f} %."
    )
    service = {key: round(1000 * us) for key, us in costs.service.items()}
    wire = calibration.bytes._asdict()
    if not calibration.resumes:
        service.pop("handshake_resumed")
        wire = {key: size for key, size in wire.items() if "resumed" not in key}
    known = {key: cost_ns for key, cost_ns in service.items() if cost_ns}
    lines = [
        f"name = {json.dumps('Server of wavetank, calibrated ' + origin.date[:10])}",
        f"description = {json.dumps(about)}",
        "", "[service]", *(f'{key} = "{cost_ns}ns"' for key, cost_ns in known.items()),
        "", "[wire]", *(f'{key} = "{size}B"' for key, size in wire.items()),
        "", "[sources]",
        *(f"service.{key} = {json.dumps(f'measured: {_DERIVED[key]}')}" for key in known),
        *(f"wire.{key} = {json.dumps(_COUNTED)}" for key in wire),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
