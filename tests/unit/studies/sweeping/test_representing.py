import json

from wavetank.results.shares import share_of
from wavetank.studies.sweeping import Sweep
from wavetank.studies.sweeping.representing import line_of, share_parts, share_text, verdict_of


def test_a_line_says_how_often_a_design_meets(storms: Sweep) -> None:
    line = line_of(storms, storms.designs[0])
    assert line.texts == ("1", "3s")
    assert line.met == storms.designs[0].met
    assert line.metrics["recovery_s"].endswith(" s")


def test_outcomes_of_several_kinds_are_counted(storms: Sweep) -> None:
    design = storms.designs[0]
    assert verdict_of(design) == design.cells[0].word
    dead = design.cells[0]._replace(verdict=None)
    assert (
        verdict_of(design._replace(cells=(dead, *design.cells[1:])))
        == f"{design.cells[1].word} in 5, failed in 1"
    )


def test_shares_in_words() -> None:
    assert share_text(None) == "-"
    assert [share_parts(share) for share in (None, share_of(0, 4), share_of(0, 5))] == [
        ("", ""), ("0 of 4", ""), ("0 of 5", "0-43 %"),
    ]  # fmt: skip
    assert share_text(share_of(2, 3)) == "2 of 3"
    assert share_text(share_of(5, 5)) == "5 of 5 [57-100 %]"


def test_json_has_the_designs(storms: Sweep) -> None:
    parsed = json.loads(json.dumps(storms.to_json(), allow_nan=False))
    assert list(parsed) == ["scenario", "keys", "replications", "designs"]
    assert parsed["designs"][1]["values"] == {"server.cores": "1", "fault.0.down": "12s"}
    assert sum(count for count, *_ in parsed["designs"][1]["verdicts"].values()) == 6


def test_a_notebook_shows_two_keys_as_a_map_and_one_as_a_list(storms: Sweep, plain: Sweep) -> None:
    heat, table = storms._repr_html_(), plain._repr_html_()
    assert "<th>server.cores \\ fault.0.down</th><th>3s</th><th>12s</th>" in heat
    assert heat.count("of 6") == 4
    assert [heat.count(colour) for colour in ("#009E7355", "#E69F0055", "#D55E0055")] == [0, 2, 2]
    assert table.count("<tr>") == 4
    assert "<th>fleet.agents</th><th>verdict</th>" in table
