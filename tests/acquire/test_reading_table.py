"""Every file of six real sets is read: to the place and values of the NIfTI beside it, or refused with its code.

What must come of each file stands in `expected_outcomes.tsv`, checked by hand; `docs/reading-table.md` shows it. To
write both anew after a change that is meant: VIVOMAP_WRITE_TABLE=1 pytest tests/acquire/test_reading_table.py
"""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_rescale

from vivomap.acquire import read
from vivomap.core import Image, Refusal, Studies

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected_outcomes.tsv"
TABLE = ROOT / "docs" / "reading-table.md"
SETS = ("ms_longitudinal_flair", "cardiac_cine_ef", "ultrasound", "mri_multivendor")
SETS += ("dicom_geometry_faults", "dicom_odd_and_compressed")
ALONE = ("ultrasound", "dicom_odd_and_compressed")  # files that have nothing to do with each other
Row = tuple[str, str, str, str]


def outcomes(data: Path) -> list[Row]:
    """One row for each file: path, outcome, codes, and what it became."""
    rows: list[Row] = []
    for name in SETS:
        files = sorted(p for p in (data / name).rglob("*") if p.is_file())
        alone = [p for p in files if name in ALONE or p.name.endswith(".nii.gz")]
        rest = [p for p in files if p not in alone]
        folders = [[p for p in rest if p.parent == folder] for folder in sorted({p.parent for p in rest})]
        for unit in [*([p] for p in alone), *folders]:
            found = read(unit)
            rows += [row(p, found, data) for p in unit]
    return sorted(rows)


def row(path: Path, found: Studies, data: Path) -> Row:
    """What a reading made of one file. Codes of refusals carry what they deny."""
    place = path.relative_to(data).as_posix()
    held = [h.code for h in (*found.held, *(h for s in found for h in s.held)) if h.path == str(path)]
    if held:
        return place, "held", ", ".join(sorted(set(held))), ""
    image = image_of(path, found)
    if image is None:
        regions = [r for s in found for r in s.regions]
        shapes = {"x".join(map(str, r.mask.array.shape)) for r in regions}
        return place, "region", ", ".join(sorted({f.code for r in regions for f in r.flags})), ", ".join(sorted(shapes))
    codes = [f"{f.code} (no {f.denies})" for f in image.refusals] + [f.code for f in image.flags]
    shape = "x".join(map(str, image.voxels.array.shape))
    return place, "image", ", ".join(sorted(codes)), f"{image.role} {shape}"


def image_of(path: Path, found: Studies) -> Image | None:
    images = [i for s in found for i in s.images]
    if path.name.endswith(".nii.gz"):
        return images[0] if images else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        uid = str(pydicom.dcmread(path, stop_before_pixels=True, force=True).SOPInstanceUID)
    return next((i for i in images if uid in i.source), None)


def test_no_file_is_silently_wrong(data: Path, tmp_path: Path) -> None:
    rows = outcomes(data)
    lines = ["| file | outcome | codes | became |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(r)} |" for r in rows]
    (tmp_path / "reading-table.md").write_text("\n".join(lines), encoding="utf-8")
    told = "".join("\t".join(r) + "\n" for r in rows)
    if os.environ.get("VIVOMAP_WRITE_TABLE"):
        EXPECTED.write_text(told, encoding="utf-8")
        head = TABLE.read_text(encoding="utf-8").split("| file |")[0] if TABLE.exists() else "# Reading table\n\n"
        TABLE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    expected = EXPECTED.read_text(encoding="utf-8")
    assert told.splitlines() == expected.splitlines()
    assert "\n".join(lines) in TABLE.read_text(encoding="utf-8")
    assert all(outcome in ("image", "region", "held") for _, outcome, _, _ in rows)
    assert all(code for _, outcome, code, _ in rows if outcome == "held")


def test_each_code_of_the_table_has_its_page() -> None:
    words = {c.split(" (")[0] for line in EXPECTED.read_text().splitlines() for c in line.split("\t")[2].split(", ")}
    for code in words - {""}:
        assert Refusal(code, "x").lines()[4].endswith(code)


