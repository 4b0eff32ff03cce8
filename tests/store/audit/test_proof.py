"""Every way of changing the past is found, and the record is named."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.store.audit import heads, kinds, log, proof
from vivomap.store.audit.event import Event
from vivomap.store.audit.heads import Seal

Lines = list[bytes]


def forged(data: bytes, seq: int, previous: str, name: str) -> bytes:
    """A record whose own hash holds: what somebody writes who knows how."""
    record = log.read(data)
    event = Event(**{**record.event.__dict__, "things": tuple(t for t in record.event.things if t.id != name)})
    return log.line(log.Record(seq, previous, log.link(seq, previous, event), event))


def edit(lines: Lines) -> Lines:
    return [*lines[:3], lines[3].replace(b'"P2"', b'"P9"'), *lines[4:]]


def edit_with_its_hash(lines: Lines) -> Lines:
    record = log.read(lines[3])
    return [*lines[:3], forged(lines[3], record.seq, record.previous, "P2"), *lines[4:]]


def delete(lines: Lines) -> Lines:
    return [*lines[:3], *lines[4:]]


def swap(lines: Lines) -> Lines:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def insert(lines: Lines) -> Lines:
    return [*lines[:3], forged(lines[3], 4, log.read(lines[2]).hash, "P2"), *lines[3:]]


def again(lines: Lines) -> Lines:
    return [*lines[:4], *lines[3:]]


def junk(lines: Lines) -> Lines:
    return [*lines[:3], b"{}\n", *lines[3:]]


@pytest.mark.parametrize(
    ("change", "record", "said"),
    [
        (edit, 4, "edited"),
        (edit_with_its_hash, 5, "does not follow"),
        (delete, 4, "record 4 is deleted"),
        (swap, 4, "swapped"),
        (insert, 4, "inserted"),
        (again, 4, "inserted"),
        (junk, 4, "inserted"),
    ],
)
def test_a_change_is_found_and_its_record_named(
    tmp_path: Path, several: tuple[Event, ...], change: Callable[[Lines], Lines], record: int, said: str
) -> None:
    log.append(tmp_path, several)
    path = log.place(tmp_path)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(Refusal, match=said) as refused:
        proof.verify(tmp_path)
    assert refused.value.code == "audit_broken"
    assert refused.value.where.endswith(f"record {record}")
    assert refused.value.computed == f"records 1 to {record - 1} are whole"


@pytest.fixture
def sealed(tmp_path: Path, several: tuple[Event, ...]) -> tuple[Path, Seal]:
    """A project with seven records and a signed head of the last."""
    project = tmp_path / "project"
    project.mkdir()
    log.append(project, several)
    seal = Seal(tmp_path / "elsewhere", tmp_path / "audit.key")
    heads.make_key(seal.key)
    assert heads.sign(project, seal)
    return project, seal


def test_a_cut_tail_is_seen_by_the_signed_head_alone(sealed: tuple[Path, Seal]) -> None:
    project, seal = sealed
    assert proof.verify(project, heads.checked(seal.folder, project)) == proof.Proof(7, log.ends(project)[1].hash, 7)
    path = log.place(project)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    assert proof.verify(project).records == 5
    with pytest.raises(Refusal, match="records 6 to 7 are cut off") as refused:
        proof.verify(project, heads.checked(seal.folder, project))
    assert refused.value.where.endswith("record 6")


def test_a_past_that_was_made_anew_is_seen_by_the_signed_head(sealed: tuple[Path, Seal]) -> None:
    project, seal = sealed
    path = log.place(project)
    lines = path.read_bytes().splitlines(keepends=True)
    made, previous = lines[:3], log.read(lines[2]).hash
    for seq, data in enumerate(lines[3:], 4):
        made.append(forged(data, seq, previous, "P2"))
        previous = log.read(made[-1]).hash
    path.write_bytes(b"".join(made))
    assert proof.verify(project).records == 7, "the chain alone holds"
    with pytest.raises(Refusal, match="made anew") as refused:
        proof.verify(project, heads.checked(seal.folder, project))
    assert refused.value.where.endswith("record 7")


def test_an_empty_log_holds_and_says_that_nothing_is_signed(tmp_path: Path) -> None:
    assert proof.verify(tmp_path) == proof.Proof(0, log.GENESIS, 0)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_bit_of_any_record_that_is_turned_is_found(place: float, bit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        log.append(project, [kinds.accessed(kinds.Doer("dr.a"), f"P{k}", ("1.2",)) for k in range(3)])
        path = log.place(project)
        data = bytearray(path.read_bytes())
        data[int(place * len(data))] ^= 1 << bit
        path.write_bytes(data)
        if data.endswith(b"\n"):
            with pytest.raises(Refusal) as refused:
                proof.verify(project)
            assert refused.value.code == "audit_broken"
        else:
            assert proof.verify(project).records == 3, "the end was cut: only a signed head shows that"
