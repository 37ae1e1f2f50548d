"""Every card of the catalogue: that it is whole, and that what it says has a source."""

import re
from functools import cache

import pytest

from wavetank.libraries import Library, list_libraries
from wavetank.libraries.card import ALGORITHMS, PROTOCOLS
from wavetank.libraries.card_text import sections

MEASURED = {
    "boost-beast", "boost-asio", "asio", "zeromq", "grpc", "libcurl", "jwt-cpp", "cpp-jwt", "libjwt", "pyjwt",
    "joserfc", "uvicorn", "granian", "aiohttp", "pyzmq", "grpc-aio",
}  # fmt: skip
THIRD_PARTY = {"cpp-httplib", "restinio", "nghttp2", "httpx", "pycurl", "websockets", "picows"}
SOURCE = re.compile(
    r"https://\S+|Debian 12|PyPI: |tried: |not found in: |other hands: |not a messaging|looked for in"
)


@cache
def cards() -> dict[str, Library]:
    return {library.id: library for library in list_libraries()}


def test_the_libraries_that_there_must_be() -> None:
    assert {name for name, library in cards().items() if library.card.probe == "measured"} >= MEASURED
    assert {name for name, library in cards().items() if library.card.probe == "third-party"} >= THIRD_PARTY


@pytest.mark.parametrize("name", sorted(MEASURED | THIRD_PARTY))
def test_every_cell_has_a_source_and_an_unknown_says_where_was_looked(name: str) -> None:
    card = cards()[name].card
    assert list(card.cells) == list((PROTOCOLS if card.kind == "transport" else ALGORITHMS).values())
    for heading, cell in card.cells.items():
        assert SOURCE.search(cell.source), heading
        assert cell.answer != "unknown" or cell.source.startswith("not found in: "), heading
    stated = [card.languages.source, card.maintenance.source, card.platforms.source, card.packages.source]
    stated += [licence.source for licence in card.licence]
    stated += [f"{limit.link} {limit.source}" for limit in card.limit]
    assert [source for source in stated if not SOURCE.search(source)] == []


@pytest.mark.parametrize("name", sorted(MEASURED | THIRD_PARTY))
def test_a_side_without_a_language_is_not_in_the_table(name: str) -> None:
    """A library that cannot be an agent (or a server) says so in every cell that is there."""
    card = cards()[name].card
    other = {"agent": "server", "server": "agent"}
    for side in other:
        if not getattr(card.languages, side):
            there = [cell for cell in card.cells.values() if cell.answer in ("yes", "part")]
            assert {cell.side for cell in there} == {other[side]}


def test_figures_of_others_are_only_of_the_library_or_of_its_peer() -> None:
    for name, library in cards().items():
        for figures in library.card.third_party:
            ends = [(row.client, row.server) for row in figures.row]
            ends += [(row.client, row.server) for row in figures.idle]
            assert all(name in pair for pair in ends)
            assert "wavetank's command" in figures.source


def test_figures_of_others_are_where_no_probe_measures() -> None:
    assert all(cards()[name].card.third_party for name in (*THIRD_PARTY, "jwt-cpp"))


def test_all_can_be_shown() -> None:
    for library in cards().values():
        text = "\n".join(cell for section in sections(library) for row in section.rows for cell in row)
        assert library.card.licence[0].spdx in text
        assert all(cell.source in text for cell in library.card.cells.values())
