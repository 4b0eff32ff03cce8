"""Every form is read back equal to the record, and a number that was changed in any form is found and named."""

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace

import pydicom
import pytest

from vivomap.core import Assessment, Measurement, Refusal, identify
from vivomap.report import tidy
from vivomap.report.forms import Filed, Files, forms
from vivomap.report.readback import on_record, readers, wrong
from vivomap.report.readback.number import Reader

Case = tuple[Assessment, tuple[Assessment, ...]]
READ = ("sr", "fhir", "fhir-r5", "hl7", "csv", "parquet", "bids", "omop")
TEXT = ("fhir", "hl7", "csv", "bids", "omop")


def wanted(form: str, files: Files) -> Files:
    return {name: body for name, body in files.items() if readers()[form].wants(name)}


def written(filed: Filed, form: str) -> Files:
    return wanted(form, forms()[form].write(filed))


def test_each_form_with_numbers_has_a_reader() -> None:
    assert set(READ) <= set(readers())
    assert set(readers()) <= set(forms())


@pytest.mark.parametrize("form", READ)
@pytest.mark.parametrize("case", ["baseline", "two_visits", "four_visits", "pet", "table_only", "undated"])
def test_every_number_of_every_form_is_the_one_on_record(form: str, case: str, request) -> None:
    filed = Filed(*request.getfixturevalue(case))
    if case == "undated" and form in ("sr", "omop"):
        with pytest.raises(Refusal):
            written(filed, form)
        return
    assert wrong(filed, form, written(filed, form)) == ()


@pytest.mark.parametrize("form", READ)
def test_a_visit_read_from_files_comes_back_with_all_its_numbers(form: str, filed: Filed) -> None:
    files = written(filed, form)
    assert wrong(filed, form, files) == ()
    found, known = readers()[form].read(files), on_record(filed)
    assert set(known) <= set(found)
    assert len(known) > 3
    for key, number in known.items():
        assert math.isclose(found[key].value, number.value, rel_tol=1e-12)
        assert found[key][1:2] + found[key][3:4] == number[1:2] + number[3:4]


@pytest.mark.slow  # a page is printed
def test_the_message_with_a_page_in_it_holds_the_same_numbers(filed: Filed) -> None:
    assert wrong(filed, "hl7-pdf", written(filed, "hl7-pdf")) == ()


def digits(value: float) -> tuple[str, str]:
    """A number as texts hold it, and another that is a thousandth larger."""
    return repr(value), repr(value * 1.001)


@pytest.mark.parametrize("form", TEXT)
def test_a_number_that_was_changed_is_named_with_both_values(form: str, filed: Filed) -> None:
    numbers = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    number = next(m for m in numbers if sum(repr(m.value) == repr(o.value) for o in numbers) == 1)
    old, new = digits(number.value)
    files = {n: b.replace(old.encode(), new.encode()) for n, b in written(filed, form).items()}
    said = [s for s in wrong(filed, form, files) if "value" in s]
    assert len(said) == 1
    assert number.region in said[0]
    assert f"value {new}" in said[0]
    assert f"on record {old}" in said[0]


def spoiled(ds: pydicom.Dataset, change: Callable[[pydicom.Dataset], None]) -> bytes:
    """The report with its first number that names a claim changed."""

    def walk(item: pydicom.Dataset) -> bool:
        for child in item.get("ContentSequence") or ():
            names = [c.ConceptNameCodeSequence[0].CodeValue for c in child.get("ContentSequence") or ()]
            if child.ValueType == "NUM" and "CLAIM" in names:
                change(child.MeasuredValueSequence[0])
                return True
            if walk(child):
                return True
        return False

    assert walk(ds)
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def test_a_number_of_a_structured_report_that_was_changed_is_named(filed: Filed) -> None:
    (body,) = written(filed, "sr").values()

    def both(measured: pydicom.Dataset) -> None:
        measured.NumericValue, measured.FloatingPointValue = "99", 99.0

    (said,) = wrong(filed, "sr", {"sr.dcm": spoiled(pydicom.dcmread(io.BytesIO(body)), both)})
    assert "value 99.0" in said

    def one(measured: pydicom.Dataset) -> None:
        measured.NumericValue = "99"

    (said,) = wrong(filed, "sr", {"sr.dcm": spoiled(pydicom.dcmread(io.BytesIO(body)), one)})
    assert "decimal string and the floating point" in said


def changed(filed: Filed, column: str, value: str) -> tuple[str, ...]:
    """What is wrong when one cell of the table reads otherwise."""
    (body,) = written(filed, "csv").values()
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    first = next(r for r in rows if r["kind"] == "measurement" and r["tracking_uid"])
    first[column] = value
    out = io.StringIO()
    table = csv.DictWriter(out, tidy.Row._fields)
    table.writeheader()
    table.writerows(rows)
    return wrong(filed, "csv", {"tidy.csv": out.getvalue().encode()})


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("unit", "cm", "unit 'cm', on record"),
        ("uncertainty", "0.001", "uncertainty 0.001"),
        ("tracking_uid", "1.2.3", "tracking UID '1.2.3', on record"),
        ("code", "0", "code '0', on record"),
        ("claim", "ab" * 32, "not on record"),
        ("value", "", "cannot be read"),
    ],
)
def test_every_part_of_a_number_is_compared(filed: Filed, column: str, value: str, said: str) -> None:
    assert any(said in s for s in changed(filed, column, value))


def test_a_number_that_was_taken_out_is_missed(filed: Filed) -> None:
    (body,) = written(filed, "fhir").values()
    bundle = json.loads(body)
    number = next(c for c in filed.assessment.claims if isinstance(c, Measurement))
    bundle["entry"] = [e for e in bundle["entry"] if e["resource"]["id"] != identify(number)]
    (said,) = wrong(filed, "fhir", {"fhir.json": json.dumps(bundle).encode()})
    assert said.endswith("is absent")
    assert str(number.day) in said


@pytest.mark.parametrize("form", READ)
def test_a_file_that_is_damaged_is_told_and_stops_nothing(form: str, filed: Filed) -> None:
    files = dict.fromkeys(written(filed, form), b"\xff\x00 no such thing")
    (said,) = wrong(filed, form, files)
    assert said.startswith("its numbers cannot be read")


def test_the_numbers_of_another_version_are_not_these(filed: Filed) -> None:
    moved = tuple(replace(c, value=c.value * 2) if isinstance(c, Measurement) else c for c in filed.assessment.claims)
    other = replace(filed, assessment=replace(filed.assessment, claims=moved))
    said = wrong(filed, "fhir", written(other, "fhir"))
    assert any("is absent" in s for s in said)
    assert any("not on record" in s for s in said)


def test_a_form_without_numbers_has_nothing_to_compare(filed: Filed) -> None:
    assert wrong(filed, "seg", {"seg-1.dcm": b""}) == ()
    assert isinstance(readers()["sr"], Reader)
