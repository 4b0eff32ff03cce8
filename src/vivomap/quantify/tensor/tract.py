"""Along a bundle of nerve fibres: how whole it is at each place, how much of it is lesion, how many fibres are cut.

A bundle is a region: drawn, or of an atlas laid on the images. How far along it a voxel lies comes from its shape
alone, so that a lesion does not bend its course. At each of 100 places, over the voxels near it,

    profile = sum w FA / sum w        w: falls with the distance to the place and to the core of the bundle

The first and the last five places are left out. Lesion load is the share of the bundle's volume in the lesion region,
disconnection the share of its fibres that pass through it. A z-score compares the mean of the profile with that of
healthy controls. A bundle whose course is interrupted has no profile: it is missing, and never zero.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core import (
    Biomarker,
    Curve,
    Estimate,
    Flag,
    Image,
    Refusal,
    Region,
    Settings,
)
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import SIX_NEIGHBOURS, Place, region_mean
from vivomap.maths.solid import Steps, faces, steps_of, surface_mm2, volume_doubt
from vivomap.maths.strand import Strand, lines, strand
from vivomap.maths.tensor import lifts
from vivomap.quantify.tensor.scalars import ASKED, charts_of, fitted_of

BUNDLE = "tract"  # the finding of a region that is a bundle: any other long region has a length, but no fibres
NODES = 100  # methods A5
ENDS = 5  # places left out at each end, methods A5
CORE = 1.0  # project: the weight falls to exp(-1/2) at this many mean distances from the core
FEWEST_VOXELS = 50  # project
FEWEST_LINES = 50  # methods D10: fewer is not reconstructed
FEWEST_CONTROLS = 10  # project: with fewer, the deviation of the controls is not known within a quarter
LEAST_SPREAD = 1e-6  # of FA, project: controls that differ by rounding are one and the same
ASTRAY = 0.15  # of a voxel, project: doubt of a fibre's place; on the phantom half of that is found
SOURCE = (
    "profile along a bundle weighted to its core: Yeatman et al., PLoS ONE 2012 (from memory); methods A5 (project)"
)


class Course(NamedTuple):
    """The course of a bundle, where its box begins (voxels), and how each voxel counts at each place (node, voxel)."""

    strand: Strand
    corner: Array
    weights: Array
    flags: tuple[Flag, ...]

    @property
    def at(self) -> tuple[Array, ...]:
        """Where its voxels lie in the volume."""
        return tuple((self.strand.voxels + self.corner).T)


@lru_cache(maxsize=8)
def course_of(region: Region) -> Course:
    """The course of a bundle. Raises Refusal if it is empty, small, interrupted, or no bundle."""
    box, mask = cut(region.mask)
    if np.count_nonzero(mask) < FEWEST_VOXELS:
        found = f"{np.count_nonzero(mask)} voxels"
        raise Refusal("too_few_voxels", "the bundle is too small", found=found, expected=f"{FEWEST_VOXELS} or more")
    steps = steps_of(region.affine)
    found_course = strand(mask, steps)
    place = found_course.voxels @ np.asarray(steps).T
    nodes = (np.arange(NODES) + 0.5) / NODES
    step = float(np.linalg.norm(np.asarray(steps), axis=0).max())
    width = max(step / found_course.length_mm / 2, 0.5 / NODES)
    near = np.exp(-0.5 * ((nodes[:, None] - found_course.along) / width) ** 2)
    core = (near / near.sum(axis=1, keepdims=True)) @ place
    line = np.stack([np.interp(found_course.along, nodes, core[:, k]) for k in range(3)], axis=1)
    far = np.sum((place - line) ** 2, axis=1)
    weights = near * np.exp(-0.5 * far / (CORE**2 * far.mean() + 1e-12))
    apart = found_course.apart
    flags = (Flag("several_parts", f"{apart} voxels of the bundle lie apart and are left out"),) if apart else ()
    corner = np.array([s.start for s in box])
    return Course(found_course, corner, weights / weights.sum(axis=1, keepdims=True), flags)


def profile(chart: Array, course: Course) -> tuple[Array, Array]:
    """The profile (node) of a map (z, y, x) along a bundle, and how each voxel weighs in its mean (voxel).

    A voxel without a value counts nowhere. Raises Refusal if a place has none with a value.
    """
    values = np.asarray(chart, float)[course.at]
    lit = np.isfinite(values)
    weights = course.weights * lit
    total = weights.sum(axis=1)
    if (total < 0.1).any():
        found = f"{int((total < 0.1).sum())} of {NODES} places"
        raise Refusal("bundle_interrupted", "places along the bundle hold hardly any value", found=found)
    weights = weights / total[:, None]
    return weights @ np.where(lit, values, 0.0), weights[ENDS : NODES - ENDS].mean(axis=0)


def _curve(values: Array, name: str) -> Curve:
    kept = np.arange(ENDS, NODES - ENDS)
    return Curve(name, tuple(float(k) + 1 for k in kept), tuple(float(v) for v in values[kept]), "1", "1")


def _raw(dwi: Image, region: Region) -> tuple[Array, Array, float, Course]:
    """The profile as the map has it, the weights of its mean, and the doubt of that mean by noise and place."""
    course, chart = course_of(region), charts_of(dwi)["fa"]
    values, weights = profile(chart.value, course)
    each = np.nan_to_num(chart.doubt[course.at])
    noisy = float(np.sqrt(np.sum((weights * each) ** 2)))
    lit = np.zeros(chart.value.shape, bool)
    lit[course.at] = np.isfinite(chart.value[course.at])
    filled = np.nan_to_num(chart.value)
    unsure, sure = (
        region_mean(filled, lit, Place(steps_of(region.affine), edge, residual)).uncertainty
        for edge, residual in ((region.edge_mm, dwi.residual_mm), (0.0, 0.0))
    )
    along = _aside(values, course, steps_of(region.affine))
    return values, weights, float(np.sqrt(noisy**2 + along**2 + max(unsure**2 - sure**2, 0.0))), course


def _aside(values: Array, course: Course, steps: Steps) -> float:
    """What the doubt of the voxels' way along the bundle adds to that of the mean, where the profile has steps."""
    voxel = float(np.linalg.norm(np.asarray(steps), axis=0).mean()) / course.strand.length_mm
    kept = values[ENDS : NODES - ENDS]
    change = np.diff(kept[:: max(round(voxel * NODES), 1)])
    return ASTRAY * voxel * float(np.linalg.norm(change))


