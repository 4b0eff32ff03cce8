"""What was seen: voxels in patient space, and the regions drawn on them.

Arrays run (z, y, x), or (frame, z, y, x); `affine` takes (z, y, x, 1) to millimetres in LPS (left, posterior and
superior are positive), so column 0 is the step from slice to slice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.core.errors import Refusal

Row = tuple[float, float, float, float]
Affine = tuple[Row, Row, Row, Row]
Setting = str | float
Settings = tuple[tuple[str, Setting], ...]
Array = NDArray[Any]
MRS_VOXEL = "mrs_voxel"  # the finding of a region that nobody outlined: the box from which a spectrum was taken
LATER = {"later": True}  # of a field that came when values were on record: written only where it says something


@dataclass(frozen=True, eq=False, repr=False)
class Voxels:
    """An array, read-only, known by its content hash; given at once or fetched when first looked at."""

    _given: Array | None = None
    _known: str = ""
    _fetch: Callable[[str], Array] | None = None

    @classmethod
    def of(cls, array: Array) -> Voxels:
        """Take an array as it is; its hash is computed when first asked for."""
        return cls(_given=array)

    @classmethod
    def known(cls, digest: str, fetch: Callable[[str], Array]) -> Voxels:
        """Name an array by its hash alone; `fetch` brings it when it is looked at."""
        return cls(_known=digest, _fetch=fetch)

    @cached_property
    def array(self) -> Array:
        if self._given is None:
            if self._fetch is None:
                raise Refusal("voxels_absent", f"the voxels {self._known[:12]} are not at hand", expected="a vault")
            view = self._fetch(self._known).view()
        else:
            view = self._given.view()
        view.flags.writeable = False
        return view

    @cached_property
    def digest(self) -> str:
        return self._known or digest(self.array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Voxels) and (self is other or self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        if self._given is None:
            return f"Voxels({self._known[:12]})"
        return f"Voxels({self._given.dtype}, {self._given.shape})"

    def __getstate__(self) -> dict[str, Any]:
        return {"_given": self.array, "_known": self._known, "_fetch": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def digest(array: Array) -> str:
    """SHA-256 over type, shape and bytes in C order, little endian."""
    plain = np.asarray(array, order="C")
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    head = f"{plain.dtype.str}{plain.shape}".encode()
    whole = hashlib.sha256(head)
    if plain.size:
        whole.update(plain.reshape(-1).view(np.uint8).data)
    return whole.hexdigest()


@dataclass(frozen=True)
class Flag:
    """A warning that travels with what it warns of, or a refusal; `denies` names what is refused (see `Image`)."""

    code: str
    reason: str
    denies: str = ""


@dataclass(frozen=True)
class Image:
    """One volume or series of volumes in one role, with unit, place, settings and source.

    `role` is what it is to a biomarker ("ct", "suv", "adc", "dwi", "dce", "cine", "us", "nm", "mr", "mask"); `frames`
    are the times, b-values or phases of the first axis when there are four, in `frame_unit`; `source` the SOP
    Instance UIDs in array order (or file names, where there are none). `settings` hold what the scanner was and did,
    with units in `settings.md` terms: `number` and `text` read them. `refusals` deny: "region" any number of a
    region here, "volume" the three-dimensional ones, or a role that this image could not fill (such as "suv").
    `residual_mm` says how surely a resampled image lies where it was laid (one standard deviation along any direction),
    `residual` (z, y, x) the same for each voxel, where that is known.
    """

    role: str
    voxels: Voxels
    unit: str
    affine: Affine
    frames: tuple[float, ...] = ()
    frame_unit: str = ""
    settings: Settings = ()
    source: tuple[str, ...] = ()
    residual_mm: float = 0.0
    day: date | None = None
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()
    residual: Voxels | None = field(default=None, metadata=LATER)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows, columns: (z, y, x)."""
        z, y, x = self.voxels.array.shape[-3:]
        return int(z), int(y), int(x)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Steps along (z, y, x) in mm."""
        z, y, x = np.linalg.norm(np.asarray(self.affine)[:3, :3], axis=0)
        return float(z), float(y), float(x)

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, mm3."""
        return float(abs(np.linalg.det(np.asarray(self.affine)[:3, :3])))

    def trusted(self, *uses: str) -> None:
        """Nothing, where none of these uses ("region", "volume", "mm") is denied. Raises Refusal with why one is."""
        for flag in self.refusals:
            if flag.denies in uses:
                raise Refusal(flag.code, flag.reason)

    def setting(self, name: str) -> Setting | None:
        """A setting by name, or None where the scanner did not say."""
        return dict(self.settings).get(name)

    def text(self, name: str) -> str:
        """A setting as text; "" where the scanner did not say."""
        value = self.setting(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> float:
        """A setting as a number. Raises Refusal if the scanner did not say it."""
        value = self.setting(name)
        if value is None or isinstance(value, str):
            raise Refusal("setting_absent", f"{self.role}: the setting {name!r} is not in the images", found=str(value))
        return float(value)

    def like(self, role: str, array: Array, unit: str) -> Image:
        """A map on this image's grid: same place, settings and source, other role, values and unit."""
        return replace(self, role=role, voxels=Voxels.of(array), unit=unit, frames=(), frame_unit="")

    def at(self, frame: int) -> Image:
        """One frame of a four-dimensional image, with the settings and source that are its own."""
        if self.voxels.array.ndim < 4:
            return self
        each = len(self.source) // len(self.frames) if len(self.source) % len(self.frames) == 0 else 0
        mine = (
            self.source[frame * each : (frame + 1) * each] if each > 1 or each == 1 < len(self.frames) else self.source
        )
        settings = (*self.settings, ("frame", self.frames[frame]))
        return replace(
            self, voxels=Voxels.of(self.voxels.array[frame]), frames=(), frame_unit="", settings=settings, source=mine
        )


@dataclass(frozen=True)
class Region:
    """What was drawn: `name` as its maker called it, `finding` and `site` what and where it is, `lesion` who it is.

    `mask` (z, y, x) is boolean on the grid of `affine`; an empty mask says that it was looked for and not there.
    `tracking` is the tracking UID that its maker gave; `source` the object it came from. `edge_mm` is the
    standard uncertainty of the outline's place, where known (0 where not). `series` is the Series Instance UID of the
    image it was drawn on, where its maker or our own drawing says so.
    """

    name: str
    mask: Voxels
    finding: str = ""
    site: str = ""
    affine: Affine = field(default=((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)))
    lesion: str = ""
    tracking: str = ""
    source: tuple[str, ...] = ()
    edge_mm: float = 0.0
    flags: tuple[Flag, ...] = ()
    series: str = field(default="", metadata=LATER)

    @property
    def voxel_count(self) -> int:
        return int(np.count_nonzero(self.mask.array))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel of its grid, mm3."""
        return float(abs(np.linalg.det(np.asarray(self.affine)[:3, :3])))

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Steps along (z, y, x) in mm."""
        z, y, x = np.linalg.norm(np.asarray(self.affine)[:3, :3], axis=0)
        return float(z), float(y), float(x)


def same_grid(one: Image | Region, other: Image | Region) -> bool:
    """Whether two lie voxel on voxel: equal shape, and corners within a thousandth of a millimetre."""
    shapes = [(v.voxels if isinstance(v, Image) else v.mask).array.shape[-3:] for v in (one, other)]
    if shapes[0] != shapes[1]:
        return False
    corners = np.array([[0, 0, 0, 1], [*(n - 1 for n in shapes[0]), 1]], float).T
    apart = np.asarray(one.affine) @ corners - np.asarray(other.affine) @ corners
    return bool(np.abs(apart).max() < 1e-3)


def affine_of(rows: Array) -> Affine:
    """A 4 × 4 array as the tuple of tuples that a frozen value holds."""
    a, b, c, d = (tuple(float(v) for v in row) for row in np.asarray(rows, float))
    return a, b, c, d  # type: ignore[return-value]


@dataclass(frozen=True)
class Alignment:
    """An earlier visit, or another kind of image, laid on this one, and how surely.

    `transform` takes its mm to ours. Where tissue moved by itself there is a `warp` besides: the image of a
    displacement (3, z, y, x), mm along x, y and z: a point p of ours lies in theirs at transform⁻¹ (p + warp(p)).
    `residual_mm` is one standard deviation along any direction, over the body; `residual` the same voxel by voxel.
    `quality` holds what was found on the way: the error of distance, inverse consistency, the range of the Jacobian,
    what one image tells of the other.
    """

    day: date | None
    transform: Affine
    residual_mm: float
    kind: str = field(default="", metadata=LATER)
    warp: Image | None = field(default=None, metadata=LATER)
    residual: Image | None = field(default=None, metadata=LATER)
    quality: Settings = field(default=(), metadata=LATER)
    flags: tuple[Flag, ...] = field(default=(), metadata=LATER)

    def number(self, name: str) -> float:
        """A number of its quality. Raises Refusal if it was not found."""
        value = dict(self.quality).get(name)
        if value is None or isinstance(value, str):
            raise Refusal("setting_absent", f"the alignment says no {name!r}", found=str(value))
        return float(value)
