"""One NIfTI or NRRD file as numbers in patient space, and what is doubtful about its place.

NIfTI speaks (x, y, z) and RAS, and may hold two places (sform, qform); NRRD is read as LPS. Where a NIfTI gives both
places the sform is taken, as most programs do, and a difference is flagged.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import SimpleITK as sitk
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError, ImageDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from vivomap.acquire.affines import from_nifti
from vivomap.core import Affine, Flag, Refusal, affine_of

Array = NDArray[Any]
BROKEN = (
    *(ImageFileError, HeaderDataError, ImageDataError, WrapStructError),
    *(OSError, EOFError, ValueError, RuntimeError, zlib.error),
)
LARGEST = 4 * 2**30  # voxels' bytes; project: beyond this a header is wrong or the machine too small
HEADER = 1024  # bytes in which a header lies
SPARE = 16 * 2**20  # bytes of extensions and of padding that may follow; project
APART = 0.1  # voxel; project: two places that differ by less are one
LENGTHS = {"unknown": 1.0, "mm": 1.0, "meter": 1000.0, "micron": 0.001}  # to mm
NIFTI2 = (540, 0x1C020000)  # length of its header, in either byte order
SKEW = 1e-3  # cosine; project: steps that are less than 0.06 degrees from square are square


@dataclass(frozen=True, eq=False)
class Volume:
    """An array (z, y, x) or (frame, z, y, x) with its place; `placed` is whether the file says where it lies."""

    array: Array
    affine: Affine
    placed: bool
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()


def load(path: Path) -> Volume:
    """Read one file. Raises Refusal if it cannot be read, or holds colours, vectors or complex numbers."""
    try:
        volume = _nrrd(path) if path.suffix.lower() in (".nrrd", ".nhdr") else _nifti(path)
    except BROKEN as broken:
        raise Refusal("unreadable_file", "the volume cannot be read: damaged, cut short, or another format") from broken
    flags, refusals = _doubts(volume)
    return Volume(volume.array, volume.affine, volume.placed, volume.flags + flags, volume.refusals + refusals)


def _nifti(path: Path) -> Volume:
    content = _content(path)
    image = _kind(content).from_bytes(content)
    header, dtype = image.header, image.get_data_dtype()
    shape = _shape(image.shape)
    if dtype.fields or dtype.kind == "c":
        raise Refusal("not_scalar", "the voxels hold colours or complex numbers, not one value each", found=str(dtype))
    if int(np.prod(shape)) * dtype.itemsize > LARGEST:
        raise Refusal("too_large", "the volume is larger than this program reads", found=f"{shape} of {dtype}")
    array = np.asanyarray(image.dataobj).reshape(shape, order="F")
    array = np.ascontiguousarray(array.transpose(range(array.ndim)[::-1]))
    unit = header.get_xyzt_units()[0]
    if unit not in LENGTHS:
        raise Refusal("unreadable_file", "the length unit of the header is none that NIfTI knows")
    scale = np.diag([LENGTHS[unit]] * 3 + [1.0])
    placed = bool(header["sform_code"]) or bool(header["qform_code"])
    flags, refusals = _two_places(image, scale, shape)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return Volume(native, from_nifti(scale @ image.affine), placed, flags, refusals)


def _content(path: Path) -> bytes:
    """The bytes of a file, unpacked to the end, so that the checksum of a packed one is looked at.

    Its header says how many there can be: one that goes on beyond that is not unpacked further.
    """
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        head = stream.read(HEADER)
        most = _promised(head) + SPARE
        if most > LARGEST:
            raise Refusal("too_large", "the volume is larger than this program reads", found=f"{most} bytes")
        content = head + stream.read(max(0, most - len(head)) + 1)
    if len(content) > most:
        raise Refusal("unreadable_file", "the file holds far more than its header says", expected=f"{most} bytes")
    return content


def _kind(head: bytes) -> type[nib.Nifti1Image]:
    return nib.Nifti2Image if int.from_bytes(head[:4], "little") in NIFTI2 else nib.Nifti1Image


def _promised(head: bytes) -> int:
    """The bytes that a header promises, itself counted."""
    kind: Any = _kind(head).header_class
    header = kind(head[: kind.template_dtype.itemsize])
    voxels = math.prod(max(1, int(n)) for n in header.get_data_shape())
    return int(header["vox_offset"]) + voxels * int(header.get_data_dtype().itemsize)


def _shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Three or four dimensions: one slice counts as a volume of one. Raises Refusal if there are more."""
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 4 or not all(shape):
        raise Refusal("not_scalar", "the file holds vectors or nothing, not a volume or a series", found=str(shape))
    return shape + (1,) * (3 - len(shape))


