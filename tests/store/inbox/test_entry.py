"""What the inbox says of one object."""

import hashlib
from pathlib import Path

import pytest

from vivomap.store.inbox.entry import Arrival, entry, original
from vivomap.store.inbox.journal import Row

ARRIVED = Row("arrived", "aa", "1.2", body=(("sender", "CT_1"),))
HELD = Row("judged", "aa", "1.2", "9.1", "pixels_cut", (("disposition", "HOLD"), ("reason", "few")))
FLAGGED = Row("judged", "aa", "1.2", "9.1", "no_patient", (("disposition", "FLAG"), ("reason", "none")))
RELEASED = Row("released", "aa", "1.2", "9.1", "", (("by", "Dr A"), ("reason", "seen")))
BY_HAND = Row("held", "aa", "1.2", "9.1", "held_by_hand", (("by", "Dr A"), ("reason", "motion")))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((ARRIVED,), ("WAIT", "", "")),
        ((ARRIVED, HELD), ("HOLD", "pixels_cut", "few")),
        ((ARRIVED, FLAGGED), ("FLAG", "no_patient", "none")),
        ((ARRIVED, HELD, RELEASED), ("KEEP", "", "seen")),
        ((ARRIVED, HELD, RELEASED, BY_HAND), ("HOLD", "held_by_hand", "motion")),
    ],
)
def test_the_last_word_counts(rows: tuple[Row, ...], said: tuple[str, str, str]) -> None:
    found = entry(rows, False)
    assert (found.disposition, found.code, found.reason) == said
    assert found.study == ("9.1" if len(rows) > 1 else "")


def test_a_conflict_is_named_where_nothing_else_is() -> None:
    assert entry((ARRIVED,), True).code == "uid_conflict"
    assert entry((ARRIVED, HELD), True).code == "pixels_cut"


def test_the_header_that_was_written_still_tells_how_an_object_came(tmp_path: Path) -> None:
    rest = (
        b"\x02\x00\x02\x00UI\x04\x001.2\x00"
        + b"\x02\x00\x03\x00UI\x04\x001.3\x00"
        + b"\x02\x00\x10\x00UI\x04\x001.4\x00"
    )
    group = b"\x02\x00\x00\x00UL\x04\x00" + len(rest).to_bytes(4, "little")
    (tmp_path / "x").write_bytes(bytes(128) + b"DICM" + group + rest + b"data set")
    wanted = Arrival("1.2", "1.3", "1.4", hashlib.sha256(b"data set").hexdigest(), "recovered", "")
    assert original(tmp_path / "x") == wanted
