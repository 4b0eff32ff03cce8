"""Size of a lesion: how big it is in every direction that a response is judged by.

    volume      V  = n v                    mL: n voxels of v mm3 each; this is the headline number
    mesh volume    = inside the surface half way between voxels, mL; reported beside it, lower for small lesions
    long axis   LD = longest in-plane chord, mm, over slices of the acquisition plane
    short axis  SA = longest chord inside the outline, at a right angle to LD, in the same slice, mm
    density        = mean HU of the region less its outermost voxels

Holes are filled for the two axes: they are axes of the outline. A lesion in several parts has the axes of the part
with the longest chord; its volume is that of all voxels.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from vivomap.core import (
    FLAGGED,
    NOT_COMPARABLE,
    Asked,
    Biomarker,
    Estimate,
    Flag,
    Image,
    Refusal,
    Region,
    Settings,
    Voxels,
    limits,
)
from vivomap.maths.axes import axes
from vivomap.maths.geometry import Chord, cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import Faces, faces, mesh_volume_mm3, parts, steps_of, surface_mm2, volume_doubt

RECIST = (
    "RECIST 1.1, Eisenhauer et al., Eur J Cancer 2009 (seen in the EORTC questions and answers); algorithm: project"
)
ZHAO = "same-day CT of 32 lung tumours, Zhao et al., Radiology 2009 (read on the RIDER Lung CT page)"
OXNARD = "manual lung axes: 84 % of same-day changes within 10 %, Oxnard et al., J Clin Oncol 2011"
BEAUMONT = "change of readers or scanners, Beaumont et al., Cancer Imaging 2015"
COUNTED = "sum of segmented voxels, DCM 126030; its doubt on a grid is derived in maths/solid.py (project)"
THICKEST_MM = 5.0  # methods A0, gate for CT size; RECIST 1.1
FEWEST_VOXELS = 10  # project: fewer inner voxels give no density
NOTHING = Flag("vanished", "the region was searched and nothing was drawn: the size is 0, doubt is one voxel")


def _nothing(step: float) -> Estimate:
    """A size of 0 where a search found nothing; the true size lies anywhere below one step."""
    return Estimate(0.0, step / np.sqrt(3), flags=(NOTHING,))


def _warnings(region: Region, number: int) -> tuple[Flag, ...]:
    flags = []
    if number > 1:
        flags.append(Flag("several_parts", f"the region has {number} separate parts"))
    if region.spacing_mm[0] > THICKEST_MM + 1e-3:
        flags.append(Flag("thick_slices", f"slices lie {region.spacing_mm[0]:.3g} mm apart, above {THICKEST_MM:g} mm"))
    return tuple(flags)


def long_axis(region: Region) -> Estimate:
    """The longest in-plane chord of the region, mm; 0 for one that was drawn empty."""
    return _axis(region, "long")


def short_axis(region: Region) -> Estimate:
    """The longest chord across the long axis, in its slice, mm; 0 for a region that was drawn empty."""
    return _axis(region, "short")


def _axis(region: Region, which: str) -> Estimate:
    """An axis with the doubt of its two ends on the grid, of the outline, and of the gap to the widest plane.

    u² = (pixel/2)² + (2 edge)² + (slice² / (2 sqrt(5) axis))². The outline is that of the mask with its steps blunted
    (maths/axes.py); its longest chord is still up to a third of a pixel too long. The widest section of a round
    lesion lies up to half a slice away, and there its axis is longer by gap² / radius.
    """
    slices, row, column = region.spacing_mm
    if region.voxel_count == 0:
        return _nothing(max(row, column))
    found = axes(region.mask, row, column)
    chord: Chord = getattr(found, which)
    (y0, x0), (y1, x1) = chord.start, chord.end
    pixel = np.hypot((y1 - y0) * row, (x1 - x0) * column) / chord.length
    between = slices**2 / (2 * np.sqrt(5) * chord.length)
    settings: Settings = (
        ("slice", float(found.slice)),
        ("ends_row_column", " ".join(f"{v:.2f}" for v in (y0 / row, x0 / column, y1 / row, x1 / column))),
        ("parts", float(found.parts)),
    )
    doubt = float(np.sqrt(pixel**2 / 4 + (2 * region.edge_mm) ** 2 + between**2))
    return Estimate(chord.length, doubt, flags=_warnings(region, found.parts), settings=settings)


@lru_cache(maxsize=4)
def _solid(mask: Voxels) -> tuple[int, Faces, int]:
    """Voxels, faces and parts of a mask."""
    inside = cut(mask).mask
    return int(np.count_nonzero(inside)), faces(inside), len(parts(inside))


def _volume_doubt_mm3(region: Region) -> float:
    """The doubt of the grid, and of an outline that lies `edge_mm` further in or out all around."""
    _, found, _ = _solid(region.mask)
    outline = surface_mm2(found, steps_of(region.affine)) * region.edge_mm
    return float(np.hypot(volume_doubt(found, region.voxel_mm3), outline))


def volume(region: Region) -> Estimate:
    """The volume of the region's voxels, mL; 0 for a region that was drawn empty."""
    if region.voxel_count == 0:
        return _nothing(region.voxel_mm3 / 1000)
    count, _, number = _solid(region.mask)
    settings = (("voxels", float(count)), ("parts", float(number)))
    doubt = _volume_doubt_mm3(region) / 1000
    return Estimate(count * region.voxel_mm3 / 1000, doubt, flags=_warnings(region, number), settings=settings)


