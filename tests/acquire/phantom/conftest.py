"""Digital patients, each written once a session."""

from pathlib import Path

import pytest

from vivomap.acquire import phantom
from vivomap.acquire.phantom import pet_ct_mr, serial_ct, story
from vivomap.acquire.phantom.truth import Truth

Written = tuple[Path, Truth]


@pytest.fixture(scope="session")
def two_visit(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("two") / "patient"
    return folder, phantom.write("two_visit", folder)


@pytest.fixture(scope="session")
def two_visit_seg(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("seg")
    scan = serial_ct.Scan(noise_hu=0, regions="seg", other_scanner=True)
    return folder, serial_ct.write(folder, 3, story.TWO, scan)


@pytest.fixture(scope="session")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("hybrid") / "patient"
    return folder, phantom.write("pet_ct_mr", folder)


@pytest.fixture(scope="session")
def hybrid_quiet(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("quiet")
    return folder, pet_ct_mr.write(folder, 0, pet_ct_mr.Scan(0.0, 0.0, 0.0, "seg"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good CT series of 12 small slices with one outline, quick to spoil."""
    return _small(tmp_path_factory.mktemp("small"), "CT")


@pytest.fixture(scope="session")
def small_pet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _small(tmp_path_factory.mktemp("small pet"), "PT")


def _small(folder: Path, modality: str) -> Path:
    from datetime import date, datetime

    import numpy as np

    from vivomap.acquire.phantom import outlines, series
    from vivomap.acquire.phantom.solids import Solid

    grid = series.Grid((-20.0, -18.0, 4.0), (3.0, 2.0, 2.0), (12, 16, 20))
    person = series.Person("VM-SMALL", "Demo^Small", "F", date(1980, 1, 1), 1.7)
    scanner = series.Scanner("MAKER", "MODEL", "S1", "V1")
    session = series.Session(("small", modality), person, scanner, datetime(2024, 3, 4, 9, 0), 70.0)
    values = np.arange(12 * 16 * 20).reshape(grid.shape) / 4
    about = series.Series("one", 1, "small", (("injected_bq", 3e8),))
    write = {"CT": series.ct, "PT": series.pt}[modality]
    images = write(folder / "images", session, grid, about, values)
    ball = Solid((0.0, 0.0, 20.0), (9.0, 7.0, 8.0))
    drawn = [outlines.Drawn("lesion_1 lung", "lung", series.uid("small", "lesion_1"), (ball,))]
    outlines.write("rtstruct", folder / "outlines", session, images, drawn)
    return folder
