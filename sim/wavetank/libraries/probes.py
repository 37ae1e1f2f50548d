"""The probes of the catalogue: small programs in `models/libraries/ID/` that send events with one library.

`probe.json` beside a probe says what it is written in and needs; what it can do it says itself (`about`).
`models/libraries/shared/probe.hpp` tells how one talks to a probe.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.scenario.catalogue import roots

BASELINE = "baseline"
TOKEN_BASELINE = "baseline-tokens"
_NOTE = "probe.json"


class ProbeProblem(WavetankError):
    """A probe that cannot be had, built or run: which, why, and what would help."""


@dataclass(frozen=True)
class Probe:
    """One probe: where it is, what it is written in ("c++" or "python"), and what it needs.

    headers, programs, modules: what must be found, and the Debian package (of modules the PyPI project) that
    brings it, "" for none. variable: an environment variable that may say where the headers are; hint: where
    else than in a package of its own a header may be had.
    client, server: the id of the probe at that end where this one has no such end. http2: the ids of client
    and server where HTTP/2 is measured as well.
    """

    id: str
    folder: Path
    language: str
    kind: str = "transport"
    headers: dict[str, str] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    variable: str = ""
    hint: str = ""
    client: str = ""
    server: str = ""
    http2: Sequence[str] = ()

    @property
    def client_id(self) -> str:
        """Whose client is measured with it."""
        return self.client or self.id

    @property
    def server_id(self) -> str:
        """Whose server is measured with it."""
        return self.server or self.id

    @property
    def ends(self) -> tuple[tuple[str, str], ...]:
        """Client and server of what is measured; with HTTP/2 those for it come second."""
        found = [(self.client_id, self.server_id)]
        if self.http2:
            client, server = self.http2
            found.append((client, server))
        return tuple(found)


def probes(models: Path | None = None) -> dict[str, Probe]:
    """All probes by id, the baselines among them. Raises ProbeProblem for a note that cannot be read."""
    found: dict[str, Probe] = {}
    for root in reversed(roots(models)):
        for note in sorted(root.glob(f"libraries/*/{_NOTE}")):
            found[note.parent.name] = _read(note)
    return found


def _read(note: Path) -> Probe:
    try:
        return Probe(note.parent.name, note.parent, **json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ProbeProblem(f"{note}: does not say what a probe needs ({error})") from None


def chosen(ids: Sequence[str], known: dict[str, Probe]) -> tuple[Probe, ...]:
    """The probes asked for, each once; without ids all but the baselines. Raises ProbeProblem."""
    libraries = [name for name in sorted(known) if name not in (BASELINE, TOKEN_BASELINE)]
    for name in ids:
        if name not in libraries:
            near = get_close_matches(name, libraries, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(libraries)}"
            raise ProbeProblem(f'there is no probe "{name}"; {hint}')
    return tuple(known[name] for name in dict.fromkeys(ids or libraries))


def with_peers(asked: Sequence[Probe], known: dict[str, Probe]) -> tuple[Probe, ...]:
    """The probes asked for, those at their other ends, and the baseline of each kind."""
    ends = [name for probe in asked for pair in ((probe.id, probe.id), *probe.ends) for name in pair]
    ends += [TOKEN_BASELINE if probe.kind == "token" else BASELINE for probe in asked]
    return tuple(known[name] for name in dict.fromkeys(ends))
