"""Pages that Jupyter shows of a scenario, a result, a comparison and a review.

Pages are drawn by `wavetank.face.notebook`, which knows them all and stands above them: so it is found by its
name, when a notebook asks.
"""

from importlib import import_module


def html_of(kind: str, shown: object) -> str:
    """Return the HTML of a "scenario", a "result", a "comparison" or a "review"."""
    html: str = getattr(import_module("wavetank.face.notebook"), f"{kind}_html")(shown)
    return html