def mesh_volume(region: Region) -> Estimate:
    """The volume inside the region's surface, mL; its distance from the voxel volume is part of its doubt."""
    if region.voxel_count == 0:
        return _nothing(region.voxel_mm3 / 1000)
    count, _, number = _solid(region.mask)
    mesh = mesh_volume_mm3(cut(region.mask).mask, steps_of(region.affine))
    doubt = np.hypot(_volume_doubt_mm3(region), count * region.voxel_mm3 - mesh)
    return Estimate(mesh / 1000, float(doubt) / 1000, flags=_warnings(region, number))


def voxel_count(region: Region) -> Estimate:
    """The number of the region's voxels, which holds without a trusted spacing: for relative change alone."""
    if region.voxel_count == 0:
        return _nothing(1.0)
    count, found, number = _solid(region.mask)
    return Estimate(float(count), volume_doubt(found, 1.0), settings=(("parts", float(number)),))


def density(ct: Image, region: Region) -> Estimate:
    """Mean HU of the region less its outermost voxels; in its settings the spread, P10 and P90.

    Below three slices only the outline in the plane is taken off, and a flag says so. Raises Refusal if fewer than
    `FEWEST_VOXELS` remain.
    """
    box, mask = cut(region.mask)
    flat = mask.shape[0] < 3
    shape = ndimage.generate_binary_structure(3, 1)
    if flat:
        shape[[0, 2]] = False
    inner = ndimage.binary_erosion(mask, shape)
    if np.count_nonzero(inner) < FEWEST_VOXELS:
        found = f"{np.count_nonzero(inner)} inner voxels"
        raise Refusal(
            "too_few_voxels",
            f"density: {found}, fewer than {FEWEST_VOXELS}",
            found=found,
            expected=f"{FEWEST_VOXELS} or more",
        )
    values = ct.voxels.array[box]
    mean = region_mean(values, inner, Place(steps_of(region.affine), region.edge_mm, ct.residual_mm))
    low, high = np.percentile(values[inner], (10, 90))
    settings = (("sd", mean.spread), ("p10", float(low)), ("p90", float(high)), ("voxels", float(mean.voxels)))
    flags = (Flag("eroded_in_plane", "fewer than three slices: only the outline in the plane was taken off"),) * flat
    return Estimate(mean.value, mean.uncertainty, flags=flags, settings=settings)


ASKED = (Asked("ct", "slice_mm", "methods A0: slices of 5 mm or less", FLAGGED, "mm", high=5.0, told="thick_slices"),)
ASKED_OF_HU = (
    *ASKED,
    Asked("ct", "kvp", "HU of all but water move with the tube voltage (project)", NOT_COMPARABLE, "kV", apart=5.0),
    Asked("ct", "contrast", "density moves with contrast and its phase (methods A1)", FLAGGED, apart=0.0),
)
PHANTOM = "vivomap.acquire.phantom.size:ellipsoid"
CANCELS = "conservative: it holds for any outline, and the errors of a smooth closed one partly cancel"
AT_WORST = (
    "conservative: the ends are taken to lie anywhere in their pixels, and the widest plane up to half a slice away"
)
ONE_AXIS = f"{ZHAO}: -7.3/+6.2 %; elsewhere {OXNARD}"
TWO_AXES = f"{ZHAO}: product of axes -17.6/+19.8 %, less the share of the long axis (project)"
VOLUMES = f"{ZHAO}: -12.1/+13.4 %; elsewhere and across scanners {BEAUMONT}: -35/+55 %"

VOLUME = Biomarker(
    name="volume",
    unit="mL",
    needs=("region",),
    compute=volume,
    source=COUNTED,
    real_change=limits("volume", "%", VOLUMES, {"any": 43.7}, lung=12.7, any=43.7),
    title="Volume",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=CANCELS,
    better="lower",
    code=("118565006", "SCT", "Volume"),
)
MESH_VOLUME = Biomarker(
    name="mesh_volume",
    unit="mL",
    needs=("region",),
    compute=mesh_volume,
    source="IBSI, volume (mesh) RNU0: marching cubes at 0.5",
    real_change=limits("mesh_volume", "%", VOLUMES, {"any": 43.7}, lung=12.7, any=43.7),
    title="Volume inside the surface",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=CANCELS,
    better="lower",
)
LONG_AXIS = Biomarker(
    name="long_axis",
    unit="mm",
    needs=("region",),
    compute=long_axis,
    source=RECIST,
    real_change=limits("long_axis", "%", ONE_AXIS, lung=6.8, any=14.0),
    title="Long axis",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=AT_WORST,
    dimensions=2,
    better="lower",
    code=("103339001", "SCT", "Long axis"),
)
SHORT_AXIS = Biomarker(
    name="short_axis",
    unit="mm",
    needs=("region",),
    compute=short_axis,
    source=RECIST,
    real_change=limits("short_axis", "%", TWO_AXES, lung=17.5),
    title="Short axis",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=AT_WORST,
    dimensions=2,
    better="lower",
    code=("103340004", "SCT", "Short axis"),
)
VOXEL_COUNT = Biomarker(
    name="voxel_count",
    unit="1",
    needs=("region",),
    compute=voxel_count,
    source="a count of voxels, for grids without a trusted spacing (project)",
    real_change=limits("voxel_count", "%", f"as for volume, on equal grids: {VOLUMES}", {"any": 43.7}, any=43.7),
    title="Voxels",
    truth=PHANTOM,
    coverage=CANCELS,
    better="lower",
    instead_of="volume",
)
DENSITY = Biomarker(
    name="density",
    unit="[hnsf'U]",
    needs=("ct", "region"),
    compute=density,
    source="mean HU less one rim of voxels, against partial volume (project); no repeatability was found",
    title="Mean density",
    acquisition=ASKED_OF_HU,
    truth=PHANTOM,
    code=("112031", "DCM", "Attenuation Coefficient"),
)
