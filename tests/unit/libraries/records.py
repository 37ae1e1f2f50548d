"""A card and a measurement to break in tests; their numbers mean nothing."""

import json
from typing import Any

from wavetank.libraries.card import ALGORITHMS, PROTOCOLS

_HEAD = """
id = "{id}"
name = "{id}"
kind = "{kind}"
purpose = "To be tested."
checked = 2026-11-23
probe = "measured"

[languages]
agent = ["C++"]
server = ["C++"]
source = "a test"

[[licence]]
spdx = "MIT"
versions = "all"
source = "a test"

[maintenance]
version = "1.0"
released = "2026-01-02"
pace = "active"
state = "active"
source = "a test"

[platforms]
names = ["Linux"]
source = "a test"

[packages]
debian = ["libtest-dev"]
source = "a test"
"""


def card(id_: str = "one", kind: str = "transport", more: str = "") -> str:
    """The text of a card that is right."""
    table, names = ("protocols", PROTOCOLS) if kind == "transport" else ("algorithms", ALGORITHMS)
    cells = "".join(f'{name} = {{ answer = "yes", source = "a test" }}\n' for name in names)
    return _HEAD.format(id=id_, kind=kind) + f"\n[{table}]\n{cells}\n{more}"


def spread(median: float) -> dict[str, float]:
    """Ten percent to either side."""
    return {"median": median, "low": 0.9 * median, "high": 1.1 * median}


def row(connection: str = "keep-alive", events: int = 100, client: float = 80, server: float = 100,
        **more: Any) -> dict[str, Any]:  # fmt: skip
    """A row of a measurement of "one", over TLS."""
    return {
        "protocol": "http1",
        "connection": connection,
        "tls": "full",
        "batch_events": events,
        "event_bytes": 500,
        "client": "one",
        "server": "one",
        "repetitions": 5,
        "client_cpu_us": spread(client),
        "server_cpu_us": spread(server),
        "bytes_up": 500 * events + 1500,
        "bytes_down": 800,
        **more,
    }


def measurement(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A measurement of "one"."""
    provenance = {
        "date": "2026-11-23T14:00:00+00:00",
        "wavetank": "0.1.0",
        "host": "Linux",
        "cpu": "test",
        "cores": 2,
        "load_before": 0.1,
        "load_after": 0.2,
        "isolation": "namespace",
        "seed": 1,
        "versions": {"one": "1.0"},
        "commands": ["true"],
    }
    return {"format": 1, "library": "one", "provenance": provenance, "rows": list(rows), **more}


def whole(name: str = "one", **more: Any) -> dict[str, Any]:
    """A measurement at two sizes, with round numbers.

    A request costs the server 40 us and 2 ns a byte, the client half of it; a new connection 500 us at each
    end. Beside the body, 1500 bytes go up and 800 down, with a new connection 1000 and 500 more.
    """
    rows = []
    for events in (10, 100):
        kept_us = 40 + 0.002 * 500 * events
        named = {"client": kept_us / 2, "server": kept_us}
        rows.append(row("keep-alive", events, **named))
        new = row("new", events, **{side: cost + 500 for side, cost in named.items()})
        rows.append(new | {"bytes_up": new["bytes_up"] + 1000, "bytes_down": 1300})
    for entry in rows:
        for side in ("client", "server"):
            median = entry[f"{side}_cpu_us"]["median"]
            entry[f"{side}_cpu_us"] = {"median": median, "low": median - 10, "high": median + 10}
    idle = {"protocol": "http1", "tls": "full", "connections": 100, "client": "one", "server": "one"}
    idle |= {"client_bytes": 30_000, "server_bytes": 20_000, "server_base_bytes": 1_000_000}
    record = measurement(*rows, idle=[idle], **more)
    text = json.dumps(record).replace('"one"', f'"{name}"')
    named_record: dict[str, Any] = json.loads(text)
    return named_record
