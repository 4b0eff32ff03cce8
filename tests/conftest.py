"""What every test may ask for."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests that are too long for CI")


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
