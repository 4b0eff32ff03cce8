"""A table of BIDS: no text breaks a row, an empty cell reads n/a, numbers stay numbers."""

from hypothesis import given
from hypothesis import strategies as st

from vivomap.report.bids.table import NOTHING, tsv

TEXT = st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("\t\n\r=+-@"), max_size=20)


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=5))
def test_every_row_has_its_cells(rows: list[list[str]]) -> None:
    lines = tsv(rows).decode().split("\n")
    assert len(lines) == len(rows) + 1
    assert all(len(line.split("\t")) == 3 for line in lines[:-1])


def test_nothing_reads_na_and_a_formula_is_a_text() -> None:
    assert (
        tsv([("", " \t", "=1+1", "-2.5", "-x", "+1e-05")]).decode()
        == f"{NOTHING}\t{NOTHING}\t'=1+1\t-2.5\t'-x\t+1e-05\n"
    )
