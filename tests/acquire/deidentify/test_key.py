import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.deidentify.key import MOST_DAYS, Key, make_key, read_key
from vivomap.acquire.deidentify.uids import VALID
from vivomap.core import Refusal

KEY = Key(bytes(range(32)))


def test_a_new_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    make_key(tmp_path / "k")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    assert len(read_key(tmp_path / "k").secret) == 32


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    make_key(tmp_path / "k")
    before = (tmp_path / "k").read_bytes()
    with pytest.raises(Refusal) as refused:
        make_key(tmp_path / "k")
    assert refused.value.code == "key_there"
    assert (tmp_path / "k").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.skipif(os.name != "posix", reason="only POSIX has modes")
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "k")
    (tmp_path / "k").chmod(mode)
    with pytest.raises(Refusal) as refused:
        read_key(tmp_path / "k")
    assert refused.value.code == "key_open"


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "ab" * 31])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text)
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(Refusal) as refused:
        read_key(tmp_path / "k")
    assert refused.value.code == "not_a_key"


def test_a_key_does_not_show_itself() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)


@given(st.text(max_size=80))
def test_every_uid_becomes_a_valid_one_of_a_uuid(text: str) -> None:
    uid = KEY.uid(text)
    assert VALID.fullmatch(uid)
    assert len(uid) <= 44
    number = int(uid.removeprefix("2.25."))
    assert number >> 76 & 0xF == 8
    assert number >> 62 & 0x3 == 2


@given(st.text(), st.text(), st.text())
def test_the_same_key_gives_the_same_and_another_nothing_alike(issuer: str, patient: str, purpose: str) -> None:
    again, other = Key(KEY.secret), Key(KEY.secret, purpose + "x")
    assert KEY.patient(issuer, patient) == again.patient(issuer, patient) != other.patient(issuer, patient)
    assert 1 <= KEY.days(issuer, patient) <= MOST_DAYS


def test_words_cannot_run_into_each_other() -> None:
    assert KEY.patient("a", "bc") != KEY.patient("ab", "c")


def test_different_patients_are_moved_by_different_days() -> None:
    days = [KEY.days("", f"patient {k}") for k in range(300)]
    assert len(set(days)) > 250  # by chance 12 of 300 share a day with another
