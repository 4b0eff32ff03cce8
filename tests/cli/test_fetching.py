"""What a PACS gives is kept, judged, and held where nobody asked for it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivomap.acquire.receive import Arrived, Validator
from vivomap.cli.fetching import Placed, Shelf, into_folder, into_inbox
from vivomap.store import open_project
from vivomap.store.inbox import Inbox, Judgement, open_inbox

from ..acquire.pacs.conftest import part10
from ..acquire.receive.conftest import CT, EXPLICIT, ct, digest

ASKED = frozenset({ct(1).StudyInstanceUID})
STRANGER = ct(2, study=7, patient="P2")


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    made = Validator()
    yield made
    made.close()


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(open_project(tmp_path / "project").path, reserve=0)


def came(ds) -> tuple[Arrived, object]:
    return Arrived(CT, ds.SOPInstanceUID, EXPLICIT, digest(ds), "PACS", "127.0.0.1"), lambda: [part10(ds)]


@pytest.mark.slow  # a process that looks at the header
def test_an_object_lies_in_the_inbox_judged_with_its_sender(inbox: Inbox, validator: Validator) -> None:
    placed = into_inbox(inbox, validator)(*came(ct(1)), ASKED)
    assert placed == Placed(hashlib.sha256(part10(ct(1))).hexdigest(), "", "P1", False)
    (entry,) = inbox.entries()
    assert (entry.disposition, entry.rows[0].said("sender")) == ("KEEP", "PACS")
    assert inbox.path(placed.name).read_bytes() == part10(ct(1))
    assert into_inbox(inbox, validator)(*came(ct(1)), ASKED).again


def test_an_object_of_another_study_is_held(inbox: Inbox, validator: Validator) -> None:
    assert into_inbox(inbox, validator)(*came(STRANGER), ASKED).code == "not_asked_for"
    (entry,) = inbox.entries()
    assert (entry.disposition, entry.code) == ("HOLD", "not_asked_for")
    assert inbox.files() == ()


def test_it_is_held_also_where_a_receiver_beside_us_was_faster(inbox: Inbox, validator: Validator, monkeypatch) -> None:
    real = inbox.find

    def late(name: str):
        entry = real(name)
        if entry.disposition == "WAIT":
            inbox.judge([(entry.rows[0], Judgement("KEEP", "", "", STRANGER.StudyInstanceUID, "P2"))])
        return entry

    monkeypatch.setattr(Inbox, "find", lambda self, name: late(name))
    assert into_inbox(inbox, validator)(*came(STRANGER), ASKED).code == "not_asked_for"
    (entry,) = inbox.entries()
    assert entry.disposition == "HOLD"


def test_a_damaged_object_is_held_for_what_it_is(inbox: Inbox, validator: Validator) -> None:
    arrived, _ = came(ct(1))
    placed = into_inbox(inbox, validator)(arrived, lambda: [part10(ct(1))[:-100]], ASKED)
    assert placed.code == "pixels_cut"


def test_in_a_folder_what_is_held_lies_apart(tmp_path: Path, validator: Validator) -> None:
    put = into_folder(tmp_path / "out", validator)
    right, wrong = put(*came(ct(1)), ASKED), put(*came(STRANGER), ASKED)
    assert (right.code, wrong.code) == ("", "not_asked_for")
    assert (tmp_path / "out" / right.name).read_bytes() == part10(ct(1))
    assert (tmp_path / "out" / "held" / wrong.name).read_bytes() == part10(STRANGER)
    assert put(*came(ct(1)), ASKED).again
    assert len([p for p in (tmp_path / "out").rglob("*") if p.is_file()]) == 2


def test_a_shelf_counts_each_object_once(tmp_path: Path, validator: Validator, capsys) -> None:
    shelf = Shelf(into_folder(tmp_path / "out", validator), ASKED)
    for ds in (ct(1), STRANGER, ct(1), STRANGER):
        shelf.keep(*came(ds))
    assert (len(shelf.placed), shelf.before, shelf.patients) == (2, 0, ("P1", "P2"))
    assert [one.code for one in shelf.held] == ["not_asked_for"]
    assert capsys.readouterr().err.count("not_asked_for") == 1