PAIRS = (
    ("mri_multivendor/ge/anatomical/001", "mri_multivendor/ge/anatomical/001_ground_truth.nii.gz"),
    ("mri_multivendor/ge/dti/001", "mri_multivendor/ge/dti/001_ground_truth.nii.gz"),
    ("mri_multivendor/ge/dti/002", "mri_multivendor/ge/dti/002_ground_truth.nii.gz"),
    ("mri_multivendor/hitachi/anatomical/001", "mri_multivendor/hitachi/anatomical/001_ground_truth.nii.gz"),
    ("mri_multivendor/hyperfine/anatomical/001", "mri_multivendor/hyperfine/anatomical/001_ground_truth.nii.gz"),
    ("mri_multivendor/siemens/anatomical/001", "mri_multivendor/siemens/anatomical/001_ground_truth.nii.gz"),
    (
        "mri_multivendor/siemens_multiframe/anatomical/001",
        "mri_multivendor/siemens_multiframe/anatomical/001_ground_truth.nii.gz",
    ),
    ("dicom_geometry_faults/slicecount/001", "dicom_geometry_faults/slicecount/001_ground_truth.nii.gz"),
    ("dti_siemens_mosaic/001", "dti_siemens_mosaic/001_ground_truth.nii.gz"),
    ("dti_philips_enhanced/001", "dti_philips_enhanced/001_ground_truth.nii.gz"),
    ("asl_philips/In/Classic/201_pCASL", "asl_philips/Ref/201_pCASL_classic.nii"),
    ("asl_philips/In/Classic/401_3D_pCASL_6mm", "asl_philips/Ref/401_3D_pCASL_6mm_classic.nii"),
)
PLACE_ONLY = ("dti_philips_enhanced/001",)  # three of the four volumes of its reference are zero


@pytest.mark.parametrize(("folder", "reference"), PAIRS, ids=[f for f, _ in PAIRS])
def test_voxels_lie_where_the_reference_has_them_with_its_values(folder: str, reference: str, data: Path) -> None:
    (image,) = read(data / folder)[0].images
    other = nib.load(data / reference)
    assert isinstance(other, nib.Nifti1Image)
    values = on_our_grid(image, np.asarray(other.dataobj), np.asarray(other.affine))
    if folder in PLACE_ONLY:
        return
    assert np.allclose(image.voxels.array.astype(float), values, rtol=1e-4, atol=1e-4)


def test_every_slice_holds_the_values_that_pydicom_reads(data: Path) -> None:
    """Each classic CT and MR file of two sets, at the place that its UID has in the source of its image."""
    compared = 0
    for folder in sorted({p.parent for name in SETS[3:5] for p in (data / name).rglob("*") if p.is_file()}):
        files = sorted(p for p in folder.iterdir() if p.is_file())
        for image in (i for s in read(files) for i in s.images):
            slices = image.voxels.array.reshape(-1, *image.shape[1:])
            for path in (p for p in files if len(image.source) == len(slices) > 1 and not p.name.endswith(".nii.gz")):
                ds = pydicom.dcmread(path)
                if ds.SOPInstanceUID in image.source:
                    one = slices[image.source.index(ds.SOPInstanceUID)]
                    assert np.array_equal(one, apply_rescale(ds.pixel_array, ds))
                    compared += 1
    assert compared > 60


def test_five_syntaxes_give_one_volume(data: Path) -> None:
    """JPEG, JPEG-LS, JPEG 2000 and RLE of the same slices."""
    folders = sorted((data / "mri_multivendor" / "generic").glob("compressed*"))
    assert len(folders) == 5
    assert len({read(f)[0].images[0].voxels.digest for f in folders}) == 1


def on_our_grid(image: Image, values: NDArray[Any], affine: NDArray[Any]) -> NDArray[Any]:
    """The reference's values at our voxels; every voxel of one must lie on one of the other, within 0.01 of a step."""
    to_lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    ours_from_theirs = np.linalg.inv(np.asarray(image.affine)) @ to_lps
    turn = np.round(ours_from_theirs[:3, :3]).astype(int)
    assert sorted(np.abs(turn).sum(axis=0)) == sorted(np.abs(turn).sum(axis=1)) == [1, 1, 1]
    corners = np.array([[0, n - 1] for n in values.shape[:3]])
    for corner in np.array(np.meshgrid(*corners)).reshape(3, -1).T:
        exact = ours_from_theirs @ [*corner, 1]
        assert np.allclose(exact, np.round(exact), atol=0.01), "the grids differ"
    axes = [int(np.argmax(np.abs(turn[k]))) for k in range(3)]
    moved = np.transpose(values, [*axes, *range(3, values.ndim)])
    flips: Sequence[slice] = [slice(None, None, int(turn[k, axes[k]])) for k in range(3)]
    moved = moved[tuple(flips)]
    assert moved.shape[:3] == image.shape
    start = ours_from_theirs @ [*((n - 1 if turn[:, a].sum() < 0 else 0) for a, n in enumerate(values.shape[:3])), 1]
    assert np.allclose(start[:3], 0, atol=0.01), "the first voxels differ"
    return np.moveaxis(moved, 3, 0) if moved.ndim == 4 else moved
