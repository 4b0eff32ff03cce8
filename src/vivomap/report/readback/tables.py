"""Numbers out of the tables: the tidy one as CSV and Parquet, that of BIDS, and the rows of OMOP."""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
from collections.abc import Iterable, Mapping
from typing import Any

from vivomap.core import Refusal
from vivomap.report.readback.number import Number, Numbers, Reader

NOTHING, ERROR = "n/a", ".u"
Row = Mapping[str, Any]


def read_csv(files: Mapping[str, bytes]) -> Numbers:
    """The rows of measurements, by claim."""
    return _tidy(row for body in files.values() for row in _rows(body))


def read_parquet(files: Mapping[str, bytes]) -> Numbers:
    """The same. Raises Refusal `library_absent` where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Refusal("library_absent", "Parquet needs pyarrow, which is not installed", found="no pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    return _tidy(row for body in files.values() for row in parquet.read_table(io.BytesIO(body)).to_pylist())


def read_bids(files: Mapping[str, bytes]) -> Numbers:
    """The rows with a value of the table of measurements; the other files of the data set hold none."""
    rows = [row for body in files.values() for row in _rows(body, "\t") if row["value"] != NOTHING]
    return {row["claim"]: _number(row) for row in rows}


def read_omop(files: Mapping[str, bytes]) -> Numbers:
    """Each measurement that `source.csv` knows, with the measurement that has it as its event."""
    tables = {name.rsplit("/", 1)[-1]: list(_rows(body)) for name, body in files.items()}
    told = {row["id"]: row for row in tables["source.csv"] if row["table"] == "measurement"}
    rows = {row["measurement_id"]: row for row in tables["measurement.csv"]}
    errors = {row["measurement_event_id"]: row for row in rows.values() if row["measurement_event_id"]}
    found = {}
    for key, about in told.items():
        row, error = rows[key], errors[key]
        if error["unit_source_value"] != row["unit_source_value"]:
            raise ValueError("a number and its uncertainty have two units")
        value, doubt = float(row["value_as_number"]), float(error["value_as_number"])
        found[about["claim"]] = Number(value, row["unit_source_value"], doubt, about["code"], about["tracking_uid"])
    return found


def _tidy(rows: Iterable[Row]) -> Numbers:
    return {row["claim"]: _number(row) for row in rows if row["kind"] == "measurement"}


def _number(row: Row) -> Number:
    tracking = "" if row["tracking_uid"] == NOTHING else row["tracking_uid"]
    return Number(float(row["value"]), row["unit"], float(row["uncertainty"]), row["code"], tracking)


def _rows(body: bytes, between: str = ",") -> Iterable[Row]:
    text = io.StringIO(body.decode(), newline="")
    if between == "\t":
        return csv.DictReader(text, delimiter=between, quoting=csv.QUOTE_NONE)
    return csv.DictReader(text)


CSV = Reader("csv", (".csv",), read_csv)
PARQUET = Reader("parquet", (".parquet",), read_parquet)
BIDS = Reader("bids", ("_measurements.tsv",), read_bids)
OMOP = Reader("omop", ("measurement.csv", "source.csv"), read_omop)
