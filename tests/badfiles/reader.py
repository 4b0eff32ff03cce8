"""The door in a process of its own with limits, so that a file that would end or fill it ends this one alone.

Run as a program it answers each JSON line {"folder"} with a JSON line of what `read` made of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire import read
from vivomap.core import Refusal, Studies

MEMORY_MOST = 6 << 30  # bytes of address space, of which the libraries take two
SECONDS_MOST = 60.0
ROOT = Path(__file__).parents[2]


def digest(array: NDArray[Any]) -> str:
    """Of the values, in whatever kind of number they are held."""
    values = np.ascontiguousarray(np.round(array.astype(np.float64), 3) + 0.0)
    return hashlib.sha256(str(values.shape).encode() + values.tobytes()).hexdigest()


def described(found: Studies) -> dict[str, Any]:
    """What was read, as words that can be compared."""
    images = [
        {
            "role": i.role,
            "unit": i.unit,
            "shape": list(i.voxels.array.shape),
            "digest": digest(i.voxels.array),
            "mean": float(np.mean(i.voxels.array, dtype=float)),
            "affine": np.round(np.asarray(i.affine, float), 4).tolist(),
            "day": str(s.day),
            "patient": s.patient,
            "denied": [[f.code, f.denies] for f in i.refusals],
            "flags": [f.code for f in i.flags],
        }
        for s in found
        for i in s.images
    ]
    held = [[h.path, h.code] for h in (*found.held, *(h for s in found for h in s.held))]
    regions = [[r.name, r.mask.digest, int(r.mask.array.sum())] for s in found for r in s.regions]
    flags = sorted({f.code for s in found for f in s.flags})
    return {"images": images, "held": held, "regions": regions, "flags": flags, "patients": [s.patient for s in found]}


@dataclass(frozen=True, eq=False)
class Reader:
    """The process that reads; a new one takes the place of one that died."""

    process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def read(self, folder: Path) -> dict[str, Any]:
        """What `read` made of a folder: {"images", "held", …}, {"refused": code}, or {"died": how}."""
        if not self.process:
            pipe = subprocess.PIPE
            words = [sys.executable, "-m", "tests.badfiles.reader"]
            self.process.append(subprocess.Popen(words, stdin=pipe, stdout=pipe, cwd=ROOT))
        one = self.process[0]
        clock = threading.Timer(SECONDS_MOST, one.kill)
        clock.start()
        assert one.stdin
        assert one.stdout
        try:
            one.stdin.write(json.dumps({"folder": str(folder)}).encode() + b"\n")
            one.stdin.flush()
            line = one.stdout.readline()
        finally:
            clock.cancel()
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        return {"died": "the process ended"}

    def close(self) -> None:
        while self.process:
            one = self.process.pop()
            one.kill()
            one.communicate()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, resource.RLIM_INFINITY))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        try:
            answer = described(read(json.loads(line)["folder"]))
        except Refusal as refusal:
            answer = {"refused": refusal.code}
        except Exception as error:
            answer = {"died": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
