"""Coverage-guided fuzzing: whatever the bytes of a file are, the door keeps its word. What was found is tried again.

FUZZ_SECONDS says how long each target runs: else 60 with CI set, 10 without, 600 in the long run. A find is written to
`found/NAME/`, and belongs into the repository with its mending.
"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from . import mutate, seeds
from .targets import TARGETS

ROOT = Path(__file__).parents[2]
FOUND = Path(__file__).parent / "found"
LARGEST = 20_000  # bytes of an object that is tried, and of a find
SLOWEST_S, MEMORY_MB = 30, 3000
FINDS = sorted(p for p in FOUND.glob("*/*") if p.is_file())


@pytest.mark.parametrize("find", FINDS, ids=lambda p: f"{p.parent.name} {p.name[:24]}")
def test_what_was_found_once_is_no_find_any_more(find: Path) -> None:
    data = find.read_bytes()
    assert len(data) <= LARGEST
    TARGETS[find.parent.name].one(data)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_good_objects_are_no_find(name: str) -> None:
    for data in TARGETS[name].seeds():
        TARGETS[name].one(data)


@pytest.mark.slow  # a fuzzer runs for its time
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_coverage_leads_to_nothing_that_raises(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if importlib.util.find_spec("atheris") is None:
        said = "atheris is not here: pip install atheris"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    usual = 600 if request.config.getoption("--long") else 60 if os.environ.get("CI") else 10
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "corpus").mkdir()
    options = {
        "max_total_time": os.environ.get("FUZZ_SECONDS", usual),
        "max_len": LARGEST,
        "timeout": SLOWEST_S,
        "rss_limit_mb": MEMORY_MB,
        "artifact_prefix": f"{FOUND / name}{os.sep}",
    }
    words = [f"-{option}={value}" for option, value in options.items()]
    run = [sys.executable, "-m", "tests.fuzz.drive", name, str(tmp_path / "corpus"), *words]
    with (tmp_path / "log").open("wb") as log:
        done = subprocess.run(run, cwd=ROOT, stdout=log, stderr=log, check=False)
    said = (tmp_path / "log").read_text(errors="replace")
    assert done.returncode == 0, said[said.find(" ===") :][-6000:]
    assert "Done " in said


def test_cutting_and_joining_changes_nothing() -> None:
    for data in (*seeds.images(), *seeds.uptake(), *seeds.reports()):
        assert mutate.joined(*mutate.cut(data)) == data


def test_a_change_is_bounded_and_mostly_one() -> None:
    def plain(data: bytes, most: int) -> bytes:
        dice = random.Random(len(data))
        return bytes(b ^ dice.randrange(256) if dice.random() < 0.01 else b for b in data)[:most]

    (report,) = seeds.reports()
    made = [mutate.mutated(report, 3000, seed, plain) for seed in range(200)]
    assert max(len(m) for m in made) <= 3000
    assert len(set(made)) > 100
