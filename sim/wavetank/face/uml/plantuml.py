"""PlantUML sources as SVG: one Java process for all of them, the same bytes from run to run.

What makes it so: Smetana, the layout inside PlantUML, instead of whatever Graphviz there is; and fonts that
come with matplotlib instead of the system's. PlantUML runs in its sandbox: it reads no file and no address.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from html import unescape

from wavetank.face.uml.java import SANDBOX, DrawingError, command, fonts

PATIENCE_S = 300
"""Java starts in seconds; a diagram of thousands of messages takes a minute on a busy machine."""

MARGIN_PX = 12
"""White around a diagram, so that its text never touches the page's frame."""

FONT = "DejaVu Sans,Verdana,sans-serif"
"""The fonts that pictures ask for: the one they were measured with, and one as wide."""

_END = "<<end of picture>>"
_ASKED = (
    "-pipe", "-tsvg", "-charset", "UTF-8", "-Playout=smetana", "--no-error-image", "-nometadata",
    "-pipedelimitor", _END,
)  # fmt: skip


def render(sources: Sequence[str]) -> list[str]:
    """The SVG of each source.

    Raises MissingExtra where PlantUML, Java or the fonts are not installed, DrawingError for a source that
    PlantUML does not understand, with its message and the line.
    """
    if not sources:
        return []
    with fonts() as file:
        done = _run([*command(file), *_ASKED], "\n".join(sources))
    pictures = [part.strip() for part in done.stdout.split(_END)][:-1]
    if done.returncode:
        raise DrawingError(_complaint(sources, pictures, done.stderr))
    if len(pictures) != len(sources):
        raise DrawingError(f"PlantUML drew {len(pictures)} pictures of {len(sources)} sources")
    return [_tidy(picture) for picture in pictures]


def version_of(svg: str) -> str:
    """The version of PlantUML that drew an SVG; "" where it does not say."""
    match = re.search(r"<\?plantuml ([^?]+)\?>", svg)
    return match[1] if match else ""


def texts_of(svg: str) -> list[str]:
    """Every line of text that an SVG shows."""
    return [
        unescape(re.sub(r"<[^>]*>", "", text)).replace("\u00a0", " ")
        for text in re.findall(r"<text\b[^>]*>(.*?)</text>", svg, re.DOTALL)
    ]


def _run(words: Sequence[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            words, input=text, env={**os.environ, **SANDBOX}, capture_output=True, encoding="utf-8",
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except OSError as error:
        raise DrawingError(f"{words[0]}: cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise DrawingError(f"PlantUML has drawn nothing in {PATIENCE_S} s") from None


def _complaint(sources: Sequence[str], pictures: Sequence[str], said: str) -> str:
    """Read PlantUML's complaint: after "ERROR", a line from 0 and a message, about the first bad diagram."""
    words = [line.strip() for line in said.splitlines() if line.strip()]
    at, *message = words[words.index("ERROR") + 1 :] if "ERROR" in words else ("", "")
    if not at.isdigit() or not message:
        return f"PlantUML failed: {' '.join(words)[:500] or 'it said nothing'}"
    pairs = zip(sources, pictures, strict=False)
    lines = next((source for source, picture in pairs if _is_error(picture)), sources[0]).splitlines()
    text = f": {lines[int(at)].strip()[:200]}" if int(at) < len(lines) else ""
    return f"PlantUML: line {int(at) + 1}: {message[0]}{text}"


def _is_error(picture: str) -> bool:
    return "data-diagram-type=" not in picture.partition(">")[2].partition(">")[0]


def _tidy(picture: str) -> str:
    """With what makes it fit for any page."""
    # a size in `style` could not be changed by a style sheet
    picture = re.sub(r'style="width:\d+px;height:\d+px;', 'style="', picture, count=1)
    picture = picture.replace('preserveAspectRatio="none"', 'preserveAspectRatio="xMidYMid meet"', 1)
    picture = picture.replace('font-family="sans-serif"', f'font-family="{FONT}"')
    return _with_plain_title(_with_margin(picture)) + "\n"


def _with_plain_title(picture: str) -> str:
    """With a title that is text: PlantUML leaves the escapes of its source in there."""
    title = re.search(r"<title>(.*?)</title>", picture)
    if title is None:
        return picture
    plain = re.sub(r"&lt;U\+([0-9A-F]{4,6})&gt;", lambda match: f"&#{int(match[1], 16)};", title[1])
    return picture.replace(title[0], f"<title>{plain}</title>", 1)


def _with_margin(picture: str) -> str:
    """With some room on all sides: Smetana lets labels touch the edge."""
    size = re.search(r'width="(\d+)px"', picture), re.search(r'height="(\d+)px"', picture)
    if not (size[0] and size[1]):
        return picture
    width, height = (int(match[1]) for match in size if match)
    wide, high = width + 2 * MARGIN_PX, height + 2 * MARGIN_PX
    for old, new in (
        (f'width="{width}px"', f'width="{wide}px"'),
        (f'height="{height}px"', f'height="{high}px"'),
        (f'viewBox="0 0 {width} {height}"', f'viewBox="{-MARGIN_PX} {-MARGIN_PX} {wide} {high}"'),
    ):
        picture = picture.replace(old, new, 1)
    return picture
