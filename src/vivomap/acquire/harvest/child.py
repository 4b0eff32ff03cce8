"""Files of strangers read in a process of its own, with limits on memory and time and no right to write (rule R8).

Run as a program, with the file of patterns as its argument, it answers each line {"path"} with a line of JSON: a sheet.
`Reader` is the other end; a file that ends or stops the process is refused, and the next one is read by a new process.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from vivomap.acquire.confined import Worker, be_brief, confined, program
from vivomap.acquire.harvest.found import Sheet
from vivomap.acquire.harvest.pattern import patterns
from vivomap.acquire.harvest.read import sheet, spelled
from vivomap.acquire.harvest.wire import back, plain

SECONDS_MOST = 120.0  # project: a whole-body segmentation of 100 segments took under 30 s
MEMORY_MOST = 6 << 30  # bytes of address space


@dataclass(frozen=True, eq=False)
class Reader:
    """The process that reads; a new one takes the place of one that died."""

    patterns: Path | None = None
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        words = [str(self.patterns.resolve())] if self.patterns else []
        object.__setattr__(self, "worker", Worker(program(__file__, *words)))

    def read(self, path: Path, seconds: float = SECONDS_MOST) -> Sheet:
        """What one file holds; one that crashes its reader, or takes too long, is refused."""
        answer = self.worker.ask(json.dumps({"path": str(path)}).encode() + b"\n", seconds)
        if answer is None:
            return Sheet(spelled(path), refused=("reader_failed", "reading the object crashed, or took too long"))
        return back(json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self.worker.close()


def main() -> None:
    """Answer every line of the input; print nothing else."""
    out = confined(MEMORY_MOST)
    declared = patterns(Path(sys.argv[1])) if len(sys.argv) > 1 else ()
    for line in sys.stdin.buffer:
        be_brief(2 * SECONDS_MOST)
        found = sheet(Path(json.loads(line)["path"]), declared)
        out.write(json.dumps(plain(found)).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
