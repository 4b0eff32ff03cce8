from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.acquire.dicom.diffusion import b_value, directions, doubts
from vivomap.acquire.dicom.plane import Plane

Make = Callable[..., Plane]


@pytest.mark.parametrize(
    ("facts", "b"),
    [
        ({"DiffusionBValue": "800.0", "SiemensB": "50"}, 800),
        ({"SiemensB": "50"}, 50),
        ({"GEB": "1000\\8\\0\\0"}, 1000),
        ({"GEB": "1000000800\\8\\0\\0"}, 800),
        ({"PhilipsB": "0.0"}, 0),
        ({"UnitedB": "600.0"}, 600),
        ({}, None),
    ],
)
def test_every_maker_is_understood(facts: dict[str, str], b: float | None, plane: Make) -> None:
    assert b_value(plane(**facts)) == b
    assert doubts(plane(**facts)) == ()


def test_an_unsigned_element_is_read_with_a_warning(plane: Make) -> None:
    one = plane(SiemensBUnsigned="1000")
    assert b_value(one) == 1000
    assert [f.code for f in doubts(one)] == ["b_unsigned"]


def weighted(ds: Dataset, b: str, frame: int = 0) -> Plane:
    """A plane of one b-value whose whole header is the data set."""
    header = SimpleNamespace(path=Path(f"{id(ds)}.dcm"), dataset=lambda: ds)
    return Plane(header, {"DiffusionBValue": b}, frame)  # type: ignore[arg-type]


def siemens(vector: tuple[float, ...], creator: bool = True) -> Dataset:
    ds = Dataset()
    ds.Manufacturer = "SIEMENS"
    if creator:
        ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0E, "FD", list(vector))
    else:
        ds.add_new(0x0019100E, "FD", list(vector))
    return ds


def philips(vector: tuple[float, ...]) -> Dataset:
    ds = Dataset()
    block = ds.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    for element, value in zip((0xB0, 0xB1, 0xB2), vector, strict=True):
        block.add_new(element, "FL", value)
    return ds


def united(vector: tuple[float, ...]) -> Dataset:
    ds = Dataset()
    ds.private_block(0x0065, "Image Private Header", create=True).add_new(0x37, "FD", list(vector))
    return ds


def enhanced(vectors: list[tuple[float, ...]]) -> Dataset:
    ds = Dataset()
    frames = []
    for vector in vectors:
        gradient, diffusion, frame = Dataset(), Dataset(), Dataset()
        gradient.DiffusionGradientOrientation = list(vector)
        diffusion.DiffusionGradientDirectionSequence = [gradient]
        frame.MRDiffusionSequence = [diffusion]
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = frames
    return ds


@pytest.mark.parametrize(
    "made", [siemens, philips, united, lambda v: siemens(v, creator=False), lambda v: enhanced([v])]
)
def test_every_maker_tells_its_direction(made: Callable[[tuple[float, ...]], Dataset]) -> None:
    plane, unweighted = weighted(made((0.6, -0.8, 0.0)), "1000"), weighted(Dataset(), "0")
    assert directions([(unweighted,), (plane,)]) == (("directions", "0 0 0;0.6 -0.8 0"),)


def test_each_frame_of_an_enhanced_object_has_its_own() -> None:
    ds = enhanced([(1, 0, 0), (0, 0.6, 0.8)])
    one, two = (weighted(ds, "700", frame) for frame in (0, 1))
    assert directions([(one,), (two,)]) == (("directions", "1 0 0;0 0.6 0.8"),)


@pytest.mark.parametrize("vector", [(0.0, 0.0, 0.0), (0.5, 0.5), (0.9, 0.9, 0.9)])
def test_what_is_no_unit_vector_is_no_direction(vector: tuple[float, ...]) -> None:
    assert directions([(weighted(siemens(vector), "1000"),)]) == ()


def test_a_volume_of_two_directions_has_none() -> None:
    one, two = weighted(siemens((1, 0, 0)), "1000"), weighted(siemens((0, 1, 0)), "1000")
    assert directions([(one, two)]) == ()
    assert directions([(weighted(Dataset(), "0"),)]) == ()


def held(folder: Path) -> tuple[list[float], np.ndarray, np.ndarray]:
    """b-values, directions (frame, 3) in LPS and the axes (row, column, normal) of the one image of a folder."""
    (study,) = read(folder / "001").studies
    (image,) = study.images
    vectors = [[float(v) for v in each.split()] for each in image.text("directions").split(";")]
    normal, column, row = np.asarray(image.affine)[:3, :3].T / np.array(image.spacing_mm)[:, None]
    return list(image.frames), np.array(vectors), np.stack((row, column, normal))


def test_a_siemens_series_has_the_values_and_vectors_of_its_reference(data: Path) -> None:
    """The reference counts along rows, up columns and along the normal."""
    folder = data / "dti_siemens_mosaic"
    b, vectors, axes = held(folder)
    assert b == np.loadtxt(folder / "001_ground_truth.bval").tolist()
    reference = np.loadtxt(folder / "001_ground_truth.bvec").T
    assert vectors @ axes.T * (1, -1, 1) == pytest.approx(reference, abs=1e-6)


def test_a_philips_object_has_the_values_and_vectors_of_its_reference(data: Path) -> None:
    """The reference is in patient space."""
    folder = data / "dti_philips_enhanced"
    b, vectors, _ = held(folder)
    assert b == np.loadtxt(folder / "001_ground_truth.bval").tolist()
    assert vectors == pytest.approx(np.loadtxt(folder / "001_ground_truth.bvec").T, abs=1e-7)
