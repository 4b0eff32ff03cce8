"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real patients and phantoms; tests that need it skip without it, and in CI must run."""
    folder = Path(os.environ.get("VIVOMAP_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"in CI the data must be there: {folder}")
        pytest.skip(f"no data at {folder}: set VIVOMAP_DATA to the folder that holds them")
    return folder
