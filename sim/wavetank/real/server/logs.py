"""Structured logs: one JSON object a line on standard error, written beside the event loop.

A reader that does not keep up costs lines, which are counted, and never holds up a request.
"""

import json
import logging
import logging.handlers
import queue
import sys
from datetime import UTC, datetime

_MOST_WAITING = 10_000
"""Some MB of lines that wait for a slow disk; then lines are dropped and counted."""


class Logs:
    """Where the server says what happens: an event's name and its fields, never a secret."""

    def __init__(self, level: str = "info") -> None:
        self.dropped = 0
        self._queue: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_WAITING)
        self._logger = logging.Logger("wavetank.server", level.upper())
        self._logger.addHandler(_Bounded(self._queue, self))
        output = logging.StreamHandler(sys.stderr)
        output.setFormatter(_Json())
        self._listener = logging.handlers.QueueListener(self._queue, output)
        self._listener.start()

    def debug(self, event: str, **fields: object) -> None:
        """Something that only matters when looking for a fault."""
        self._logger.debug(event, extra={"fields": fields})

    def info(self, event: str, **fields: object) -> None:
        """Log an event that an operator may want to know about."""
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: object) -> None:
        """Something is not as it should be."""
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, why: BaseException | None = None, **fields: object) -> None:
        """A defect, with its traceback."""
        self._logger.error(event, exc_info=why, extra={"fields": fields})

    def close(self) -> None:
        """Write what waits."""
        self._listener.stop()


class _Bounded(logging.handlers.QueueHandler):
    def __init__(self, waiting: "queue.Queue[logging.LogRecord]", logs: Logs) -> None:
        super().__init__(waiting)
        self._logs = logs

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self._logs.dropped += 1

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        return record


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": record.levelname.lower(), "event": record.getMessage()}
        line.update(getattr(record, "fields", {}))
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, default=str)
