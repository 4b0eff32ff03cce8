"""Run one target under coverage guidance: `python -m tests.fuzz.drive NAME CORPUS [libFuzzer options]`.

What any target raises is a find: libFuzzer writes its bytes down and ends.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

INSIDE = [  # where coverage is seen
    *(f"vivomap.acquire.{room}" for room in ("dicom", "suv", "harvest", "receive.judge", "element", "moments")),
    *(f"pydicom.{part}" for part in ("filereader", "fileutil", "values", "dataset", "sequence", "charset")),
]


def main() -> None:
    name, corpus, *options = sys.argv[1:]
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=INSIDE):
        from .mutate import mutated
        from .targets import TARGETS
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        (Path(corpus) / f"seed{number}").write_bytes(seed)

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        return mutated(data, most, seed, atheris.Mutate)

    atheris.Setup([sys.argv[0], *options, corpus], target.one, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
