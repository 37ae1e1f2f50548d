"""Embed pictures, styles and scripts in a page that needs no other file."""

import re
from base64 import b64encode
from functools import cache
from importlib.resources import files

import vl_convert

from wavetank.face.report.vega import Chart

STILL_PX = 640
"""The picture that stands in for a chart without JavaScript and on paper: the text width of A4."""


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed, as vl-convert carries them."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("the Vega bundle cannot stand in a page")
    return script


def asset(name: str, package: str = "wavetank.face.report") -> str:
    """The text of a file beside a package's templates."""
    return (files(package) / "template" / name).read_text(encoding="utf-8")


def data_address(kind: str, content: bytes) -> str:
    """The content itself as an address."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def still(chart: Chart) -> str:
    """The address of the chart drawn beforehand: for paper, and where no script runs."""
    spec = {**chart.spec, "width": STILL_PX, "background": "white"}
    svg: str = vl_convert.vegalite_to_svg(spec)
    return data_address("image/svg+xml", _renumbered(svg).encode("utf-8"))


def _renumbered(svg: str) -> str:
    """With ids that do not depend on what was drawn before."""
    ids = {name: f"clip{index}" for index, name in enumerate(dict.fromkeys(re.findall(r"\bclip\d+\b", svg)))}
    return re.sub(r"\bclip\d+\b", lambda match: ids[match[0]], svg)
