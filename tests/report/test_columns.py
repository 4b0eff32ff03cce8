"""A table of any rows as CSV and Parquet."""

import io
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.report.columns import as_csv, as_parquet, write

HEAD = ("name", "value", "doubt")
ROWS = (("long_axis", 23.5, None), ("=SUM(A1)", 0.1 + 0.2, 0.4))


def test_csv_has_every_digit_an_empty_cell_for_nothing_and_no_formula() -> None:
    assert as_csv(HEAD, ROWS).decode().split("\r\n") == [
        "name,value,doubt",
        "long_axis,23.5,",
        "'=SUM(A1),0.30000000000000004,0.4",
        "",
    ]


def test_parquet_holds_numbers_as_numbers() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(as_parquet(HEAD, ROWS)))
    assert table.to_pylist()[0] == {"name": "long_axis", "value": 23.5, "doubt": None}
    assert [str(t) for t in table.schema.types] == ["string", "double", "double"]


def test_a_table_of_no_rows_has_its_head(tmp_path: Path) -> None:
    assert write(tmp_path / "t.csv", HEAD, ()).read_text().strip() == "name,value,doubt"


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        write(tmp_path / "t.xlsx", HEAD, ROWS)
    assert refused.value.code == "bad_setting"
    assert not (tmp_path / "t.xlsx").exists()
