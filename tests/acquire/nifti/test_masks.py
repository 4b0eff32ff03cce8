import numpy as np
import pytest

from vivomap.acquire.nifti.masks import is_label_image, on_image, region_of
from vivomap.acquire.nifti.sidecar import Sidecar
from vivomap.acquire.nifti.volume import Volume
from vivomap.core import Affine, Flag, Image, Refusal, Voxels, affine_of

GRID = affine_of(np.diag([3.0, 2.0, 2.0, 1.0]))


def regions(values: np.ndarray, labels: tuple[tuple[str, int | None], ...] = (("tumour", None),), **more: object):
    sidecar = Sidecar("P", labels=labels, **more)  # type: ignore[arg-type]
    return tuple(region_of(Volume(values, GRID, True), sidecar, "mask.nii.gz", ((image(GRID),), ())))


def image(affine: Affine, shape: tuple[int, int, int] = (4, 5, 6)) -> Image:
    return Image("mr", Voxels.of(np.zeros(shape)), "1", affine)


def mask() -> np.ndarray:
    values = np.zeros((4, 5, 6), np.uint8)
    values[1:3, 1:4, 2:5] = 1
    return values


def test_one_name_is_for_every_voxel_that_is_not_zero() -> None:
    (one,) = regions(mask() * 255, finding="", site="Brain")
    assert (one.name, one.finding, one.site, one.voxel_count) == ("tumour", "lesion", "Brain", 18)
    assert one.source == ("mask.nii.gz",)


def test_a_name_for_each_value_gives_a_region_for_each_and_an_absent_value_an_empty_one() -> None:
    values = mask()
    values[0, 0, 0] = 2
    found = regions(values, (("core", 1), ("edema", 2), ("necrosis", 3)))
    assert [(r.name, r.finding, r.voxel_count) for r in found] == [
        ("core", "lesion", 18),
        ("edema", "edema", 1),
        ("necrosis", "lesion", 0),
    ]


def test_values_without_a_name_are_refused() -> None:
    values = mask()
    values[0, 0, 0] = 2
    for labels in ((("tumour", None),), (("core", 1),)):
        with pytest.raises(Refusal) as refused:
            regions(values, labels)
        assert refused.value.code == "labels_unnamed"


def test_a_fraction_counts_from_one_half_on_and_nan_is_refused() -> None:
    soft = mask() * np.float32(0.4)
    soft[1, 1, 2] = 0.5
    (one,) = regions(soft)
    assert one.voxel_count == 1
    assert [f.code for f in one.flags] == ["fractional_segment"]
    soft[0, 0, 0] = np.nan
    with pytest.raises(Refusal) as refused:
        regions(soft)
    assert refused.value.code == "nan_voxels"


def test_an_empty_mask_was_looked_for_and_is_not_there() -> None:
    assert regions(mask() * 0)[0].voxel_count == 0


def test_a_mask_is_moved_to_the_image_that_holds_it_or_keeps_its_own_grid() -> None:
    flipped = affine_of(np.asarray(GRID) @ np.array([[-1, 0, 0, 3], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
    laid, affine, flags = on_image(mask()[::-1] > 0, flipped, [image(GRID)])
    assert np.array_equal(laid, mask() > 0)
    assert (affine, flags) == (GRID, ())
    other = affine_of(np.diag([3.0, 2.0, 1.9, 1.0]))
    laid, affine, flags = on_image(mask() > 0, other, [image(GRID)])
    assert affine == other
    assert [f.code for f in flags] == ["own_grid"]
    assert on_image(mask() > 0, GRID, [image(GRID, (2, 5, 6))])[1:] == (
        GRID,
        (Flag("own_grid", "its voxels fall on those of no image of the visit; it was kept on its own grid"),),
    )


def test_a_label_image_has_few_whole_values_and_zero() -> None:
    rng = np.random.default_rng(1)
    assert is_label_image(mask())
    assert is_label_image(mask().astype(float) * 3)
    assert not is_label_image(rng.integers(0, 4000, (4, 5, 6)))
    assert not is_label_image(rng.random((4, 5, 6)))
    assert not is_label_image(mask() * 0)
    assert not is_label_image(mask().astype(np.int16) - 1)


def test_a_region_keeps_what_was_doubtful_in_its_sidecar() -> None:
    said = tuple(Flag(code, "so") for code in ("no_date", "sidecar_conflict", "unknown_word"))
    (one,) = regions(mask(), flags=said)
    assert one.flags == said[1:]
