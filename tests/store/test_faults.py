"""Kills, rivals and full disks: what was acknowledged stays, and the chain stays whole."""

import json
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.core import Image, Refusal, Study, Voxels, affine_of
from vivomap.store import Project, ledger, open_project
from vivomap.store.ledger import Line


def line(text: str) -> Line:
    return Line("outcome", json.dumps(text), frozenset({("about", text)}))


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A ledger of six rows."""
    ledger.begin(tmp_path)
    ledger.append(tmp_path, [line(f"row {n}") for n in range(6)])
    return tmp_path


@pytest.mark.slow  # four new processes
def test_two_writers_keep_one_chain(tmp_path: Path) -> None:
    ledger.begin(tmp_path)
    code = textwrap.dedent(
        """
        import json, pathlib, sys
        from vivomap.store import ledger
        for n in range(15):
            for who in (sys.argv[2], "both"):
                ledger.append(pathlib.Path(sys.argv[1]), [ledger.Line("outcome", json.dumps([who, n]), frozenset())])
        """
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in ("a", "b", "c")]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    bodies = [tuple(json.loads(r.body)) for r in ledger.walk(tmp_path)]
    assert sorted(bodies) == sorted((who, n) for who in ("a", "b", "c", "both") for n in range(15))
    assert ledger.head(tmp_path) == ledger.verify(tmp_path)


WRITER_KILLED = """
import os, pathlib, sys
from vivomap.store import disk, ledger
folder, point = pathlib.Path(sys.argv[1]), sys.argv[2]
def die(*_, **__):
    os._exit(9)
if point == "in the step":
    ledger._list = die
elif point == "before the head":
    ledger._settle = die
else:
    os.replace = die
ledger.append(folder, [ledger.Line("outcome", '"late"', frozenset({("about", "late")}))])
"""


@pytest.mark.slow  # a new process for each
@pytest.mark.parametrize(("point", "rows"), [("in the step", 6), ("before the head", 7), ("at the head's rename", 7)])
def test_a_killed_writer_leaves_a_whole_ledger(chain: Path, point: str, rows: int) -> None:
    assert subprocess.run([sys.executable, "-c", WRITER_KILLED, str(chain), point], check=False).returncode == 9
    assert ledger.verify(chain).seq == rows
    ledger.append(chain, [line("late")])
    ledger.append(chain, [line("later")])
    assert [json.loads(r.body) for r in ledger.walk(chain)][6:] == ["late", "later"]
    assert ledger.head(chain).seq == 8


KILLED = """
import os, sys
import numpy as np
from vivomap.core import Image, Study, Voxels, affine_of
from vivomap.store import ledger, open_project
ledger._insert = lambda *_: os._exit(9)
image = Image("ct", Voxels.of(np.arange(27.0).reshape(3, 3, 3)), "[hnsf'U]", affine_of(np.eye(4)))
open_project(sys.argv[1]).keep(Study("P9", None, (image,)))
"""


@pytest.mark.slow  # a new process
def test_a_kill_between_vault_and_ledger_leaves_a_whole_ledger(project: Project, visit) -> None:
    study, made = visit()
    project.record(made, study)
    ran = subprocess.run([sys.executable, "-c", KILLED, str(project.path)], check=False)
    assert ran.returncode == 9
    assert project.verify().seq == 3
    assert project.patients() == ("P1",)
    kept = [p for p in (project.path / "vault").rglob("*") if p.is_file()]
    assert len(kept) == 4  # the array is there, whole, and waits for its row
    assert project.fetch(next(p.name for p in kept if project.fetch(p.name).shape == (3, 3, 3))).sum() == 351


def test_a_full_disk_puts_nothing_on_record(tiny: Path) -> None:
    project = open_project(tiny)
    noise = np.random.default_rng(1).normal(size=(9, 64, 64))
    image = Image("ct", Voxels.of(noise), "[hnsf'U]", affine_of(np.eye(4)))
    with pytest.raises(Refusal) as refused:
        project.keep(Study("P1", date(2026, 1, 1), (image,)))
    assert refused.value.code == "disk_full"
    assert project.verify().seq == 0
    assert [p for p in (tiny / "vault").rglob("*") if p.is_file()] == []
