"""JSON documents that must be read whole: Prometheus answers and OpenTelemetry exports."""

import json
from collections.abc import Sequence
from typing import Any

from wavetank.imports.asking import Asked
from wavetank.imports.jsonlines import parsed
from wavetank.imports.otlp import operations, spans_block
from wavetank.imports.problems import Drop, ImportProblem
from wavetank.imports.prometheus import matrix
from wavetank.imports.reading import Found
from wavetank.imports.records import Block, block

MOST_CHARACTERS = 1 << 28  # 256 million: parsed, it takes some ten times as much memory


class DocumentReader:
    """Gathers the lines of one document and reads it at the end."""

    def __init__(self, file: str, asked: Asked) -> None:
        self._file = file
        self._asked = asked
        self._lines: list[str] = []
        self._size = 0
        self.name = "JSON document"

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Keep these lines. Raises ImportProblem for a document that is too long."""
        self._size += sum(map(len, lines))
        if self._size > MOST_CHARACTERS:
            raise ImportProblem(f"{self._file}: a document of more than 256 MB; export a shorter time")
        self._lines += lines
        return block([])

    def end(self) -> tuple[Block | None, Found]:
        """Read the document. Raises ImportProblem."""
        try:
            document: Any = json.loads("\n".join(self._lines))
        except (ValueError, RecursionError) as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            reason = getattr(error, "msg", error)
            raise ImportProblem(
                f"{self._file}:{line}:{column}: not whole JSON ({reason}); export it again"
            ) from None
        if isinstance(document, dict) and "data" in document:
            self.name = "Prometheus query"
            return matrix(self._file, document, self._asked)
        exports = document if isinstance(document, list) else [document]
        if all(isinstance(export, dict) and "resourceSpans" in export for export in exports) and exports:
            self.name = "OpenTelemetry spans"
            spans = spans_block(exports, [1] * len(exports))
            return spans.block, Found(notes=operations(spans.durations))
        raise ImportProblem(
            f"{self._file}: JSON of an unknown kind; wavetank import reads Prometheus range queries "
            "(data.result) and OpenTelemetry spans (resourceSpans)"
        )


class SpanLines:
    """Reads OpenTelemetry spans of which every line is an export."""

    name = "OpenTelemetry spans"

    def __init__(self) -> None:
        self._durations: dict[str, list[float]] = {}

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines."""
        exports, numbers, drops = [], [], []

        for number, line in enumerate(lines, first):
            value = parsed(line)
            if isinstance(value, dict) and "resourceSpans" in value:
                exports.append(value)
                numbers.append(number)
            elif line.strip():
                drops.append(Drop(number, "not an export of spans"))
        spans = spans_block(exports, numbers)
        for operation, values in spans.durations.items():
            self._durations.setdefault(operation, []).extend(values)
        return spans.block._replace(drops=(*spans.block.drops, *drops))

    def end(self) -> tuple[None, Found]:
        """Return the durations of each operation as notes."""
        return None, Found(notes=operations(self._durations))
