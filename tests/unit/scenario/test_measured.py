import math
from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import load, measured
from wavetank.scenario.measured import Quantity, read_column

NS = Quantity(timed=True, unit="")


def read(file: Path, column: str = "t", quantity: Quantity = NS) -> list[int]:
    return read_column(file, column, quantity, lambda key, text: ScenarioError(f"{key}: {text}", "law", 1, 1))


def written(folder: Path, data: bytes | str) -> Path:
    file = folder / "data.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


@pytest.mark.parametrize(
    ("quantity", "texts", "values"),
    [
        (NS, "2ms,0.5 s", [2_000_000, 500_000_000]),
        (Quantity(True, "ms"), "12,0.25,3us,1.25e-05,0", [12_000_000, 250_000, 3_000, 12, 0]),
        # 0.1 + 0.2 of a double, to a whole nanosecond
        (Quantity(True, "s"), "0.30000000000000004", [300_000_000]),
        (Quantity(False, "kB"), "1.5,2KiB,0.0004", [1500, 2048, 0]),
    ],
)
def test_values_carry_their_unit_or_take_that_of_the_column(
    quantity: Quantity, texts: str, values: list[int], tmp_path: Path
) -> None:
    file = written(tmp_path, "\r\n".join(["\ufefft", *texts.split(",")]))
    assert read(file, quantity=quantity) == values


@pytest.mark.parametrize(
    ("quantity", "text", "says"),
    [
        (NS, "5", 'or say the unit of the whole column in the law: unit = "ms"'),
        (Quantity(False, ""), "5", 'unit = "B"'),
        (Quantity(True, "ms"), "-5", "none may be negative"),
        (Quantity(True, "ms"), "nan", "not a finite number"),
        (Quantity(True, "ms"), "1e999999", "is too much; the most is"),
        (Quantity(True, "d"), "9" * 39, "is too much; the most is"),
        (Quantity(True, "ms"), "9_000", "is not a duration"),
        (Quantity(True, "ms"), "9,5", "is not a duration"),
        (Quantity(True, "ms"), "3kB", "unknown unit"),
        (Quantity(True, "ms"), "", "is not a duration"),
    ],
)
def test_value_that_cannot_be_read_is_named_by_its_line(
    quantity: Quantity, text: str, says: str, tmp_path: Path
) -> None:
    file = written(tmp_path, f't\n1ms\n"{text}"\n' if quantity.timed else f't\n1B\n"{text}"\n')
    with pytest.raises(ScenarioError) as caught:
        read(file, quantity=quantity)
    assert says in caught.value.message
    assert (caught.value.file, caught.value.line) == (str(file), 3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("a,b\n1,2\n", 'column: the file has no column "t"; its columns are: a, b; name one of them'),
        (
            "a;t\n1;2\n",
            "its columns are: a;t; they seem to be separated by semicolons, and commas are needed",
        ),
        ("a\tt\n1\t2\n", "separated by tabs"),
        ("a|t\n1|2\n", "separated by bars"),
        ("5ms\n6ms\n", "its first line holds values (5ms); it needs a header with t"),
        ("\n5ms\n", "its first line is empty"),
        (b"", "its first line is empty"),
        ("t,u,t\n1ms,2,3ms\n", 'column: 2 columns are called "t"'),
        (",".join(f"c{i}" for i in range(40)) + "\n", "c29, ...; name one of them"),
        ("t\n", "file: the file has no values"),
        ('t\n"1ms\n', "file: cannot be read (it is not a CSV text"),
        (b"\x1f\x8b\x08rest", "file: this is a gzip file; give a CSV file"),
        (b"PAR1rest", "file: this is a Parquet file; give"),
        ("t\n1ms\n".encode("utf-16"), "file: the text is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8"),
        ("t\n1ms\n".encode("utf-16-le"), "file: the text is UTF-16"),
        (
            b"t,k\n1ms,x\n2ms,ol\xe9\n",
            "file: line 3 has the byte 0xe9, so it is not UTF-8 but most likely Lat",
        ),
    ],
)
def test_file_that_cannot_be_read_says_why(data: bytes | str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(written(tmp_path, data))
    assert says in caught.value.message


def test_other_columns_may_be_called_the_same(tmp_path: Path) -> None:
    assert read(written(tmp_path, "u,t,u\n1,2ms,\n\n3,4ms\n")) == [2_000_000, 4_000_000]


def test_too_many_values_are_refused_before_any_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "MOST_VALUES", 3)
    with pytest.raises(ScenarioError, match="more than 3 values; take a sample"):
        read(written(tmp_path, "t\nwrong\n" + "1ms\n" * 3))
    assert len(read(written(tmp_path, "t\n" + "1ms\n" * 3))) == 3
    # a value of several lines is one value, and counts when it is read
    assert len(read(written(tmp_path, 't,u\n1ms,"\n\n\n"\n'))) == 1
    with pytest.raises(ScenarioError, match="more than 3 values"):
        read(written(tmp_path, 't,u\n1ms,"x"\n' + "1ms,\n" * 3))


def test_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "MOST_BYTES", 5)
    with pytest.raises(ScenarioError, match="no file of at most 5 bytes"):
        read(written(tmp_path, "t\n1ms\n"))


def test_law_of_a_scenario_takes_a_unit(tmp_path: Path) -> None:
    written(tmp_path, "t\n2\n4\n")
    law = "service.parse = { law = 'empirical', file = 'data.csv', column = 't', unit = 'ms' }"
    (tmp_path / "s.toml").write_text(f"[server]\n{law}\n")
    resolved = load(tmp_path / "s.toml").resolve()
    assert resolved.empirical == (2_000_000, 4_000_000)
    assert math.isclose(sum(resolved.empirical) / 2e9, 0.003)


def test_same_column_in_two_units_is_read_twice(tmp_path: Path) -> None:
    written(tmp_path, "t\n2\n")
    law = "law = 'empirical', file = 'data.csv', column = 't'"
    (tmp_path / "s.toml").write_text(
        f"[server]\nservice.parse = {{ {law}, unit = 'ms' }}\nservice.auth = {{ {law}, unit = 'us' }}\n"
    )
    assert load(tmp_path / "s.toml").resolve().empirical == (2_000_000, 2_000)
