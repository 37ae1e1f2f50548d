"""The page of an import."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.unit.imports.logs import a_log, combined, poisson
from wavetank.errors import MissingExtra
from wavetank.face.fits import write_fits
from wavetank.face.fits.charts import charts_of
from wavetank.imports import import_


def test_page_shows_data_and_model_and_asks_for_nothing(tmp_path: Path) -> None:
    imported = import_(a_log(tmp_path, 4000))
    text = write_fits(imported, tmp_path / "page").read_text(encoding="utf-8")
    assert re.findall(r'<figure id="([\w-]+)"', text) == [
        "rates",
        "dispersion",
        "durations-distribution",
        "durations-qq",
    ]
    assert text.count("data:image/svg+xml;base64,") == 4
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)
    assert "<script" not in text
    # every law that was tried has its row
    assert text.count("does not fit</td>") + text.count(">fits</td>") == 6


def test_lines_meet_where_the_law_is_true_and_part_where_none_fits(tmp_path: Path) -> None:
    (tmp_path / "true").mkdir()
    draw = np.random.default_rng(1)
    lumps = np.where(draw.random(4000) < 0.5, 0.01, 0.2)
    (tmp_path / "lumps.log").write_text(combined(poisson(1, 4000, 50.0), lumps))
    worst = []
    for path in (a_log(tmp_path / "true", 4000), tmp_path / "lumps.log"):
        (chart,) = [chart for chart in charts_of(import_(path)) if chart.id == "durations-qq"]
        points = [point for point in chart.spec["layer"][0]["data"]["values"] if point["line"] == "data"]
        middle = points[20:-20]
        worst.append(max(abs(np.log(point["y"] / point["t"])) for point in middle))
    assert worst[0] < 0.2
    assert worst[1] > 0.5


def test_rate_is_drawn_as_counted(tmp_path: Path) -> None:
    imported = import_(a_log(tmp_path, 4000))
    assert imported.arrivals is not None
    rates = imported.arrivals.rates
    assert rates.per_s.sum() * rates.width_s == pytest.approx(4000, rel=0.02)


def test_a_part_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = import_(a_log(tmp_path, 100))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra):
        write_fits(imported, tmp_path)
