"""A header's tracer finds its file, whatever its nuclide is written like; one that has none is refused."""

import numpy as np
import pytest

from vivomap.core import Image, Refusal, Voxels
from vivomap.core.tracers import FOLDER, plain, tracer_of, tracers

AFFINE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def pet(**settings):
    return Image("suv", Voxels.of(np.zeros((2, 2, 2))), "g/ml{SUVbw}", AFFINE, settings=tuple(settings.items()))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("FDG", "FDG"),
        ("[18F]FDG", "FDG"),
        ("F-18 FDG", "FDG"),
        ("Fluorodeoxyglucose F^18^", "FDG"),
        ("FDG -- fluorodeoxyglucose", "FDG"),
        ("[68Ga]Ga-PSMA-11", "PSMA-11"),
        ("18F-PSMA-1007", "PSMA-1007"),
        ("^68^Gallium DOTATATE", "DOTATATE"),
        ("11C-PiB", "PiB"),
        ("FAPI-46", "FAPI"),
        ("AV-1451", "Flortaucipir"),
        ("Amyvid", "Florbetapir"),
    ],
)
def test_a_name_is_known_with_or_without_its_nuclide(said, name):
    assert tracer_of(pet(tracer=said)).tracer.name == name


def test_a_name_without_its_nuclide_keeps_its_own_number():
    assert [plain(n) for n in ("PSMA-11", "68Ga-PSMA-11", "C-11 choline")] == ["psma11", "psma11", "choline"]


def test_the_half_life_tells_two_cholines_apart():
    assert tracer_of(pet(tracer="Choline", half_life_s=1222.0)).tracer.name == "Choline"
    assert tracer_of(pet(tracer="Choline", half_life_s=6586.0)).tracer.name == "Fluorocholine"
    with pytest.raises(Refusal, match="several"):
        tracer_of(pet(tracer="Choline"))


def test_a_half_life_that_is_not_the_tracers_is_flagged():
    known = tracer_of(pet(tracer="FDG", half_life_s=4062.0))
    assert [f.code for f in known.flags] == ["half_life_disagrees"]
    assert tracer_of(pet(tracer="PSMA-11", half_life_s=4080.0)).flags == ()


@pytest.mark.parametrize("settings", [{}, {"tracer": "Fluciclovine"}, {"tracer": ""}])
def test_a_tracer_without_a_file_is_refused(settings):
    with pytest.raises(Refusal) as refused:
        tracer_of(pet(**settings))
    assert refused.value.code == "tracer_unknown"


def test_a_site_adds_an_agent_with_one_file(tmp_path, monkeypatch):
    text = (
        'name = "Fluciclovine"\ntitle = "Fluciclovine"\nalso = ["fluciclovine", "axumin"]\nisotope = "F-18"\n'
        'half_life_s = 6586.0\ntarget = "amino acid transport"\nnormalisation = "SUVbw"\nreference_region = "marrow"\n'
        'evidence = "B"\nreadiness = "routine"\nsource = "site"\nvalidation = ""\n'
    )
    (tmp_path / "fluciclovine.toml").write_text(text)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert tracer_of(pet(tracer="Axumin (F-18)")).tracer.reference_region == "marrow"
    assert len(tracers()) == len(tracers("")) + 1


def test_a_site_may_put_its_own_file_in_place_of_ours(tmp_path):
    from pathlib import Path

    import vivomap.core.tracers as folder

    ours = (Path(folder.__file__).parent / "fet.toml").read_text()
    (tmp_path / "fet.toml").write_text(ours.replace("brain_background", "crescent"))
    assert tracers(str(tmp_path))["FET"].reference_region == "crescent"


def test_a_folder_or_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "broken.toml").write_text("name = ")
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Refusal) as refused:
            tracers(str(folder))
        assert refused.value.code == "bad_tracer"
