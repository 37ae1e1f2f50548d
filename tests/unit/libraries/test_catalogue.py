from typing import Any

import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import card, measurement, row
from wavetank.errors import ScenarioError
from wavetank.libraries import find_library, list_libraries
from wavetank.libraries.catalogue import read_library, read_measurement
from wavetank.libraries.measured import Measurement


def at(text: str, position: str) -> tuple[int, int]:
    """Line and column of a text's first `found`, from 1."""
    before = text[: text.index(position)]
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def test_a_library_is_a_folder(made: Make) -> None:
    folder = made(name="brand-new")
    assert read_library(folder).id == "brand-new"
    assert "brand-new" in {library.id for library in list_libraries(folder.parents[1])}


def test_the_own_catalogue_goes_first_and_may_come_from_the_environment(
    made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(card("one").replace("To be tested.", "My own."))
    assert find_library("one", folder.parents[1]).card.purpose == "My own."
    monkeypatch.setenv("WAVETANK_MODELS", str(folder.parents[1]))
    assert find_library("one").card.purpose == "My own."


def test_an_unknown_library_is_told_with_what_is_near(made: Make) -> None:
    models = made().parents[1]
    with pytest.raises(ScenarioError, match=r'there is no library "aone"; did you mean one\?'):
        find_library("aone", models)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ('answer = "yes"', 'answer = "maybe"', '"maybe"', "protocols.tcp.answer: .*write one of"),
        ('udp = { answer = "yes", source = "a test" }', "", "protocols]", "the key udp is missing"),
        (
            'udp = { answer = "yes", source = "a test" }',
            'udp = { answer = "yes" }',
            "udp = ",
            "the key source is missing",
        ),
        ('source = "a test"', 'source = ""', '""', "source: .*1 to 2000 characters"),
        ("checked = 2026-11-23", 'checked = "today"', '"today"', "is not a day"),
        ('id = "one"', 'id = "two"', '"two"', "the folder is called one"),
        ('kind = "transport"', 'kind = "token"', '"token"', "kind token needs"),
        ('purpose = "', 'purpos = "', "purpos", "unknown key purpos; did you mean purpose"),
        ('tcp = { answer = "yes"', 'tcp = { answer = "part"', '"part"', "say which in how"),
    ],
)
def test_a_bad_card_is_one_message_at_its_place(
    made: Make, old: str, new: str, place: str, message: str
) -> None:
    text = card("one").replace(old, new, 1)
    with pytest.raises(ScenarioError, match=message) as caught:
        read_library(made(text))
    assert caught.value.file.endswith("one/library.toml")
    assert (caught.value.line, caught.value.column) == at(text, place)


def test_the_newest_measurement_counts(made: Make) -> None:
    old, new = measurement(row(server=1)), measurement(row(server=2))
    old["provenance"]["date"] = "2026-11-01T00:00:00+00:00"
    loaded = read_library(made(a_new=new, b_old=old)).measurement
    assert loaded is not None
    assert loaded.rows[0].server_cpu_us is not None
    assert loaded.rows[0].server_cpu_us.median == 2


def test_what_is_written_reads_the_same(made: Make) -> None:
    record = Measurement.model_validate(measurement(row(), row("new")))
    folder = made()
    (folder / "measured" / "a.json").write_text(record.model_dump_json(exclude_defaults=True))
    assert read_library(folder).measurement == record


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (measurement(row(repetitions=4)), "rows.0.repetitions: measured 4 times; repeat it at least 5 times"),
        (measurement(row(tls="ssl")), "rows.0.tls: .*not known"),
        (
            measurement(row(server_cpu_us={"median": 5, "low": 6, "high": 7})),
            "not low, median, high in order",
        ),
        (measurement(library="two"), "measures two"),
        (measurement(format=2), "format: 2 is out of range"),
        ([], "not an object; make it with"),
    ],
)
def test_a_bad_measurement_is_one_message(made: Make, record: Any, message: str) -> None:
    folder = made(a=record)
    with pytest.raises(ScenarioError, match=message) as caught:
        read_library(folder)
    assert caught.value.file.endswith("measured/a.json")


def test_broken_json_is_told_at_its_line(made: Make) -> None:
    path = made() / "measured" / "a.json"
    path.write_text('{\n "format": 1,,\n}')
    with pytest.raises(ScenarioError, match="not valid JSON") as caught:
        read_measurement(path)
    assert caught.value.line == 2
