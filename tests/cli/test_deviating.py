"""What `inspect` says of an image that was taken otherwise than the biomarkers ask."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vivomap.acquire import read
from vivomap.cli.deviating import off, silent
from vivomap.cli.seen import within_reach
from vivomap.core import REFUSED, Asked, Study
from vivomap.quantify import cards


def short(folder: Path) -> Study:
    """The small diffusion study as if its highest b-value were 200."""
    (study,) = read([folder])
    images = tuple(replace(i, frames=(0.0, 100.0, 200.0)) if i.frames else i for i in study.images)
    return replace(study, images=images)


def test_each_deviation_names_what_follows_and_for_which_biomarkers(small_dwi: Path) -> None:
    found = off(short(small_dwi), cards())
    adc = next(o for o in found if o.consequence == "not_comparable" and "fitted_adc" in o.biomarkers)
    assert (adc.role, adc.setting, adc.found) == ("dwi", "the highest b-value", "200")
    assert adc.line.startswith("not comparable: the highest b-value of dwi (DWI small) is 200, asked is 400 to 1500")
    assert found[0].consequence == REFUSED  # the gravest first: too few b-values for IVIM


def test_a_study_as_asked_is_silent_about_its_adc(small_dwi: Path) -> None:
    (study,) = read([small_dwi])
    assert not [o for o in off(study, cards()) if "fitted_adc" in o.biomarkers]


def test_what_is_asked_and_not_told_is_named(small_dwi: Path) -> None:
    (study,) = read([small_dwi])
    card = replace(cards()["fitted_adc"], acquisition=(Asked("dwi", "prf_hz", "project", high=1.0),))
    assert silent(study, {"fitted_adc": card}) == ("the pulse repetition frequency of dwi is not told",)


def test_inspect_says_it_and_gives_it_as_json(small_dwi: Path, run: Callable[..., object]) -> None:
    said = run("inspect", small_dwi)
    assert "refused: the number of b-values of dwi (DWI small) is 3, asked is 6 or more" in said.out  # type: ignore[attr-defined]
    able = next(line for line in said.out.splitlines() if line.strip().startswith("measurable"))  # type: ignore[attr-defined]
    assert "ivim_fraction" not in able
    assert "fitted_adc" in able
    lost = next(line for line in said.out.splitlines() if "not measurable, refused (off_protocol)" in line)  # type: ignore[attr-defined]
    assert "ivim_fraction" in lost
    (study,) = json.loads(run("inspect", small_dwi, "--json").out)["studies"]  # type: ignore[attr-defined]
    assert {"role", "setting", "asked", "found", "consequence", "biomarkers"} <= study["deviations"][0].keys()


def test_what_a_study_has_no_images_for_is_not_said_to_be_off_protocol(small_dwi: Path) -> None:
    (study,) = read([small_dwi])
    echoes = replace(
        study, images=tuple(replace(i, role="echo", frames=(20.0, 40.0), frame_unit="ms") for i in study.images[:1])
    )
    assert any("t2_star" in o.biomarkers for o in off(echoes, cards()))  # four echoes are asked
    assert not any("t2_star" in o.biomarkers for o in off(echoes, within_reach(echoes, cards())))  # it has no phase
