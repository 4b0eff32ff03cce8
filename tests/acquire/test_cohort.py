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


def test_a_line_without_one_of_its_numbers_is_left_out_by_name(table: Path) -> None:
    reasons = " ".join(h.reason for h in read(table, COLUMNS).held)
    assert "'age' is empty" in reasons
    assert "subject 'd'" in reasons
    assert "volume" in reasons


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
