"""From a log to a scenario that plays it."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import wavetank as wt
from tests.unit.imports.logs import a_log, combined, poisson
from wavetank.imports import ImportProblem, import_
from wavetank.imports.reservoir import Reservoir


def test_log_becomes_a_scenario_that_plays_it(tmp_path: Path) -> None:
    """Imported, run, and its rate and utilisation are those of the log, within sampling error."""
    imported = import_(a_log(tmp_path, 4000))
    path = imported.write(tmp_path / "site")
    scenario = wt.load(path)
    assert not wt.check(scenario).problems
    assert imported.service is not None
    assert imported.service.best is not None
    assert imported.service.best.law.name == "exponential"
    summary = wt.run(scenario).summary
    assert summary["request_rate_per_s"] == pytest.approx(50.0, rel=3 * (2 / 4000) ** 0.5)
    assert scenario.spec.fleet.agents == 10


def test_lines_left_out_are_counted_by_number(tmp_path: Path) -> None:
    path = a_log(tmp_path, 500)
    lines = path.read_text().splitlines()
    lines[9] = "nonsense"
    lines[19] = lines[19].replace("/Nov/", "/Nox/")
    back = lines[0].replace("/2023:", "/2022:")
    path.write_text("\r\n".join([*lines, back, "", '{"a": 1}']))
    imported = import_(path)
    assert [(reason.reason, reason.total, reason.lines) for reason in imported.dropped] == [
        ("not a line of this format (nginx or Apache access log)", 2, (10, 503)),
        ("the time cannot be read", 1, (20,)),
        ("the clock goes back by more than 5 s", 1, (501,)),
    ]
    assert imported.rows == 498


def test_several_files_in_any_order_are_one_log(tmp_path: Path) -> None:
    text = a_log(tmp_path, 1000).read_text().splitlines(keepends=True)
    (tmp_path / "old.gz").write_bytes(gzip.compress("".join(text[:500]).encode()))
    (tmp_path / "new").write_text("".join(text[500:]))
    whole = import_(tmp_path / "access.log")
    parts = import_([tmp_path / "new", tmp_path / "old.gz"])
    assert (parts.rows, parts.dropped) == (1000, ())
    assert parts.arrivals is not None
    assert whole.arrivals is not None
    assert parts.arrivals.profile == whole.arrivals.profile


@pytest.mark.parametrize(
    ("aspect", "there"), [("arrivals", "arrivals"), ("service", "service"), ("sizes", "down")]
)
def test_one_aspect_alone_is_a_scenario_too(aspect: str, there: str, tmp_path: Path) -> None:
    imported = import_(a_log(tmp_path), as_=aspect)
    taken = {name for name in ("arrivals", "service", "up", "down") if getattr(imported, name) is not None}
    assert taken == {there}
    assert not wt.check(wt.load(imported.write(tmp_path / "part"))).problems


def test_values_of_no_law_are_written_next_to_it(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    service = np.where(draw.random(2000) < 0.5, 0.01, 0.05) + draw.normal(0, 0.001, 2000).clip(-0.003, 0.003)
    path = tmp_path / "two.log"
    path.write_text(combined(poisson(1, 2000, 50.0), service))
    written = import_(path).write(tmp_path / "two")
    assert 'file = "two-service.csv", column = "service"' in written.read_text()
    resolved = wt.load(written).resolve()
    assert sorted(resolved.empirical) == sorted(np.round(service * 1e3).astype(int) * 1_000_000)


def test_whole_numbers_at_the_end_need_a_unit(tmp_path: Path) -> None:
    path = a_log(tmp_path, 100)
    path.write_text("".join(line.rpartition(" ")[0] + " 20000\n" for line in path.read_text().splitlines()))
    with pytest.raises(ImportProblem, match=r"access.log:1: .*--unit us"):
        import_(path)
    imported = import_(path, unit="us")
    assert imported.service is not None
    assert imported.service.mean == pytest.approx(0.02)


def test_a_log_without_durations_says_so(tmp_path: Path) -> None:
    path = a_log(tmp_path, 100)
    path.write_text("".join(line.rpartition(" ")[0] + "\n" for line in path.read_text().splitlines()))
    imported = import_(path)
    assert imported.service is None
    assert "hold no durations" in imported.write(tmp_path / "bare").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), ("\n\n", "empty"), ("hello\nworld\n", 'format is not known; the first line is "hello"')],
)
def test_files_that_say_nothing(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_text(text)
    with pytest.raises(ImportProblem, match=message):
        import_(path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"as_": "rates"}, "write one of arrivals, service, sizes"),
        ({"unit": "sec"}, "is not known"),
        ({"decimal": ";"}, r"write \. or ,"),
        ({"columns": ["ms"]}, "say what"),
        ({"pattern": "("}, "names nothing to read"),
        ({"pattern": "(?P<time>"}, "not a regular expression"),
    ],
)
def test_questions_that_make_no_sense(words: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=message):
        import_(a_log(tmp_path, 10), **words)  # type: ignore[arg-type]


def test_nothing_of_another_is_replaced(tmp_path: Path) -> None:
    imported = import_(a_log(tmp_path))
    (tmp_path / "site.toml").write_text("name = 'mine'\n")
    with pytest.raises(ImportProblem, match="no import wrote it"):
        imported.write(tmp_path / "site")
    assert (tmp_path / "site.toml").read_text() == "name = 'mine'\n"
    with pytest.raises(ImportProblem, match="cannot be written"):
        imported.write(tmp_path / "absent" / "site")
    imported.write(tmp_path / "other")
    imported.write(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["access.log", "other.toml", "site.toml"]


def test_reservoir_keeps_a_fair_sample_and_the_exact_mean() -> None:
    sample = Reservoir(1, most=1000)
    for part in np.array_split(np.arange(50_000.0), 13):
        sample.add(part)
    sample.add(np.array([np.nan]))
    values = sample.values()
    assert (sample.count, len(values), sample.mean) == (50_000, 1000, 24_999.5)
    assert values.mean() == pytest.approx(25_000, abs=4 * 50_000 / 12**0.5 / 1000**0.5)
