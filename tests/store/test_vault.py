"""Arrays come back as they were, or are refused by name."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vivomap.core import Refusal
from vivomap.core.image import Array, digest
from vivomap.store import vault

KINDS = st.sampled_from(["?", "u1", "<i2", ">i4", "<f4", ">f8", "<c8"])
ANY = KINDS.flatmap(lambda kind: arrays(kind, array_shapes(max_dims=4, max_side=5, min_side=0)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(array=ANY)
def test_any_array_comes_back_equal(tmp_path: Path, array: Array) -> None:
    name = vault.keep(tmp_path, array)
    back = vault.fetch(tmp_path, name)
    assert name == digest(array) == digest(back)
    assert back.shape == array.shape
    assert np.array_equal(back, array, equal_nan=array.dtype.kind in "fc")


def test_the_same_content_twice_is_one_file(tmp_path: Path) -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    names = {vault.keep(tmp_path, a) for a in (array, np.asfortranarray(array), array.astype(">f8"))}
    assert len(names) == 1
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == list(names)


def test_a_strided_view_is_kept_as_what_it_shows(tmp_path: Path) -> None:
    array = np.arange(1000.0).reshape(10, 10, 10)[::-1, ::2, 1::3]
    assert np.array_equal(vault.fetch(tmp_path, vault.keep(tmp_path, array)), array)


def test_a_written_file_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    array = np.arange(100)
    name = vault.keep(tmp_path / "one", array)
    vault.keep(tmp_path / "two", array)
    assert len({(tmp_path / f / name[:2] / name).read_bytes() for f in ("one", "two")}) == 1


@pytest.mark.parametrize("part", range(0, 100, 4))
def test_a_flipped_byte_is_never_returned_as_data(tmp_path: Path, part: int) -> None:
    array = np.random.default_rng(1).integers(0, 99, (4, 8, 8))
    name = vault.keep(tmp_path, array)
    path = tmp_path / name[:2] / name
    content = bytearray(path.read_bytes())
    content[part * len(content) // 100] ^= 0x5A
    path.write_bytes(content)
    if part * len(content) // 100 in range(4, 10):  # what gzip does not read: the time, the system
        assert np.array_equal(vault.fetch(tmp_path, name), array)
        return
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, name)
    assert refused.value.code == "vault_corrupt"
    assert name in str(refused.value)


def test_another_array_under_the_name_is_found_out(tmp_path: Path) -> None:
    one, other = (vault.keep(tmp_path, np.full(9, n)) for n in (1, 2))
    (tmp_path / one[:2] / one).write_bytes((tmp_path / other[:2] / other).read_bytes())
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, one)
    assert refused.value.code == "vault_corrupt"
    assert refused.value.found == other


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    name = vault.keep(tmp_path, np.random.default_rng(1).normal(size=(9, 9)))
    path = tmp_path / name[:2] / name
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, name)
    assert refused.value.code == "vault_corrupt"


def test_pickled_objects_are_neither_kept_nor_read(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(Refusal) as refused:
        vault.keep(tmp_path, objects)
    assert refused.value.code == "not_a_number"
    name = "ab" * 32
    (tmp_path / "ab").mkdir()
    with gzip.open(tmp_path / "ab" / name, "wb") as out:
        np.lib.format.write_array(out, objects, allow_pickle=True)
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, name)
    assert refused.value.code == "vault_corrupt"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "ab", "ab" * 31 + "/."])
def test_a_name_from_outside_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, name)
    assert refused.value.code == "voxels_absent"


def test_a_single_number_is_no_array(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        vault.keep(tmp_path, np.array(3.0))
    assert refused.value.code == "not_a_number"


def test_an_array_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        vault.fetch(tmp_path, "0" * 64)
    assert refused.value.code == "voxels_absent"


def test_a_full_disk_leaves_nothing_partial_and_works_again_after(tiny: Path) -> None:
    noise = np.random.default_rng(1).normal(size=(100, 1000))
    with pytest.raises(Refusal) as refused:
        vault.keep(tiny, noise)
    assert refused.value.code == "disk_full"
    assert [p for p in tiny.rglob("*") if p.is_file()] == []
    assert np.array_equal(vault.fetch(tiny, vault.keep(tiny, noise[:9])), noise[:9])
