from dataclasses import replace

from tests.unit.cli.test_tables import shown
from tests.unit.results.cases import STABLE, small_result
from wavetank.cli.side_by_side import comparison_table
from wavetank.results.result import Result
from wavetank.results.summary import Summary
from wavetank.studies.comparison import Comparison


def _summary(utilisation: float) -> Summary:
    return {"server_utilisation": utilisation, "events_dropped": 0}


def result(*utilisations: float) -> Result:
    base = small_result()
    each = tuple(_summary(value) for value in utilisations)
    summary = _summary(sum(utilisations) / len(each))
    return replace(base, summary=summary, each=each, judgements=(STABLE,) * len(each))


def lines(*results: Result) -> list[list[str]]:
    table = shown(comparison_table(Comparison(tuple("xyz"[: len(results)]), results)))
    return [line.split() for line in table.splitlines()]


def test_two_designs_have_the_difference_beside_them() -> None:
    assert lines(result(0.5), result(0.6)) == [
        ["A", "B", "B", "-", "A"],
        ["verdict", "stable", "stable"],
        ["events", "lost", "0", "0", "="],
        ["server", "utilisation", "50.0", "%", "60.0", "%", "+10.0", "pp"],
    ]


def test_and_its_interval_where_there_are_replications() -> None:
    table = lines(result(0.5, 0.5), result(0.6, 0.8))
    assert table[0][-3:] == ["95", "%", "interval"]
    assert table[2] == ["stable", "2", "of", "2", "2", "of", "2"]
    assert table[3] == ["events", "lost", "0", "0", "="]
    # 0.2 -+ 12.706 x 0.1, Student's t with one degree of freedom
    assert table[4][6:] == ["+20.0", "pp", "[-107.1", "pp,", "147.1", "pp]"]


def test_more_designs_have_it_below_their_figures() -> None:
    table = lines(result(0.5, 0.5), result(0.6, 0.8), result(0.5, 0.5))
    assert [row[0] for row in table[2:6]] == ["stable", "events", "=", "server"]
    assert table[6] == ["+20.0", "pp", "="]
    assert table[7] == ["[-107.1", "pp,", "147.1", "pp]"]
    assert len(lines(result(0.5), result(0.6), result(0.7))) == 4


def test_infinite_and_absent_figures() -> None:
    never, other = result(0.5), result(0.5)
    never = replace(never, summary={"recovery_s": None}, each=({"recovery_s": None},))
    other = replace(other, summary={"server_utilisation": 0.5}, each=({"server_utilisation": 0.5},))
    assert lines(never, other)[2:] == [
        ["back", "after", "not", "back", "-", "-"],
        ["server", "utilisation", "-", "50.0", "%", "-"],
    ]
