"""The process that reads: a file that ends it or holds it up is refused, and the next one is read."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.harvest.child import Reader
from vivomap.acquire.harvest.read import sheet

pytestmark = pytest.mark.slow  # each starts a process that loads the libraries


def test_a_process_gives_what_the_function_gives(made: Any, tmp_path: Path) -> None:
    path = made.saved(made.report(), tmp_path / "a.dcm")
    reader = Reader()
    try:
        assert reader.read(path) == sheet(path)
    finally:
        reader.close()


def test_a_reader_that_dies_is_replaced(made: Any, tmp_path: Path) -> None:
    path = made.saved(made.report(), tmp_path / "a.dcm")
    reader = Reader()
    try:
        reader.read(path)
        os.kill(reader.worker.process[0].pid, signal.SIGKILL)
        reader.worker.process[0].wait()
        failed = reader.read(path)
        assert failed.refused
        assert failed.refused[0] == "reader_failed"
        assert reader.read(path).numbers
    finally:
        reader.close()


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(made: Any, tmp_path: Path) -> None:
    path = made.saved(made.report(), tmp_path / "a.dcm")
    os.mkfifo(tmp_path / "never.dcm")  # opening it waits for a writer who never comes
    reader = Reader()
    try:
        failed = reader.read(tmp_path / "never.dcm", seconds=2.0)
        assert failed.refused
        assert failed.refused[0] == "reader_failed"
        assert len(reader.read(path).numbers) == 2
    finally:
        reader.close()
