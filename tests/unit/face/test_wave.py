import colorsys
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

from tests.unit.studies.cases import STORM, scenario
from wavetank.face import wave
from wavetank.policy.shares import spread
from wavetank.results.result import Result
from wavetank.studies.replications import run

CALM, WAITING, RETRYING, OFFLINE = range(4)


@pytest.fixture(scope="module")
def storm() -> Result:
    return run(scenario(STORM))


def colour(state: int) -> list[int]:
    return [int(wave.COLOURS[state][at : at + 2], 16) for at in (1, 3, 5)]


def states(rows: int, bins: int, fill: int = CALM) -> Any:
    return np.full((rows, bins), fill, dtype=np.uint8)


@pytest.mark.parametrize("state", range(4))
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1000, 500)])
def test_one_state_is_its_colour_at_any_size(state: int, size: tuple[int, int]) -> None:
    picture = wave.paint(states(13, 17, state), *size)
    assert picture.shape == (size[1], size[0], 3)
    assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [colour(state)]


def test_every_agent_and_bin_is_where_it_belongs() -> None:
    shown = states(4, 6)
    shown[1, 2] = OFFLINE
    picture = wave.paint(shown, 12, 8)
    assert np.argwhere((picture == colour(OFFLINE)).all(axis=2)).tolist() == [[2, 4], [2, 5], [3, 4], [3, 5]]


def test_a_pixel_shows_the_exact_share_in_linear_light() -> None:
    """One agent of four offline: three quarters of one light and a quarter of the other."""
    shown = states(4, 1)
    shown[3] = OFFLINE

    def light(value: int) -> float:
        return value / 255 / 12.92 if value <= 10 else float(((value / 255 + 0.055) / 1.055) ** 2.4)

    (pixel,) = wave.paint(shown, 1, 1)[0]
    expected = [0.75 * light(a) + 0.25 * light(b) for a, b in zip(colour(CALM), colour(OFFLINE), strict=True)]
    assert [light(int(value)) for value in pixel] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("width", "height"), [(37, 91), (333, 667), (1000, 400)])
def test_a_fine_pattern_becomes_even_and_not_moire(width: int, height: int) -> None:
    """Every third agent and bin retrying, squeezed to sizes that divide nothing."""
    shown = states(2000, 1000)
    shown[::3] = RETRYING
    shown[:, ::3] = RETRYING
    picture = wave.paint(shown, width // 3, height // 3).astype(int)
    inner = picture[1:-1, 1:-1].reshape(-1, 3)
    assert np.ptp(inner, axis=0).max() <= 40, "bands would show"


def test_states_are_told_apart_in_grey() -> None:
    grey = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(colour, range(4))]
    assert all(lighter - darker > 35 for lighter, darker in pairwise(grey))
    assert colorsys.rgb_to_hsv(*(value / 255 for value in colour(CALM)))[1] < 0.1


def test_wave_has_faults_title_and_time(storm: Result) -> None:
    (axes,) = wave.draw([(storm.scenario, storm)]).axes
    assert axes.get_title(loc="left") == "storm"
    assert [text.get_text() for text in axes.texts] == ["node-restart", "back"]
    assert np.asarray(axes.get_lines()[0].get_xdata()).tolist() == [20, 20]
    assert axes.get_xlim() == (0, 60)
    (picture,) = axes.images
    array = picture.get_array()
    assert array is not None
    assert len(np.unique(array.reshape(-1, 3), axis=0)) > 1, "the storm is not to be seen"


def test_designs_share_one_axis_of_time(storm: Result) -> None:
    longer = run(scenario(STORM).but("duration=2min"))
    upper, lower = wave.draw([("A: $1", storm), ("B", longer)]).axes
    assert upper.get_xlim() == lower.get_xlim() == (0, 120)
    assert tuple(upper.images[0].get_extent()) == (0, 60, 1, 0)
    assert upper.get_title(loc="left") == r"A: \$1"


def test_png_has_the_size_asked_for(storm: Result) -> None:
    png = wave.wave_png(storm, "storm", 800, 300)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 800
    assert png == wave.wave_png(storm, "storm", 800, 300)


def test_a_million_agents_are_shown_in_their_shares() -> None:
    """Of 1,000,000 agents the 2,000 that stand for them: bands of states have their breadth, to a pixel."""
    every = np.zeros((1_000_000, 4), dtype=np.uint8)
    every[::10, 1] = RETRYING
    every[:300_000, 2] = OFFLINE
    every[:, 3] = WAITING
    chosen = every[list(spread(1_000_000, 2_000))]
    picture = wave.paint(chosen, 4, 100)
    offline = (picture[:, 2] == colour(OFFLINE)).all(axis=1)
    assert offline.tolist() == [True] * 30 + [False] * 70
    assert (picture[:, 3] == colour(WAITING)).all()
    retrying = chosen[:, 1] == RETRYING
    assert retrying.mean() == pytest.approx(0.1, abs=4 * (0.1 * 0.9 / 2000) ** 0.5)
    # 20 agents a pixel: their share differs by chance, and by no pattern that repeats
    shares = retrying.reshape(100, 20).mean(axis=1)
    spectrum = np.abs(np.fft.rfft(shares - shares.mean()))[1:] ** 2
    assert 0 < spectrum.max() < 12 * spectrum.mean()


def test_a_title_is_cut_where_the_picture_ends(storm: Result) -> None:
    figure = wave.draw([("A: " + "design " * 40, storm)], 420, 240)
    figure.savefig(BytesIO())
    assert figure.axes[0].get_title(loc="left").endswith("…")
    boxes = [
        text.get_window_extent() for text in figure.findobj(Text) if text.get_text() and text.get_visible()
    ]
    assert max(box.x1 for box in boxes) <= 420
    assert min(box.x0 for box in boxes) >= 0
