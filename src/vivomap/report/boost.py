"""The sub-region that a map of chances proposes for a boost, as Segmentation and as RT Structure Set.

A map says from which chance on its voxels belong together (its setting `boost_from`); those voxels of one lesion are a
region of their own. It goes out unapproved, in objects of its own: a planner must never take it for an outline that a
person drew. The chances themselves leave as Parametric Map.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import Image, Measurement, Refusal, Region, Voxels
from vivomap.report import dicom_rtstruct, dicom_seg
from vivomap.report.forms import Filed, Files, Form

FROM = "boost_from"


def boost(chances: Image, lesion: str) -> Region:
    """The voxels of a map whose chance is as high as the map asks, as a region of their own.

    Raises Refusal `empty_region` if there is none, and `setting_absent` if the map does not say the chance.
    """
    array = chances.voxels.array
    values = np.asarray(array[0] if array.ndim == 4 else array, np.float32)
    least = chances.number(FROM)
    mask = np.nan_to_num(values, nan=-1.0) >= np.float32(least)
    name = f"{lesion} boost"
    if not mask.any():
        expected = f"a chance of {least:g} or more somewhere"
        raise Refusal("empty_region", f"no voxel of {lesion} is likely enough for a boost", expected=expected)
    return Region(name, Voxels.of(mask), "boost", "", chances.affine, lesion=name, series=chances.text("series_uid"))


def boosts(filed: Filed) -> tuple[Region, ...]:
    """The sub-regions that the numbers of a visit propose. Raises Refusal `not_drawn` if no map proposes one."""
    carried = [(c.detail, c.region) for c in filed.assessment.claims if isinstance(c, Measurement)]
    maps = [
        (image, lesion) for image, lesion in carried if isinstance(image, Image) and image.setting(FROM) is not None
    ]
    if not maps:
        summary = "no number of this visit proposes a sub-region"
        raise Refusal("not_drawn", summary, expected="resistant_volume, with its map", computed="the other forms")
    return tuple(boost(image, lesion) for image, lesion in maps)


def write(filed: Filed) -> Files:
    """`boost-seg-1.dcm` and `boost-rtstruct-1.dcm` …, one of each for each grid."""
    study = replace(filed.assessment.study, regions=boosts(filed))
    alone = Filed(replace(filed.assessment, study=study), recorded=filed.recorded, by=filed.by)
    made = {**dicom_seg.write(alone), **dicom_rtstruct.write(alone)}
    return {f"boost-{name}": body for name, body in made.items()}


BOOST = Form("boost", "dcm", write, "The sub-region proposed for a boost, as Segmentation and RT Structure Set")
