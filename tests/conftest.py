"""What every test may ask for."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from vivomap.acquire.phantom import outlines, series
from vivomap.acquire.phantom.solids import Solid, fill
from vivomap.cli import main
from vivomap.cli.talk import Manner, behave

from .orthanc import orthanc, orthanc_server

__all__ = ["orthanc", "orthanc_server"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests that are too long for CI")


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every run, so that a landing never hangs on a die; the long run draws new ones."""
    settings.register_profile("same", derandomize=True, deadline=None)
    settings.register_profile("new", deadline=None, max_examples=400)
    settings.load_profile("new" if config.getoption("--long") else "same")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="too long for CI: make test-all runs it"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real patients and phantoms; tests that need it skip without it, and in CI must run."""
    folder = Path(os.environ.get("VIVOMAP_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"in CI the data must be there: {folder}")
        pytest.skip(f"no data at {folder}: set VIVOMAP_DATA to the folder that holds them")
    return folder


@dataclass(frozen=True)
class Answer:
    """What a command gave: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Calls `vivomap WORDS…` in an empty folder, without this user's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("VIVOMAP_PROJECT", "VIVOMAP_VISIT_WINDOW", "VIVOMAP_BY"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> Answer:
        behave(Manner())
        with pytest.raises(SystemExit) as left:
            main([str(w) for w in words])
        said = capsys.readouterr()
        return Answer(int(left.value.code or 0), said.out, said.err)

    return call


@dataclass(frozen=True)
class Small:
    """A digital patient small enough to be assessed in a tenth of a second, and what is true of it.

    `balls` are the solids of the lesions at each visit, in mm LPS; visits lie in `folders`, oldest first.
    """

    folder: Path
    folders: tuple[str, ...]
    days: tuple[str, ...]
    grid: series.Grid
    balls: tuple[dict[str, Solid], ...]
    id: str = "VM-SMALL"

    def visit(self, k: int) -> Path:
        return self.folder / self.folders[k]


SMALL = series.Grid((-31.2, -28.0, -36.0), (3.0, 1.6, 1.6), (24, 36, 40))
LUNG, NODE = "lesion_1 lung", "lesion_2 node"
GROWTH = (
    {LUNG: Solid((-6.0, -4.0, 3.0), (15.0, 12.0, 13.0), 30), NODE: Solid((18.0, 12.0, -20.0), (9.0, 8.5, 9.0))},
    {LUNG: Solid((-5.0, -3.0, 2.0), (7.0, 6.0, 7.0), 30), NODE: Solid((18.5, 12.0, -20.0), (9.0, 8.5, 9.0))},
)
PERSON = series.Person("VM-SMALL", "Demo^Small", "F", date(1980, 1, 1), 1.7)
SCANNER = series.Scanner("MAKER WORKS", "MODEL 64", "S1", "V1")


def session(words: str, day: date) -> series.Session:
    start = datetime(day.year, day.month, day.day, 9, 0)
    return series.Session(("small", words), PERSON, SCANNER, start, 70.0)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Two CT visits with a lung lesion that shrinks and a node that stays, a drug between them; folders unordered."""
    folder = tmp_path_factory.mktemp("patient")
    days, folders = (date(2024, 1, 8), date(2024, 3, 4)), ("scan_b", "scan_a")
    for day, name, balls in zip(days, folders, GROWTH, strict=True):
        hu = np.full(SMALL.shape, -850.0)
        for ball in balls.values():
            fill(hu, SMALL.axes, ball, 40.0)
        hu += np.random.default_rng(day.month).normal(0, 8, SMALL.shape)
        visit = session(str(day), day)
        images = series.ct(folder / name / "ct", visit, SMALL, series.Series("ct", 1, "CT small"), hu)
        drawn = [outlines.Drawn(k, k.split()[1], series.uid("small", k), (v,)) for k, v in balls.items()]
        outlines.write("rtstruct", folder / name / "outlines", visit, images, drawn)
    line = f"{PERSON.id},carboplatin,500,mg/m2,2024-01-15,2024-02-26,letter"
    (folder / "treatments.csv").write_text(f"patient,what,dose,unit,start,end,source\n{line}\n", "utf-8")
    return Small(folder, folders, tuple(map(str, days)), SMALL, GROWTH)


@pytest.fixture(scope="session")
def small_pet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One PET of the small patient: a lung lesion of SUV 8, drawn."""
    folder = tmp_path_factory.mktemp("pet")
    visit = session("pet", date(2024, 1, 8))
    suv = np.full(SMALL.shape, 0.5)
    fill(suv, SMALL.axes, GROWTH[0][LUNG], 8.0)
    left = 3e8 * 2 ** (-series.SETTLED * 60 / series.FLUORINE_18_HALF_LIFE)
    about = series.Series("pt", 2, "PET small", (("injected_bq", 3e8),))
    images = series.pt(folder / "pet", visit, SMALL, about, suv * left / 70e3)
    drawn = [outlines.Drawn(LUNG, "lung", series.uid("small", LUNG), (GROWTH[0][LUNG],))]
    outlines.write("rtstruct", folder / "outlines", visit, images, drawn)
    return folder


@pytest.fixture(scope="session")
def small_dwi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One diffusion MR of the small patient: three b-values, ADC 1.2e-3 mm2/s."""
    folder = tmp_path_factory.mktemp("dwi")
    b_values = (50.0, 400.0, 800.0)
    signal = np.stack([np.full(SMALL.shape, 1000 * np.exp(-b * 1.2e-3)) for b in b_values])
    about = series.Series("dwi", 3, "DWI small", (("b_values", b_values),))
    series.mr(folder / "dwi", session("dwi", date(2024, 1, 8)), SMALL, about, signal)
    return folder


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its bytes."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture
def untouched() -> Callable[[Path], Callable[[], bool]]:
    """Remembers a folder's bytes; what it gives says whether they are still the same."""

    def remember(folder: Path) -> Callable[[], bool]:
        before = content(folder)
        return lambda: bool(before) and content(folder) == before

    return remember
