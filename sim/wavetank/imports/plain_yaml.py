"""The part of YAML that policies are written in: mappings, lists and scalars over lines, as dotted paths."""

import re
from collections.abc import Sequence

from wavetank.imports.problems import ImportProblem, shown

_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#:][^:]*?)\s*:(?:\s+(.*))?$""")
_BLOCK = re.compile(r"[|>][+-]?\d*$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


def paths_of(file: str, lines: Sequence[str]) -> dict[str, str]:
    """Return every scalar by its path, such as {"outputs.default.hosts.0": "https://example.com"}.

    Lists in brackets are kept as they stand, texts over several lines left out. Raises ImportProblem for a
    line that is neither a key, an item nor the rest of a text.
    """
    paths: dict[str, str] = {}
    # each level: its indentation, its path, and how many items it has had
    levels: list[tuple[int, str]] = []
    items: dict[str, int] = {}
    text_above = -1
    for number, raw in enumerate(lines, 1):
        if not raw.strip() or raw.lstrip().startswith("#") or raw.startswith(("---", "...")):
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        if text_above >= 0 and indent > text_above:
            continue
        text_above = -1
        content = raw.strip()
        if raw[indent] == "\t":
            raise ImportProblem(f"{file}:{number}:{indent + 1}: a tab indents; YAML takes spaces")
        while content == "-" or content.startswith("- "):
            _leave(levels, indent, is_item=True)
            parent = levels[-1][1] if levels else ""
            items[parent] = items.get(parent, -1) + 1
            path = f"{parent}.{items[parent]}".lstrip(".")
            levels.append((indent, path))
            rest = content[1:].lstrip()
            indent += len(content) - len(rest)
            content = rest
        if not content:
            continue
        match = _KEY.match(content)
        if match is None:
            if levels and indent > levels[-1][0]:
                paths[levels[-1][1]] = _scalar(content)
                continue
            raise ImportProblem(f'{file}:{number}: "{shown(content)}" is neither a key nor an item of YAML')
        _leave(levels, indent, is_item=False)
        path = ".".join(filter(None, (levels[-1][1] if levels else "", match[1].strip("\"'"))))
        levels.append((indent, path))
        value = _scalar(match[2] or "")
        if _BLOCK.match(value):
            text_above = indent
        elif value:
            paths[path] = value
    return paths


def _leave(levels: list[tuple[int, str]], indent: int, is_item: bool) -> None:
    """Leave the levels that end here; an item may stand as deep as the key that it belongs to."""
    while levels and levels[-1][0] >= indent:
        last = levels[-1][1].rpartition(".")[2]
        if is_item and levels[-1][0] == indent and not last.isdigit():
            return
        levels.pop()


def _scalar(text: str) -> str:
    text = text.strip()
    if text[:1] in ("'", '"') and text[0] in text[1:]:
        return text[1 : text.index(text[0], 1)]
    return _COMMENT.sub("", text).strip()
