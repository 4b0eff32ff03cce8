"""Which maps a visit has, from which objects they were made, and between which values their colours run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vivomap.core import Flag, Image, Measurement, Refusal, Voxels
from vivomap.report.forms import Filed
from vivomap.report.maps import charts, flat, sources, span


def of(filed: Filed, **changes: object) -> Filed:
    return replace(filed, assessment=replace(filed.assessment, **changes))


def test_the_map_that_a_number_carries_is_found_once_with_its_numbers(adc_visit: Filed) -> None:
    carried = next(c for c in adc_visit.assessment.claims if isinstance(c, Measurement) and c.name == "fitted_adc")
    twice = of(adc_visit, claims=(*adc_visit.assessment.claims, replace(carried, region="another")))
    (chart,) = charts(twice)
    assert (chart.image.role, chart.kind.label) == ("adc", "ADC")
    assert [n.region for n in chart.numbers] == ["lesion_1 lung", "another"]
    assert chart.values.dtype == np.float32


def test_the_suv_that_uptake_was_read_from_is_a_map(suv_visit: Filed) -> None:
    (chart,) = charts(suv_visit)
    assert chart.image.role == "suv"
    assert {"suv_max", "suv_mean"} <= {n.name for n in chart.numbers}


def test_without_a_map_the_refusal_says_what_a_map_needs(filed: Filed, adc_visit: Filed) -> None:
    unnamed = [
        replace(c, detail=replace(c.detail, source=())) if isinstance(getattr(c, "detail", None), Image) else c
        for c in adc_visit.assessment.claims
    ]
    for visit, found in ((filed, "no map"), (of(adc_visit, claims=tuple(unnamed)), "adc")):
        with pytest.raises(Refusal) as refused:
            charts(visit)
        assert (refused.value.code, refused.value.found) == ("not_drawn", found)


def test_a_slice_of_a_map_was_made_from_every_b_value_of_its_place(adc_visit: Filed) -> None:
    (chart,) = charts(adc_visit)
    dwi = adc_visit.assessment.study.images[0]
    slices = chart.image.shape[0]
    assert sources(chart.image, 4) == tuple(dwi.source[b * slices + 4] for b in range(3))
    assert flat(chart.image).source == dwi.source[:slices]
    assert {s for k in range(slices) for s in sources(chart.image, k)} == set(dwi.source)


def test_of_one_object_of_many_frames_every_slice_was_made(adc_visit: Filed) -> None:
    (chart,) = charts(adc_visit)
    one = replace(chart.image, source=("1.2.3",))
    assert sources(one, 7) == ("1.2.3",)
    assert flat(one) is one


def test_colours_run_to_customary_ends_or_between_centiles(adc_visit: Filed, suv_visit: Filed) -> None:
    (adc,), (suv,) = charts(adc_visit), charts(suv_visit)
    assert span(adc, adc_visit) == (0.0, 3e-3)
    assert span(suv, suv_visit) == (0.0, 10.0)  # SUV 8, next step
    ramp = np.linspace(0, 1000, suv.values.size).reshape(suv.values.shape)
    other = replace(suv, image=suv.image.like("pe", ramp, "%"))
    assert span(other, suv_visit) == pytest.approx((10.0, 995.0), rel=1e-3)
    even = replace(suv, image=suv.image.like("pe", np.full(ramp.shape, np.nan), "%"))
    assert span(even, suv_visit) == (0.0, 1.0)


def test_a_role_that_is_not_known_goes_under_its_own_name(adc_visit: Filed) -> None:
    (chart,) = charts(adc_visit)
    own = replace(chart, image=replace(chart.image, role="ktrans_of_tofts_and_kermode"))
    assert len(own.kind.label) <= 16
    assert own.kind.quantity.scheme == "99VIVOMAP"


def test_regions_on_the_grid_are_those_with_voxels_once_each(adc_visit: Filed) -> None:
    study = adc_visit.assessment.study
    gone = replace(study.regions[0], lesion="gone", mask=Voxels.of(np.zeros(study.images[0].shape, bool)))
    visit = of(adc_visit, study=replace(study, regions=(*study.regions, *study.regions, gone)))
    (chart,) = charts(visit)
    assert [r.lesion for r in chart.regions(visit)] == ["lesion_1 lung"]


def test_the_warnings_of_its_numbers_go_with_a_map(suv_visit: Filed) -> None:
    (chart,) = charts(suv_visit)
    late = Flag("uptake_time_off", "uptake time 45 min")
    warned = replace(chart, numbers=tuple(replace(n, flags=(late,)) for n in chart.numbers))
    assert warned.warnings == ("uptake_time_off",)


@pytest.mark.slow  # assesses once and writes eight objects by the command
def test_from_the_ledger_every_image_form_is_written_twice_the_same(
    run: Callable[..., Any], small_dwi: Path, tmp_path: Path
) -> None:
    words = ("assess", "lung_response", small_dwi, "--region", "lesion_1=sphere:0,0,0,12", "--json")
    assessment = run(*words).data["assessments"][-1]
    forms = [word for name in ("pm", "sc", "rtstruct", "kos") for word in ("--form", name)]
    for folder in ("first", "second"):
        assert run("report", assessment, *forms, "--out", folder).code == 0
    written = sorted(p.name for p in (tmp_path / "first").iterdir())
    assert written == ["kos-1.dcm", "pm-1.dcm", "rtstruct-1.dcm", "sc-1.dcm"]
    for name in written:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
