"""The probes of the catalogue: small programs in `models/libraries/ID/` that send events with one library.

`probe.json` beside a probe says what it is written in and needs; what it can do it says itself (`about`).
`models/libraries/shared/probe.hpp` tells how one talks to a probe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from wavetank.errors import ScenarioError, WavetankError
from wavetank.libraries.catalogue import json_tree
from wavetank.scenario.catalogue import roots
from wavetank.scenario.problems import validated
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import Leaf, Misfit, choice, shown, text

BASELINE = "baseline"
TOKEN_BASELINE = "baseline-tokens"
_NOTE = "probe.json"
Text = Annotated[str, text("a text", 2000)]


def _package(value: object) -> object:
    if isinstance(value, str) and len(value) <= 100:
        return value
    raise Misfit(f'{shown(value)} is no package; write the name of the one that brings it, "" for none')


Package = Annotated[str, Leaf(_package, {"type": "string", "maxLength": 100}, "package", "a package's name")]
Needs = dict[Text, Package]


class ProbeProblem(WavetankError):
    """A probe that cannot be had, built or run: which, why, and what would help."""


class Note(Table):
    """The contents of `probe.json`; see Probe."""

    language: Annotated[str, choice(("c++", "python"))] = required("What the probe is written in.")
    kind: Annotated[str, choice(("transport", "token"))] = key("transport", "What is measured.")
    headers: Needs = key({}, "Headers that it includes, and the Debian packages that bring them.")
    programs: Needs = key({}, "Programs that building it takes, and their Debian packages.")
    modules: Needs = key({}, "Modules that it imports, and their PyPI projects.")
    variable: Text = key("", "Environment variable that may say where the headers are.")
    hint: Text = key("", "Where else than in a package of its own a header may be had.")
    client: Text = key("", "Id of the probe at the client's end.", "its own")
    server: Text = key("", "Id of the probe at the server's end.", "its own")
    http2: tuple[Text, ...] = key((), "Ids of client and server where HTTP/2 is measured as well.")


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
        pairs = [(self.client_id, self.server_id)]
        if self.http2:
            client, server = self.http2
            pairs.append((client, server))
        return tuple(pairs)


def probes(models: Path | None = None) -> dict[str, Probe]:
    """All probes by id, the baselines among them. Raises ScenarioError for a note that is not right."""
    by_name: dict[str, Probe] = {}
    for root in reversed(roots(models)):
        for note in sorted(root.glob(f"libraries/*/{_NOTE}")):
            by_name[note.parent.name] = _read(note)
    return by_name


def _read(note: Path) -> Probe:
    note_read = validated(Note, json_tree(note, "say what the probe is written in and needs"))
    if len(note_read.http2) not in (0, 2):
        raise ScenarioError("http2: write two ids, of client and server", str(note), 1, 1)
    return Probe(note.parent.name, note.parent, **note_read.model_dump())


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
    """The probes asked for, those at their other ends, and the baseline of each kind. Raises ProbeProblem."""
    for probe in asked:
        for name in {name for pair in probe.ends for name in pair} - known.keys():
            raise ProbeProblem(f'{probe.folder / _NOTE}:1:1: there is no probe "{name}" for its other end')
    ends = [name for probe in asked for pair in ((probe.id, probe.id), *probe.ends) for name in pair]
    ends += [TOKEN_BASELINE if probe.kind == "token" else BASELINE for probe in asked]
    return tuple(known[name] for name in dict.fromkeys(ends))
