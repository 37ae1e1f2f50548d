from typing import get_args

import pytest

from tests.unit.cli.conftest import Ask
from wavetank.cli import options
from wavetank.cli.options import BadOption, agents_of, variant_of, words_of
from wavetank.engines import registry


@pytest.mark.parametrize(
    ("text", "agents"), [("0", (0,)), ("3,1", (1, 3)), ("2-4,3", (2, 3, 4)), (" 1 , 9", (1, 9))]
)
def test_agents(text: str, agents: tuple[int, ...]) -> None:
    assert agents_of(text, 10) == agents


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "10", "4-2", "1;2", "99999999999"])
def test_no_agents(text: str) -> None:
    with pytest.raises(BadOption, match="--trace"):
        agents_of(text, 10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=1 b=2", ["a=1", "b=2"]),
        ("  a=1\tb=2 ", ["a=1", "b=2"]),
        ('tls={ version = "1.3", resume = true } b=2', ['tls={ version = "1.3", resume = true }', "b=2"]),
        ("name='two words' b=2", ["name='two words'", "b=2"]),
        ("p=[[ 1, '} ' ], 2] b=2", ["p=[[ 1, '} ' ], 2]", "b=2"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    overrides = words_of(text)
    assert [word for word, _ in overrides] == words
    assert all(text[at:].startswith(word) for word, at in overrides)


@pytest.mark.parametrize(
    ("text", "name", "settings"),
    [
        ("calm: a.b=1 c=2", "calm", ("a.b=1", "c=2")),
        ("full jitter: a=1", "full jitter", ("a=1",)),
        ("a=1 c=2", "a=1, c=2", ("a=1", "c=2")),
        ("a='x: y'", "a='x: y'", ("a='x: y'",)),
    ],
)
def test_variant(text: str, name: str, settings: tuple[str, ...]) -> None:
    title, overrides = variant_of(text, 3)
    assert (title, tuple(override.text for override in overrides)) == (name, settings)
    assert all((override.number, override.source) == (3, "--variant") for override in overrides)
    assert all(text[override.column :].startswith(override.text) for override in overrides)


@pytest.mark.parametrize("text", ["", "calm:", "calm: "])
def test_variant_that_sets_nothing(text: str) -> None:
    with pytest.raises(BadOption, match="sets nothing"):
        variant_of(text, 1)


def test_engines_of_the_help_are_those_of_the_registry() -> None:
    assert get_args(options.EngineName) == registry.names()


def test_help_lists_the_engines(ask: Ask) -> None:
    assert "[choices: compiled, reference, live]" in " ".join(
        ask("run", "--help").out.replace("│", "").split()
    )
