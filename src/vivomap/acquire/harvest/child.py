"""Files of strangers read in a process of its own, with limits on memory and time and no right to write (rule R8).

Run as a program, with the file of patterns as its argument, it answers each line {"path"} with a line of JSON: a sheet.
`Reader` is the other end; a file that ends or stops the process is refused, and the next one is read by a new process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from vivomap.acquire.harvest.found import Sheet
from vivomap.acquire.harvest.pattern import patterns
from vivomap.acquire.harvest.read import sheet, spelled
from vivomap.acquire.harvest.wire import back, plain

try:
    import resource
except ImportError:  # not there on Windows
    resource = None  # type: ignore[assignment]

SECONDS_MOST = 120.0  # project: a whole-body segmentation of 100 segments took under 30 s
MEMORY_MOST = 6 << 30  # bytes of address space


@dataclass(frozen=True, eq=False)
class Reader:
    """The process that reads; a new one takes the place of one that died."""

    patterns: Path | None = None
    worker: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def read(self, path: Path, seconds: float = SECONDS_MOST) -> Sheet:
        """What one file holds; one that crashes its reader, or takes too long, is refused."""
        answer = self._ask(json.dumps({"path": str(path)}).encode() + b"\n", seconds)
        if answer is None:
            self.close()
            return Sheet(spelled(path), refused=("reader_failed", "reading the object crashed, or took too long"))
        return back(json.loads(answer))

    def _ask(self, line: bytes, seconds: float) -> bytes | None:
        if not self.worker:
            words = [str(self.patterns.resolve())] if self.patterns else []
            command = [sys.executable, "-P", "-W", "ignore", str(Path(__file__)), *words]
            said = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self.worker.append(subprocess.Popen(command, **said))  # type: ignore[call-overload]
        worker = self.worker[0]
        clock = threading.Timer(seconds, worker.kill)
        clock.start()
        try:
            worker.stdin.write(line)  # type: ignore[union-attr]
            worker.stdin.flush()  # type: ignore[union-attr]
            answer: bytes = worker.stdout.readline()  # type: ignore[union-attr]
        except BrokenPipeError:
            return None
        finally:
            clock.cancel()
        return answer if answer.endswith(b"\n") else None

    def close(self) -> None:
        """End the process."""
        while self.worker:
            worker = self.worker.pop()
            worker.kill()
            worker.communicate()


def main() -> None:
    """Answer every line of the input; print nothing else."""
    out = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    warnings.simplefilter("ignore")
    declared = patterns(Path(sys.argv[1])) if len(sys.argv) > 1 else ()
    for line in sys.stdin.buffer:
        _be_brief()
        found = sheet(Path(json.loads(line)["path"]), declared)
        out.write(json.dumps(plain(found)).encode() + b"\n")
        out.flush()


def _be_brief() -> None:
    """Let the next file take no more processor time than its share, also where nobody is left to end the process."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + 2 * SECONDS_MOST), hard))


if __name__ == "__main__":
    main()
