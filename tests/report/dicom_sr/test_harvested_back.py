"""Our own reports and segmentations, harvested as a stranger would: equal value, unit, doubt, code and tracking UID."""

from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Measurement
from vivomap.report import codes
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import SEG
from vivomap.report.dicom_sr import SR
from vivomap.report.forms import Filed, Form


def harvested(filed: Filed, form: Form, folder: Path) -> Sheet:
    (name, body), *rest = form.write(filed).items()
    assert not rest
    (folder / name).write_bytes(body)
    return sheet(folder / name)


@pytest.mark.parametrize("visit", [0, 1])
def test_a_report_comes_back_equal(visit: int, filed_visits: tuple[Filed, ...], tmp_path: Path) -> None:
    filed = filed_visits[visit]
    found = harvested(filed, SR, tmp_path)
    assert (found.refused, found.complaints, found.missing) == (None, (), ())
    sent = {(m.name, m.region): m for m in filed.assessment.claims if isinstance(m, Measurement)}
    back = {(n.name, n.about.label): n for n in found.numbers}
    assert len(sent) >= 8
    assert set(back) == set(sent)
    for key, m in sent.items():
        n = back[key]
        assert (n.value, n.unit, n.uncertainty, n.day) == (m.value, m.unit, m.uncertainty, m.day)
        assert n.code == codes.biomarker(m.name).name
        assert n.about.tracking == tracking_uid(filed, m.region)
        claim = n.claim()
        assert isinstance(claim, Measurement)
        assert (claim.value, claim.uncertainty, claim.unit) == (m.value, m.uncertainty, m.unit)


def test_a_segmentation_comes_back_with_the_volumes_that_were_measured(filed: Filed, tmp_path: Path) -> None:
    found = harvested(filed, SEG, tmp_path)
    sent = {m.region: m for m in filed.assessment.claims if isinstance(m, Measurement) and m.name == "volume"}
    assert {n.about.label for n in found.numbers} == set(sent)
    for n in found.numbers:
        m = sent[n.about.label]
        assert n.value == pytest.approx(m.value, rel=1e-12)
        assert n.uncertainty == pytest.approx(m.uncertainty, rel=1e-12)
        assert n.about.tracking == tracking_uid(filed, m.region)
    masks = {r.lesion: int(np.count_nonzero(r.mask.array)) for r in filed.assessment.study.regions}
    assert {n.about.label: int(n.written.split()[0]) for n in found.numbers} == masks


def test_every_biomarker_has_its_own_name_and_unit_for_whoever_harvests_it() -> None:
    from vivomap.acquire.harvest.concepts import NAMES, key
    from vivomap.acquire.harvest.found import Concept
    from vivomap.acquire.harvest.units import OURS
    from vivomap.core import Biomarker, discover

    cards = discover("vivomap.quantify", Biomarker)
    for name, card in cards.items():
        coded = codes.biomarker(name)
        if coded.name.scheme == codes.PRIVATE and coded.name.value == name:
            continue  # it goes under its own name
        parts = (coded.name, coded.derivation, coded.method, coded.site)
        assert NAMES[tuple(key(Concept(*p)) if p else ("", "") for p in parts)] == name  # type: ignore[index]
        assert OURS[name] == card.unit, name
