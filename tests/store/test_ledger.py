"""The chain holds, and a break in it is named."""

import itertools
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.store import ledger
from vivomap.store.ledger import Line


def line(text: str, kind: str = "outcome") -> Line:
    return Line(kind, json.dumps(text), frozenset({("about", text)}))


def change(folder: Path, command: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as raw:
        raw.execute(command, values)
        raw.commit()


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A ledger of six rows."""
    ledger.begin(tmp_path)
    for n in range(6):
        ledger.append(tmp_path, [line(f"row {n}")])
    return tmp_path


def broken(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as refused:
        ledger.verify(folder)
    assert refused.value.code == "broken_chain"
    assert refused.value.lines()
    return refused.value


def test_an_empty_ledger_holds(tmp_path: Path) -> None:
    ledger.begin(tmp_path)
    assert ledger.verify(tmp_path) == ledger.Head(0, ledger.GENESIS)


def test_rows_are_chained_by_the_formula(chain: Path) -> None:
    rows = list(ledger.walk(chain))
    assert [r.seq for r in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0].previous == "0" * 64
    for before, row in itertools.pairwise(rows):
        assert row.previous == before.hash
    assert ledger.verify(chain) == ledger.head(chain) == ledger.Head(6, rows[-1].hash)


def test_equal_content_is_written_once(chain: Path) -> None:
    before = (chain / "ledger.sqlite").read_bytes()
    ids = ledger.append(chain, [line("row 3"), line("row 1")])
    rows = list(ledger.walk(chain))
    assert ids == (rows[3].id, rows[1].id)
    assert (chain / "ledger.sqlite").read_bytes() == before


def test_the_same_consent_again_is_another_word(chain: Path) -> None:
    """Yes, no and yes again end with yes."""
    before = ledger.head(chain).seq
    said = [
        Line("consent", f'{{"$":"Consent","given":{word},"patient":"P1"}}', frozenset()) for word in ("1", "0", "1")
    ]
    for one in said:
        ledger.append(chain, [one])
    assert ledger.verify(chain).seq == before + 3


def test_several_lines_are_one_step(chain: Path) -> None:
    ledger.append(chain, [line("a"), line("row 0"), line("b")])
    assert [json.loads(r.body) for r in ledger.walk(chain)][6:] == ["a", "b"]


def test_an_edited_body_is_named(chain: Path) -> None:
    change(chain, "UPDATE entries SET body = replace(body, 'row', 'cow') WHERE seq = 3")
    refusal = broken(chain)
    assert "body was edited" in refusal.summary
    assert "row 3" in refusal.where
    assert refusal.computed == "rows 1 to 2 are whole"


def test_an_edited_body_with_its_id_is_named(chain: Path) -> None:
    text = '"forged"'
    change(chain, "UPDATE entries SET body = ?, id = ? WHERE seq = 3", text, ledger.digest(text))
    assert "row 3" in broken(chain).where


@pytest.mark.parametrize("column", ["kind", "recorded_at", "id", "hash", "previous"])
def test_any_other_edited_field_is_named(chain: Path, column: str) -> None:
    change(chain, f"UPDATE entries SET {column} = 'x' || substr({column}, 2) WHERE seq = 4")  # noqa: S608
    assert "row 4" in broken(chain).where


def test_a_deleted_row_is_named(chain: Path) -> None:
    change(chain, "DELETE FROM entries WHERE seq = 2")
    assert broken(chain).summary == "row 2 is deleted"


def test_a_deleted_row_with_the_rest_renumbered_is_named(chain: Path) -> None:
    change(chain, "DELETE FROM entries WHERE seq = 2")
    for seq in range(3, 7):
        change(chain, "UPDATE entries SET seq = seq - 1 WHERE seq = ?", seq)
    assert "row 2" in broken(chain).where


def test_swapped_rows_are_named(chain: Path) -> None:
    for one, other in ((2, 99), (5, 2), (99, 5)):
        change(chain, "UPDATE entries SET seq = ? WHERE seq = ?", other, one)
    refusal = broken(chain)
    assert "row 2" in refusal.where
    assert "swapped" in refusal.summary


def test_an_inserted_row_is_named(chain: Path) -> None:
    rows = list(ledger.walk(chain))
    for seq in range(6, 3, -1):
        change(chain, "UPDATE entries SET seq = seq + 1 WHERE seq = ?", seq)
    text = '"inserted"'
    link = ledger.link(4, "outcome", ledger.digest(text), rows[3].recorded_at, rows[2].hash)
    row = (4, "outcome", ledger.digest(text), text, rows[3].recorded_at, rows[2].hash, link)
    change(chain, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    assert "row 5" in broken(chain).where


def test_a_cut_tail_is_named_and_not_written_over(chain: Path) -> None:
    change(chain, "DELETE FROM entries WHERE seq > 4")
    assert broken(chain).summary == "rows 5 to 6 are cut off at the end"
    with pytest.raises(Refusal) as refused:
        ledger.append(chain, [line("new")])
    assert refused.value.code == "broken_chain"
    assert ledger.head(chain).seq == 6


def test_a_cut_and_regrown_tail_is_named(chain: Path) -> None:
    last = list(ledger.walk(chain))[3]
    change(chain, "DELETE FROM entries WHERE seq > 4")
    previous = last.hash
    for seq in (5, 6, 7):
        text = json.dumps(f"forged {seq}")
        link = ledger.link(seq, "outcome", ledger.digest(text), last.recorded_at, previous)
        row = (seq, "outcome", ledger.digest(text), text, last.recorded_at, previous, link)
        change(chain, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
        previous = link
    assert "row 6" in broken(chain).where


def test_a_lost_head_is_named(chain: Path) -> None:
    (chain / "ledger.head").unlink()
    assert "ledger.head" in broken(chain).summary


def test_a_head_that_fell_behind_holds_and_catches_up(chain: Path) -> None:
    rows = list(ledger.walk(chain))
    (chain / "ledger.head").write_text(json.dumps([4, rows[3].hash]))
    assert ledger.verify(chain).seq == 6
    ledger.append(chain, [line("row 0")])
    assert ledger.head(chain).seq == 6


def test_a_hash_kept_elsewhere_must_be_in_the_chain(chain: Path) -> None:
    kept = list(ledger.walk(chain))[3].hash
    assert ledger.verify(chain, kept).seq == 6
    with pytest.raises(Refusal) as refused:
        ledger.verify(chain, "f" * 64)
    assert refused.value.code == "broken_chain"


BODIES = st.lists(st.tuples(st.sampled_from(["study", "decision", "outcome"]), st.text(max_size=12)), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=BODIES)
def test_any_sequence_of_appends_holds(tmp_path_factory: pytest.TempPathFactory, bodies: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("chain")
    ledger.begin(folder)
    for kind, text in bodies:
        ledger.append(folder, [line(text, kind)])
    kept = [(r.kind, json.loads(r.body)) for r in ledger.walk(folder)]
    assert kept == list(dict.fromkeys(bodies))
    assert ledger.verify(folder).seq == len(kept)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.data())
def test_any_edit_of_one_byte_of_any_body_is_found(chain: Path, where: st.DataObject) -> None:
    rows = list(ledger.walk(chain))
    row = where.draw(st.sampled_from(rows))
    content = bytearray(row.body.encode())
    at = where.draw(st.integers(0, len(content) - 1))
    content[at] = where.draw(st.integers(0, 255).filter(lambda b: b != content[at]))
    edit = "UPDATE entries SET body = CAST(? AS TEXT) WHERE seq = ?"
    change(chain, edit, bytes(content), row.seq)
    try:
        refusal = broken(chain)
        assert f"row {row.seq}" in refusal.where or "damaged" in refusal.summary  # no text any more
    finally:
        change(chain, edit, row.body.encode(), row.seq)
    assert ledger.verify(chain).seq == 6


def test_the_index_is_made_anew_where_it_is_wrong(chain: Path) -> None:
    right = [(r.seq, frozenset({("about", json.loads(r.body))})) for r in ledger.walk(chain)]
    assert ledger.relist(chain, right) == 0
    change(chain, "DELETE FROM names WHERE seq = 2")
    change(chain, "UPDATE names SET name = 'x' WHERE seq = 5")
    assert ledger.relist(chain, right) == 2
    assert ledger.relist(chain, right) == 0
