"""Many files at once: each is a sheet, in order, and a bad one stops nothing."""

from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.harvest import harvest
from vivomap.core import Refusal


@pytest.mark.slow  # starts a process that loads the libraries
def test_a_bad_file_is_refused_and_the_next_one_is_read(made: Any, tmp_path: Path) -> None:
    good = made.saved(made.report(), tmp_path / "a.dcm")
    (tmp_path / "b.dcm").write_bytes(b"nothing")
    (tmp_path / "c.txt").write_text("Lesion 1 has 12 mm")
    (tmp_path / "p.toml").write_text("[[pattern]]\nname = 'size'\nmatch = '(?P<value>\\d+) mm'\nunit = 'mm'\n")
    told: list[tuple[int, int]] = []
    paths = [tmp_path / "b.dcm", good, tmp_path / "c.txt"]
    found = harvest(paths, tmp_path / "p.toml", lambda done, total: told.append((done, total)))
    assert [s.path for s in found] == [str(p) for p in paths]
    assert [s.refused and s.refused[0] for s in found] == ["not_an_image", None, None]
    assert [len(s.numbers) for s in found] == [0, 2, 1]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_patterns_that_cannot_be_used_stop_all_before_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[[pattern]]\nname = 'size'\n")
    with pytest.raises(Refusal) as refused:
        harvest([], tmp_path / "p.toml")
    assert refused.value.code == "bad_pattern"
