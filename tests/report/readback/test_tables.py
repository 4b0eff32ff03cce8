"""Tables written by hand: the readers know their numbers, and ask for the columns that they need."""

import importlib.util

import pytest

from vivomap.core import Refusal
from vivomap.report.readback import tables

TIDY = (
    b"kind,claim,value,unit,uncertainty,code,tracking_uid\r\nmeasurement,aa,12.5,mm,0.5,LONG,1.2\r\nverdict,bb,,,,,\r\n"
)
BIDS = (
    b"claim\tvalue\tunit\tuncertainty\tcode\ttracking_uid\tnote\n"
    b'aa\t12.5\tmm\t0.5\tL\tn/a\t"\n'
    b"bb\tn/a\tn/a\tn/a\tL\t1\tx\n"
)
SOURCE = b"table,id,claim,code,tracking_uid\r\nperson,1,,P,\r\nmeasurement,7,aa,LONG,1.2\r\n"
ROWS = b"measurement_id,value_as_number,unit_source_value,measurement_event_id\r\n7,12.5,mm,\r\n8,0.5,mm,7\r\n"


def test_only_measurements_of_the_tidy_table_are_numbers() -> None:
    assert tables.read_csv({"tidy.csv": TIDY}) == {"aa": (12.5, "mm", 0.5, "LONG", "1.2")}


def test_a_row_of_bids_without_a_value_is_no_number_and_a_quote_no_quotation() -> None:
    assert tables.read_bids({"x_measurements.tsv": BIDS}) == {"aa": (12.5, "mm", 0.5, "L", "")}


def test_rows_of_omop_are_tied_to_their_error_and_their_source() -> None:
    files = {"omop/source.csv": SOURCE, "omop/measurement.csv": ROWS}
    assert tables.read_omop(files) == {"aa": (12.5, "mm", 0.5, "LONG", "1.2")}
    with pytest.raises(ValueError, match="two units"):
        tables.read_omop({**files, "omop/measurement.csv": ROWS.replace(b"0.5,mm", b"0.5,cm")})
    with pytest.raises(KeyError):
        tables.read_omop({**files, "omop/measurement.csv": ROWS.replace(b"8,0.5,mm,7", b"8,0.5,mm,9")})


def test_without_its_library_parquet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        tables.read_parquet({"tidy.parquet": b""})
    assert refused.value.code == "library_absent"
