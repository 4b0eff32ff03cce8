"""What the database refuses comes out with a code."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from vivomap.core import Refusal
from vivomap.store import database, ledger
from vivomap.store.ledger import Line


def line(text: str) -> Line:
    return Line("outcome", f'"{text}"', frozenset({("about", text)}))


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A ledger of forty rows, of several pages."""
    folder = tmp_path / "chain"
    folder.mkdir()
    ledger.begin(folder)
    ledger.append(folder, [line(f"row {n} {'x' * 150}") for n in range(40)])
    return folder


def test_the_schema_is_numbered_and_a_newer_one_is_refused(chain: Path) -> None:
    assert database.schema(chain) == "1"
    with closing(sqlite3.connect(chain / "ledger.sqlite")) as raw:
        raw.execute("UPDATE meta SET value = '2'")
        raw.commit()
    with pytest.raises(Refusal) as refused:
        database.schema(chain)
    assert refused.value.code == "newer_project"


def test_preparing_twice_changes_nothing(chain: Path) -> None:
    before = (chain / "ledger.sqlite").read_bytes()
    database.prepare(chain)
    assert (chain / "ledger.sqlite").read_bytes() == before


def test_a_lost_database_is_not_made_again_in_silence(chain: Path) -> None:
    (chain / "ledger.sqlite").unlink()
    with pytest.raises(Refusal) as refused:
        ledger.append(chain, [line("new")])
    assert refused.value.code == "broken_chain"
    assert not (chain / "ledger.sqlite").exists()


def test_a_locked_database_is_busy_and_loses_nothing(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.1)
    with closing(sqlite3.connect(chain / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Refusal) as refused:
            ledger.append(chain, [line("new")])
        assert refused.value.code == "ledger_busy"
        other.execute("ROLLBACK")
    ledger.append(chain, [line("new")])
    assert ledger.verify(chain).seq == 41


def test_a_flipped_byte_anywhere_is_named_or_harmless(chain: Path) -> None:
    whole = (chain / "ledger.sqlite").read_bytes()
    rows = list(ledger.walk(chain))
    found = 0
    for at in range(0, len(whole), len(whole) // 150):
        content = bytearray(whole)
        content[at] ^= 0xFF
        (chain / "ledger.sqlite").write_bytes(content)
        try:
            ledger.verify(chain)
            assert list(ledger.walk(chain)) == rows, at
        except Refusal as refusal:
            found += refusal.code == "broken_chain"
    assert found > 75  # the rest lies in free space


def test_a_file_that_is_no_database_is_named(chain: Path) -> None:
    (chain / "ledger.sqlite").write_bytes(b"something else" * 999)
    with pytest.raises(Refusal) as refused:
        ledger.verify(chain)
    assert refused.value.code == "broken_chain"


def test_a_folder_where_the_database_is_wanted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(Refusal) as refused:
        ledger.begin(tmp_path)
    assert refused.value.code == "cannot_write"


def test_a_full_disk_keeps_what_was_there(tiny: Path) -> None:
    ledger.begin(tiny)
    ledger.append(tiny, [line("first")])

    def fill() -> None:
        for n in range(99):
            ledger.append(tiny, [line(f"{n} {'x' * 9000}")])

    with pytest.raises(Refusal) as refused:
        fill()
    assert refused.value.code == "disk_full"
    kept = ledger.verify(tiny).seq
    assert kept >= 1
    assert not [p for p in tiny.iterdir() if p.name.endswith(".part")]
    assert next(ledger.walk(tiny)).body == '"first"'


def test_a_copied_folder_is_the_same_ledger(chain: Path, tmp_path: Path) -> None:
    shutil.copytree(chain, tmp_path / "copy")
    assert ledger.verify(tmp_path / "copy") == ledger.verify(chain)


def test_an_error_message_holds_no_row(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.1)
    with closing(sqlite3.connect(chain / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Refusal) as refused:
            ledger.append(chain, [line("Jane Doe")])
    assert "Jane Doe" not in f"{refused.value.lines()} {refused.value.__cause__}"


def test_no_statement_is_only_for_sqlite() -> None:
    for table in database.tables.sorted_tables:
        made = str(CreateTable(table, if_not_exists=True).compile(dialect=postgresql.dialect()))
        assert made.strip().startswith(f"CREATE TABLE IF NOT EXISTS {table.name}")
        assert "SERIAL" not in made
