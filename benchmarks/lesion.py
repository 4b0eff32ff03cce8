"""How fast one lesion is measured: sizes and uptake, against the libraries that give a part of them.

`python benchmarks/lesion.py` draws one lesion in a volume of 200 × 512 × 512 voxels, measures it in turns with every
library, and prints the least CPU seconds of each with its ratio to vivomap. vivomap gives eleven numbers, each with its
uncertainty; what a peer gives stands beside it. Two rows are vivomap's: the numbers alone, and with their provenance,
which hashes every voxel of image and mask once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import regionprops

from vivomap.core import Image, Region, Study, Voxels, affine_of
from vivomap.maths import axes, geometry, solid
from vivomap.quantify import cards, measure_one, size

SPACING = (1.0, 0.7, 0.7)
SHAPE = (200, 512, 512)
SIZES = ("volume", "mesh_volume", "long_axis", "short_axis", "voxel_count")
UPTAKE = ("suv_max", "suv_mean", "sul_peak", "mtv_41", "mtv_fixed", "tlg")
RUNS = 5
PATIENCE_S = 5.0  # a library that takes longer than this is run once
Arrays = tuple[NDArray[np.float32], NDArray[np.bool_]]


def lesion(radius_mm: float) -> Arrays:
    """SUV of a noisy hot ellipsoid and its mask."""
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    far = ((z - 90) * SPACING[0]) ** 2 + ((y - 250) * SPACING[1] / 1.3) ** 2 + ((x - 300) * SPACING[2]) ** 2
    mask = far <= radius_mm**2
    suv = np.random.default_rng(1).normal(1, 0.2, SHAPE).astype(np.float32)
    suv[mask] += 7
    return suv, mask


def nouns(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[Image, Region]:
    """The same as vivomap's nouns, unhashed."""
    affine = affine_of(np.diag([*SPACING, 1.0]))
    settings = (("weight_kg", 70.0), ("height_m", 1.75), ("sex", "M"))
    image = Image("suv", Voxels.of(suv), "g/ml{SUVbw}", affine, settings=settings)
    return image, Region("lesion", Voxels.of(mask), "lesion", affine=affine)


def forget() -> None:
    """Empty what vivomap remembers between numbers of one lesion."""
    for remembered in (axes.axes, geometry.cut, solid.sphere_weights, size._solid):
        remembered.cache_clear()  # type: ignore[attr-defined]


def numbers(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[float]:
    """Eleven numbers with their uncertainty."""
    forget()
    image, region = nouns(suv, mask)
    known = cards()
    sizes = [known[n].compute(region) for n in SIZES]
    return [e.value for e in (*sizes, *(known[n].compute(image, region) for n in UPTAKE))]


def with_provenance(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[float]:
    """The same through the verb."""
    forget()
    image, region = nouns(suv, mask)
    study = Study("p", None, (image,), (region,))
    return [measure_one(cards()[n], study, region).value for n in (*SIZES, *UPTAKE)]  # type: ignore[union-attr]


def simpleitk(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[float]:
    """Volume, largest diameter in space, highest and mean value."""
    label, image = sitk.GetImageFromArray(mask.astype(np.uint8)), sitk.GetImageFromArray(suv)
    for each in (label, image):
        each.SetSpacing(SPACING[::-1])
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.ComputeFeretDiameterOn()
    shape.Execute(label)
    values = sitk.LabelIntensityStatisticsImageFilter()
    values.Execute(label, image)
    return [shape.GetPhysicalSize(1), shape.GetFeretDiameter(1), values.GetMaximum(1), values.GetMean(1)]


def scikit_image(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[float]:
    """Volume, largest diameter in space (nearly all of its time for a large lesion), highest and mean value."""
    (one,) = regionprops(mask.astype(np.uint8), suv, spacing=SPACING)
    return [one.area, one.feret_diameter_max, one.intensity_max, one.intensity_mean]


def scipy_alone(suv: NDArray[np.float32], mask: NDArray[np.bool_]) -> list[float]:
    """Count, highest and mean value in the box."""
    (box,) = ndimage.find_objects(mask.astype(np.uint8))
    inside = suv[box][mask[box]]
    return [float(inside.size), float(inside.max()), float(inside.mean())]


MEASURES: dict[str, tuple[Callable[..., list[float]], str]] = {
    "vivomap": (numbers, "5 sizes, 6 uptakes, each with its uncertainty"),
    "vivomap, with provenance": (with_provenance, "the same, and the hash of every voxel"),
    "SimpleITK": (simpleitk, "volume, 3D diameter, max, mean"),
    "scikit-image": (scikit_image, "volume, 3D diameter, max, mean"),
    "scipy": (scipy_alone, "count, max, mean"),
}


def agree(found: dict[str, list[float]]) -> None:
    """Every library saw the same lesion: its volume, or count, and its highest value."""
    mm3, count, top = 1000 * found["vivomap"][0], found["vivomap"][4], found["vivomap"][5]
    for name in ("SimpleITK", "scikit-image"):
        assert np.allclose((found[name][0], found[name][2]), (mm3, top), rtol=1e-4), name
    assert np.allclose(found["scipy"][:2], (count, top), rtol=1e-4)
    assert found["vivomap, with provenance"] == found["vivomap"]


def main() -> None:
    """Measure two lesions with every library, in turns."""
    for radius in (10.0, 30.0):
        arrays = lesion(radius)
        least, found = dict.fromkeys(MEASURES, float("inf")), dict[str, list[float]]()
        for _ in range(RUNS):
            for name, (deed, _) in MEASURES.items():
                if PATIENCE_S < least[name] < float("inf"):
                    continue
                start = time.process_time()
                found[name] = deed(*arrays)
                least[name] = min(least[name], time.process_time() - start)
        agree(found)
        print(f"lesion of {np.count_nonzero(arrays[1]):,} voxels in {arrays[1].size:,} (least of {RUNS} runs)")
        for name, seconds in least.items():
            print(f"  {name:26s} {seconds:8.3f} CPU s  {seconds / least['vivomap']:7.2f} x   {MEASURES[name][1]}")


if __name__ == "__main__":
    main()
