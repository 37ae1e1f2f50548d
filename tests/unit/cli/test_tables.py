from dataclasses import replace

from rich.console import Console

from tests.unit.results.cases import small_result
from wavetank.cli import tables
from wavetank.cli.tables import colophon
from wavetank.results.result import FaultSpan


def shown(table: object) -> str:
    console = Console(width=110)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_several_faults_are_told_apart() -> None:
    base = small_result()
    summary = {**base.summary, "recovery_s": None, "recovery_s.0": 9.0, "recovery_s.1": None}
    faults = (FaultSpan("node-restart", 1, 2), FaultSpan("cold-start", 3, 3))
    lines = shown(tables.result_table(replace(base, summary=summary, faults=faults))).splitlines()
    assert [line.split() for line in lines if "from" in line] == [
        ["from", "node-restart", "9", "s"], ["from", "cold-start", "not", "back"],
    ]  # fmt: skip


def test_markup_in_names_is_only_text() -> None:
    assert "[red]x[/red]" in shown(tables.text_table(("", ""), [("[red]x[/red]", "y")]))


def test_colophon() -> None:
    said = colophon([small_result()], 12.34)
    assert said == "Engine reference, model version 2, seed 1, 1 run, 12.3 s of wall time."
