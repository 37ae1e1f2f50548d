"""A page of PlantUML in the making: texts that no markup can get out of, and the labels it must show."""

import re
from collections.abc import Iterable
from typing import NamedTuple

INK, GREY, PAPER, RULE = "#222222", "#595959", "#FFFFFF", "#8C8C8C"
PLAIN_FILL, WARM_FILL, COOL_FILL, GREEN_FILL = "#F5F5F5", "#FCE9DC", "#E1EEF7", "#E0F2EC"

_STYLE = f"""\
skinparam shadowing false
skinparam defaultFontSize 13
skinparam defaultFontColor {INK}
skinparam backgroundColor {PAPER}
skinparam titleFontSize 16
skinparam titleFontStyle bold
skinparam captionFontSize 12
skinparam captionFontColor {GREY}
skinparam captionFontStyle plain
skinparam ArrowColor {INK}
skinparam ArrowFontSize 13""".splitlines()

_SAFE = re.compile(r"[^A-Za-z0-9 .,:;()/+=?-]|/(?=/)|(?<=/)/|-(?=-)|(?<=-)-|=(?==)|(?<==)=")


class Drawing(NamedTuple):
    """One diagram: the name of its file, its title, its PlantUML source, and what its picture must say."""

    name: str
    title: str
    source: str
    labels: tuple[str, ...]


def escaped(text: str) -> str:
    """The text as PlantUML draws it to the letter, on one line: nothing in it is markup or a command."""
    flat = " ".join(text.split())
    return _SAFE.sub(lambda match: f"<U+{ord(match[0]):04X}>", flat)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut at `most` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


class Page:
    """Lines of a diagram, and every text in it."""

    def __init__(self, title: str, style: Iterable[str] = ()) -> None:
        self.title = title
        self._labels: dict[str, None] = {}
        self._lines = ["@startuml", *_STYLE, *style, f"title {self.say(title)}"]

    def say(self, *lines: str) -> str:
        r"""The texts, one below the other, ready to stand in a label; the picture must show them."""
        self._labels.update(dict.fromkeys(" ".join(line.split()) for line in lines))
        return r"\n".join(escaped(line) for line in lines)

    def box(self, head: str, *lines: str) -> str:
        r"""A bold head with lines below it, ready to stand in a box."""
        below = self.say(*lines)
        return f"**{self.say(head)}**" + (rf"\n{below}" if lines else "")

    def element(self, kind: str, alias: str, head: str, *lines: str) -> None:
        """Append a `kind` of box (node, component, ...), known as `alias`."""
        self.add(f'{kind} "{self.box(head, *lines)}" as {alias}')

    def add(self, *lines: str) -> None:
        """Append lines of PlantUML."""
        self._lines += lines

    def caption(self, *lines: str) -> None:
        """Set the text below the picture, after an empty line: Smetana does not leave enough room."""
        self.add(rf"caption \n{self.say(*lines)}")

    def drawing(self, name: str) -> Drawing:
        """Return the finished drawing."""
        source = "\n".join([*self._lines, "@enduml"]) + "\n"
        return Drawing(name, self.title, source, tuple(self._labels))
