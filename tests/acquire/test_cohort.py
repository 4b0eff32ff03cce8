"""A table of features becomes numbers; what is not there is left out by name, never filled in."""

from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire.cohort import Columns, read
from vivomap.core import Refusal

TABLE = "\n".join(
    [
        "subject,scanner,Age,sex,volume,entropy,note",
        "a,X,50,F,1.5,3,good",
        "b,X,60,M,2.5,4,",
        "c,Y,,M,3.5,5,",
        "d,Y,70,M,,6,",
        "e,Y,40,F,4.5,7,",
    ]
)
COLUMNS = Columns("scanner", keep=("age", "sex"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "features.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_every_other_column_of_numbers_is_a_feature_and_text_becomes_levels(table: Path) -> None:
    found = read(table, COLUMNS)
    assert found.samples.features == ("volume", "entropy")
    assert found.samples.covariates == ("age", "sex=M (F)")
    assert found.samples.kept.tolist() == [[50, 0], [60, 1], [40, 0]]
    assert np.array_equal(found.samples.values, [[1.5, 3], [2.5, 4], [4.5, 7]])
    assert found.samples.batch == ("X", "X", "Y")


def test_a_line_without_one_of_its_numbers_is_left_out_by_its_number(table: Path) -> None:
    reasons = " ".join(h.reason for h in read(table, COLUMNS).held)
    assert "'age' is empty" in reasons
    assert "line 4: the column 'age'" in reasons
    assert "line 5: it has no 'volume'" in reasons


def test_a_fit_that_is_there_says_how_text_is_read(table: Path) -> None:
    found = read(table, COLUMNS, ("sex=F (M)",))
    assert found.samples.kept[:, 0].tolist() == [1, 0, 1]
    strange = read(table, COLUMNS, ("sex=F (X)",))
    assert len(strange.lines) == 2


def test_a_table_without_features_or_lines_is_refused(table: Path, tmp_path: Path) -> None:
    for text in ("subject,scanner\na,X\n", "subject,scanner,v\na,X,\n", "subject,scanner,v\n"):
        poor = tmp_path / "poor.csv"
        poor.write_text(text, encoding="utf-8")
        with pytest.raises(Refusal) as refused:
            read(poor, Columns("scanner"))
        assert refused.value.code == "bad_table"


def test_a_column_of_folds_is_no_feature_whether_it_is_named_or_not(table: Path) -> None:
    table.write_text("\n".join(f"{line},{k}" for line, k in zip(TABLE.split("\n"), ["Fold", *"12121"], strict=True)))
    for columns in (COLUMNS, Columns("scanner", keep=("age", "sex"), fold="Fold")):
        assert read(table, columns).samples.features == ("volume", "entropy")
    assert read(table, Columns("scanner", features=("fold",))).samples.features == ("fold",)


def test_a_feature_that_is_something_else_or_not_there_is_refused(table: Path) -> None:
    for columns, code in (
        (Columns("scanner", keep=("age",), features=("volume", "Age")), "bad_setting"),
        (Columns("scanner", features=("volume", "entrpy")), "bad_table"),
    ):
        with pytest.raises(Refusal) as refused:
            read(table, columns)
        assert refused.value.code == code
