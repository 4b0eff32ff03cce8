"""Burned-in text: the second look, by the program tesseract where it is installed.

Words of the vocabulary, such as LIVER or LEFT, may stand in an image; any other word, and any long number, is one that
a person must look at. What was read is counted, never told.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.deidentify.text import known
from vivomap.core import Refusal

SURE = 60.0  # project: of 100, below which tesseract sees letters in speckle
SHORTEST = 4  # project: letters of a word that is looked at
SECONDS_MOST = 60
SMALL = 600  # project: rows below which a frame is doubled, since letters of 8 to 12 pixels are read badly


def program() -> str:
    """Where tesseract is; "" where it is not installed."""
    return shutil.which("tesseract") or ""


def unknown_words(frames: Sequence[NDArray[Any]], own: frozenset[str] = frozenset()) -> int:
    """How many words that are not in the vocabulary are read in frames (y, x) of 8 bit."""
    seen = {w for f in frames for w in _words(f)}
    return sum(1 for word in seen if not known(word, own))


def _words(frame: NDArray[Any]) -> set[str]:
    picture = np.kron(frame, np.ones((2, 2), np.uint8)) if len(frame) < SMALL else frame
    rows, columns = picture.shape
    data = b"P5\n%d %d\n255\n" % (columns, rows) + picture.tobytes()
    command = [program(), "stdin", "stdout", "--psm", "11", "tsv"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS_MOST, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise Refusal("text_in_pixels", "the pixels could not be read for text", found=type(error).__name__) from None
    return {
        word for line in done.stdout.decode("utf-8", "replace").splitlines()[1:] if (word := _sure(line.split("\t")))
    }


def _sure(cells: Sequence[str]) -> str:
    """The word of one line of the table, if it is long enough and surely read."""
    if len(cells) < 12 or float(cells[10] or -1) < SURE:
        return ""
    word = re.sub(r"[^\w]", "", cells[11])
    return word if len(word) >= SHORTEST else ""
