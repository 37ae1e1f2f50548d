"""Configurations of agents, as far as keys have a counterpart: Wazuh's and Elastic Agent's."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from wavetank.imports.plain_yaml import paths_of
from wavetank.imports.problems import ImportProblem
from wavetank.imports.reading import Found, Key
from wavetank.imports.records import Block, block

MOST_CHARACTERS = 1 << 24  # no configuration is longer than 16 million
MOST_NAMED = 30  # keys without a counterpart that a person reads through
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?")
_UNITS = {"ms": "ms", "s": "s", "m": "min", "h": "h", "d": "d", None: "s"}


class Counterpart(NamedTuple):
    """Keys of the scenario for one key of a configuration, each with how its value is written."""

    keys: tuple[str, ...]
    write: Callable[[str], str | None]


def _duration(text: str) -> str | None:
    """A time with one letter as its unit; without one, seconds. Weeks have no counterpart."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or match[2] == "w" or float(match[1]) == 0:
        return None
    return f'"{match[1]}{_UNITS[match[2]]}"'


def _count(text: str) -> str | None:
    return str(int(text)) if text.strip().isdigit() and int(text) > 0 else None


def _fixed(text: str) -> str | None:
    wait = _duration(text)
    return f'{{ law = "fixed", base = {wait} }}' if wait else None


def _kept(text: str) -> str | None:
    return '"keep-alive"' if text.strip().lower() == "tcp" else None


WAZUH: Mapping[str, Counterpart] = {
    "client.notify_time": Counterpart(("heartbeat.period",), _duration),
    "client.time-reconnect": Counterpart(("retry.stateless.backoff", "retry.heartbeat.backoff"), _fixed),
    "client.server.protocol": Counterpart(("connection.strategy",), _kept),
    "client_buffer.queue_size": Counterpart(("batching.stateless.buffer_events",), _count),
    "global.agents_disconnection_time": Counterpart(("heartbeat.offline_after",), _duration),
}
ELASTIC: Mapping[str, Counterpart] = {
    "bulk_max_size": Counterpart(("batching.stateless.count",), _count),
    "worker": Counterpart(("batching.stateless.max_in_flight",), _count),
    "workers": Counterpart(("batching.stateless.max_in_flight",), _count),
    "timeout": Counterpart(("retry.stateless.timeout",), _duration),
    "queue.mem.events": Counterpart(("batching.stateless.buffer_events",), _count),
    "queue.mem.flush.timeout": Counterpart(("batching.stateless.age",), _duration),
    "idle_connection_timeout": Counterpart(("connection.idle_timeout",), _duration),
}
"""Keys of an output of Elastic Agent."""


class ConfigurationReader:
    """Gathers the lines of a configuration and reads it at the end; `kind` is "wazuh" or "elastic"."""

    def __init__(self, file: str, kind: str) -> None:
        self._file = file
        self._kind = kind
        self._lines: list[str] = []

    @property
    def name(self) -> str:
        """The name of the format."""
        return {"wazuh": "configuration of a Wazuh agent", "elastic": "policy of Elastic Agent"}[self._kind]

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Keep these lines. Raises ImportProblem for a configuration that is too long."""
        self._lines += lines
        if sum(map(len, self._lines)) > MOST_CHARACTERS:
            raise ImportProblem(f"{self._file}: longer than 16 MB; no configuration is")
        return block([])

    def end(self) -> tuple[None, Found]:
        """Return the keys that have a counterpart, and name the others. Raises ImportProblem."""
        if self._kind == "wazuh":
            return None, wazuh(self._file, "\n".join(self._lines))
        return None, elastic(self._file, self._lines)


def wazuh(file: str, text: str) -> Found:
    """Read ossec.conf. Raises ImportProblem where it is no XML."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ImportProblem(f"{file}: declares a document type, which no ossec.conf does")
    try:
        # the file may have several roots
        root = ElementTree.fromstring(f"<all>{re.sub(r'<[?]xml.*?[?]>', '', text)}</all>")
    except ElementTree.ParseError as error:
        line, column = error.position
        where = f"{file}:{line}:{column + 1}"
        raise ImportProblem(f"{where}: not XML ({error.msg}); fix the tag there") from None
    values: dict[str, str] = {}
    for section in root.iter():
        if section.tag in ("ossec_config", "agent_config"):
            for element in section:
                _flatten(element, element.tag, values)
    if values.get("client_buffer.disabled", "no").strip() == "yes":
        values.pop("client_buffer.queue_size", None)
    if "client_buffer.queue_size" in values:
        extra: tuple[Key, ...] = (
            ("batching.stateless.overflow", '"drop-newest"', f"{file}: a full buffer drops what comes"),
        )
    else:
        extra = ()
    return _found(file, values, WAZUH, extra)


def elastic(file: str, lines: Sequence[str]) -> Found:
    """Read a policy; of several outputs, the first. Raises ImportProblem where it is no YAML."""
    values = paths_of(file, lines)
    name = next((path.split(".")[1] for path in values if path.startswith("outputs.")), "")
    if not name:
        raise ImportProblem(f"{file}: no outputs; take the policy that Fleet shows under View policy")
    prefix = f"outputs.{name}."
    table = {f"{prefix}{key}": counterpart for key, counterpart in ELASTIC.items()}
    extra: list[Key] = []
    first, most = (_duration(values.pop(f"{prefix}backoff.{end}", "")) for end in ("init", "max"))
    if first and most:
        law = f'{{ law = "equal-jitter", base = {first}, cap = {most} }}'
        extra.append(("retry.stateless.backoff", law, f"{file}: {prefix}backoff"))
    if f"{prefix}idle_connection_timeout" in values:
        extra.append(("connection.strategy", '"keep-alive"', f"{file}: idle connections are kept"))
    return _found(file, values, table, tuple(extra))


def _flatten(element: ElementTree.Element, path: str, values: dict[str, str]) -> None:
    if len(element):
        for inner in element:
            _flatten(inner, f"{path}.{inner.tag}", values)
    elif isinstance(element.tag, str):
        values.setdefault(path, (element.text or "").strip())


def _found(
    file: str, values: Mapping[str, str], table: Mapping[str, Counterpart], extra: tuple[Key, ...]
) -> Found:
    keys: dict[str, Key] = {key[0]: key for key in extra}
    rest: list[str] = []
    for path, value in values.items():
        counterpart = table.get(path)
        written = counterpart.write(value) if counterpart is not None else None
        if counterpart is None or written is None:
            rest.append(path)
            continue
        for key in counterpart.keys:
            keys[key] = (key, written, f"{file}: {path}")
    if not keys:
        raise ImportProblem(f"{file}: no key of it has a counterpart in a scenario")
    notes = []
    if rest:
        told = ", ".join(rest[:MOST_NAMED])
        more = f" and {len(rest) - MOST_NAMED} more" if len(rest) > MOST_NAMED else ""
        notes.append(f"not taken, for want of a counterpart: {told}{more}.")
    return Found(keys=tuple(keys.values()), notes=tuple(notes))
