from datetime import date
from pathlib import Path

import pytest

from vivomap.acquire.tables import day_of, good_lines, needed, rows
from vivomap.core import Refusal


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_lines_are_numbered_and_empty_ones_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffPath, Date\na,1\n\n,\nb\n")
    assert list(rows(path, ("path",))) == [(2, {"path": "a", "date": "1"}), (5, {"path": "b", "date": ""})]


def test_bad_lines_are_held_by_number_and_the_good_ones_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "path,date\na,1\n,2\nc,3,4\nd,5\n")
    made, held = good_lines(path, ("path", "date"), lambda row: needed(row, "path"))
    assert made == ("a", "d")
    assert [(h.path, h.code) for h in held] == [(f"{path}:3", "bad_line"), (f"{path}:4", "bad_line")]


@pytest.mark.parametrize("text", ["", "patient\n", b"\xff\xfe\x00"])
def test_a_table_without_its_columns_or_without_text_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(Refusal) as refused:
        list(rows(written(tmp_path, text), ("path",)))
    assert refused.value.code == "bad_table"


def test_days_are_whole_or_none() -> None:
    assert day_of("2020-01-31") == day_of("20200131") == date(2020, 1, 31)
    assert day_of(" ") is None
    for text in ("2020-02-31", "20120000", "2020", "31.01.2020", "2020-1-31", "2020013", "20-20-0131"):
        with pytest.raises(Refusal) as refused:
            day_of(text)
        assert refused.value.code == "bad_date"
