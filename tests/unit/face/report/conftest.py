"""Sequence diagrams that are drawn once, though many pages show the same."""

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from wavetank.face.report import agents
from wavetank.face.uml import plantuml

draw_once = cache(plantuml.render)


@pytest.fixture(autouse=True, scope="session")
def drawn_once() -> Iterator[None]:
    """Let pages of the same run share what Java has drawn, a second of CPU time each."""

    def render(sources: Sequence[str]) -> list[str]:
        return list(draw_once(tuple(sources)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agents, "render", render)
        yield
