"""A slice as a picture."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
from PIL import Image as Picture

from vivomap.core import Assessment, Image, Measurement, Provenance, Recommendation, Region, Study, Voxels, affine_of
from vivomap.report.figure import PIXELS, draw_pair
from vivomap.report.pictures import pairs
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]


def png(svg: str) -> np.ndarray:
    found = re.search(r"data:image/png;base64,([A-Za-z0-9+/=]+)", svg)
    assert found
    return np.asarray(Picture.open(io.BytesIO(base64.b64decode(found[1]))))


def lettered(affine: np.ndarray, volume: np.ndarray) -> Case:
    """One visit with one region in one image."""
    image = Image("ct", Voxels.of(volume), "[hnsf'U]", affine_of(affine))
    mask = np.zeros(volume.shape, bool)
    mask[tuple(n // 2 for n in volume.shape)] = True
    region = Region("one", Voxels.of(mask), "lesion", "liver", affine_of(affine), "one")
    number = Measurement("volume", 1.0, "mL", 0.1, "one", None, Provenance("a:b", "0.1.0", (), (("role", "ct"),)))
    study = Study("P", None, (image,), (region,))
    return Assessment("p", "e", study, (number,), Recommendation((), None, (), "a test")), ()


def test_left_stays_left_whatever_the_axes_run() -> None:
    # a bright mark at the patient's left and front, in a volume stored from left to right and back to front
    affine = np.array([[0, 0, -2.0, 0], [0, -3.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]])
    volume = np.full((5, 40, 60), -160.0, np.float32)
    volume[:, 36:, :4] = 240  # smallest x index: most left; largest y index: most anterior
    story = Story.of(*lettered(affine, volume))
    (drawn,) = draw_pair(pairs(story, ())[0], story, "p")
    grey = png(drawn.picture)
    half = (grey.shape[0] // 2, grey.shape[1] // 2)
    assert grey[: half[0], half[1] :].max() == 255
    assert grey[half[0] :, :].max() == grey[:, : half[1]].max() == 0


def test_pixels_that_are_not_square_keep_the_patients_proportions() -> None:
    affine = np.array([[0, 0, 1.0, 0], [0, 3.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]])
    story = Story.of(*lettered(affine, np.zeros((5, 40, 60), np.float32)))
    (drawn,) = draw_pair(pairs(story, ())[0], story, "p")
    box = re.search(r'<image [^>]*width="([\d.]+)" height="([\d.]+)"', drawn.picture)
    assert box
    assert float(box[2]) / float(box[1]) == 2.0  # 120 mm high, 60 mm wide


def test_both_visits_show_a_square_of_the_same_size(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    drawn = draw_pair(pairs(story, ())[0], story, "p")
    bars = [re.search(r'<path d="([^"]+)" class="bar"', d.picture) for d in drawn]
    assert all(bars)
    assert len({bar[1] for bar in bars if bar}) == 1
    assert len({re.search(r">(\d+ mm)<", d.picture)[1] for d in drawn}) == 1  # type: ignore[index]


def test_a_picture_is_small_and_says_what_it_is(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    for pair in pairs(story, ()):
        for drawn in draw_pair(pair, story, "p0"):
            assert max(png(drawn.picture).shape) <= PIXELS
            assert 'role="img" aria-labelledby="p0-' in drawn.picture
            assert "<title" in drawn.picture
            assert "<desc" in drawn.picture
            assert "Axial slice" in drawn.picture


def test_a_series_of_volumes_shows_and_names_its_middle_frame(baseline: Case) -> None:
    now = baseline[0]
    image = now.study.images[0]
    four = np.stack([image.voxels.array] * 3)
    dce = replace(image, voxels=Voxels.of(four), frames=(0.0, 60.0, 120.0), frame_unit="s")
    story = Story.of(replace(now, study=replace(now.study, images=(dce,))), ())
    (drawn,) = draw_pair(pairs(story, ())[0], story, "p")
    assert "frame at 60 s" in drawn.notes


def test_uptake_is_dark_on_white_with_one_grey_for_both_visits(pet: Case) -> None:
    story = Story.of(*pet)
    one, two = draw_pair(pairs(story, ())[0], story, "p")
    assert one.notes == two.notes == ("grey 0 to 10 SUVbw, dark is high",)
    assert png(one.picture).min() < png(two.picture).min()
