"""Recognises the format of a file by its first lines."""

from collections.abc import Sequence

from wavetank.imports.agents import ConfigurationReader
from wavetank.imports.asking import Asked
from wavetank.imports.documents import DocumentReader, SpanLines
from wavetank.imports.jsonlines import JsonReader, parsed, shape_of
from wavetank.imports.loadtests import (
    K6_COLUMNS,
    LOCUST_HISTORY,
    LOCUST_STATS,
    K6Json,
    K6Table,
    LocustHistory,
    LocustStats,
)
from wavetank.imports.patterns import FORMATS, RegularReader, pattern_of
from wavetank.imports.problems import ImportProblem, shown
from wavetank.imports.prometheus import SAMPLE, ExpositionReader
from wavetank.imports.reading import Reader
from wavetank.imports.tables import SEPARATORS, TableReader, columns_of, header_of
from wavetank.imports.traces import TraceReader
from wavetank.results.trace import TRACE_COLUMNS

LOOKED_AT = 50
"""Lines that decide the format: enough to recognise a file whose first lines are damaged."""


def reader_of(file: str, lines: Sequence[str], asked: Asked) -> Reader:
    """Return a reader for the file that begins with these lines. Raises ImportProblem."""
    head = [line for line in lines[:LOOKED_AT] if line.strip()]
    if not head:
        raise ImportProblem(f"{file}: empty; name a log or a table with at least one line")
    if asked.pattern:
        return RegularReader(file, pattern_of(asked.pattern, asked.unit_s), asked.unit_s)
    matches = [(sum(form.line.fullmatch(line) is not None for line in head), form) for form in FORMATS]
    count, form = max(matches, key=lambda pair: pair[0])
    if count:
        return RegularReader(file, form, asked.unit_s)
    known = _document(file, head, asked)
    if known is not None:
        return known
    objects = [value for value in map(parsed, head) if isinstance(value, dict)]
    if objects:
        return JsonReader(file, shape_of(file, objects[0], asked), asked)
    if asked.columns or asked.aspect or _looks_like_a_table(head):
        return _table(file, lines[0], asked)
    raise ImportProblem(
        f'{file}: the format is not known; the first line is "{shown(head[0])}". Say how a line reads with '
        "--pattern, as in '$remote_addr [$time_local] $request_time'"
    )


def _document(file: str, head: Sequence[str], asked: Asked) -> Reader | None:
    """Formats that say in their first line what they are."""
    first = head[0].lstrip()
    if any(line.lstrip().startswith(("<ossec_config", "<agent_config")) for line in head):
        return ConfigurationReader(file, "wazuh")
    if any(line.startswith(("outputs:", "inputs:", "fleet:")) for line in head):
        return ConfigurationReader(file, "elastic")
    if first.startswith(("# HELP ", "# TYPE ")) or (SAMPLE.fullmatch(first) and "_bucket{" in first):
        return ExpositionReader(file, asked)
    value = parsed(first)
    if isinstance(value, dict):
        if len(head) > 1 and "resourceSpans" in value:
            return SpanLines()
        if value.get("type") in ("Metric", "Point") and "metric" in value:
            return K6Json()
        return DocumentReader(file, asked) if {"resourceSpans", "data"} & set(value) else None
    if first.startswith("["):
        return DocumentReader(file, asked)
    # a document over several lines, unless it is a broken line before whole ones
    spread = first.startswith("{") and value is None and not any(map(parsed, head[1:3]))
    return DocumentReader(file, asked) if spread else None


def _table(file: str, first: str, asked: Asked) -> Reader:
    header = header_of(file, first)
    names = set(header.names)
    if not asked.columns:
        if header.names == TRACE_COLUMNS:
            return TraceReader(file, header)
        if names >= K6_COLUMNS:
            return K6Table(header)
        if names >= LOCUST_HISTORY:
            return LocustHistory(header)
        if names >= LOCUST_STATS:
            return LocustStats(file, header)
    return TableReader(file, header, columns_of(file, header, asked), asked)


def _looks_like_a_table(head: Sequence[str]) -> bool:
    """Whether all lines have the same number of some separator."""
    return any(head[0].count(mark) and len({line.count(mark) for line in head}) == 1 for mark in SEPARATORS)
