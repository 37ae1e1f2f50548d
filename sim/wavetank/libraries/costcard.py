"""A library as a cost card: the file that a scenario names in `server.card`."""

import json

from wavetank.libraries.catalogue import Library
from wavetank.libraries.costs import OTHERS, Use, at, uses
from wavetank.libraries.interval import Interval
from wavetank.libraries.pairing import NoFit

BATCH_BYTES = 50_000
"""Body of the request whose cost the card has: 100 events of 500 bytes."""
_SECURED = ("tls", "curve")


def cost_card(library: Library, body_bytes: int = BATCH_BYTES) -> str:
    """The text of a card for requests of that size, from the middle of the figures, with their source.

    Of an encrypted server: by TLS where there are figures of that, else by CURVE. Raises NoFit where the
    library has neither.
    """
    secured = [use for use in uses(library) if use.server is not None and use.secured in _SECURED]
    if not secured:
        raise NoFit(f"{library.id} has no figures of an encrypted server; `show` lists what there is")
    use = min(
        secured,
        key=lambda candidate: (
            _SECURED.index(candidate.secured),
            candidate.mode != "request",
            candidate.protocol,
        ),
    )
    service, wire = _service(use, body_bytes), _wire(use, body_bytes)
    who = "third-party figures" if use.figures == OTHERS else "measured by wavetank libraries measure"
    lines = [
        f"name = {json.dumps(f'{library.card.name} as a server')}",
        f"description = {json.dumps(f'{use.name}, a request of {body_bytes:,} bytes; its costs alone.')}",
        "", "[service]", *(f'{key} = "{round(1000 * us.mid)}ns"' for key, us in service.items()),
        "", "[wire]", *(f'{key} = "{round(count)}B"' for key, count in wire.items()),
        "", "[sources]",
        *(f"service.{key} = {json.dumps(f'{who}: {_us(us)}')}" for key, us in service.items()),
        *(f"wire.{key} = {json.dumps(f'{who}: headers of all layers and acknowledgements')}" for key in wire),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _us(value: Interval) -> str:
    return f"{value.mid:.4g} us ({value.low:.4g} to {value.high:.4g})"


def _service(use: Use, body_bytes: int) -> dict[str, Interval]:
    side = use.server
    if side is None:
        return {}
    known = {"handshake": side.connect_us, "handshake_resumed": side.resume_us}
    return {"parse": side.at(body_bytes), **{key: us for key, us in known.items() if us is not None}}


def _wire(use: Use, body_bytes: int) -> dict[str, float]:
    if use.wire is None or use.down is None:
        return {}
    down = at(use.down.request, body_bytes).mid
    sizes = {"request": at(use.wire.request, body_bytes).mid - down, "response": down}
    for key, both, back in (
        ("handshake", use.wire.connect, use.down.connect),
        ("resumed", use.wire.resume, use.down.resume),
    ):
        if both is not None and back is not None:
            sizes |= {f"{key}_up": max(0.0, both.mid - back.mid), f"{key}_down": back.mid}
    return sizes
