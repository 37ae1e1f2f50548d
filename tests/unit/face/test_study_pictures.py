from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.unit.studies.cases import STORM, scenario
from wavetank.errors import WavetankError
from wavetank.face.study_pictures import draw_all, front_of, heat, lines, pareto
from wavetank.studies.sweeping import Sweep, sweep
from wavetank.studies.sweeping.figures import MET


@pytest.fixture(scope="module")
def storms() -> Sweep:
    base = scenario(STORM, 'slo.event_latency_max="4.5s"')
    return sweep(base, ["server.cores=1,2", "fault.0.down=3s,12s"], replications=6, workers=1)


@pytest.fixture
def never(storms: Sweep) -> Sweep:
    """The same, with a recovery of the first design that was not over."""
    first = storms.designs[0]
    cells = tuple(cell._replace(summary={**cell.summary, "recovery_s": None}) for cell in first.cells)
    return Sweep("storm", storms.keys, (first._replace(cells=cells), *storms.designs[1:]), 6, 4)


def texts_of(axes: object) -> list[str]:
    return [text.get_text() for text in axes.texts]  # type: ignore[attr-defined]


def test_a_heat_map_has_the_value_of_every_design(storms: Sweep, never: Sweep) -> None:
    axes = heat(storms, MET)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("fault.0.down", "server.cores")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3s", "12s"]
    (image,) = axes.get_images()
    assert np.array_equal(np.asarray(image.get_array()), [[4 / 6, 0], [4 / 6, 0]])
    assert texts_of(axes) == ["67 %", "0 %", "67 %", "0 %"]
    assert texts_of(heat(never, "recovery_s"))[0] == "not over"


def test_noise_has_one_colour(storms: Sweep) -> None:
    (image,) = heat(storms, "event_latency_p50_s").get_images()
    low, high = image.get_clim()
    assert high >= 1.1 * low


def test_a_heat_map_of_one_key_is_refused(storms: Sweep) -> None:
    with pytest.raises(WavetankError, match="a heat map has two keys; this sweep varies 1"):
        heat(Sweep("storm", ("server.cores",), storms.designs, 6, 4), MET)


def test_a_line_for_each_value_of_the_other_keys(storms: Sweep) -> None:
    axes = lines(storms, MET, Figure().add_subplot())
    assert [line.get_label() for line in axes.get_lines()] == ["fault.0.down = 3s", "fault.0.down = 12s"]
    assert [np.asarray(line.get_ydata()).tolist() for line in axes.get_lines()] == [[4 / 6, 4 / 6], [0, 0]]
    assert len(axes.collections) == 2
    met = storms.designs[0].met
    assert met is not None
    assert np.asarray(axes.collections[0].get_paths()[0].vertices)[:, 1].tolist() == [met.low, met.high]
    assert axes.get_xlim() == (0.95, 2.05)
    assert axes.get_title(loc="left") == "storm, 6 runs each; bars: 95 % intervals"


def test_what_was_not_over_is_a_triangle_at_the_top(never: Sweep) -> None:
    axes = lines(never, "recovery_s")
    (triangle,) = (line for line in axes.get_lines() if line.get_marker() == "^")
    assert np.asarray(triangle.get_xydata()).tolist() == [[1, 1]]


def test_the_front_is_what_no_other_beats(storms: Sweep) -> None:
    assert front_of([(1, 9), (2, 4), (3, 4), (4, 1), (4, 2)]) == [0, 1, 3]
    assert front_of([]) == []
    axes = pareto(storms, MET)
    assert texts_of(axes) == ["1, 3s"]
    assert axes.get_xlabel() == "cores of all nodes"
    # designs that are equal in both are named together
    again = storms.designs[0]._replace(texts=("1", "4s"))
    twice = Sweep("storm", storms.keys, (*storms.designs, again), 6, 5)
    assert texts_of(pareto(twice, MET)) == ["1, 3s or 1, 4s"]


def drawn(folder: Path) -> Iterator[str]:
    return (path.name for path in sorted(folder.iterdir()))


def test_what_fits_a_sweep_is_drawn_into_its_folder(tmp_path: Path, storms: Sweep) -> None:
    placed = Sweep(storms.scenario, storms.keys, storms.designs, 6, 4, str(tmp_path))
    assert draw_all(placed) == ["heat", "lines", "pareto"]
    assert list(drawn(tmp_path)) == [
        f"{name}.{kind}" for name in ("heat", "lines", "pareto") for kind in ("png", "svg")
    ]
    single = Sweep(storms.scenario, storms.keys, storms.designs[:1], 6, 1, str(tmp_path))
    assert draw_all(single) == []
    # three of four combinations are no map
    sample = Sweep(storms.scenario, storms.keys, storms.designs[:3], 6, 3, str(tmp_path))
    assert draw_all(sample) == ["lines", "pareto"]