def tract_fa(dwi: Image, region: Region) -> Estimate:
    """The mean FA along a bundle, weighted to its core, 1, with its profile.

    Raises Refusal if the series gives no tensor, or if the bundle is too small, interrupted, or no bundle.
    """
    values, weights, doubt, course = _raw(dwi, region)
    fitted = fitted_of(dwi)
    inside = np.zeros(fitted.tissue.shape)
    inside[course.at] = weights
    used = inside[fitted.tissue] > 0
    tries = lifts(fitted.tensors[:, used], fitted.design, fitted.noise, inside[fitted.tissue][used])[0]
    lift, sure = float(tries.mean()), float(tries.std(ddof=1) / np.sqrt(tries.size))
    mean = float(values[ENDS : NODES - ENDS].mean())
    said: Settings = (*fitted.settings, ("length_mm", course.strand.length_mm), ("lifted_by_noise", lift))
    return Estimate(mean - lift, float(np.hypot(doubt, sure)), _curve(values, "FA along the tract"), course.flags, said)


def tract_z(dwi: Image, region: Region, fa_controls: Image) -> Estimate:
    """How many standard deviations of healthy controls the mean FA along a bundle lies from theirs, with its profile.

    `fa_controls` are their FA maps on the grid of the images, one frame for each. Raises Refusal with fewer than ten,
    or as `tract_fa`.
    """
    values, _, doubt, course = _raw(dwi, region)
    charts = fa_controls.voxels.array
    count = len(charts) if charts.ndim == 4 else 1
    if count < FEWEST_CONTROLS:
        found, least = f"{count} controls", f"{FEWEST_CONTROLS} or more"
        raise Refusal("few_controls", "too few healthy controls to compare with", found=found, expected=least)
    kept = slice(ENDS, NODES - ENDS)
    theirs = np.stack([profile(chart, course)[0] for chart in charts])
    means = theirs[:, kept].mean(axis=1)
    spread = float(means.std(ddof=1))
    if spread < LEAST_SPREAD:
        raise Refusal(
            "few_controls", "the controls are all alike: their FA has no deviation", found=f"{count} controls"
        )
    z = float((values[kept].mean() - means.mean()) / spread)
    along = (values - theirs.mean(axis=0)) / np.maximum(theirs.std(axis=0, ddof=1), 1e-9)
    unsure = float(np.sqrt((doubt / spread) ** 2 + 1 / count + z**2 / (2 * (count - 1))))
    said: Settings = (("controls", float(count)), ("controls_mean", float(means.mean())), ("controls_sd", spread))
    return Estimate(z, unsure, _curve(along, "z along the tract"), course.flags, said)


