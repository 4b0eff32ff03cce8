"""The arrays of a project, each kept once under its content hash, so that a number can be followed to its voxels.

`ab/abcdef…` is the gzip of an .npy file (no pickled objects); its name is the SHA-256 over type, shape and bytes,
and is checked each time it is read.
"""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Literal

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array, digest
from vivomap.store.disk import place
from vivomap.store.records import DIGEST

LEVEL = 1  # of gzip; project: on noisy CT, level 6 took eight times as long and saved a sixth


def keep(folder: Path, array: Array) -> str:
    """Put an array into the vault and give its digest; the same content twice is one file.

    Raises Refusal `disk_full`, `cannot_write`, or `not_a_number` for Python objects or a single number.
    """
    plain = np.asarray(array, order="C")
    if plain.dtype.hasobject or plain.ndim == 0:
        found = f"{plain.dtype}, {plain.ndim} dimensions"
        raise Refusal(
            "not_a_number", "this is no array that can be kept", found=found, expected="numbers along an axis"
        )
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    name = digest(plain)
    if not holds(folder, name):
        place(_place_of(folder, name), lambda out: _write(out, plain))
    return name


def holds(folder: Path, name: str) -> bool:
    """Whether an array of this digest is in the vault."""
    return _place_of(folder, name).is_file()


def fetch(folder: Path, name: str) -> Array:
    """The array of a digest, checked. Raises Refusal `voxels_absent` or `vault_corrupt`."""
    path = _place_of(folder, name)
    try:
        content = gzip.decompress(path.read_bytes())  # its checksum is proved before anything is made of it
        array = _read(content)
    except FileNotFoundError as error:
        raise Refusal("voxels_absent", f"the voxels {name[:12]} are not in the vault", where=str(path)) from error
    except (OSError, EOFError, zlib.error, ValueError, TypeError, SyntaxError, OverflowError, TokenError) as error:
        raise _corrupt(path, name, type(error).__name__) from error
    found = digest(array)
    if found != name:
        raise _corrupt(path, name, found)
    return array


def _read(content: bytes) -> Array:
    """The array of an .npy file, read-only, on the bytes themselves. Raises ValueError."""
    plain = io.BytesIO(content)
    version = np.lib.format.read_magic(plain)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, columns_first, kind = header(plain)
    if kind.hasobject or len(content) - plain.tell() != int(np.prod(shape, dtype=object)) * kind.itemsize:
        raise ValueError("objects, or another size than the header says")
    order: Literal["F", "C"] = "F" if columns_first else "C"
    return np.ndarray(shape, kind, buffer=content, offset=plain.tell(), order=order)


def _write(out: IO[bytes], array: Array) -> None:
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=out, mtime=0) as packed:
        np.lib.format.write_array(packed, array, allow_pickle=False)


def _place_of(folder: Path, name: str) -> Path:
    if not DIGEST.fullmatch(name):
        raise Refusal("voxels_absent", "a name that is no digest was asked of the vault", expected="64 hex digits")
    return folder / name[:2] / name


def _corrupt(path: Path, name: str, found: str) -> Refusal:
    return Refusal("vault_corrupt", f"the array {name} is damaged", where=str(path), found=found, expected=name)
