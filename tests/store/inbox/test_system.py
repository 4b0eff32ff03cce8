"""The calls that reach the disk, and the fault that the environment may ask for."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vivomap.store.inbox.system import POINTS, system


@pytest.mark.parametrize("asked", ["", "rename", "before:rename", "after:lunch"])
def test_without_a_known_fault_nothing_happens(asked: str) -> None:
    made = system({"VIVOMAP_FAULT": asked})
    for point in POINTS:
        made.after(point)


def test_a_fault_ends_the_process_at_its_point_and_no_other() -> None:
    code = """
import sys
from vivomap.store.inbox.system import POINTS, system
made = system({"VIVOMAP_FAULT": "after:rename"})
for point in POINTS:
    print(point, flush=True)
    made.after(point)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL
    assert ran.stdout.split() == ["tmp_written", "fsync", "rename"]


def test_free_space_is_the_disks(tmp_path: Path) -> None:
    assert system({}).free(tmp_path) > 0
