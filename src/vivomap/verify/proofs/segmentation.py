"""Clicks and proposals against phantoms: the volume of a click, where it lies, and what is found at one false one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vivomap.acquire.phantom import nodules, white_matter
from vivomap.acquire.phantom.click import clicked
from vivomap.acquire.phantom.solids import Solid
from vivomap.acquire.propose import Candidate, changed, lung_nodules, nodules_inside, white_matter_lesions
from vivomap.acquire.segment import Click, segment
from vivomap.maths.froc import SLACK_MM, Scan, sensitivity
from vivomap.quantify.size import volume
from vivomap.verify.proof import Given, Proof

FOUND = 0.9  # of lesions of 6 mm and more, at one false proposal a scan
ALLOWED = 1.0  # false proposals a scan
REACH = {"ct": 25.0, "mr": 25.0, "suv": 45.0}  # mm around the click
SCANS = 2  # of one attempt
TURNS = tuple(REACH)


def click_volume(seed: int, noise: float) -> Given:
    """The volume of what a click outlines, on CT, MR and PET in turn."""
    role = TURNS[seed % len(TURNS)]
    (images, _, truth), at = clicked(role, seed, noise)
    found = volume(segment(images[0], Click(at, reach_mm=REACH[role])).region)
    return Given(truth["volume"], found.value, found.uncertainty)


def click_dice(seed: int, noise: float) -> Given:
    """Twice the voxels in both outlines over those of each: the outline of a click and the true one."""
    role = TURNS[seed % len(TURNS)]
    (images, (true,), _), at = clicked(role, seed, noise)
    made = segment(images[0], Click(at, reach_mm=REACH[role])).region.mask.array
    both = np.count_nonzero(made & true.mask.array)
    return Given(0.85, 2 * both / (np.count_nonzero(made) + true.voxel_count))


def lung(seed: int, noise: float) -> Given:
    """Nodules of the lung, 6 to 16 mm."""

    def scan(k: int) -> Scan:
        made = nodules.lung(k, noise)
        return scanned(lung_nodules(made.image), made.lesions)

    return _found(scan, seed)


def liver(seed: int, noise: float) -> Given:
    """Lesions of the liver, 8 to 20 mm, darker than it."""

    def scan(k: int) -> Scan:
        made = nodules.liver(k, noise)
        return scanned(nodules_inside(made.image, made.regions[0]), made.lesions)

    return _found(scan, seed)


def white(seed: int, noise: float) -> Given:
    """Lesions of white matter on FLAIR, 6 to 14 mm."""

    def scan(k: int) -> Scan:
        made = white_matter.head(k, noise)
        return scanned(white_matter_lesions(made.second), made.now)

    return _found(scan, seed)


def newer(seed: int, noise: float) -> Given:
    """Lesions of white matter that are new or have grown by half since the visit before."""

    def scan(k: int) -> Scan:
        made = white_matter.head(k, noise)
        found = [c for c in changed(made.first, made.second) if c.kind != "shrunk"]
        return scanned(found, (*made.new, *made.grown))

    return _found(scan, seed)


def scanned(found: Sequence[Candidate], lesions: Sequence[Solid]) -> Scan:
    """Which lesion each proposal hits: the one whose ball of the longest half axis, and a little more, holds it."""
    hits = []
    for candidate in found:
        near = (np.linalg.norm(np.subtract(candidate.at, solid.centre)) - max(solid.half) for solid in lesions)
        hits.append((candidate.score, next((k for k, gap in enumerate(near) if gap <= SLACK_MM), -1)))
    return Scan(len(lesions), tuple(hits))


def _found(scan: Callable[[int], Scan], seed: int) -> Given:
    scans = [scan(SCANS * seed + k) for k in range(SCANS)]
    return Given(FOUND, sensitivity(scans, ALLOWED))


AT_ONE = f"share of lesions found at {ALLOWED:g} false proposal a scan, on the phantom"
CLICK = "ellipsoids with a vessel, a wall or a slope beside them, acquire/phantom/click.py"
WIDE = "conservative: the doubt of a volume on its grid holds for any outline, and that of a smooth one partly cancels"

VOLUME = Proof("click_volume", "segmentation", "mL", CLICK, click_volume, coverage=WIDE)
DICE = Proof("click_dice", "segmentation", "1", CLICK, click_dice, floor=0.85)
LUNG = Proof("lung_nodules_found", "segmentation", "1", f"{AT_ONE} of nodules of the lung", lung, floor=FOUND)
LIVER = Proof("liver_lesions_found", "segmentation", "1", f"{AT_ONE} of the liver", liver, floor=FOUND)
WHITE = Proof("white_matter_lesions_found", "segmentation", "1", f"{AT_ONE} of white matter", white, floor=FOUND)
NEW = Proof("new_lesions_found", "segmentation", "1", f"{AT_ONE} of white matter at two visits", newer, floor=FOUND)
