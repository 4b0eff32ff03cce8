"""One visit, and what a folder holds."""

import numpy as np

from vivomap.core import Held, Image, Studies, Study, Voxels, affine_of


def test_an_image_is_found_by_its_role() -> None:
    ct = Image("ct", Voxels.of(np.zeros((1, 1, 1))), "1", affine_of(np.eye(4)))
    study = Study("P", None, (ct,))
    assert study.image("ct") == ct
    assert study.image("adc") is None


def test_studies_are_counted_and_walked_and_keep_what_is_held() -> None:
    studies = Studies((Study("P", None), Study("Q", None)), (Held("a", "not_an_image", "a letter"),))
    assert len(studies) == 2
    assert [s.patient for s in studies] == ["P", "Q"]
    assert studies[1].patient == "Q"
    assert studies.held[0].code == "not_an_image"
