"""A library in words: its card and its figures as tables of text."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from wavetank.libraries.card import Cell
from wavetank.libraries.catalogue import Library
from wavetank.libraries.measured import Idle, Row, Spread, TokenRow

NOT_MEASURED = "-"


class Section(NamedTuple):
    """A table with its title and a note below it; `figures`: numbers to the right rather than words."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    figures: bool = False
    note: str = ""


def as_data(library: Library) -> dict[str, Any]:
    """Card and newest measurement as plain data."""
    measurement = library.measurement
    return {
        "card": library.card.model_dump(mode="json", exclude_none=True),
        "measurement": measurement and measurement.model_dump(mode="json", exclude_none=True),
    }


def sections(library: Library) -> Iterator[Section]:
    """Yield the output of `wavetank libraries show`, table by table."""
    card = library.card
    yield Section("About it", ("", ""), _about(library))
    rows = [(name, cell.answer, _told(cell)) for name, cell in card.cells.items()]
    yield Section("What it does", ("", "", ""), rows)
    if card.limit:
        limits = [(f"{limit.text} [{limit.link or limit.source}]",) for limit in card.limit]
        yield Section("Known limits", ("",), limits)
    yield from _figures(library)


def _told(cell: Cell) -> str:
    only = f"{cell.side} only" if cell.side != "both" and cell.answer in ("yes", "part") else ""
    return f"{'; '.join(filter(None, (cell.how, only)))} [{cell.source}]".lstrip()


def _about(library: Library) -> list[tuple[str, str]]:
    card = library.card
    languages, upkeep, packages = card.languages, card.maintenance, card.packages
    release = f"{upkeep.version}, {upkeep.released}" if upkeep.released else upkeep.version
    told = [
        ("agent in", ", ".join(languages.agent) or "none", languages.source),
        ("server in", ", ".join(languages.server) or "none", languages.source),
        *(("licence", f"{licence.spdx} ({licence.versions})", licence.source) for licence in card.licence),
        ("maintenance", f"{release}: {upkeep.state}", upkeep.source),
        ("platforms", ", ".join(card.platforms.names), card.platforms.source),
        ("Debian", " ".join(packages.debian), packages.source),
        ("pip", " ".join(packages.pip), packages.source),
        ("note", packages.note, packages.source),
    ]
    rows = [(name, f"{text} [{source}]") for name, text, source in told if text]
    return [*rows, ("checked", card.checked.isoformat())]


def _figures(library: Library) -> Iterator[Section]:
    measurement = library.measurement
    if measurement is not None:
        where = measurement.provenance
        note = f"{where.date}, {where.host}, {where.cpu}, {where.isolation}"
        yield from _tables(
            "Measured by wavetank", note, measurement.rows, measurement.idle, measurement.tokens
        )
        yield from _tables("Baseline of the same run", "", measurement.baseline, (), ())
    else:
        nothing = (f"nothing yet: wavetank libraries measure {library.id}",)
        yield Section("Measured by wavetank", ("",), [nothing])
    for other in library.card.third_party:
        yield from _tables("Third-party figures", other.source, other.row, other.idle, other.token)


def _tables(
    title: str, note: str, rows: Sequence[Row], idle: Sequence[Idle], tokens: Sequence[TokenRow]
) -> Iterator[Section]:
    if rows:
        headings: tuple[str, ...] = ("per request", "batch", "client CPU us", "server CPU us", "wire bytes")
        yield Section(title, headings, [_row(row) for row in rows], True, note)
    if idle:
        headings = ("idle connection", "client bytes", "server bytes")
        yield Section(title, headings, [_idle(entry) for entry in idle], True, note)
    if tokens:
        headings = ("token", "key", "sign us", "verify us", "bytes")
        yield Section(title, headings, [_token(token) for token in tokens], True, note)


def spread_text(spread: Spread | None) -> str:
    """A median with its range: "95 [81, 110]"."""
    if spread is None:
        return NOT_MEASURED
    middle, low, high = (
        f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
        for value in (spread.median, spread.low, spread.high)
    )
    return f"{middle} [{low}, {high}]"


def _row(row: Row) -> tuple[str, ...]:
    case = f"{row.protocol}, {row.connection}, {row.tls} ({row.client} to {row.server})"
    batch = f"{row.batch_events} x {row.event_bytes}"
    wire = f"{row.wire_bytes:,.0f}" if row.wire_bytes else NOT_MEASURED
    return case, batch, spread_text(row.client_cpu_us), spread_text(row.server_cpu_us), wire


def _idle(row: Idle) -> tuple[str, ...]:
    sizes = (row.client_bytes, row.server_bytes)
    case = f"{row.protocol}, {row.tls} ({row.client} to {row.server})"
    return case, *(NOT_MEASURED if size is None else f"{size:,.0f}" for size in sizes)


def _token(row: TokenRow) -> tuple[str, ...]:
    size = f"{row.token_bytes:,}" if row.token_bytes else NOT_MEASURED
    return row.algorithm, row.key, spread_text(row.sign_us), spread_text(row.verify_us), size
