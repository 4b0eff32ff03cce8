"""How long the first call waits for compilers: every number on its phantom, with an empty cache and a full one.

Owed: all kernels together under 10 s of compilation, kept on disk afterwards (issue: prove the number).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

OWED = 10.0  # s, all kernels together
INSIDE = """
from numba.core import event
with event.install_recorder("numba:compile") as record:
    from vivomap.quantify import cards
    from vivomap.verify.trial import Trial, attempt
    truths = {}
    for card in cards().values():
        truths.setdefault(card.truth, []).append(card.name)
    for truth, names in truths.items():
        attempt(Trial(truth, tuple(names)))
depth, begun, total, count = 0, 0.0, 0.0, 0
for stamp, each in record.buffer:
    depth += 1 if each.is_start else -1
    if each.is_start and depth == 1:
        begun = stamp
    elif depth == 0:
        total, count = total + stamp - begun, count + 1
print(total, count)
"""


def compiled(cache: str) -> tuple[float, int]:
    """Seconds of compilation and how many kernels were compiled in a new process."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, "-c", INSIDE], env=environment, check=True, capture_output=True, text=True)
    seconds, count = done.stdout.split()
    return float(seconds), int(count)


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        for name in ("empty", "full"):
            seconds, count = compiled(cache)
            print(f"{name} cache: {count} compilations, {seconds:.1f} s (owed: below {OWED:g} s)")


if __name__ == "__main__":
    main()