def _two_places(
    image: nib.Nifti1Image, scale: Array, shape: tuple[int, ...]
) -> tuple[tuple[Flag, ...], tuple[Flag, ...]]:
    """What follows if sform and qform both speak, and differ."""
    (first, _), (second, _) = image.get_sform(coded=True), image.get_qform(coded=True)
    if first is None or second is None:
        return (), ()
    corners = np.array([[x, y, z, 1] for x in (0, shape[0] - 1) for y in (0, shape[1] - 1) for z in (0, shape[2] - 1)])
    apart = float(np.abs(scale @ (first - second) @ corners.T).max())
    smallest = float(np.linalg.norm((scale @ first)[:3, :3], axis=0).min())
    if apart <= APART * smallest:
        return (), ()
    flags = (Flag("forms_disagree", f"sform and qform lie up to {apart:.2f} mm apart; the sform was taken"),)
    volumes = [abs(float(np.linalg.det(form[:3, :3]))) for form in (first, second)]
    if abs(volumes[0] - volumes[1]) <= 0.01 * max(volumes):  # one per cent of a voxel's volume; project
        return flags, ()
    return flags, (Flag("spacing_not_trusted", "sform and qform give voxels of different size", "mm"),)


def _nrrd(path: Path) -> Volume:
    _within(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    size, parts = reader.GetSize(), reader.GetNumberOfComponents()
    if int(np.prod(size, dtype=np.int64)) * parts * 8 > LARGEST:
        raise Refusal("too_large", "the volume is larger than this program reads", found=str(size))
    if len(size) not in (2, 3, 4) or "complex" in sitk.GetPixelIDValueAsString(reader.GetPixelID()):
        raise Refusal("not_scalar", "the file holds no volume of single values", found=str(size))
    image = reader.Execute()
    array = sitk.GetArrayFromImage(image)
    if parts > 1:  # a list of values in each voxel is a series of volumes
        array = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    dimensions = len(size)
    steps = np.array(image.GetDirection()).reshape(dimensions, dimensions) * np.array(image.GetSpacing())
    rows = np.eye(4)
    used = min(dimensions, 3)
    rows[:used, :used], rows[:used, 3] = steps[:used, :used], image.GetOrigin()[:used]
    space = image.GetMetaData("NRRD_space") if image.HasMetaDataKey("NRRD_space") else ""
    placed = "left" in space or "right" in space  # the others, such as scanner-xyz, say nothing of the patient
    array = array.reshape((1,) * (3 - array.ndim) + array.shape) if array.ndim < 3 else array
    return Volume(array, affine_of(rows[:, [2, 1, 0, 3]]), placed)


def _within(path: Path) -> None:
    """Raise Refusal if a head names voxels that lie outside of its own folder."""
    with path.open("rb") as file:
        head = file.read(HEADER * 16).partition(b"\n\n")[0].decode("latin-1")
    for line in head.splitlines():
        field, _, value = line.partition(":")
        if re.sub(r"[\s_]", "", field.lower()) == "datafile":
            parts = value.strip().replace("\\", "/").split("/")
            if len(parts) > 1 or parts == [".."] or parts[0].upper().startswith("LIST"):
                raise Refusal("unreadable_file", "the voxels do not lie in one file beside their head", found=value)


def _doubts(volume: Volume) -> tuple[tuple[Flag, ...], tuple[Flag, ...]]:
    """Flags and refusals that follow from the values and the place alone."""
    flags, refusals = [], []
    steps = np.asarray(volume.affine)[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    if not np.isfinite(np.asarray(volume.affine)).all() or lengths.min() <= 0:
        raise Refusal("unreadable_file", "the header gives voxels without size")
    cosines = (steps / lengths).T @ (steps / lengths) - np.eye(3)
    if np.abs(cosines).max() > SKEW:
        refusals.append(Flag("tilted_slices", "the steps of the grid are not square to each other", "volume"))
    if volume.array.shape[-3] < 3:
        refusals.append(Flag("too_few_slices", f"{volume.array.shape[-3]} slices make no volume", "volume"))
    if not volume.placed:
        flags.append(Flag("place_unknown", "the header does not say where in the patient the volume lies"))
    bad = int(np.count_nonzero(~np.isfinite(volume.array))) if volume.array.dtype.kind == "f" else 0
    if bad:
        reason = f"{bad} voxels hold no number, so that a mean over a region would be none"
        refusals.append(Flag("nan_voxels", reason, "region"))
    return tuple(flags), tuple(refusals)
