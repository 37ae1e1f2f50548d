"""Options that several commands share, and how their texts are read."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, Token
from cyclopts.validators import Number

from wavetank.errors import UnitError, WavetankError
from wavetank.units import parse_duration, parse_size

if TYPE_CHECKING:
    from wavetank.scenario import Override
    from wavetank.scenario import Scenario as Checked


class BadOption(WavetankError):
    """An option whose value makes no sense: which one, and what would."""


def whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number; cyclopts itself would round."""
    text = tokens[0].value
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        raise ValueError(f'"{text}" is not a whole number')
    return int(text)


def _path(_: object, tokens: Sequence[Token]) -> Path:
    """A path; without a word in it, it would mean the current folder."""
    if not tokens[0].value:
        raise ValueError("a folder without a name; write a path")
    return Path(tokens[0].value)


Scenario = Annotated[str, Parameter(help="A name of the catalogue or a path of a .toml file.")]
EngineName = Literal["compiled", "reference", "live"]
"""The names of the engine registry, which takes too long to import for a help text."""

Engine = Annotated[
    EngineName | None, Parameter(help="Who answers; default: the first that can, of those that simulate.")
]
Seed = Annotated[
    int | None,
    Parameter(
        help="Seed of all random numbers; default: the scenario's.",
        converter=whole,
        validator=Number(gte=0, lt=2**63),
    ),
]
Replications = Annotated[
    int,
    Parameter(
        help="Runs with seeds of their own, for intervals.",
        converter=whole,
        validator=Number(gte=1, lte=10_000),
    ),
]
Sets = Annotated[
    list[str] | None,
    Parameter(
        name="--set", negative=(), help="KEY=VALUE: change a key, as in fleet.agents=100. May be repeated."
    ),
]
Out = Annotated[
    Path | None,
    Parameter(help="Folder to save the result in; an older result there is replaced.", converter=_path),
]
Report = Annotated[
    Path | None,
    Parameter(
        help="Folder to write report.html in, one page that needs nothing beside it; traces a few agents.",
        converter=_path,
    ),
]
Json = Annotated[bool, Parameter(negative=(), help="Print one JSON object and nothing else.")]
Models = Annotated[
    Path | None, Parameter(help="Folder of a catalogue of your own, searched first.", converter=_path)
]
Workers = Annotated[
    int | None,
    Parameter(
        help="Runs at once; default: one per core.", converter=whole, validator=Number(gte=1, lte=1024)
    ),
]

Settle = Annotated[
    str,
    Parameter(
        help="How long a run may go on past its duration, in simulated time, until its verdict is there: "
        "auto, 0, or a duration such as 10min."
    ),
]

_SPAN = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


def loaded(name: str, sets: list[str] | None, models: Path | None) -> "Checked":
    """The scenario asked for. Raises ScenarioError, also for a catalogue that is not there but not needed."""
    from wavetank.scenario import list_entries, load

    if models is not None:
        list_entries("scenarios", models)
    return load(name, sets or (), models)


def agents_of(text: str, agents: int) -> tuple[int, ...]:
    """The agents that --trace names, such as "0,17,20-25". Raises BadOption."""
    chosen: set[int] = set()
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if not match:
            raise BadOption(f'--trace: "{part}" is no agent; write numbers such as 0,17,20-25')
        first, last = int(match[1]), int(match[2] or match[1])
        if last >= agents or first > last:
            raise BadOption(f'--trace: there are no agents "{part}"; they are 0 to {agents - 1}')
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def settling(text: str) -> str:
    """The value of --settle as it was given. Raises BadOption for what is neither auto nor a duration."""
    from wavetank.studies.replications import settle_of

    try:
        settle_of(text)
    except UnitError as error:
        raise BadOption(f"--settle: {error}") from None
    return text


def check_file(file: Path, option: str) -> None:
    """Refuse a file that cannot be written, before anything is simulated. Raises BadOption."""
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise BadOption(f"{option}: {file} cannot be written; name a file in a folder that is there")


def duration_s(text: str, option: str) -> float:
    """Seconds of an option's duration, more than none. Raises BadOption."""
    try:
        given_s = parse_duration(text)
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None
    if given_s <= 0:
        raise BadOption(f"{option}: {text} is no time at all")
    return given_s / 10**9


def size_bytes(text: str, option: str) -> int:
    """Bytes of an option's size, more than none. Raises BadOption."""
    try:
        given_bytes = parse_size(text)
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None
    if given_bytes <= 0:
        raise BadOption(f"{option}: {text} is nothing at all")
    return given_bytes


def words_of(text: str) -> list[tuple[str, int]]:
    """The words of a text and where they begin (from 0), at white space outside of quotes and brackets."""
    words: list[tuple[str, int]] = []
    depth, quote, word = 0, "", ""
    for at, letter in enumerate(f"{text} "):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "[{(") - (letter in ")}]")
            if letter.isspace() and (depth <= 0 or at == len(text)):
                words.append((word, at - len(word)))
                word = ""
                continue
        word += letter
    return [(word, at) for word, at in (*words, (word, 0)) if word]


def variant_of(text: str, number: int) -> "tuple[str, tuple[Override, ...]]":
    """Name and settings of the `number`-th --variant "name: key=value key=value".

    Without a name, the settings name it. Raises BadOption.
    """
    from wavetank.scenario import Override

    name, colon, rest = text.partition(":")
    if not colon or "=" in name:
        name, rest = "", text
    before = len(text) - len(rest)
    settings = tuple(Override(word, number, "--variant", before + at) for word, at in words_of(rest))
    if not settings:
        raise BadOption(f'--variant: "{text}" sets nothing; write "name: key=value key=value"')
    return name.strip() or ", ".join(setting.text for setting in settings), settings
