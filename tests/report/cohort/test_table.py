"""The table and its account: new pseudonyms, guarded cells, an empty value with its reason, no id anywhere."""

import csv
import io
from collections import Counter
from datetime import date
from typing import Any

import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.report.cohort import Account, Row, Subject, anonymise, as_csv, as_parquet, pseudonym, rows, table, text
from vivomap.report.cohort.people import Line, Person

NUMBER = Line("lung_response", "number", "L1", "volume", -12.5, "mL", 0.4)
ABSENT = Line("lung_response", "number", "L2", "volume", why="uneven_slices")
KEY = bytes(32)
DAY = date(2026, 3, 1)


def people(count: int = 3, maker: str = "GE") -> list[Person]:
    subject = (62, "F", "", date(2026, 3, 1)), (((maker, "A"), 0), ((maker, "A"), 56))
    return [Person(Subject(f"P{k}", *subject), ((NUMBER, ABSENT), ())) for k in range(count)]


def made(count: int = 3, maker: str = "GE") -> tuple[Row, ...]:
    mine = people(count, maker)
    return rows(mine, anonymise([p.subject for p in mine], 3), KEY)


def test_pseudonyms_are_of_their_key_and_say_nothing() -> None:
    assert pseudonym(KEY, "P1") != pseudonym(b"1" * 32, "P1")
    assert pseudonym(KEY, "P1") != pseudonym(KEY, "P2")
    assert pseudonym(KEY, "P1") == pseudonym(KEY, "P1")
    assert len(pseudonym(KEY, "P1")) == 18


def test_each_thing_found_is_a_row_and_a_visit_without_any_says_so() -> None:
    found = made()
    assert len(found) == 3 * 3
    assert [(r.visit, r.kind, r.why) for r in found[:3]] == [
        (1, "number", ""),
        (1, "number", "uneven_slices"),
        (2, "nothing", "not_measured"),
    ]
    assert [r.pseudonym for r in found] == sorted(r.pseudonym for r in found)


def test_an_empty_value_always_has_a_reason_and_no_cell_is_nan() -> None:
    for row in csv.DictReader(io.StringIO(as_csv(made()).decode())):
        assert (row["value"] == "") == (row["why"] != "")
        assert "nan" not in "".join(row.values()).lower().split()
        assert all(row[name] for name in ("age", "sex", "site", "month", "scanner", "after"))


def test_no_patient_id_is_in_any_form() -> None:
    assert b"P0" not in as_csv(made())
    assert b"P0" not in as_parquet(made())


def test_a_text_that_a_spreadsheet_would_run_is_led_by_an_apostrophe() -> None:
    first = next(csv.DictReader(io.StringIO(as_csv(made(maker="=cmd|' /C calc'!A0")).decode())))
    assert first["scanner"].startswith("'=cmd")
    assert first["value"] == "-12.5"


def test_parquet_holds_the_same_as_csv() -> None:
    found = made()
    read = parquet.read_table(io.BytesIO(as_parquet(found))).to_pylist()
    assert [Row(**row) for row in read] == list(found)


def test_without_its_library_parquet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        as_parquet(made())
    assert refused.value.code == "library_absent"


def test_who_is_too_rare_is_not_in_the_table_and_is_counted() -> None:
    mine = [*people(3), Person(Subject("X", (91, "M", "", None), ((("GE", "A"), 0),)), ((NUMBER,),))]
    shown = anonymise([p.subject for p in mine], 3)
    found = rows(mine, shown, KEY)
    assert pseudonym(KEY, "X") not in {r.pseudonym for r in found}
    account = Account("e1", "research", 3, 10, 4, 1, 1, ({"export": "e1", "pseudonym": "VX00"},)).data(
        shown, len(found)
    )
    assert account["left_out"] == {
        "no_consent_recorded": 4,
        "consent_refused": 1,
        "consent_withdrawn": 1,
        "too_rare": 1,
    }
    told = text(account)
    assert "3 of 10 patients on record, 9 rows" in told
    assert "withdrew: VX00 in export e1" in told
    assert "age is told as: " in told


things = st.lists(st.sampled_from([NUMBER, ABSENT]), max_size=2).map(tuple)
scanners = st.tuples(st.sampled_from(["GE", "=1+1", ""]), st.sampled_from(["A", "B"]))
visits = st.lists(st.tuples(st.tuples(scanners, st.none() | st.integers(0, 99)), things), min_size=1, max_size=3)
fixed = st.tuples(
    st.none() | st.integers(50, 95),
    st.sampled_from("FM"),
    st.just("north"),
    st.none() | st.dates(DAY, date(2026, 9, 1)),
)


@given(st.lists(st.tuples(fixed, visits), max_size=30), st.integers(2, 5), st.binary(min_size=32, max_size=32))
def test_a_file_of_any_cohort_is_k_anonymous_by_a_count_of_its_own(cohort: list[Any], k: int, key: bytes) -> None:
    """What a reader of the CSV file can do: group the rows of each pseudonym, and count who is alike."""
    mine = [
        Person(Subject(f"P{n}", who, tuple(about for about, _ in seen)), tuple(found for _, found in seen))
        for n, (who, seen) in enumerate(cohort)
    ]
    text = as_csv(rows(mine, anonymise([p.subject for p in mine], k), key)).decode()
    patients: dict[str, set[tuple[str, ...]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        guarded = tuple(row[name] for name in ("visit", "age", "sex", "site", "month", "scanner", "after"))
        patients.setdefault(row["pseudonym"], set()).add(guarded)
        assert all(guarded)
        assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())
        assert (row["value"] == "") == (row["why"] != "")
    sizes = Counter(frozenset(told) for told in patients.values())
    assert all(number >= k for number in sizes.values())
