"""Decode compressed or unusual pixels in a process of its own: what a broken stream does there stays there.

Run as a program it reads one JSON line per file from its input, {"path": …, "most": bytes}, and answers each with a
JSON line, {"dtype", "shape", "grey"} or {"refused", "reason"}, and the pixels as (frame, y, x). What a decoder writes
to the terminal is lost. `decoded` is the other end.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut

try:
    import resource
except ImportError:  # not there on Windows
    resource = None  # type: ignore[assignment]

Array = NDArray[Any]
Answer = Array | tuple[str, str]  # pixels, or code and reason
WORKERS = 2
SECONDS_MOST = 120  # project: longer than any real file took
MEMORY_MOST = 8 << 30  # bytes of address space that a decoder may take
DECODED_MOST = 4 << 30  # bytes that one file may decode to
ALONE = frozenset((0xFF01, *range(0xFFD0, 0xFFD9)))  # JPEG markers that no length follows
START_OF_FRAME = frozenset((*range(0xFFC0, 0xFFD0), 0xFFF7)) - {0xFFC4, 0xFFC8, 0xFFCC}
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: brightness of red, green and blue


def decoded(paths: Iterable[Path], done: Callable[[], None] = lambda: None) -> Mapping[Path, Answer]:
    """The stored pixels (frame, y, x) of each file, colour as brightness; or code and reason where it has none."""

    def one(path: Path) -> tuple[Path, Answer]:
        answer = _ask(path)
        done()
        return path, answer

    paths = list(paths)
    if not paths:
        return {}
    with ThreadPoolExecutor(min(WORKERS, len(paths))) as pool:
        return dict(pool.map(one, paths))


@cache
def _idle(process: int) -> SimpleQueue[subprocess.Popen[bytes]]:
    """The workers of this process that wait for a file; they end with it."""
    workers: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    atexit.register(_dismiss, workers)
    return workers


def _dismiss(workers: SimpleQueue[subprocess.Popen[bytes]]) -> None:
    with contextlib.suppress(Empty):
        while True:
            _end(workers.get_nowait())


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.communicate()


def _ask(path: Path) -> Answer:
    idle = _idle(os.getpid())
    try:
        worker = idle.get_nowait()
    except Empty:
        command = [sys.executable, "-P", "-W", "ignore", str(Path(__file__))]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    clock = threading.Timer(SECONDS_MOST, worker.kill)
    clock.start()
    try:
        answer = _exchange(worker, path)
    finally:
        clock.cancel()
    if answer is None:
        _end(worker)
        return "decoder_failed", "the decoder crashed, or took too long"
    idle.put(worker)
    return answer


def _exchange(worker: subprocess.Popen[bytes], path: Path) -> Answer | None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(json.dumps({"path": str(path), "most": DECODED_MOST}).encode() + b"\n")
        worker.stdin.flush()
    except BrokenPipeError:
        return None
    line = worker.stdout.readline()
    if not line.endswith(b"\n"):
        return None
    said = json.loads(line)
    if "refused" in said:
        return said["refused"], said["reason"]
    array = np.empty(said["shape"], said["dtype"])
    view = array.reshape(-1).view(np.uint8).data
    at = 0
    while at < len(view):
        count = worker.stdout.readinto(view[at:])  # type: ignore[attr-defined]
        if not count:
            return None
        at += count
    return array


def stored(path: Path, most: int) -> Array:
    """The stored pixels of one file as (frame, y, x); colour becomes brightness. Raises what pydicom raises."""
    ds = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        implicit, little = ds.original_encoding
        plain = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
        ds.file_meta.TransferSyntaxUID = plain if little else pydicom.uid.ExplicitVRBigEndian
    frames = int(ds.get("NumberOfFrames") or 1)
    samples = int(ds.get("SamplesPerPixel", 1))
    size = frames * int(ds.Rows) * int(ds.Columns) * samples * max(1, int(ds.BitsAllocated) // 8)
    if size > most:
        raise ValueError(f"the pixels would take {size} bytes, more than {most}")
    if ds.file_meta.TransferSyntaxUID.is_encapsulated:
        _same_size(ds, frames)
    array: Array = ds.pixel_array
    if ds.get("PhotometricInterpretation") == "PALETTE COLOR":
        array, samples = apply_color_lut(array, ds), 3
    shape = (frames, int(ds.Rows), int(ds.Columns))
    if samples > 1:
        return np.stack([_grey(frame) for frame in array.reshape(*shape, -1)])
    return np.ascontiguousarray(array.reshape(shape))


def _same_size(ds: pydicom.Dataset, frames: int) -> None:
    """Raise ValueError if a codestream says another size than the header: it is asked before anything is allocated."""
    for code in generate_frames(ds.PixelData, number_of_frames=frames):
        said = said_size(code)
        if said is not None and said != (int(ds.Rows), int(ds.Columns)):
            raise ValueError(f"the codestream is of {said[0]} x {said[1]}")


def said_size(code: bytes) -> tuple[int, int] | None:
    """Rows and columns of a JPEG, JPEG-LS or JPEG 2000 codestream; None where it does not say them first."""
    start = code.find(b"\xff\x4f\xff\x51", 0, 256)  # SOC and SIZ, perhaps within a box
    if start >= 0 and len(code) >= start + 24:
        across, down, left, top = struct.unpack_from(">4I", code, start + 8)
        return down - top, across - left
    at = 2
    while code[:2] == b"\xff\xd8" and len(code) >= at + 9:
        mark, length = struct.unpack_from(">HH", code, at)
        if mark in START_OF_FRAME:
            rows, columns = struct.unpack_from(">HH", code, at + 5)
            return (rows, columns) if rows and columns else None
        at += 2 + (0 if mark in ALONE else length)
    return None


def _grey(array: Array) -> Array:
    deep = array >> 8 if array.dtype.itemsize > 1 else array
    red, green, blue = (np.float32(weight) * deep[..., k] for k, weight in enumerate(LUMA))
    grey: Array = np.round(red + green + blue).astype(np.uint8)
    return grey


def main() -> None:
    """Answer every line of the input; print nothing else."""
    out = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            array = stored(Path(asked["path"]), asked["most"])
        except Exception as error:
            reason = f"the pixels cannot be decoded ({type(error).__name__})"
            out.write(json.dumps({"refused": "undecodable_pixels", "reason": reason}).encode() + b"\n")
        else:
            out.write(json.dumps({"dtype": array.dtype.str, "shape": array.shape}).encode() + b"\n")
            out.write(array.reshape(-1).view(np.uint8).data)
        out.flush()


if __name__ == "__main__":
    main()
