from collections import Counter
from math import inf

import pandas
import pytest

from wavetank.studies.cells import Cell
from wavetank.studies.sweeping import Sweep
from wavetank.studies.sweeping.table import CENSORED


def test_a_row_a_run_with_keys_in_si_units_and_as_written(storms: Sweep) -> None:
    frame = storms.to_frame()
    assert len(frame) == 24
    assert list(frame.columns[:10]) == [
        "design", "server.cores", "server.cores_text", "fault.0.down", "fault.0.down_text", "cores",
        "replication", "seed", "verdict", "met",
    ]  # fmt: skip
    assert frame["fault.0.down"].tolist()[:12] == [3.0] * 6 + [12.0] * 6
    assert frame["fault.0.down_text"].tolist()[5:7] == ["3s", "12s"]
    assert frame["replication"].tolist() == list(range(6)) * 4
    for index, design in enumerate(storms.designs):
        assert design.met is not None
        assert Counter(frame[frame["design"] == index]["met"])["yes"] == design.met.count
    assert frame["recovery_s"].tolist() == [
        cell.summary["recovery_s"] for d in storms.designs for cell in d.cells
    ]


def test_long_has_the_same_values(plain: Sweep) -> None:
    wide, long = plain.to_frame(), plain.to_frame(wide=False)
    rows = long[(long["metric"] == "event_latency_p99_s") & (long["label"] == "")]
    assert rows["value"].tolist() == wide["event_latency_p99_s"].tolist()
    assert set(rows["unit"]) == {"s"}


def test_what_was_not_over_is_no_number_and_has_its_bound(plain: Sweep) -> None:
    def with_cell(cell: Cell) -> pandas.DataFrame:
        design = plain.designs[0]._replace(cells=(cell,))
        return Sweep("queue", plain.keys, (design, *plain.designs[1:]), 1, 3).to_frame()

    cell, name = plain.designs[0].cells[0], "event_latency_p99_s"
    never = with_cell(cell._replace(summary={**cell.summary, name: None}))
    assert never[name][0] == inf
    assert CENSORED + name not in never
    censored = with_cell(cell._replace(summary={**cell.summary, name: None}, censored={name: 7.5}))
    assert pandas.isna(censored[name][0])
    assert censored[CENSORED + name].tolist()[0] == 7.5
    assert censored[name][1] == pytest.approx(plain.designs[1].cells[0].summary[name])
