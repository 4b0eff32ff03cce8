"""A process of its own: it answers, it is replaced where it dies or dawdles, and it can do nothing else."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.confined import Worker, program

PLAIN: dict[str, Any] = {"capture_output": True, "text": True, "check": True}
ECHO = "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()\n"


def worker(code: str) -> Worker:
    return Worker([sys.executable, "-P", "-c", code])


def test_one_process_answers_many_lines() -> None:
    one = worker(ECHO)
    assert [one.ask(b"a\n", 30), one.ask(b"b\n", 30)] == [b"a\n", b"b\n"]
    (process,) = one.process
    one.close()
    assert process.returncode is not None
    assert one.process == []


DIES, DAWDLES, BREAKS_OFF = "import os; os._exit(1)", "import time; input(); time.sleep(60)", "input(); print(end='x')"


@pytest.mark.parametrize("code", [DIES, DAWDLES, BREAKS_OFF])
def test_one_that_dies_dawdles_or_breaks_off_gives_nothing_and_is_replaced(code: str) -> None:
    one = worker(code)
    assert one.ask(b"a\n", 2) is None
    assert one.process == []
    assert one.ask(b"a\n", 2) is None


def test_a_module_is_run_without_the_folder_that_it_lies_in() -> None:
    assert program("x.py", "y")[1:] == ["-P", "-W", "ignore", "x.py", "y"]


def said(code: str) -> str:
    """What code says on its answers when it is confined."""
    words = f"from vivomap.acquire.confined import *\nout = confined(1 << 31)\n{code}\nout.flush()"
    return subprocess.run([sys.executable, "-c", words], **PLAIN).stdout


def test_only_answers_come_out() -> None:
    assert said("print('noise'); import os; os.system('echo noise'); out.write(b'answer')") == "answer"


def test_a_confined_process_can_write_no_file(tmp_path: Path) -> None:
    code = f"""
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    open({str(tmp_path / "x")!r}, "wb", buffering=0).write(b"x")
except OSError as error:
    out.write(type(error).__name__.encode())
"""
    assert said(code) == "OSError"
    assert (tmp_path / "x").read_bytes() == b""


def test_a_confined_process_takes_no_more_memory() -> None:
    code = "try:\n    bytearray(3 << 30)\nexcept MemoryError:\n    out.write(b'refused')"
    assert said(code) == "refused"


def test_a_confined_process_reaches_nobody() -> None:
    asks = "from vivomap.acquire.confined import offline; print(offline())"
    if subprocess.run([sys.executable, "-c", asks], **PLAIN).stdout.strip() != "True":
        pytest.skip("leaving the network is not permitted here: run as root with CAP_SYS_ADMIN")
    with socket.create_server(("127.0.0.1", 0)) as door:
        code = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {door.getsockname()[1]}), 2)
    out.write(b"in")
except OSError:
    out.write(b"nobody")
"""
        assert said(code) == "nobody"