def tract_lesion_load(region: Region, lesion: Region) -> Estimate:
    """The share of the bundle's volume that is lesion, %. Raises Refusal if the bundle is empty."""
    box, mask = cut(region.mask)
    hit = mask & lesion.mask.array[box]
    whole = float(np.count_nonzero(mask))
    share = np.count_nonzero(hit) / whole
    if not share:
        return Estimate(0.0, 0.0, settings=(("voxels", whole),))
    inner = cut_of(hit)
    voxel = region.voxel_mm3
    edge = surface_mm2(faces(inner), steps_of(region.affine)) * lesion.edge_mm / voxel
    doubt = np.hypot(volume_doubt(faces(inner), 1.0), edge) / whole
    doubt = np.hypot(doubt, share * volume_doubt(faces(mask), 1.0) / whole)
    return Estimate(100 * share, 100 * float(doubt), settings=(("voxels", whole),))


def cut_of(mask: Array) -> Array:
    """A mask (z, y, x) that holds something, cut to its box."""
    return mask[tuple(slice(int(v.min()), int(v.max()) + 1) for v in np.nonzero(mask))]


def tract_disconnection(region: Region, lesion: Region) -> Estimate:
    """The share of the bundle's fibres that pass through the lesion, %, with how many do at each place.

    Fibres are lines that follow the course of the bundle, as dense as its cross-section is large; not tracked ones.
    Raises Refusal if the bundle is empty, small, interrupted, or no bundle.
    """
    course = course_of(region)
    steps = steps_of(region.affine)
    paths = lines(course.strand, steps)
    count = paths.shape[1]
    if count < FEWEST_LINES:
        raise Refusal("too_few_voxels", "the bundle is too thin for fibres", found=f"{count} fibres", expected="50")
    drawn = lesion.mask.array
    places = np.clip(np.rint(paths).astype(int) + course.corner, 0, np.array(drawn.shape) - 1)
    cells = tuple(np.moveaxis(places, -1, 0))
    hits = drawn[cells]
    share = float(hits.any(axis=0).mean())
    wide = float(ndimage.binary_dilation(drawn, SIX_NEIGHBOURS)[cells].any(axis=0).mean())
    narrow = float(ndimage.binary_erosion(drawn, SIX_NEIGHBOURS)[cells].any(axis=0).mean())
    step = float(np.linalg.norm(np.asarray(steps), axis=0).mean())
    doubt = (wide - narrow) / 2 * float(np.hypot(ASTRAY, lesion.edge_mm / step))
    return Estimate(100 * share, 100 * doubt, flags=course.flags, settings=(("fibres", float(count)),))


PHANTOM = "vivomap.acquire.phantom.tract:lesioned"
TRACT_FA = Biomarker(
    name="tract_fa",
    unit="1",
    needs=("dwi", "region"),
    compute=tract_fa,
    source=SOURCE,
    title="FA along the tract",
    acquisition=ASKED,
    truth=PHANTOM,
    of=BUNDLE,
)
TRACT_Z = Biomarker(
    name="tract_z",
    unit="1",
    needs=("dwi", "region", "fa_controls"),
    compute=tract_z,
    source=SOURCE,
    title="FA along the tract against controls, z",
    acquisition=ASKED,
    truth=PHANTOM,
    of=BUNDLE,
)
TRACT_LESION_LOAD = Biomarker(
    name="tract_lesion_load",
    unit="%",
    needs=("region", "lesion"),
    compute=tract_lesion_load,
    source="share of the bundle in the lesion region (methods A5)",
    title="Lesion load of the tract",
    truth=PHANTOM,
    of=BUNDLE,
    better="lower",
)
TRACT_DISCONNECTION = Biomarker(
    name="tract_disconnection",
    unit="%",
    needs=("region", "lesion"),
    compute=tract_disconnection,
    source="share of fibres through the lesion (methods A5, D10)",
    title="Disconnection of the tract",
    truth=PHANTOM,
    of=BUNDLE,
    better="lower",
)
